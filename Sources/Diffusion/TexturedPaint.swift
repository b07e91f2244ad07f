import DiffMask
import Exemplars
import Foundation
package import Networks
import Raster
package import Tensors

/// Texture for paint: what the picture shows elsewhere in the same colours.
///
/// A model as small as ours knows few textures, and the picture knows its own. Colours follow the
/// brush: within some sixty pixels paint keeps its mean colour, and where nothing around is like it, it
/// stays as it is.
package struct TexturedPaint {
  /// Pixels around the painted box from which texture is taken: what is near suits best, and where
  /// that has not the paint's colours, what is further.
  static let reaches = [96, 160, 256]
  /// Radius of the two means that part detail from colour, in pixels.
  private static let detail = 60
  /// Radius of the two means over which light is evened out, in pixels.
  private static let shade = 32
  /// Radius of the two means between which likeness is judged, in pixels.
  private static let judged = 8
  /// Root mean square, of a range of 2, between paint and texture at which 1/e of the texture is left.
  private static let likeness: Float = 0.6

  /// Radius of the two means over which a completion must be like a smooth fill to be believed.
  private static let believed = 9
  /// Levels of 255 between them at which both count alike. A completion continues lines and borders
  /// better and now and then a thing that should have ended; then it differs from the fill.
  private static let disagreement: Float = 5

  /// Decides between textures that are equally good.
  package let seed: UInt64
  /// Where work is done.
  package let workers: WorkerPool
  /// Stops the work once raised.
  package let cancellation: Cancellation?

  /// Makes what textures paint.
  package init(seed: UInt64, workers: WorkerPool, cancellation: Cancellation? = nil) {
    (self.seed, self.workers, self.cancellation) = (seed, workers, cancellation)
  }

  /// The colours of a box, those of its painted pixels with texture of `original`.
  ///
  /// - Parameters:
  ///   - fill: the colours of the box with a smooth fill in place of the paint.
  ///   - groups: the strokes, each of which keeps its own mean.
  /// - Throws: `CancellationError`.
  /// - Precondition: `painted` lies in the box, and the box in the picture.
  func textured(
    _ colors: [SIMD3<Float>], fill: [SIMD3<Float>], of painted: PixelMask, groups: PaintGroups,
    in box: PixelRect, on original: Picture
  ) throws -> [SIMD3<Float>] {
    let place = TexturePlace(painted, in: box, on: original, for: colors, on: workers)
    let (given, smooth) = (place.bytes(with: colors), place.bytes(with: fill))
    // Texture that lies in the sun may serve in the shade too.
    let light = given.light(radius: Self.shade, on: workers)
    let even = given.evened(by: light, on: workers)
    guard
      let made = try TextureSynthesis.textured(
        even, fill: smooth.evened(by: light, on: workers), hole: place.hole, seed: seed,
        workers: workers,
        isCancelled: { cancellation?.isCancelled ?? false })
    else { return colors }
    // What texture adds to the paint; the fourth number counts pixels.
    let changes = zip(place.pixels, place.isPainted).map { pixel, isPainted in
      isPainted ? SIMD4(made.color(pixel) - even.color(pixel), 1) : .zero
    }
    let wide = groups.means(of: changes, radius: Self.detail)
    let near = PlaneMeans.masked(changes, width: box.width, radius: Self.judged)
    return colors.indices.map { index in
      guard place.isPainted[index] else { return colors[index] }
      let share = exp(-(near[index] * near[index]).sum() / 3 / (Self.likeness * Self.likeness))
      let change = SIMD3(changes[index].x, changes[index].y, changes[index].z) - wide[index]
      return (colors[index] + share * change).clamped(lowerBound: -.one, upperBound: .one)
    }
  }

  /// The colours of a box, what was erased in it completed from `original` around it, and how much
  /// of that to believe, 0...1.
  ///
  /// - Parameters:
  ///   - fill: the colours of the box with a smooth fill in place of what was erased.
  ///   - guided: what `textured` makes of that.
  /// - Throws: `CancellationError`.
  /// - Precondition: as for `textured`.
  func completed(
    _ fill: [SIMD3<Float>], guided: [SIMD3<Float>], of erased: PixelMask, in box: PixelRect,
    on original: Picture
  ) throws -> (colors: [SIMD3<Float>], shares: [Float]) {
    let place = TexturePlace(erased, in: box, on: original, for: fill, on: workers)
    let found = try TextureSynthesis.completed(
      place.bytes(with: fill), hole: place.hole, seed: seed, workers: workers,
      isCancelled: { cancellation?.isCancelled ?? false })
    guard let found else { return (guided, Array(repeating: 0, count: guided.count)) }
    let changes = place.spread(found.gaps)
    let colors = zip(place.pixels, changes).map { pixel, change in
      (found.picture.color(pixel) + change).clamped(lowerBound: -.one, upperBound: .one)
    }
    let gaps = colors.indices.map { index in
      place.isPainted[index] ? SIMD4(colors[index] - guided[index], 1) : .zero
    }
    let shares = PlaneMeans.masked(gaps, width: box.width, radius: Self.believed).map { gap in
      // Of 255, the mean over the channels.
      let levels = (abs(gap.x) + abs(gap.y) + abs(gap.z)) / 3 * 127.5
      return 1 / (1 + exp((levels - Self.disagreement) / 0.7))
    }
    return (colors, shares)
  }
}
