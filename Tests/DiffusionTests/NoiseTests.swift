import DiffMask
import Diffusion
import Testing

struct NoiseTests {
  /// Counter, key and block from the known answers published with the Random123 library.
  static let answers: [(SIMD4<UInt32>, SIMD2<UInt32>, SIMD4<UInt32>)] = [
    (
      SIMD4(repeating: 0), SIMD2(repeating: 0),
      SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(repeating: .max), SIMD2(repeating: .max),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ]

  @Test(arguments: answers)
  func philoxGivesTheKnownAnswers(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, block: SIMD4<UInt32>
  ) {
    #expect(Philox.block(counter: counter, key: key) == block)
  }

  /// Seed, x, y, channel, value.
  static let golden: [(UInt64, Int, Int, Int, Float)] = [
    (0, 0, 0, 0, 0.9911377), (0, 0, 0, 1, -0.9246626), (0, 0, 0, 2, -0.6176090),
    (0, 0, 0, 3, -0.4820686), (42, 511, 300, 0, -1.5232499), (42, -1, -7, 2, 0.5449142),
    (18446744073709551615, 65535, 65535, 6, 0.6810381),
  ]

  @Test(arguments: golden)
  func staysTheSameForever(seed: UInt64, x: Int, y: Int, channel: Int, value: Float) {
    #expect(abs(Noise(seed: seed).value(x: x, y: y, channel: channel) - value) < 1e-6)
  }

  @Test(arguments: [
    PixelRect(x: 0, y: 0, width: 9, height: 5), .init(x: 3, y: 1, width: 4, height: 4),
    .init(x: -2, y: -3, width: 5, height: 5), .init(x: 100_000, y: 7, width: 1, height: 1),
    .init(x: 0, y: 0, width: 0, height: 3),
  ])
  func doesNotDependOnTheWindow(window: PixelRect) {
    let noise = Noise(seed: 17)
    var expected: [Float] = []
    for y in window.y..<(window.y + window.height) {
      for x in window.x..<(window.x + window.width) {
        for channel in 0..<6 { expected.append(noise.value(x: x, y: y, channel: channel)) }
      }
    }
    #expect(noise.values(window, channels: 6) == expected)
  }

  @Test func writesIntoWiderPixelsAndLeavesTheRest() {
    let window = PixelRect(x: 1, y: 2, width: 3, height: 2)
    var target = [Float](repeating: 9, count: 2 * 40)
    target.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      Noise(seed: 5).fill(start, window, channels: 3, pixelStride: 7, rowStride: 40)
    }
    for (index, value) in target.enumerated() {
      let (row, column, channel) = (index / 40, index % 40 / 7, index % 40 % 7)
      let isWritten = column < 3 && channel < 3
      let noise = Noise(seed: 5).value(x: 1 + column, y: 2 + row, channel: channel)
      #expect(value == (isWritten ? noise : 9))
    }
  }

  @Test(arguments: [0, 1, 42, .max] as [UInt64])
  func isStandardNormalAndUncorrelated(seed: UInt64) {
    let side = 200
    let values = Noise(seed: seed).values(
      PixelRect(x: 0, y: 0, width: side, height: side), channels: 3
    ).map(Double.init)
    let count = Double(values.count)
    func moment(_ power: (Double) -> Double) -> Double { values.map(power).reduce(0, +) / count }
    /// Mean product of each number with the one `shift` places later.
    func correlation(_ shift: Int) -> Double {
      zip(values, values.dropFirst(shift)).map { $0 * $1 }.reduce(0, +) / count
    }
    // With 120,000 numbers the mean's deviation is 0.0029, the variance's 0.0041, the fourth
    // moment's 0.028; the bounds are five of these.
    #expect(abs(moment { $0 }) < 0.0145)
    #expect(abs(moment { $0 * $0 } - 1) < 0.0205)
    #expect(abs(moment { $0 * $0 * $0 * $0 } - 3) < 0.14)
    for shift in [1, 2, 3, 6, 3 * side, 3 * side + 3] { #expect(abs(correlation(shift)) < 0.0145) }
    let beyondTwo = Double(values.count { abs($0) > 2 }) / count
    #expect(abs(beyondTwo - 0.0455) < 0.003)
  }

  @Test func differsBetweenSeeds() {
    let window = PixelRect(x: 0, y: 0, width: 100, height: 100)
    let (a, b) = (
      Noise(seed: 1).values(window, channels: 1), Noise(seed: 2).values(window, channels: 1)
    )
    let correlation = zip(a, b).map { $0 * $1 }.reduce(0, +) / 10_000
    #expect(abs(correlation) < 0.05)
    // The high half of the seed counts too.
    #expect(Noise(seed: 1 << 40).value(x: 0, y: 0, channel: 0) != a[0])
  }
}
