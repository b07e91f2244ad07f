import Raster
import Testing

@Suite struct ExifTests {
  /// Exif data with an orientation, a comment in the second directory, and a link to a third.
  static func exif(_ comment: [UInt8], little: Bool, orientation: Int = 6) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = Array(bigEndian(value).suffix(count))
      return little ? bytes.reversed() : bytes
    }
    func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
      number(tag, 2) + number(type, 2) + number(count, 4) + value
    }
    let first =
      number(2, 2) + entry(0x0112, 3, 1, number(orientation, 2) + [0, 0])
      + entry(0x8769, 4, 1, number(38, 4)) + number(8, 4)
    let second = number(1, 2) + entry(0x9286, 7, comment.count, number(56, 4)) + number(0, 4)
    return Array((little ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + first + second
      + comment
  }

  static let unicode = Array("UNICODE\0".utf8)
  static func utf16(_ text: String, little: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
      return little ? bytes.reversed() : bytes
    }
  }

  static let comments: [(String, [UInt8], String?)] = [
    ("ASCII", Array("ASCII\0\0\0a cat\nSteps: 20".utf8), "a cat\nSteps: 20"),
    ("ASCII with zeros", Array("ASCII\0\0\0a cat\0 \0".utf8), "a cat"),
    ("no name", Array("\0\0\0\0\0\0\0\0Grüße".utf8), "Grüße"),
    ("UTF-16, big", unicode + utf16("a cat «naïve» 猫", little: false), "a cat «naïve» 猫"),
    ("UTF-16, little", unicode + utf16("a cat «naïve» 猫", little: true), "a cat «naïve» 猫"),
    ("UTF-16 with a mark", unicode + utf16("\u{FEFF}猫猫", little: true), "猫猫"),
    ("half a unit", unicode + utf16("ab", little: false) + [0], "ab"),
    ("half a pair", unicode + [0xD8, 0x3C] + utf16("ab", little: false), "\u{FFFD}ab"),
    ("Japanese", Array("JIS\0\0\0\0\0xx".utf8), nil), ("nothing", unicode, nil),
    ("blank", Array("ASCII\0\0\0   ".utf8), nil), ("too short", [1, 2, 3, 4, 5], nil),
  ]

  @Test(arguments: comments.indices, [false, true])
  func readsAComment(_ index: Int, little: Bool) throws {
    let (name, comment, text) = Self.comments[index]
    var exif = try #require(Exif(Self.exif(comment, little: little)))
    #expect(exif.userComment == text, "\(name)")
    #expect(exif.orientation.value == 6)
    exif.setUpright()
    #expect(exif.bytes == Self.exif(comment, little: little, orientation: 1))
    exif.removeUserComment()
    #expect(exif.userComment == nil && exif.orientation.value == 1)
    #expect(!exif.bytes.suffix(comment.count).contains { $0 != 0 })
  }

  /// Cut or damaged data are never read or written past their end, and keep their length.
  @Test func damageNeverTraps() throws {
    var generator = SeededGenerator(state: 6)
    let good = Self.exif(Self.comments[0].1, little: true)
    for round in 0..<20_000 {
      var bytes = round < good.count ? Array(good.prefix(round)) : good
      for _ in 0..<Int.random(in: 0...3, using: &generator) where bytes.count > 2 {
        bytes[Int.random(in: 2..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      guard var exif = Exif(bytes) else {
        #expect(bytes.count < 2)
        continue
      }
      _ = exif.userComment
      exif.setUpright()
      exif.removeThumbnail()
      exif.removeUserComment()
      #expect(exif.bytes.count == bytes.count)
    }
  }

  @Test func aThumbnailIsOutOfReach() throws {
    var exif = try #require(Exif(Self.exif([1, 2, 3, 4, 5], little: false)))
    exif.removeThumbnail()
    #expect(Array(exif.bytes[34..<38]) == [0, 0, 0, 0])
  }

  /// PNG files are put upright as JPEG files are, and written so that nobody turns them again.
  @Test(arguments: 1...8, [0, 2])
  func turnsAPNG(orientation: Int, colorType: UInt8) throws {
    for depth in [8, 16] {
      var png = HandmadePNG(colorType: colorType, depth: depth, width: 3, height: 2) { x, y in
        colorType == 0 ? [x * 9 + y] : [x, y, x * y]
      }
      let stored = try Picture.decode(png.file, path: "a.png")
      png.chunks = [
        ("eXIf", OrientationTests.exif(orientation, little: false)),
        ("pHYs", bigEndian(10) + bigEndian(20) + [1]),
      ]
      let read = try Picture.decode(png.file, path: "a.png")
      let upright = stored.rgba16.upright(from: Orientation(orientation))
      #expect(read.rgba16 == upright)
      #expect(read.metadata.source?.orientation == orientation)
      let swaps = orientation > 4
      #expect(
        read.metadata.physicalSize == .init(x: swaps ? 20 : 10, y: swaps ? 10 : 20, perMetre: true))
      let again = try Picture.decode(read.encodedPNG(), path: "b.png")
      #expect(again.rgba16 == upright && again.metadata.source?.orientation == 1)
      #expect(again.metadata.exif == OrientationTests.exif(1, little: false))
    }
  }
}
