import Foundation
import Raster

/// Light and shade for flat paint: it follows the smooth fill of the painted place as far as it is
/// like it in colour.
///
/// Whoever paints in the colours around wants these to go on, lighter here and darker there; told of
/// one flat colour, a model fills the stroke with one texture. Paint of another colour is a thing of
/// its own and stays as it is. Colours follow the brush: every patch of one colour keeps its mean, and
/// no pixel strays far from it, since sky painted over sky and a mountain is to cover the mountain.
enum ShadedPaint {
  /// Root mean square over the channels, of a range of 2, between a patch and the fill below it at
  /// which 1/e of the shading is left.
  private static let likeness: Float = 0.1
  /// How much of a channel's distance from the fill's mean counts at most, of a range of 2.
  private static let limit: Float = 0.4
  /// Pixels from which on a patch of one colour is flat paint; paint with detail has smaller ones.
  static let leastSize = 64

  /// The colours of a box with its flat paint shaded.
  ///
  /// Between flat patches, as at the edges of soft brushes, the change itself is a smooth fill.
  /// - Parameters:
  ///   - paint: the patches of what is painted.
  ///   - fill: the colours of the box with a smooth fill in place of the paint.
  /// - Complexity: O(pixels).
  static func shaded(_ paint: ColorPatches, fill: [SIMD3<Float>]) -> [SIMD3<Float>] {
    let (colors, isPainted) = (paint.colors, paint.isMember)
    // Where all is painted there is nothing to follow.
    guard isPainted.contains(false) else { return colors }
    let (own, below) = (paint.means(of: colors), paint.means(of: fill))
    let shares = paint.sizes.indices.map { patch in
      paint.sizes[patch] < leastSize ? 0 : share(own[patch], below[patch])
    }
    // Less moves nothing by half a level of 255.
    guard shares.contains(where: { $0 > 0.002 }) else { return colors }
    let bent = zip(paint.numbers, fill).map { number, color in
      number.map { bend(color - below[$0]) } ?? .zero
    }
    let middles = paint.means(of: bent)
    var changes = [Float](repeating: 0, count: 3 * colors.count)
    var isBetween = isPainted
    for (pixel, number) in paint.numbers.enumerated() {
      guard let number, paint.sizes[number] >= leastSize else { continue }
      isBetween[pixel] = false
      let change = shares[number] * (bent[pixel] - middles[number])
      for channel in 0..<3 { changes[3 * pixel + channel] = change[channel] }
    }
    SmoothFill.fill(
      &changes, mask: isBetween, width: paint.width, height: colors.count / paint.width)
    return colors.indices.map { pixel in
      let change = SIMD3(changes[3 * pixel], changes[3 * pixel + 1], changes[3 * pixel + 2])
      return (colors[pixel] + change).clamped(lowerBound: -.one, upperBound: .one)
    }
  }

  /// A difference of colours, small ones as they are, large ones short of the limit.
  private static func bend(_ difference: SIMD3<Float>) -> SIMD3<Float> {
    let ratio = difference / limit
    return limit * SIMD3(tanh(ratio.x), tanh(ratio.y), tanh(ratio.z))
  }

  /// How much of the fill's variation a patch takes on, 1 where it has the fill's mean colour.
  private static func share(_ paint: SIMD3<Float>, _ fill: SIMD3<Float>) -> Float {
    let gap = paint - fill
    return exp(-(gap * gap).sum() / 3 / (likeness * likeness))
  }
}
