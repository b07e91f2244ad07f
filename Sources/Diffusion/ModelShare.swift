import DiffMask
import Raster

/// How much a Paint model's result counts beside its hint, pixel by pixel.
///
/// Where the hint is lively the model knows better; in smooth and defocused places a small one makes
/// ripples and drifts in colour. So the share is c / (c + 81), c the hint's contrast: luma of 0...255
/// less its mean over some 3 pixels, squared, and the mean of that over some 12.
struct ModelShare: Sendable {
  /// Contrast at which hint and model count alike: the square of 9 levels of 255.
  private static let middle: Float = 81
  /// Radius of the two means that contrast is told from, and of those it is seen over; two means over
  /// squares of 7 and 29 pixels spread as Gaussians of 2.8 and 11.8 pixels do.
  private static let (detail, reach) = (3, 14)

  /// Where shares are known; beyond, the model has its say.
  private let box: PixelRect
  private let values: [Float]

  /// The shares of the pixels of `box`.
  ///
  /// - Parameter hint: what the model is told to make, as large as the picture or a part of it.
  /// - Precondition: `box` lies in the hint.
  /// - Complexity: O(area of the box and 34 pixels around it).
  init(of hint: Picture, in box: PixelRect) {
    self.box = box
    let margin = 2 * (Self.detail + Self.reach)
    let part = box.grown(by: margin, inWidth: hint.width, height: hint.height)
    let luma = part.mapPixels { x, y in
      (hint.color(x: x, y: y) * SIMD3(0.299, 0.587, 0.114)).sum() * 127.5
    }
    let smooth = PlaneMeans.twice(luma, width: part.width, radius: Self.detail)
    let contrast = PlaneMeans.twice(
      zip(luma, smooth).map { ($0 - $1) * ($0 - $1) }, width: part.width, radius: Self.reach)
    values = box.rows.flatMap { y in
      let first = (y - part.y) * part.width + box.x - part.x
      return contrast[first..<first + box.width].map { $0 / ($0 + Self.middle) }
    }
  }

  /// The share of pixel (x, y), 0...1.
  subscript(x: Int, y: Int) -> Float {
    guard box.columns.contains(x), box.rows.contains(y) else { return 1 }
    return values[(y - box.y) * box.width + x - box.x]
  }
}
