package import DiffMask
package import Raster

/// Which pixels an edit regenerates and how strongly they replace the picture.
///
/// Painted pixels are replaced in full; around them lies a border of `feather` pixels in which the
/// new picture fades into the old one. Outside of that nothing changes. A soft mask says itself how much
/// a pixel is replaced, and only those that are wholly inside fade into a border.
package struct BlendMask: Sendable, Equatable {
  /// Pixels with any weight: what is regenerated.
  package let mask: PixelMask
  /// The rectangle around them.
  package let box: PixelRect
  /// Weight of the new picture for every pixel of `box`, 0...1.
  package let weights: [Float]

  /// Makes the blend of a mask of painted pixels; nil where nothing is painted.
  ///
  /// - Parameters:
  ///   - feather: width of the border in pixels; 0 cuts hard.
  ///   - coverage: how much each painted pixel is inside, as large as `painted`; wholly where nil.
  /// - Complexity: O(area of the painted box and its border).
  package init?(painted: PixelMask, feather: Int, coverage: Mask? = nil) {
    guard let inner = painted.boundingBox else { return nil }
    let box = inner.grown(by: feather, inWidth: painted.width, height: painted.height)
    let whole = coverage.map { PixelMask($0, atLeast: 255, in: inner) } ?? painted
    let distances = BlendMask.distances(to: whole, in: box)
    var weights = distances.map { max(0, 1 - $0 / Float(feather + 1)) }
    if let coverage {
      for y in inner.rows {
        for x in inner.columns {
          let at = (y - box.y) * box.width + x - box.x
          weights[at] = max(weights[at], Float(coverage.values[y * coverage.width + x]) / 255)
        }
      }
    }
    mask = PixelMask(
      width: painted.width, height: painted.height, region: box, bits: weights.map { $0 > 0 })
    self.box = box
    self.weights = weights
  }

  /// The weights of a rectangle, 0 outside of `box`, row by row.
  func weights(in rect: PixelRect) -> [Float] {
    if rect == box { return weights }
    var part = [Float](repeating: 0, count: rect.width * rect.height)
    guard let shared = box.intersection(rect) else { return part }
    for y in shared.rows {
      let from = (y - box.y) * box.width + shared.x - box.x
      let to = (y - rect.y) * rect.width + shared.x - rect.x
      for x in 0..<shared.width { part[to + x] = weights[from + x] }
    }
    return part
  }

  /// Distance of each pixel of `box` to the nearest painted one, within 8 % of Euclid's.
  ///
  /// Two sweeps that add 3 for a side and 4 for a corner, divided by 3 (Borgefors 1986).
  static func distances(to painted: PixelMask, in box: PixelRect) -> [Float] {
    let far: Float = 1e6
    var field = [Float](repeating: far, count: box.width * box.height)
    for y in 0..<box.height {
      for x in 0..<box.width where painted[box.x + x, box.y + y] { field[y * box.width + x] = 0 }
    }
    func relax(_ x: Int, _ y: Int, _ neighbours: [(dx: Int, dy: Int, cost: Float)]) {
      for step in neighbours {
        let (nx, ny) = (x + step.dx, y + step.dy)
        guard nx >= 0, ny >= 0, nx < box.width, ny < box.height else { continue }
        let through = field[ny * box.width + nx] + step.cost
        if through < field[y * box.width + x] { field[y * box.width + x] = through }
      }
    }
    let before: [(dx: Int, dy: Int, cost: Float)] = [
      (-1, 0, 1), (0, -1, 1), (-1, -1, 4 / 3), (1, -1, 4 / 3),
    ]
    let after = before.map { (dx: -$0.dx, dy: -$0.dy, cost: $0.cost) }
    for y in 0..<box.height { for x in 0..<box.width { relax(x, y, before) } }
    for y in (0..<box.height).reversed() {
      for x in (0..<box.width).reversed() { relax(x, y, after) }
    }
    return field
  }
}
