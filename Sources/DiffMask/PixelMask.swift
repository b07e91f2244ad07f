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
/// The mask knows the bounding box of its set pixels, so that everything derived from a small edit
/// costs by the edit and not by the picture. It is an immutable value.
package struct PixelMask: Sendable, Equatable {
  /// Pixels in a row.
  package let width: Int
  /// Rows.
  package let height: Int
  /// `width * height` bits, row by row from the top left; true is masked.
  package let bits: [Bool]
  /// The smallest rectangle around the masked pixels, nil where there is none.
  package let boundingBox: PixelRect?

  /// Makes a mask from its bits and finds the bounding box.
  ///
  /// - Precondition: `bits.count == width * height`.
  /// - Complexity: O(width * height).
  package init(width: Int, height: Int, bits: [Bool]) {
    let whole = PixelRect(x: 0, y: 0, width: width, height: height)
    self.init(width: width, height: height, bits: bits, within: whole)
  }

  /// Makes an empty mask.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    self.bits = [Bool](repeating: false, count: width * height)
    self.boundingBox = nil
  }

  /// Makes a mask of the pixels whose coverage is at least `minimum` (1...255).
  package init(_ mask: Mask, atLeast minimum: UInt8 = 128) {
    self.init(
      width: mask.width, height: mask.height, bits: mask.values.map { $0 >= minimum })
  }

  /// Makes a mask whose set bits are known to lie within `region`, so that only it is searched.
  init(width: Int, height: Int, bits: [Bool], within region: PixelRect) {
    precondition(bits.count == width * height, "a mask holds one bit a pixel")
    self.width = width
    self.height = height
    self.bits = bits
    self.boundingBox = Self.tightBox(of: bits, width: width, within: region)
  }

  /// Whether no pixel is masked.
  package var isEmpty: Bool { boundingBox == nil }

  /// How many pixels are masked.
  ///
  /// - Complexity: O(area of the bounding box).
  package var count: Int {
    guard let box = boundingBox else { return 0 }
    var total = 0
    bits.withUnsafeBufferPointer { bits in
      for y in box.rows {
        for x in box.columns where bits[y * width + x] { total += 1 }
      }
    }
    return total
  }

  /// Masked pixels as a part of all, 0...1; 0 for a mask of no pixels.
  package var fraction: Double {
    bits.isEmpty ? 0 : Double(count) / Double(bits.count)
  }

  /// Whether pixel (x, y) is masked.
  ///
  /// - Precondition: (x, y) lies in the mask.
  package subscript(x: Int, y: Int) -> Bool { bits[y * width + x] }

  /// The pixels that are in either mask.
  ///
  /// - Precondition: both have the same size.
  /// - Complexity: O(area of the other's bounding box) past the copy.
  package func union(_ other: PixelMask) -> PixelMask {
    precondition(width == other.width && height == other.height, "masks of one size")
    guard let box = boundingBox else { return other }
    guard let otherBox = other.boundingBox else { return self }
    var joined = bits
    for y in otherBox.rows {
      for x in otherBox.columns where other.bits[y * width + x] { joined[y * width + x] = true }
    }
    return PixelMask(
      width: width, height: height, bits: joined, within: box.union(otherBox))
  }

  /// The part of the mask under a window; the window may reach past the mask, where nothing is set.
  ///
  /// - Complexity: O(area of the bounding box) past the allocation of the result.
  package func window(_ window: PixelRect) -> PixelMask {
    var cut = [Bool](repeating: false, count: window.width * window.height)
    guard let box = boundingBox else {
      return PixelMask(width: window.width, height: window.height)
    }
    let columns = box.columns.clamped(to: window.columns)
    for y in box.rows.clamped(to: window.rows) {
      for x in columns where bits[y * width + x] {
        cut[(y - window.y) * window.width + x - window.x] = true
      }
    }
    return PixelMask(width: window.width, height: window.height, bits: cut)
  }

  /// The smallest rectangle around the set bits inside `region`.
  private static func tightBox(of bits: [Bool], width: Int, within region: PixelRect) -> PixelRect?
  {
    guard region.width > 0, region.height > 0 else { return nil }
    var left = Int.max
    var right = -1
    var top = -1
    var bottom = -1
    bits.withUnsafeBufferPointer { bits in
      for y in region.rows {
        let row = bits[y * width + region.x..<y * width + region.x + region.width]
        guard let first = row.firstIndex(of: true), let last = row.lastIndex(of: true) else {
          continue
        }
        if top < 0 { top = y }
        bottom = y
        left = min(left, first - y * width)
        right = max(right, last - y * width)
      }
    }
    guard top >= 0 else { return nil }
    return PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
