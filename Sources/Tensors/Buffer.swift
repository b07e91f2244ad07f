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
final class BufferPool: Sendable {
  static let shared = BufferPool()

  private struct State {
    var free: [Int: [UInt]] = [:]
    var bytes = 0
    var clock = 0
    /// When each size with unused blocks was last taken or given.
    var used: [Int: Int] = [:]

    /// Removes an unused block of the size that was not used for longest, with that size.
    mutating func dropOldest() -> UInt? {
      guard let size = used.min(by: { $0.value < $1.value })?.key else { return nil }
      let block = free[size]?.popLast()
      if block != nil { bytes -= size }
      if free[size]?.isEmpty ?? true {
        free[size] = nil
        used[size] = nil
      }
      return block
    }

    mutating func touch(_ size: Int) {
      clock += 1
      used[size] = clock
    }
  }
  private let state = Mutex(State())
  /// Unused bytes kept at most; what does not fit goes back to the system.
  private let limit = 1 << 30

  func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let recycled = state.withLock { state -> UInt? in
      guard let address = state.free[byteCount]?.popLast() else { return nil }
      state.bytes -= byteCount
      state.touch(byteCount)
      return address
    }
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
    let dropped = state.withLock { state -> [UInt] in
      state.free[byteCount, default: []].append(UInt(bitPattern: pointer))
      state.bytes += byteCount
      state.touch(byteCount)
      var dropped: [UInt] = []
      while state.bytes > limit, let block = state.dropOldest() { dropped.append(block) }
      return dropped
    }
    for block in dropped { UnsafeMutableRawPointer(bitPattern: block)?.deallocate() }
  }
}
