package import Tensors

/// Which rows of tiles each worker owns, at every resolution of a network.
///
/// Worker w of n owns rows floor(R w / n) ..< floor(R (w + 1) / n) of a map with R rows of tiles. So
/// heights need not divide, and where a coarse map has fewer rows than there are workers, some own
/// nothing of it.
package struct StripLayout: Sendable, Equatable {
  /// Workers.
  package let count: Int

  /// Makes a layout for `count` workers, at least one.
  package init(count: Int) { self.count = max(1, count) }

  /// Rows of tiles that a worker owns in maps of `shape`.
  package func rows(of worker: Int, _ shape: MapShape) -> Range<Int> {
    shape.tilesY * worker / count..<shape.tilesY * (worker + 1) / count
  }

  /// Rows of pixels that a worker owns in maps of `shape`.
  package func pixelRows(of worker: Int, _ shape: MapShape) -> Range<Int> {
    let rows = rows(of: worker, shape)
    return min(4 * rows.lowerBound, shape.height)..<min(4 * rows.upperBound, shape.height)
  }

  /// Rows of tiles beside its own that a worker may need of any map it reads.
  ///
  /// A halving convolution's windows begin up to 8 rows of pixels before the strip, since strips of
  /// neighbouring resolutions do not begin at the same place.
  package static let margin = 2
}

extension Convolution {
  /// Rows of pixels of an input of `shape` that are read to compute `rows` of the output's tiles.
  package func inputRows(for rows: Range<Int>, of shape: MapShape, doubled: Bool) -> Range<Int> {
    guard !rows.isEmpty else { return 0..<0 }
    var first = step * 4 * rows.lowerBound - padding
    var end = step * (4 * rows.upperBound - 1) - padding + kernel
    if doubled { (first, end) = (first >> 1, (end + 1) >> 1) }
    return max(0, first)..<min(end, shape.height)
  }
}

extension Range<Int> {
  /// The part of this range before `other`, and the part after it.
  func parts(outside other: Range<Int>) -> [Range<Int>] {
    if other.isEmpty { return isEmpty ? [] : [self] }
    return [
      lowerBound..<Swift.max(lowerBound, Swift.min(upperBound, other.lowerBound)),
      Swift.min(upperBound, Swift.max(lowerBound, other.upperBound))..<upperBound,
    ].filter { !$0.isEmpty }
  }
}
