import DiffMask
package import Raster

extension Picture {
  /// The picture with its paint melting into the picture below over the outermost `width` pixels.
  ///
  /// Paint is what differs from `original`. From its border inwards it turns from a smooth fill of
  /// the painted place into the paint, so that no step in brightness is left at the border for the
  /// network to keep. Where strokes are narrow it does so within a quarter of their width, and thin
  /// lines stay as they are.
  ///
  /// - Precondition: both pictures have the same size; `width` is at least 1.
  /// - Complexity: O(area of the painted box), and times `width` for the strokes' own width.
  package func melted(into original: Picture, width: Int) -> Picture {
    let painted = original.difference(from: self)
    guard let inner = painted.boundingBox else { return self }
    let box = inner.grown(by: 1, inWidth: painted.width, height: painted.height)
    let shares = MeltedPaint.shares(painted, in: box, width: width)
    var fill: [Float] = []
    fill.reserveCapacity(3 * shares.count)
    for y in box.rows {
      for x in box.columns {
        let color = original.color(x: x, y: y)
        fill += [color.x, color.y, color.z]
      }
    }
    let holes = painted.window(box).bits
    SmoothFill.fill(&fill, mask: holes, width: box.width, height: box.height)
    let weights = zip(shares, holes).map { $1 ? 1 - $0 : 0 }
    var picture = self
    EditPatch(box: box, colors: fill, weights: weights).blend(into: &picture)
    return picture
  }
}

/// How deep pixels lie inside of what is painted.
enum MeltedPaint {
  /// For every pixel of `box` the share of paint that it keeps: 1 from `width` pixels inside on.
  ///
  /// Near a narrow place `width` is a quarter of that place's width, and at least 1.
  static func shares(_ painted: PixelMask, in box: PixelRect, width: Int) -> [Float] {
    let bits = painted.window(box).bits
    let outside = PixelMask(
      width: painted.width, height: painted.height, region: box, bits: bits.map { !$0 })
    // Beyond twice the width a pixel is deep enough whatever lies around it.
    let depths = BlendMask.distances(to: outside, in: box).map { min($0, Float(2 * width)) }
    let widest = maxima(depths, rows: box.height, columns: box.width, radius: width)
    return zip(depths, widest).map { depth, most in
      let ramp = min(max(most / 2, 1), Float(width))
      let along = min(max((depth - 0.5) / (ramp - 0.5), 0), 1)
      // Level at both ends, so that neither border nor middle shows where melting ends.
      return along * along * (3 - 2 * along)
    }
  }

  /// The largest value within `radius` rows and columns of each place.
  private static func maxima(
    _ values: [Float], rows: Int, columns: Int, radius: Int
  ) -> [Float] {
    var across = values
    for y in 0..<rows {
      for x in 0..<columns {
        for near in max(0, x - radius)...min(columns - 1, x + radius) {
          across[y * columns + x] = max(across[y * columns + x], values[y * columns + near])
        }
      }
    }
    var result = across
    for y in 0..<rows {
      for near in max(0, y - radius)...min(rows - 1, y + radius) {
        for x in 0..<columns {
          result[y * columns + x] = max(result[y * columns + x], across[near * columns + x])
        }
      }
    }
    return result
  }
}
