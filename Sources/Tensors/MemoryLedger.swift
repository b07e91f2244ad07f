/// One account of what the process holds: weights, caches, pictures and scratch, against one limit.
///
/// Whoever is about to take much asks for room first; nothing is counted twice, since all but caches
/// is what the system says the process holds. Results never depend on it: it decides what is kept,
/// and whether a run is begun at all.
package final class MemoryLedger: Sendable {
  /// Bytes that the process may hold in memory.
  package let limit: Int
  private let beside: @Sendable (_ caches: Int, _ coming: Int) -> Int

  /// An account of this process, whose unused buffers are given back where they would exceed it.
  package convenience init(limit: Int) {
    self.init(limit: limit) { caches, coming in
      let use = BufferPool.shared.use
      let buffers = use.held + use.unused
      // Buffers that were never written are counted as if they had been.
      let resident = max(SystemMemory.resident, buffers)
      BufferPool.shared.bound(max(0, limit - (resident - buffers) - coming))
      return max(0, resident - use.unused - caches)
    }
  }

  /// An account of what `beside` says is held besides caches, for tests.
  package init(
    limit: Int, beside: @escaping @Sendable (_ caches: Int, _ coming: Int) -> Int
  ) {
    self.limit = limit
    self.beside = beside
  }

  /// Bytes left for caches and for what else comes.
  ///
  /// - Parameters:
  ///   - caches: bytes that caches hold now, which count as left.
  ///   - coming: bytes of what comes that no buffer will hold.
  package func room(caches: Int, coming: Int = 0) -> Int { limit - beside(caches, coming) }
}

/// Less memory than a run takes, whatever it would leave out.
package struct MemoryError: Error, Equatable {
  /// Bytes that the process would come to.
  package let needed: Int
  /// Bytes it may.
  package let limit: Int
  /// What takes the most, as "a window of 1024x1024 pixels".
  package let subject: String

  /// A limit that suffices, in tens of MiB; what the process holds differs by a few from run to run.
  package var sufficient: Int { (((needed >> 20) + 8) / 10 + 1) * 10 << 20 }

  /// States what would take how much.
  package init(needed: Int, limit: Int, subject: String) {
    self.needed = needed
    self.limit = limit
    self.subject = subject
  }
}
