import DiffMask
import Raster

/// How wide strokes are, place by place.
package enum StrokeWidths {
  /// For every pixel the radius of the largest disc inside the painted shape that covers it.
  ///
  /// A mast beside a sail is as narrow as anywhere; a maximum over some surroundings would take it for
  /// as wide as the sail. Reference: Hildebrand and Rueegsegger 1997, "A new method for the
  /// model-independent assessment of thickness in three-dimensional images".
  /// - Parameters:
  ///   - depths: distance of each pixel to the shape's outside, 0 outside, at most `most`.
  ///   - most: the depth that counts as wide enough, up to which radii are told apart.
  /// - Complexity: O(pixels), and O(`most`^2) for each pixel of the shape's ridge.
  package static func radii(_ depths: [Float], width: Int, most: Float) -> [Float] {
    let height = depths.count / max(width, 1)
    var radii = depths
    radii.withUnsafeMutableBufferPointer { radii in
      depths.withUnsafeBufferPointer { depths in
        for y in 0..<height {
          for x in 0..<width where isRidge(depths, x, y, width, height, most) {
            cover(radii, x, y, depths[y * width + x], width, height)
          }
        }
      }
    }
    return radii
  }

  /// Whether no neighbour's disc holds that of pixel (x, y). Of wide places the border alone is one.
  private static func isRidge(
    _ depths: UnsafeBufferPointer<Float>, _ x: Int, _ y: Int, _ width: Int, _ height: Int,
    _ most: Float
  ) -> Bool {
    let own = depths[y * width + x]
    // A disc of a pixel covers nothing else.
    guard own > 1 else { return false }
    var isInner = own >= most
    for dy in -1...1 {
      for dx in -1...1 where dx != 0 || dy != 0 {
        guard x + dx >= 0, x + dx < width, y + dy >= 0, y + dy < height else { continue }
        let other = depths[(y + dy) * width + x + dx]
        if own >= most {
          isInner = isInner && other >= most
        } else if other >= own + (dx != 0 && dy != 0 ? 4 / 3 : 1) - 0.01 {
          return false
        }
      }
    }
    return !(own >= most && isInner)
  }

  private static func cover(
    _ radii: UnsafeMutableBufferPointer<Float>, _ x: Int, _ y: Int, _ radius: Float,
    _ width: Int, _ height: Int
  ) {
    // Depths are up to 8 % short of Euclid's on slanting borders, and discs do not reach into their steps.
    let disc = 1.09 * radius + 1
    let reach = Int(saturating: disc.rounded(.up)) - 1
    for row in max(0, y - reach)...min(height - 1, y + reach) {
      let rise = Float(row - y)
      let half = Int(saturating: (max(0, disc * disc - rise * rise - 0.01)).squareRoot())
      for column in max(0, x - half)...min(width - 1, x + half) {
        let place = row * width + column
        if radii[place] < radius { radii[place] = radius }
      }
    }
  }
}
