#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Synchronization

/// Aligned memory that is given back to a pool, since fresh pages cost as much as computing them.
///
/// The owner promises that concurrent users touch disjoint parts; that is what makes it Sendable.
/// Contents are undefined after init.
package final class Buffer: @unchecked Sendable {
  /// Start of the memory, aligned to 64 bytes.
  package let base: UnsafeMutableRawPointer
  /// Usable bytes.
  package let byteCount: Int

  /// Makes a buffer of `byteCount` bytes, recycled where a block of that size lies unused.
  package init(byteCount: Int) {
    self.byteCount = byteCount
    base = BufferPool.shared.take(byteCount)
  }

  /// Makes a buffer of `count` floats.
  package convenience init(floats count: Int) { self.init(byteCount: 4 * count) }

  deinit { BufferPool.shared.give(base, byteCount) }

  /// The memory as floats.
  package var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
  /// The memory as IEEE halves, in their bits.
  package var halves: UnsafeMutablePointer<UInt16> { base.assumingMemoryBound(to: UInt16.self) }
}

/// Unused blocks by size, bounded in bytes; sizes that were not asked for longest make room.
package final class BufferPool: Sendable {
  /// The pool of all buffers.
  package static let shared = BufferPool()

  /// Bytes of all blocks of a pool.
  package struct Use: Sendable, Equatable {
    /// Of buffers that are held by someone.
    package var held = 0
    /// Of blocks that wait to be held again.
    package var unused = 0
    /// The most that was held at a time since `forgetPeak`.
    package var peak = 0
  }

  private struct State {
    var free: [Int: [UInt]] = [:]
    var use = Use()
    /// Bytes that all blocks together may come to before unused ones are given back.
    var bound = Int.max
    var clock = 0
    /// When each size with unused blocks was last taken or given.
    var used: [Int: Int] = [:]

    /// Removes an unused block of the size that was not used for longest, with that size.
    mutating func dropOldest() -> UInt? {
      guard let size = used.min(by: { $0.value < $1.value })?.key else { return nil }
      let block = free[size]?.popLast()
      if block != nil { use.unused -= size }
      if free[size]?.isEmpty ?? true {
        free[size] = nil
        used[size] = nil
      }
      return block
    }

    /// Removes unused blocks until what is left is within all bounds.
    mutating func dropSurplus() -> [UInt] {
      var dropped: [UInt] = []
      while use.unused > BufferPool.mostUnused || use.unused > 0 && use.held + use.unused > bound,
        let block = dropOldest()
      {
        dropped.append(block)
      }
      return dropped
    }

    mutating func touch(_ size: Int) {
      clock += 1
      used[size] = clock
    }
  }
  private let state = Mutex(State())
  /// Unused bytes kept at most; what does not fit goes back to the system.
  fileprivate static let mostUnused = 1 << 30

  /// What the pool's blocks come to now.
  package var use: Use { state.withLock(\.use) }

  /// Counts the peak from what is held now on.
  package func forgetPeak() { state.withLock { $0.use.peak = $0.use.held } }

  /// Lets unused blocks lie only while all blocks come to at most `bytes` together.
  package func bound(_ bytes: Int) {
    let dropped = state.withLock { state in
      state.bound = bytes
      return state.dropSurplus()
    }
    BufferPool.release(dropped)
  }

  func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let (recycled, dropped) = state.withLock { state in
      state.use.held += byteCount
      state.use.peak = max(state.use.peak, state.use.held)
      guard let address = state.free[byteCount]?.popLast() else {
        return (nil as UInt?, state.dropSurplus())
      }
      state.use.unused -= byteCount
      state.touch(byteCount)
      return (address, [])
    }
    BufferPool.release(dropped)
    if let recycled, let pointer = UnsafeMutableRawPointer(bitPattern: recycled) { return pointer }
    return BufferPool.allocate(byteCount)
  }

  /// Fresh memory, in huge pages where it is large: filling pages of 4 KiB costs as much as some
  /// layers do.
  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let hugePage = 2 << 20
    guard byteCount >= hugePage else {
      return UnsafeMutableRawPointer.allocate(byteCount: max(64, byteCount), alignment: 64)
    }
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    // A wish: without huge pages everything works as before. The end, less than one page, stays
    // as it is, so that no memory is taken beyond what was asked for.
    madvise(pointer, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
    return pointer
  }

  func give(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    let dropped = state.withLock { state in
      state.free[byteCount, default: []].append(UInt(bitPattern: pointer))
      state.use.held -= byteCount
      state.use.unused += byteCount
      state.touch(byteCount)
      return state.dropSurplus()
    }
    BufferPool.release(dropped)
  }

  private static func release(_ blocks: [UInt]) {
    for block in blocks { UnsafeMutableRawPointer(bitPattern: block)?.deallocate() }
  }
}
