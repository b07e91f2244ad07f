import DiffMask
import Raster

/// What a Paint model made of a piece, held to the colours of its hint.
///
/// A model is a little off in colour wherever it works, and whoever repaints a place ten times in its
/// own colours sees that ten times over. So the difference from the hint loses its mean over some 40
/// pixels: the model adds what is finer.
struct LevelledColors {
  /// Radius of the two means, in pixels; they spread as a Gaussian of 16 pixels does.
  private static let radius = 19

  private let colors: (Int, Int) -> SIMD3<Float>
  private let box: PixelRect
  private let excess: [SIMD3<Float>]

  /// Measures how far colours stray from a hint.
  ///
  /// - Parameters:
  ///   - colors: by position in the region that `material` shows.
  ///   - hint: as large as that region.
  ///   - paint: the region with its strokes, each of which is held by itself.
  /// - Complexity: O(area of the painted box).
  init(
    _ colors: @escaping (Int, Int) -> SIMD3<Float>, hint: Picture, paint: Picture,
    _ material: PieceMaterial
  ) {
    let inside = material.region.local(material.piece.window.rect)
    let box =
      material.blend.box.intersection(inside) ?? PixelRect(x: 0, y: 0, width: 0, height: 0)
    (self.box, self.colors) = (box, colors)
    let mask = material.blend.mask
    let changes = box.mapPixels { x, y in
      mask[x, y] ? SIMD4(colors(x, y) - hint.color(x: x, y: y), 1) : .zero
    }
    let patches = ColorPatches(
      paint.colors(in: box), within: mask.window(box).bits, width: box.width)
    let groups = PaintGroups(patches)
    excess =
      box.area > 0 ? groups.means(of: changes, radius: Self.radius) : []
  }

  /// The colour of pixel (x, y) of the region.
  func callAsFunction(_ x: Int, _ y: Int) -> SIMD3<Float> {
    guard box.columns.contains(x), box.rows.contains(y) else { return colors(x, y) }
    return colors(x, y) - excess[(y - box.y) * box.width + x - box.x]
  }
}
