import Exemplars
import Tensors
import Testing

/// Halving and smoothing pictures of bytes, beside slow references.
@Suite struct RGBBytesTests {
  private static func picture(_ width: Int, _ height: Int) -> RGBBytes {
    RGBBytes(
      width: width, height: height,
      bytes: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * $0 * 7919 >> 5) })
  }

  private static func byte(_ picture: RGBBytes, _ x: Int, _ y: Int, _ channel: Int) -> Int {
    let (x, y) = (min(max(x, 0), picture.width - 1), min(max(y, 0), picture.height - 1))
    return Int(picture.bytes[3 * (y * picture.width + x) + channel])
  }

  private static func map(
    _ width: Int, _ height: Int, _ value: (_ x: Int, _ y: Int, _ channel: Int) -> Int
  ) -> RGBBytes {
    let bytes = (0..<height).flatMap { y in
      (0..<width).flatMap { x in (0..<3).map { UInt8(value(x, y, $0)) } }
    }
    return RGBBytes(width: width, height: height, bytes: bytes)
  }

  @Test(arguments: [(1, 1), (2, 2), (7, 4), (8, 13)])
  func halvesByMeansOfFour(width: Int, height: Int) {
    let picture = Self.picture(width, height)
    let expected = Self.map((width + 1) / 2, (height + 1) / 2) { x, y, channel in
      let around = [(0, 0), (1, 0), (0, 1), (1, 1)]
      return (around.reduce(2) { $0 + Self.byte(picture, 2 * x + $1.0, 2 * y + $1.1, channel) }) / 4
    }
    #expect(picture.halved() == expected)
  }

  @Test(arguments: [(1, 1, 2), (9, 5, 1), (5, 9, 4), (40, 30, 16), (3, 70, 60)])
  func smoothsByTwoMeans(width: Int, height: Int, radius: Int) {
    let picture = Self.picture(width, height)
    let window = 2 * radius + 1
    var expected = picture
    for _ in 0..<2 {
      let before = expected
      let across = Self.map(width, height) { x, y, channel in
        ((-radius...radius).reduce(radius) { $0 + Self.byte(before, x + $1, y, channel) }) / window
      }
      expected = Self.map(width, height) { x, y, channel in
        ((-radius...radius).reduce(radius) { $0 + Self.byte(across, x, y + $1, channel) }) / window
      }
    }
    #expect(picture.smoothed(radius: radius) == expected)
  }

  @Test func smoothsWhiteToWhite() {
    let white = RGBBytes(width: 9, height: 9, bytes: Array(repeating: 255, count: 243))
    for radius in 0...60 { #expect(white.smoothed(radius: radius) == white, "radius \(radius)") }
  }

  /// Grey of one level is as light as that; red, green and blue by Rec. 601.
  @Test(arguments: [
    ([0, 0, 0], 0), ([255, 255, 255], 255), ([90, 90, 90], 90), ([255, 0, 0], 77),
    ([0, 255, 0], 149), ([0, 0, 255], 29),
  ])
  func measuresLight(color: [Int], light: Int) {
    let picture = Self.map(9, 5) { _, _, channel in color[channel] }
    #expect(picture.light(radius: 4) == Array(repeating: UInt8(light), count: 45))
  }

  @Test(arguments: [(0, [50, 60, 250], [113, 123, 255]), (255, [50, 60, 250], [0, 0, 186])])
  func halvesDifferencesOfLight(light: Int, color: [Int], expected: [Int]) {
    let picture = Self.map(2, 1) { _, _, channel in color[channel] }
    let even = Self.map(2, 1) { x, _, channel in x == 0 ? expected[channel] : color[channel] }
    #expect(picture.evened(by: [UInt8(light), 127]) == even)
  }

  /// Pictures that are large enough to be divided, high, wide and odd.
  @Test(arguments: [(400, 300), (31, 2501), (3000, 17)])
  func areTheSameForAnyWorkers(width: Int, height: Int) {
    let picture = Self.picture(width, height)
    let light = picture.light(radius: 32)
    for workers in [1, 2, 3, 5].map({ WorkerPool(count: $0) }) {
      #expect(picture.halved(on: workers) == picture.halved())
      #expect(picture.light(radius: 32, on: workers) == light)
      #expect(picture.evened(by: light, on: workers) == picture.evened(by: light))
      for radius in [0, 2, 8, 60] {
        #expect(picture.smoothed(radius: radius, on: workers) == picture.smoothed(radius: radius))
      }
    }
  }
}
