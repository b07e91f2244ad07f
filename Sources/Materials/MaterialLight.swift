import Exemplars
import Foundation
import Raster

/// Brings texture into the light and shade of what surrounds it.
///
/// Its colours are multiplied, which keeps their hue. The mean goes a part of the way to the lightness
/// that the surroundings would lead to, and how this varies over the place is taken on in part: light
/// falls on all things there, but snow is not as dark as the rock that it covers.
struct MaterialLight {
  /// Radius of the means that the surroundings' lightness is, in pixels.
  private static let radius = 6
  /// What is added to levels of 255 before they are compared, since the dark has little to say.
  private static let floor: Float = 16
  /// How much darker or lighter texture gets at most.
  private static let range: ClosedRange<Float> = 0.4...1.8

  /// Powers of the ratios of mean lightness, and of its variation over the place.
  let (mean, variation): (Float, Float)

  /// Multiplies the colours of a hole.
  ///
  /// - Parameters:
  ///   - picture: what is in the hole, and around it.
  ///   - hole: where colours are multiplied.
  ///   - unknown: pixels that say nothing about the light, the hole's with them.
  /// - Complexity: O(area of the hole's box), nearly.
  func applied(to picture: RGBBytes, hole: [Bool], unknown: [Bool]) -> RGBBytes {
    guard let guide = Self.guide(picture, hole: hole, unknown: unknown) else { return picture }
    let pixels = hole.indices.filter { hole[$0] }
    let count = Float(max(pixels.count, 1))
    let wanted = pixels.reduce(Float(0)) { $0 + guide[$1] } / count + Self.floor
    let own = pixels.reduce(Float(0)) { $0 + picture.color($1).luma } / count + Self.floor
    let base = pow(wanted / own, mean)
    var result = picture
    for pixel in pixels {
      let color = picture.color(pixel)
      let gain = base * pow((guide[pixel] + Self.floor) / wanted, variation)
      // What would be lighter than white keeps its hue.
      let most = 255 / max(color.max(), 1)
      let limited = min(max(gain, Self.range.lowerBound), Self.range.upperBound)
      result.setColor(pixel, color * min(limited, max(most, 1)))
    }
    return result
  }

  /// The lightness that the surroundings lead to in each pixel; nil where there are none.
  private static func guide(
    _ picture: RGBBytes, hole: [Bool], unknown: [Bool]
  ) -> [Float]? {
    guard unknown.contains(false) else { return nil }
    // Means of what is known, so that a single pixel at the border does not draw a streak.
    let width = picture.width
    var values = (0..<unknown.count).map { pixel in
      unknown[pixel] ? SIMD2<Float>.zero : SIMD2(picture.color(pixel).luma, 1)
    }
    for (lines, line, step) in [(unknown.count / width, width, 1), (width, 1, width)] {
      values = sums(values, lines: lines, line: line, step: step)
    }
    var guide = zip(values, unknown).map { value, isUnknown in
      isUnknown ? 0 : value.x / max(value.y, 1)
    }
    SmoothFill.fill(
      &guide, mask: unknown, width: width, height: unknown.count / width, channels: 1)
    return guide
  }

  /// For each value the sum of those within the radius of it on its line.
  private static func sums(
    _ values: [SIMD2<Float>], lines: Int, line: Int, step: Int
  ) -> [SIMD2<Float>] {
    var result = values
    let length = values.count / max(lines, 1)
    for number in 0..<lines {
      var sum = SIMD2<Double>.zero
      for k in -radius..<length {
        if k + radius < length { sum += SIMD2<Double>(values[number * line + (k + radius) * step]) }
        if k > radius { sum -= SIMD2<Double>(values[number * line + (k - radius - 1) * step]) }
        if k >= 0 { result[number * line + k * step] = SIMD2<Float>(sum) }
      }
    }
    return result
  }
}
