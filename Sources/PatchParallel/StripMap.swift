import Networks
package import Tensors

/// A worker's strip of a feature map, with room for the rows beside it that layers read.
package struct StripMap: Sendable {
  /// Tiles of consecutive rows; those beside the strip hold only what was received.
  package let slab: FeatureMap
  /// Rows of tiles that the worker computes.
  package let rows: Range<Int>
  /// Row of tiles that the slab begins with; may be negative.
  package let firstRow: Int
  /// Sums over the worker's rows; added up now for a map that is no convolution's result.
  package var sums: RowSums { known ?? slab.rowSums(rows, firstRow: firstRow) }
  private let known: RowSums?
  /// Whether this is the network's input, whose halo is always of the present step.
  package var isInput = false

  /// Makes a strip of a slab.
  package init(
    slab: FeatureMap, rows: Range<Int>, firstRow: Int, sums: RowSums? = nil, isInput: Bool = false
  ) {
    self.slab = slab
    self.rows = rows
    self.firstRow = firstRow
    known = sums
    self.isInput = isInput
  }

  /// Size of the whole map.
  package var shape: MapShape { slab.shape }
  /// Pixels of the worker's rows.
  package var pixels: Int {
    (min(4 * rows.upperBound, shape.height) - min(4 * rows.lowerBound, shape.height)) * shape.width
  }

  /// Floats of one row of pixels, padding included.
  private var rowFloats: Int { shape.tilesX * 4 * shape.stride }
  /// Bytes of some rows of pixels as a message.
  func byteCount(ofRows rows: Range<Int>) -> Int { 4 * rows.count * rowFloats }

  /// Calls `body` with every run of floats of row of pixels `y`: a tile's four pixels.
  private func forEachRun(ofRow y: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let first = (y / 4 - firstRow) * shape.tilesX * slab.tileStride + y % 4 * 4 * shape.stride
    for tile in 0..<shape.tilesX { body(slab.floats + first + tile * slab.tileStride) }
  }

  /// Copies rows of pixels into a message, which then begins after them.
  func read(rows: Range<Int>, into message: inout UnsafeMutablePointer<Float>) {
    let run = 4 * shape.stride
    for y in rows {
      forEachRun(ofRow: y) {
        message.update(from: $0, count: run)
        message += run
      }
    }
  }

  /// Copies rows of pixels out of a message, which then begins after them.
  func write(rows: Range<Int>, from message: inout UnsafeMutablePointer<Float>) {
    let run = 4 * shape.stride
    for y in rows {
      forEachRun(ofRow: y) {
        $0.update(from: message, count: run)
        message += run
      }
    }
  }
}

extension StripMap {
  /// Rows of tiles beside the strip's that there is room for.
  private var margin: Int { rows.lowerBound - firstRow }

  /// The strip's tiles in a slab with room for `margin` rows beside them: itself where it has that.
  func stored(margin: Int) -> FeatureMap {
    guard margin != self.margin else { return slab }
    let result = FeatureMap(shape, tiles: (rows.count + 2 * margin) * shape.tilesX)
    let row = shape.tilesX * slab.tileStride
    (result.floats + margin * row)
      .update(from: slab.floats + self.margin * row, count: rows.count * row)
    return result
  }
}

extension Buffer {
  /// Makes a message of numbers in double precision.
  convenience init(doubles: [Double]) {
    self.init(byteCount: 8 * doubles.count)
    base.assumingMemoryBound(to: Double.self).update(from: doubles, count: doubles.count)
  }

  /// The message as numbers in double precision.
  var doubles: [Double] {
    Array(
      UnsafeBufferPointer(start: base.assumingMemoryBound(to: Double.self), count: byteCount / 8))
  }
}
