package import DiffMask
package import Raster

extension Picture {
  /// The picture with its paint melting into the picture below over the outermost `width` pixels, or
  /// where this is nil over as many as suit each stroke.
  ///
  /// Paint is what differs from `original` inside the mask, and what that encloses. From its border
  /// inwards it turns from a smooth fill of the painted place into the paint, so that no step in
  /// brightness is left at the border for the network to keep. Where strokes are narrow it does so
  /// within a quarter of their width, and thin lines stay as they are. Where `width` is nil, flat paint
  /// is shaded before, see `ShadedPaint`; with `texture` it then takes on detail, see `TexturedPaint`.
  ///
  /// What was erased shows the smooth fill, or with `texture` a completion from around it.
  ///
  /// - Parameter kinds: what each pixel is to become, as bytes of `PaintKind`; its colour where nil.
  /// - Throws: `CancellationError` where `texture` is cancelled.
  /// - Precondition: both pictures and the mask have the same size; `width` is nil or at least 1.
  /// - Complexity: O(area of the mask's box), nearly.
  package func melted(
    into original: Picture, within mask: PixelMask, kinds: Mask? = nil, width: Int?,
    texture: TexturedPaint? = nil
  ) throws -> Picture {
    guard let inner = mask.boundingBox else { return self }
    let box = inner.grown(by: 1, inWidth: mask.width, height: mask.height)
    let layers = PaintLayers(self, on: original, within: mask, kinds: kinds, in: box)
    let fill = original.smoothFill(of: layers.isPainted, in: box)
    let painted = layers.mask(layers.isPainted)
    var colors = width == nil ? ShadedPaint.shaded(layers.paint, fill: fill) : layers.paint.colors
    layers.replaceErased(in: &colors, by: fill)
    var shares = MeltedPaint.shares(painted, in: box, width: width)
    if let texture {
      colors = try texture.textured(
        colors, fill: fill, of: painted, groups: PaintGroups(layers.paint), in: box, on: original)
    }
    var melted = colors.indices.map { fill[$0] + (colors[$0] - fill[$0]) * shares[$0] }
    if let texture, layers.isErased.contains(true) {
      // Nothing is taken from below paint either.
      (colors, shares) = try texture.completed(
        fill, guided: melted, of: painted, in: box, on: original)
      for index in melted.indices where layers.isErased[index] {
        melted[index] += (colors[index] - melted[index]) * shares[index]
      }
    }
    var picture = self
    let patch = EditPatch(
      box: box, colors: melted.interleaved,
      weights: layers.isPainted.map { $0 ? 1 : 0 })
    EditPatches([patch]).blend(into: &picture)
    return picture
  }

  func colors(in box: PixelRect) -> [SIMD3<Float>] {
    box.mapPixels { x, y in color(x: x, y: y) }
  }

  /// The colours of `box`, its holes filled smoothly.
  private func smoothFill(of holes: [Bool], in box: PixelRect) -> [SIMD3<Float>] {
    var values = colors(in: box).interleaved
    SmoothFill.fill(&values, mask: holes, width: box.width, height: box.height)
    return holes.indices.map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
  }
}

/// What is painted, and how deep pixels lie inside of it.
package enum MeltedPaint {
  /// The patches of a mask that are painted, of pixels in rows of `width`.
  ///
  /// A stroke may meet its own colour in the picture. So a patch is painted where any of its pixels
  /// differs from the original, and so are those within the mask that lie behind painted ones.
  static func paint(
    _ colors: [SIMD3<Float>], differing: [Bool], within mask: [Bool], width: Int
  ) -> ColorPatches {
    let patches = ColorPatches(colors, within: mask, width: width)
    let differs = patches.touched(by: differing).isMember
    let rest = ColorPatches(
      Array(repeating: .zero, count: mask.count), within: differs.map { !$0 }, width: width)
    let reached = rest.touched(by: mask.map { !$0 }).isMember
    return patches.touched(by: reached.map { !$0 })
  }

  /// For every pixel of `box` the share of paint that it keeps, which rises from 0 at the border to 1
  /// over `width` pixels, or where this is nil over as many as suit the stroke. Where a stroke is
  /// narrow it does so over a quarter of the stroke's width, and at least 1.
  static func shares(_ painted: PixelMask, in box: PixelRect, width: Int?) -> [Float] {
    let bits = painted.window(box).bits
    let outside = PixelMask(
      width: painted.width, height: painted.height, region: box, bits: bits.map { !$0 })
    // Beyond this a pixel is deep enough whatever lies around it.
    let reach = Float(width.map { 2 * $0 } ?? 4 * widest)
    let depths = BlendMask.distances(to: outside, in: box).map { min($0, reach) }
    let radii = StrokeWidths.radii(depths, width: box.width, most: reach)
    return zip(depths, radii).map { depth, radius in
      let ramp = max(1, width.map { min(radius / 2, Float($0)) } ?? suited(radius))
      let along = min(max((depth - 0.5) / (ramp - 0.5), 0), 1)
      // Level at both ends, so that neither border nor middle shows where melting ends.
      return along * along * (3 - 2 * along)
    }
  }

  /// Pixels over which a stroke as wide as twice `radius` melts: an eighth of its width, at most
  /// `widest`, and 6 where it is wider than 32. Around wide ones less left a seam, of narrow ones more
  /// left little.
  private static func suited(_ radius: Float) -> Float {
    min(max(radius / 4, min(6, 0.75 * (radius - 8))), Float(widest))
  }

  /// Pixels over which the widest strokes melt; more would make their outlines vague.
  private static let widest = 16
}
