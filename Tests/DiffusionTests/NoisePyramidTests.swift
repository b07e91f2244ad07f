import Diffusion
import Testing

struct NoisePyramidTests {
  private func row(_ y: Int, _ columns: Range<Int>, seed: UInt64 = 3) -> [SIMD3<Float>] {
    var pyramid = NoisePyramid(seed: seed, strengths: SIMD3(1, 0.5, 0.25))
    return columns.map { pyramid.value(x: $0, y: y) }
  }

  /// The numbers are linear between centres, which all lie on multiples of 4, and go on unbroken
  /// across each: the difference there, half of it on either side, is the mean of both slopes.
  @Test(arguments: [-65, -1, 0, 7, 130])
  func runsStraightFromCentreToCentre(y: Int) {
    let values = row(y, -96..<96)
    let slopes = zip(values.dropFirst(), values).map { $0 - $1 }
    for (index, slope) in slopes.enumerated().dropFirst().dropLast() {
      let (before, after) = (slopes[index - 1], slopes[index + 1])
      let expected =
        switch index % 4 {
        case 0: after
        case 3: (before + after) / 2
        default: before
        }
      let gap = slope - expected
      #expect((gap * gap).sum() < 1e-10, "column \(index - 96): \(slope), not \(expected)")
    }
  }

  @Test func dependsOnSeedAndPlaceAlone() {
    let columns = -20..<20
    let expected = row(11, columns)
    var pyramid = NoisePyramid(seed: 3, strengths: SIMD3(1, 0.5, 0.25))
    for (x, value) in zip(columns, expected).reversed() {
      _ = pyramid.value(x: -3 * x, y: 500 + x)
      #expect(pyramid.value(x: x, y: 11) == value)
    }
    #expect(row(11, columns, seed: 4) != expected)
    #expect(row(12, columns) != expected)
  }

  /// Four levels, each with two thirds of a square's variance along either axis on average.
  @Test(arguments: [SIMD3<Float>(1, 0.5, 0.25), SIMD3(0.2, 0, 0.06)])
  func hasTheVarianceOfItsStrengths(strengths: SIMD3<Float>) {
    var squares = SIMD3<Float>.zero
    let count = 6000
    for seed in 0..<UInt64(count) {
      var pyramid = NoisePyramid(seed: seed, strengths: strengths)
      let (x, y) = (Int(seed) % 64, Int(seed) / 64 % 64)
      let value = pyramid.value(x: x, y: y)
      squares += value * value
    }
    let expected = strengths * strengths * Float(4) * Float(4) / Float(9)
    for channel in 0..<3 {
      let found = squares[channel] / Float(count)
      // Five deviations of a variance of 6000 numbers.
      #expect(abs(found - expected[channel]) <= 0.1 * expected[channel], "channel \(channel)")
    }
  }

  /// Seed, x, y and the first two channels, computed in double precision by another program.
  static let golden: [(UInt64, Int, Int, Float, Float)] = [
    (0, 0, 0, -1.234151, -0.158560), (1, 31, 400, 0.349899, -2.004489),
    (.max, -100, -7, 0.891472, 3.194203),
  ]

  @Test(arguments: golden)
  func staysTheSameForever(seed: UInt64, x: Int, y: Int, first: Float, second: Float) {
    var pyramid = NoisePyramid(seed: seed, strengths: SIMD3(repeating: 1))
    let value = pyramid.value(x: x, y: y)
    #expect(abs(value[0] - first) < 1e-5 && abs(value[1] - second) < 1e-5, "\(value)")
  }
}
