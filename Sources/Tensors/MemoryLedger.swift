/// One account of what the process holds: weights, caches, pictures and scratch, against one limit.
///
/// Whoever is about to take much asks for room first; nothing is counted twice, since all but caches
/// is what the system says the process holds. Results never depend on it: it decides what is kept,
/// and whether a run is begun at all.
package final class MemoryLedger: Sendable {
  /// Bytes that the process may hold in memory.
  package let limit: Int
  /// What could be had when the account was opened; the limit may be raised up to that.
  package let ceiling: MemoryRoom
  private let beside: @Sendable (_ caches: Int, _ coming: Int) -> Int

  /// An account of this process, whose unused buffers are given back where they would exceed it.
  ///
  /// - Parameter ceiling: what can be had; what the system says now where nil.
  package convenience init(limit: Int, ceiling: MemoryRoom? = nil) {
    self.init(limit: limit, ceiling: ceiling ?? SystemMemory().room) { caches, coming in
      let use = BufferPool.shared.use
      let buffers = use.held + use.unused
      // Buffers that were never written are counted as if they had been.
      let resident = max(SystemMemory.resident, buffers)
      BufferPool.shared.bound(max(0, limit - (resident - buffers) - coming))
      // What others have taken meanwhile, or address space that holds nothing, is not there either.
      let taken = limit - SystemMemory().room.usable
      return max(0, resident - use.unused - caches, taken - use.unused - caches)
    }
  }

  /// An account of what `beside` says is held besides caches, for tests.
  package init(
    limit: Int, ceiling: MemoryRoom = MemoryRoom(bytes: .max, bound: .machine),
    beside: @escaping @Sendable (_ caches: Int, _ coming: Int) -> Int
  ) {
    self.limit = limit
    self.ceiling = ceiling
    self.beside = beside
  }

  /// Bytes left for caches and for what else comes.
  ///
  /// - Parameters:
  ///   - caches: bytes that caches hold now, which count as left.
  ///   - coming: bytes of what comes that no buffer will hold.
  package func room(caches: Int, coming: Int = 0) -> Int { limit - beside(caches, coming) }

  /// Sees that so many bytes may be taken.
  ///
  /// - Parameter subject: what takes them.
  /// - Throws: `MemoryError` where they may not.
  package func admit(_ bytes: Int, _ subject: @autoclosure () -> String) throws(MemoryError) {
    let room = room(caches: 0)
    guard bytes > room else { return }
    throw MemoryError(needing: bytes, of: room, in: self, subject: subject())
  }
}

/// Less memory than a run takes, whatever it would leave out.
package struct MemoryError: Error, Equatable {
  /// Which memory there is less of.
  package enum Kind: Equatable, Sendable {
    /// Of what the process may hold in all.
    case allowed(limit: Int, ceiling: MemoryRoom)
    /// Of what the system still has for it.
    case left(MemoryRoom)
  }

  /// Which memory there is less of.
  package let kind: Kind
  /// Bytes that the process would come to, or take beyond what it has.
  package let needed: Int
  /// What takes the most, as "a window of 1024x1024 pixels".
  package let subject: String

  /// States what would take the process past what an account allows.
  ///
  /// - Parameters:
  ///   - bytes: what it takes beyond what is held.
  ///   - room: what the account has for it.
  package init(needing bytes: Int, of room: Int, in ledger: MemoryLedger, subject: String) {
    needed = ledger.limit - room + bytes
    kind = .allowed(limit: ledger.limit, ceiling: ledger.ceiling)
    self.subject = subject
  }

  /// States what would take more than is left.
  package init(lacking bytes: Int, _ room: MemoryRoom, subject: String) {
    (needed, kind, self.subject) = (bytes, .left(room), subject)
  }

  /// A limit that suffices, in tens of MiB; what the process holds differs by a few from run to run.
  /// Nil where no limit does.
  package var sufficient: Int? {
    guard case .allowed(_, let ceiling) = kind else { return nil }
    let bytes = (((needed >> 20) + 8) / 10 + 1) * 10 << 20
    return bytes <= ceiling.bytes ? bytes : nil
  }
}
