package import DiffMask
package import Networks

/// The part of a picture that the network sees, at the picture's own scale.
///
/// The window starts on a multiple of every level's tile grid, and so do its caches. Where it ends
/// at the picture's edge and the network's strides do not divide it, its frame mirrors the picture.
package struct WorkWindow: Sendable, Equatable {
  /// Where it lies in the picture.
  package let rect: PixelRect
  /// Its pixels with the mirrored rows and columns the network needs.
  package let frame: ReflectedFrame

  /// Makes the window over `rect` for a network whose sides `multiple` must divide.
  package init(_ rect: PixelRect, multiple: Int) {
    self.rect = rect
    frame = ReflectedFrame(height: rect.height, width: rect.width, multiple: multiple)
  }

  /// Pixels of unchanged picture that a window keeps around an edit, at least.
  package static let context = 64

  /// Makes the window around an edit in `box` of a `width` x `height` picture: the box with its
  /// context, from a multiple of the grid on and to the next one.
  package init(around box: PixelRect, width: Int, height: Int, multiple: Int) {
    let (x, columns) = Self.span(box.columns, Self.context, width, 4 * multiple)
    let (y, rows) = Self.span(box.rows, Self.context, height, 4 * multiple)
    self.init(PixelRect(x: x, y: y, width: columns, height: rows), multiple: multiple)
  }

  /// The pixels `range` with a margin, from a multiple of `grid` on and within 0..<length.
  private static func span(_ range: Range<Int>, _ margin: Int, _ length: Int, _ grid: Int) -> (
    Int, Int
  ) {
    let first = max(0, range.lowerBound - margin) / grid * grid
    let end = min(length, (range.upperBound + margin + grid - 1) / grid * grid)
    return (first, end - first)
  }

  /// Column in the picture of column `x` of the frame.
  package func pictureX(_ x: Int) -> Int { rect.x + ReflectedFrame.mirrored(x, frame.width) }
  /// Row in the picture of row `y` of the frame.
  package func pictureY(_ y: Int) -> Int { rect.y + ReflectedFrame.mirrored(y, frame.height) }

  /// A mask as the frame sees it, mirrored where the frame is; `origin` is where in the picture the
  /// mask begins, which holds the window or is as large as the picture.
  package func frameMask(_ mask: PixelMask, from origin: (x: Int, y: Int) = (0, 0)) -> PixelMask {
    let cut = mask.window(
      PixelRect(
        x: rect.x - origin.x, y: rect.y - origin.y, width: rect.width, height: rect.height))
    guard frame.paddedWidth != frame.width || frame.paddedHeight != frame.height else { return cut }
    let inside = cut.bits
    var bits = [Bool](repeating: false, count: frame.paddedWidth * frame.paddedHeight)
    for y in 0..<frame.paddedHeight {
      let row = ReflectedFrame.mirrored(y, frame.height) * frame.width
      for x in 0..<frame.paddedWidth {
        bits[y * frame.paddedWidth + x] = inside[row + ReflectedFrame.mirrored(x, frame.width)]
      }
    }
    return PixelMask(width: frame.paddedWidth, height: frame.paddedHeight, bits: bits)
  }
}
