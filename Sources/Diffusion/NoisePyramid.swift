/// Noise of squares of 8, 16, 32 and 64 pixels, to be added to white noise.
///
/// White noise holds next to nothing at the scale of a brush stroke, and what a few deterministic
/// steps make of it is the same texture all along the stroke. Here every square of the picture has a
/// normal number of its own for its centre, and between centres numbers are interpolated linearly.
/// Like `Noise` it is a function of seed and place alone.
///
/// Reference: Whitaker 2023, "Multi-resolution noise for diffusion model training".
package struct NoisePyramid: Sendable {
  /// Sides of the squares in pixels.
  package static let sides = [8, 16, 32, 64]

  /// Standard deviation of a square's number at its centre, for each channel of the state.
  package let strengths: SIMD3<Float>
  private let noise: Noise
  /// The squares last used, for each side: neighbouring pixels mostly share them.
  private var quads: [Quad?]

  /// Makes the pyramid of one seed.
  package init(seed: UInt64, strengths: SIMD3<Float>) {
    self.strengths = strengths
    noise = Noise(seed: seed)
    quads = Array(repeating: nil, count: Self.sides.count)
  }

  /// What is added to a pixel's white noise.
  ///
  /// - Complexity: about four Philox blocks for every 16 pixels that are visited row by row in 4x4
  ///   tiles, 16 for one pixel far from the last.
  package mutating func value(x: Int, y: Int) -> SIMD3<Float> {
    var sum = SIMD3<Float>.zero
    for (level, side) in Self.sides.enumerated() {
      let (column, across) = Self.square(x, side)
      let (row, down) = Self.square(y, side)
      if quads[level]?.column != column || quads[level]?.row != row {
        quads[level] = Quad(noise, side: side, column: column, row: row)
      }
      if let quad = quads[level] { sum += quad.value(across, down) }
    }
    return sum * strengths
  }

  /// The last square whose centre is not past a pixel's, and how far the pixel is to the next, 0..<1.
  private static func square(_ pixel: Int, _ side: Int) -> (index: Int, fraction: Float) {
    // In half pixels, so that centres are whole numbers.
    let distance = 2 * pixel + 1 - side
    let index = (distance >= 0 ? distance : distance - 2 * side + 1) / (2 * side)
    return (index, Float(distance - 2 * side * index) / Float(2 * side))
  }
}

/// The numbers of four neighbouring squares.
private struct Quad: Sendable {
  let column: Int
  let row: Int
  /// Top left, top right, bottom left, bottom right.
  let corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)

  init(_ noise: Noise, side: Int, column: Int, row: Int) {
    self.column = column
    self.row = row
    func corner(_ x: Int, _ y: Int) -> SIMD3<Float> {
      let four = noise.normals(column + x, row + y, side: side)
      return SIMD3(four.x, four.y, four.z)
    }
    corners = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1))
  }

  func value(_ across: Float, _ down: Float) -> SIMD3<Float> {
    let top = corners.0 + (corners.1 - corners.0) * across
    let bottom = corners.2 + (corners.3 - corners.2) * across
    return top + (bottom - top) * down
  }
}
