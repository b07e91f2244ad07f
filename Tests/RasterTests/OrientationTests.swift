import Raster
import Testing

@Suite struct OrientationTests {
  /// The stored picture is `ab / cd / ef`; what each orientation shows of it.
  @Test(arguments: [
    (1, ["ab", "cd", "ef"]),  // upright
    (2, ["ba", "dc", "fe"]),  // mirrored left to right
    (3, ["fe", "dc", "ba"]),  // upside down
    (4, ["ef", "cd", "ab"]),  // mirrored top to bottom
    (5, ["ace", "bdf"]),  // first row is the left side, first column the top
    (6, ["eca", "fdb"]),  // to be turned clockwise
    (7, ["fdb", "eca"]),  // first row is the right side, first column the bottom
    (8, ["bdf", "ace"]),  // to be turned against the clock
    (0, ["ab", "cd", "ef"]), (9, ["ab", "cd", "ef"]),
  ])
  func putsUpright(value: Int, shown: [String]) {
    let stored = RGBA8(
      width: 2, height: 3, samples: "abcdef".utf8.flatMap { [$0, $0 + 1, $0 + 2, $0 + 3] })
    let upright = stored.upright(from: Orientation(value))
    let rows = (0..<upright.height).map { y in
      String(
        decoding: (0..<upright.width).map { upright.samples[upright.offset(x: $0, y: y)] },
        as: UTF8.self)
    }
    #expect(rows == shown)
    #expect(upright.samples[3] == upright.samples[0] + 3, "a pixel's samples stay together")
  }

  /// Exif data with one tag before the orientation, in either byte order.
  static func exif(_ value: Int, little: Bool) -> [UInt8] {
    let two = { (v: Int) -> [UInt8] in
      let bytes = [UInt8(v >> 8 & 0xFF), UInt8(v & 0xFF)]
      return little ? bytes.reversed() : bytes
    }
    let four = { (v: Int) -> [UInt8] in little ? bigEndian(v).reversed() : bigEndian(v) }
    let make: [UInt8] = two(0x010F) + two(2) + four(1) + four(0)
    let orientation: [UInt8] = two(0x0112) + two(3) + four(1) + two(value) + two(0)
    return Array((little ? "II" : "MM").utf8) + two(42) + four(8) + two(2) + make + orientation
      + four(0)
  }

  @Test(arguments: 1...8, [false, true])
  func isFoundInExif(value: Int, little: Bool) {
    #expect(Orientation(exif: Self.exif(value, little: little)[...]).value == value)
  }

  @Test func damagedExifIsUpright() {
    let good = Self.exif(6, little: true)
    for length in 0..<good.count {
      let found = Orientation(exif: good.prefix(length)).value
      #expect(found == 1 || length >= 32, "\(length) bytes")
    }
    var farDirectory = good
    farDirectory.replaceSubrange(4..<8, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(Orientation(exif: farDirectory[...]).value == 1)
    #expect(Orientation(exif: Self.exif(77, little: false)[...]).value == 1)
  }
}
