import Raster
import Testing

@Suite struct SaturatingTests {
  static let rows: [(value: Double, byte: UInt8, int: Int, short: Int32)] = [
    (0, 0, 0, 0), (-0.0, 0, 0, 0), (0.999, 0, 0, 0), (-0.999, 0, 0, 0), (1, 1, 1, 1),
    (254.9, 254, 254, 254), (255, 255, 255, 255), (256, 255, 256, 256), (-1, 0, -1, -1),
    (-1.5, 0, -1, -1), (2_147_483_647.5, 255, 2_147_483_647, .max),
    (-2_147_483_649, 0, -2_147_483_649, .min), (0x1p53, 255, 1 << 53, .max),
    (0x1p63, 255, .max, .max), (-0x1p63, 0, .min, .min), (1e300, 255, .max, .max),
    (-1e300, 0, .min, .min), (.infinity, 255, .max, .max), (-.infinity, 0, .min, .min),
    (.nan, 0, 0, 0), (.signalingNaN, 0, 0, 0), (.leastNonzeroMagnitude, 0, 0, 0),
  ]

  @Test(arguments: rows)
  func noNumberTraps(value: Double, byte: UInt8, int: Int, short: Int32) {
    #expect(UInt8(saturating: value) == byte)
    #expect(Int(saturating: value) == int)
    #expect(Int32(saturating: value) == short)
    #expect(UInt16(saturating: Float(value)) == UInt16(clamping: Int(saturating: Float(value))))
    // Where Swift's own conversion is defined, this is the same.
    if let exact = UInt8(exactly: value.rounded(.towardZero)) {
      #expect(UInt8(saturating: value) == exact)
    }
  }
}
