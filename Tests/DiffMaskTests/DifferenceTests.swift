import DiffMask
import Raster
import Testing

@Suite struct DifferenceTests {
  /// Two 8 bit pictures of one pixel each that differ by `delta` in one channel.
  @Test(arguments: [
    (channel: 0, delta: 1, threshold: 0.01, changed: false),  // 0.0078
    (channel: 0, delta: 2, threshold: 0.01, changed: true),  // 0.0157
    (channel: 1, delta: 2, threshold: 0.01, changed: true),
    (channel: 2, delta: 2, threshold: 0.01, changed: true),
    (channel: 3, delta: 1, threshold: 0.01, changed: false),
    (channel: 3, delta: 2, threshold: 0.01, changed: true),
    (channel: 2, delta: 2, threshold: 0.02, changed: false),
    (channel: 2, delta: 3, threshold: 0.02, changed: true),
    (channel: 1, delta: 1, threshold: 0, changed: true),
    (channel: 1, delta: 0, threshold: 0, changed: false),
    (channel: 1, delta: 255, threshold: 2, changed: false),  // the strict comparison at the end
  ])
  func eightBitThreshold(channel: Int, delta: Int, threshold: Double, changed: Bool) {
    let a = RGBA8(width: 1, height: 1, filledWith: (0, 0, 0, channel == 3 ? 0 : 255))
    var b = a
    b.samples[channel] = UInt8(delta)
    #expect(PixelMask(from: a, to: b, threshold: threshold)[0, 0] == changed)
    #expect(PixelMask(from: b, to: a, threshold: threshold)[0, 0] == changed)
  }

  @Test(arguments: [(327, false), (328, true), (65535, true)] as [(UInt16, Bool)])
  func sixteenBitThreshold(delta: UInt16, changed: Bool) {
    let a = RGBA16(width: 1, height: 1, filledWith: (65535, 65535, 65535, 65535))
    var b = a
    b.samples[1] -= delta
    #expect(PixelMask(from: a, to: b)[0, 0] == changed)
  }

  /// Colours that nobody sees are no difference; once one of the pictures shows them, they are.
  @Test(
    arguments: [(0, 0, false), (0, 255, true), (255, 0, true), (1, 1, true)]
      as [(UInt8, UInt8, Bool)])
  func hiddenColours(before: UInt8, after: UInt8, changed: Bool) {
    let a = RGBA8(width: 1, height: 1, filledWith: (10, 20, 30, before))
    let b = RGBA8(width: 1, height: 1, filledWith: (200, 20, 30, after))
    #expect(PixelMask(from: a, to: b).isEmpty != changed)
    #expect(PixelMask(from: a.rgba16, to: b.rgba16).isEmpty != changed)
  }

  @Test func findsScatteredPixelsAndTheirBox() {
    let a = RGBA8(width: 6, height: 5, filledWith: (10, 20, 30, 255))
    var b = a
    b.samples[b.offset(x: 1, y: 1)] = 200
    b.samples[b.offset(x: 5, y: 3) + 2] = 200
    let m = PixelMask(from: a, to: b)
    #expect(drawing(m) == ["......", ".#....", "......", ".....#", "......"])
    #expect(m.boundingBox == PixelRect(x: 1, y: 1, width: 5, height: 3))
    #expect(PixelMask(from: a, to: a).isEmpty)
  }

  @Test func planesAreComparedOnEveryChannel() {
    let a = [Float](repeating: 0, count: 3 * 4)
    var b = a
    b[0 * 4 + 1] = 0.01  // not strictly above
    b[1 * 4 + 2] = -0.011
    b[2 * 4 + 3] = .nan
    let m = PixelMask(planes: a, and: b, channels: 3, width: 4, height: 1, threshold: 0.01)
    #expect(drawing(m) == ["..##"])
  }
}
