package import Raster

/// A half-open rectangle of pixels: columns `x..<x + width`, rows `y..<y + height`.
package struct PixelRect: Sendable, Hashable {
  /// First column.
  package var x: Int
  /// First row.
  package var y: Int
  /// Columns, at least 1 where a mask reports the rectangle.
  package var width: Int
  /// Rows, at least 1 where a mask reports the rectangle.
  package var height: Int

  /// Makes a rectangle from its first column and row and its size in pixels.
  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The columns it covers.
  package var columns: Range<Int> { x..<x + width }
  /// The rows it covers.
  package var rows: Range<Int> { y..<y + height }

  /// The smallest rectangle that holds both.
  package func union(_ other: PixelRect) -> PixelRect {
    let left = min(x, other.x)
    let top = min(y, other.y)
    let right = max(x + width, other.x + other.width)
    let bottom = max(y + height, other.y + other.height)
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// The rectangle grown by `margin` pixels on each side and clipped to a picture of this size.
  package func grown(by margin: Int, inWidth pictureWidth: Int, height pictureHeight: Int)
    -> PixelRect
  {
    let left = max(0, x - margin)
    let top = max(0, y - margin)
    let right = min(pictureWidth, x + width + margin)
    let bottom = min(pictureHeight, y + height + margin)
    return PixelRect(
      x: left, y: top, width: max(0, right - left), height: max(0, bottom - top))
  }
}

/// One bit a pixel: which pixels of a picture, or cells of a feature map, an edit touches.
///
/// Only the bits inside the bounding box of the set pixels are kept, so that a mask and everything
/// derived from it costs by the edit and not by the picture. It is an immutable value.
package struct PixelMask: Sendable, Equatable {
  /// Pixels in a row.
  package let width: Int
  /// Rows.
  package let height: Int
  /// The smallest rectangle around the masked pixels, nil where there is none.
  package let boundingBox: PixelRect?
  /// The bits of the bounding box, row by row; empty where there is none.
  package let boxBits: [Bool]

  /// Makes a mask from `width * height` bits, row by row from the top left; true is masked.
  ///
  /// - Precondition: `bits.count == width * height`.
  /// - Complexity: O(width * height).
  package init(width: Int, height: Int, bits: [Bool]) {
    let whole = PixelRect(x: 0, y: 0, width: width, height: height)
    self.init(width: width, height: height, region: whole, bits: bits)
  }

  /// Makes an empty mask.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    self.boundingBox = nil
    self.boxBits = []
  }

  /// Makes a mask of the pixels whose coverage is at least `minimum` (1...255).
  ///
  /// - Parameter region: where to look; what lies outside of it is not set. Everywhere where nil.
  /// - Precondition: the region lies in the mask.
  /// - Complexity: O(area of the region).
  package init(_ mask: Mask, atLeast minimum: UInt8 = 128, in region: PixelRect? = nil) {
    let region = region ?? PixelRect(x: 0, y: 0, width: mask.width, height: mask.height)
    let bits = [Bool](unsafeUninitializedCapacity: region.width * region.height) { bits, count in
      mask.values.withUnsafeBufferPointer { values in
        for y in region.rows {
          for x in region.columns {
            bits.initializeElement(at: count, to: values[y * mask.width + x] >= minimum)
            count += 1
          }
        }
      }
    }
    self.init(width: mask.width, height: mask.height, region: region, bits: bits)
  }

  /// Makes a mask from the bits of a region, outside of which nothing is set.
  ///
  /// - Precondition: the region lies in the mask and `bits` holds one bit for each of its pixels.
  /// - Complexity: O(area of the region).
  package init(width: Int, height: Int, region: PixelRect, bits: [Bool]) {
    precondition(bits.count == region.width * region.height, "a mask holds one bit a pixel")
    precondition(
      region.x >= 0 && region.y >= 0 && region.x + region.width <= width
        && region.y + region.height <= height, "a region of a mask lies in it")
    self.width = width
    self.height = height
    let box = Self.tightBox(of: bits, in: region)
    self.boundingBox = box
    self.boxBits = box.map { Self.cut(bits, of: region, to: $0) } ?? []
  }

  /// All `width * height` bits, row by row from the top left.
  ///
  /// - Complexity: O(width * height) a call.
  package var bits: [Bool] {
    let whole = PixelRect(x: 0, y: 0, width: width, height: height)
    return expanded(to: whole)
  }

  /// Whether no pixel is masked.
  package var isEmpty: Bool { boundingBox == nil }

  /// How many pixels are masked.
  ///
  /// - Complexity: O(area of the bounding box).
  package var count: Int { boxBits.count { $0 } }

  /// Masked pixels as a part of all, 0...1; 0 for a mask of no pixels.
  package var fraction: Double {
    width * height == 0 ? 0 : Double(count) / Double(width * height)
  }

  /// Whether pixel (x, y) is masked; false outside the mask.
  package subscript(x: Int, y: Int) -> Bool {
    guard let box = boundingBox, box.columns.contains(x), box.rows.contains(y) else {
      return false
    }
    return boxBits[(y - box.y) * box.width + x - box.x]
  }

  /// The pixels that are in either mask.
  ///
  /// - Precondition: both have the same size.
  /// - Complexity: O(area of the joint bounding box).
  package func union(_ other: PixelMask) -> PixelMask {
    precondition(width == other.width && height == other.height, "masks of one size")
    guard let box = boundingBox else { return other }
    guard let otherBox = other.boundingBox else { return self }
    let region = box.union(otherBox)
    var joined = expanded(to: region)
    for y in otherBox.rows {
      for x in otherBox.columns where other[x, y] {
        joined[(y - region.y) * region.width + x - region.x] = true
      }
    }
    return PixelMask(width: width, height: height, region: region, bits: joined)
  }

  /// The part of the mask under a window; the window may reach past the mask, where nothing is set.
  ///
  /// - Complexity: O(area of the bounding box).
  package func window(_ window: PixelRect) -> PixelMask {
    let empty = PixelMask(width: window.width, height: window.height)
    guard let box = boundingBox else { return empty }
    let columns = box.columns.clamped(to: window.columns)
    let rows = box.rows.clamped(to: window.rows)
    guard !columns.isEmpty, !rows.isEmpty else { return empty }
    let shared = PixelRect(
      x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    let moved = PixelRect(
      x: shared.x - window.x, y: shared.y - window.y, width: shared.width, height: shared.height)
    return PixelMask(
      width: window.width, height: window.height, region: moved,
      bits: Self.cut(boxBits, of: box, to: shared))
  }

  /// The bits of a region that holds the bounding box.
  func expanded(to region: PixelRect) -> [Bool] {
    var wide = [Bool](repeating: false, count: region.width * region.height)
    guard let box = boundingBox else { return wide }
    for row in 0..<box.height {
      let target = (box.y + row - region.y) * region.width + box.x - region.x
      for column in 0..<box.width { wide[target + column] = boxBits[row * box.width + column] }
    }
    return wide
  }

  /// The bits of a smaller rectangle inside a region.
  private static func cut(_ bits: [Bool], of region: PixelRect, to box: PixelRect) -> [Bool] {
    if box == region { return bits }
    var narrow: [Bool] = []
    narrow.reserveCapacity(box.width * box.height)
    for y in box.rows {
      let start = (y - region.y) * region.width + box.x - region.x
      narrow += bits[start..<start + box.width]
    }
    return narrow
  }

  /// The smallest rectangle around the set bits of a region.
  private static func tightBox(of bits: [Bool], in region: PixelRect) -> PixelRect? {
    var left = Int.max
    var right = -1
    var top = -1
    var bottom = -1
    bits.withUnsafeBufferPointer { bits in
      for row in 0..<region.height {
        let start = row * region.width
        let line = bits[start..<start + region.width]
        guard let first = line.firstIndex(of: true), let last = line.lastIndex(of: true) else {
          continue
        }
        if top < 0 { top = row }
        bottom = row
        left = min(left, first - start)
        right = max(right, last - start)
      }
    }
    guard top >= 0 else { return nil }
    return PixelRect(
      x: region.x + left, y: region.y + top, width: right - left + 1, height: bottom - top + 1)
  }
}
