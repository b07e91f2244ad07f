package import Exemplars
import Raster

/// A small picture of a material, whose opposite sides fit together.
package struct Swatch: Sendable, Equatable {
  /// The file's name.
  package let name: String
  /// The colours.
  package let picture: RGBBytes
  /// Mean colour, 0...255.
  package let mean: SIMD3<Float>
  /// Standard deviation of luma, of 255.
  package let contrast: Float

  /// Makes a swatch and looks at its colours.
  ///
  /// - Complexity: O(pixels).
  package init(name: String, picture: RGBBytes) {
    (self.name, self.picture) = (name, picture)
    var (sum, squares, lumas) = (SIMD3<Double>.zero, 0.0, 0.0)
    let count = picture.width * picture.height
    for pixel in 0..<count {
      let color = picture.color(pixel)
      sum += SIMD3<Double>(color)
      let luma = Double(color.luma)
      (lumas, squares) = (lumas + luma, squares + luma * luma)
    }
    let pixels = Double(max(count, 1))
    mean = SIMD3<Float>(sum / pixels)
    let variance = squares / pixels - lumas * lumas / (pixels * pixels)
    contrast = Float(max(variance, 0).squareRoot())
  }

  /// The swatch with its mean colour moved to another, as far as bytes hold that.
  package func toned(to color: SIMD3<Float>) -> Swatch {
    let change = color - mean
    var toned = picture
    for pixel in 0..<picture.width * picture.height {
      toned.setColor(pixel, picture.color(pixel) + change)
    }
    return Swatch(name: name, picture: toned)
  }
}

extension RGBBytes {
  /// A pixel's colour, 0...255.
  func color(_ pixel: Int) -> SIMD3<Float> {
    SIMD3(Float(bytes[3 * pixel]), Float(bytes[3 * pixel + 1]), Float(bytes[3 * pixel + 2]))
  }

  /// Replaces a pixel's colour, rounded to the nearest level.
  mutating func setColor(_ pixel: Int, _ color: SIMD3<Float>) {
    let levels = color.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))
    for channel in 0..<3 {
      bytes[3 * pixel + channel] = UInt8(saturating: levels[channel].rounded())
    }
  }
}

extension SIMD3<Float> {
  /// Luma of Rec. 601.
  var luma: Float { 0.299 * x + 0.587 * y + 0.114 * z }
}
