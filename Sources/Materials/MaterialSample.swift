import Exemplars
import Raster

/// What a square of 16x16 pixels looks like: its colour, how rough it is, and which way.
///
/// Squared distances between looks are about 1 where squares are seen as different.
struct MaterialLook: Sendable, Equatable {
  /// Pixels on a side of the square.
  static let side = 16

  /// Lightness, two differences of colours relative to it, contrast, edges, their direction, two zeros.
  let values: SIMD8<Float>

  /// The look of the square whose top left pixel is (x, y).
  ///
  /// - Precondition: the square lies in the picture.
  init(_ picture: RGBBytes, x: Int, y: Int) {
    let side = Self.side
    var lumas = [Float](repeating: 0, count: side * side)
    var sum = SIMD3<Float>.zero
    for row in 0..<side {
      for column in 0..<side {
        let color = picture.color((y + row) * picture.width + x + column)
        sum += color
        lumas[row * side + column] = color.luma
      }
    }
    let mean = sum / Float(side * side)
    let light = mean.luma
    var (spread, across, down) = (Float(0), Float(0), Float(0))
    for row in 0..<side {
      for column in 0..<side {
        let at = row * side + column
        spread += (lumas[at] - light) * (lumas[at] - light)
        if column > 0 { across += abs(lumas[at] - lumas[at - 1]) }
        if row > 0 { down += abs(lumas[at] - lumas[at - side]) }
      }
    }
    let contrast = (spread / Float(side * side)).squareRoot()
    let steps = Float(side * (side - 1))
    (across, down) = (across / steps, down / steps)
    let level = light + 24
    values = SIMD8(
      light / 110, 4 * (mean.x - mean.y) / level, 4 * (mean.z - (mean.x + mean.y) / 2) / level,
      0.6 * Self.logarithm(1 + contrast), 0.6 * Self.logarithm(1 + across + down),
      0.8 * Self.logarithm((down + 2) / (across + 2)), 0, 0)
  }

  /// Squared distance to another look.
  func distance(to other: MaterialLook) -> Float {
    let gap = values - other.values
    return (gap * gap).sum()
  }

  /// The logarithm to base 2 within 0.01, by the number's own exponent: the same on every machine.
  private static func logarithm(_ number: Float) -> Float {
    let part = number.significand - 1
    return Float(number.exponent) + part * (1.3465 - 0.3465 * part)
  }
}

/// A look that swatches of a material have somewhere.
struct MaterialSample: Sendable {
  /// Squared distance from which on a look is worth keeping beside others.
  private static let apart: Float = 0.06

  /// The material.
  let material: Material
  /// Its look there.
  let look: MaterialLook

  /// The looks of a material's swatches, those left out that differ little from ones before.
  static func samples(of material: Material, in swatches: [Swatch]) -> [MaterialSample] {
    var samples: [MaterialSample] = []
    let side = MaterialLook.side
    for swatch in swatches {
      let first = samples.count
      for y in stride(from: 0, through: swatch.picture.height - side, by: side) {
        for x in stride(from: 0, through: swatch.picture.width - side, by: side) {
          let look = MaterialLook(swatch.picture, x: x, y: y)
          let isNew = samples[first...].allSatisfy { $0.look.distance(to: look) > apart }
          if isNew { samples.append(MaterialSample(material: material, look: look)) }
        }
      }
    }
    return samples
  }
}

extension MaterialSample {
  /// Squared distance within which a square of a picture shows a material.
  private static let alike: Float = 0.16
  /// How much nearer it must be than those of all other materials, as a ratio of squared distances:
  /// a brick alone looks like much that is no brick.
  private static func clearness(_ material: Material) -> Float { material == .brick ? 0.3 : 0.6 }
  /// Steps from one square to the next, in pixels.
  private static let step = 8
  /// Squares of nine, itself with its neighbours, that must show the material too.
  private static let leastAround = 5

  /// Where a picture shows a material: pixels of squares that look like one of its swatches somewhere, and
  /// clearly less like those of other materials, among others that do.
  ///
  /// - Parameter isLeftOut: pixels that are in no such square.
  /// - Complexity: O(pixels * samples / 64).
  static func places(
    of material: Material, in picture: RGBBytes, except isLeftOut: [Bool],
    samples: [MaterialSample]
  ) -> [Bool] {
    let side = MaterialLook.side
    let columns = picture.width < side ? 0 : (picture.width - side) / step + 1
    let rows = picture.height < side ? 0 : (picture.height - side) / step + 1
    let own = samples.filter { $0.material == material }.map(\.look)
    let others = samples.filter { $0.material != material }.map(\.look)
    let isAlike = (0..<rows * columns).map { number in
      let (x, y) = (number % columns * step, number / columns * step)
      let isClear = (y..<y + side).allSatisfy { row in
        !isLeftOut[row * picture.width + x..<row * picture.width + x + side].contains(true)
      }
      guard isClear else { return false }
      let look = MaterialLook(picture, x: x, y: y)
      let nearest = own.reduce(Float.infinity) { min($0, $1.distance(to: look)) }
      let least = nearest / clearness(material)
      return nearest < alike && others.allSatisfy { $0.distance(to: look) > least }
    }
    var shows = [Bool](repeating: false, count: isLeftOut.count)
    for number in isAlike.indices where isAlike[number] {
      let (column, row) = (number % columns, number / columns)
      let around = (max(row - 1, 0)...min(row + 1, rows - 1)).reduce(0) { sum, row in
        sum
          + (max(column - 1, 0)...min(column + 1, columns - 1)).count {
            isAlike[row * columns + $0]
          }
      }
      guard around >= leastAround else { continue }
      for y in row * step..<row * step + side {
        for x in column * step..<column * step + side { shows[y * picture.width + x] = true }
      }
    }
    return shows
  }
}
