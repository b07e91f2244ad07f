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

  /// Chooses the window for an edit in `box` of a `width` x `height` picture.
  ///
  /// The whole picture where `fits` allows it; else the largest window around the edit that fits,
  /// but never less than the edit with its context.
  /// - Parameter fits: whether a window of this many rows and columns may be used.
  package static func choose(
    around box: PixelRect, width: Int, height: Int, multiple: Int,
    fits: (_ rows: Int, _ columns: Int) -> Bool
  ) -> WorkWindow {
    if fits(height, width) {
      return WorkWindow(PixelRect(x: 0, y: 0, width: width, height: height), multiple: multiple)
    }
    let grid = 4 * multiple
    func around(_ margin: Int) -> PixelRect {
      let (x, w) = span(box.columns, margin, width, grid)
      let (y, h) = span(box.rows, margin, height, grid)
      return PixelRect(x: x, y: y, width: w, height: h)
    }
    var rect = around(context)
    var margin = context + grid
    while margin <= 1024 {
      let wider = around(margin)
      guard wider != rect || margin == context + grid, fits(wider.height, wider.width) else {
        break
      }
      rect = wider
      margin += grid
    }
    return WorkWindow(rect, multiple: multiple)
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

  /// A picture-sized mask as the frame sees it, mirrored where the frame is.
  package func frameMask(_ mask: PixelMask) -> PixelMask {
    let cut = mask.window(rect)
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
