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

/// Unused blocks by size, bounded in bytes.
final class BufferPool: Sendable {
  static let shared = BufferPool()

  private struct State {
    var free: [Int: [UInt]] = [:]
    var bytes = 0
  }
  private let state = Mutex(State())
  /// Unused bytes kept at most; what does not fit goes back to the system.
  private let limit = 1 << 30

  func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let recycled = state.withLock { state -> UInt? in
      guard let address = state.free[byteCount]?.popLast() else { return nil }
      state.bytes -= byteCount
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
    let kept = state.withLock { state -> Bool in
      guard state.bytes + byteCount <= limit else { return false }
      state.free[byteCount, default: []].append(UInt(bitPattern: pointer))
      state.bytes += byteCount
      return true
    }
    if !kept { pointer.deallocate() }
  }
}
