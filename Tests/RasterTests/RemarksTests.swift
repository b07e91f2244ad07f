import Raster
import Testing

/// Files whose pixels are whole, and what is said of the rest of them.
@Suite struct RemarksTests {
  private static func png(
    before: [(type: String, bytes: [UInt8])] = [], after: [(type: String, bytes: [UInt8])] = []
  ) -> [UInt8] {
    var png = HandmadePNG(colorType: 2, depth: 8, width: 3, height: 2) { x, y in [x, y, x * y] }
    (png.chunks, png.chunksAfter) = (before, after)
    return png.file
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var file: [UInt8]
    let kinds: [PictureRemark.Kind]
    let says: String
    var testDescription: String { name }
  }

  /// Damages the checksum of the first chunk of a type.
  private static func damaged(_ type: String, _ file: [UInt8]) -> [UInt8] {
    var file = file
    let letters = Array(type.utf8)
    guard let at = file.indices.first(where: { file[$0...].starts(with: letters) }) else {
      return []
    }
    let length = file[(at - 4)..<at].reduce(0) { $0 << 8 | Int($1) }
    file[at + 4 + length] ^= 1
    return file
  }

  /// The file with more bytes in its chunk of pixels, and a checksum that goes with them.
  private static func withMoreData(_ more: [UInt8]) -> [UInt8] {
    let file = png()
    let letters = Array("IDAT".utf8)
    guard let at = file.indices.first(where: { file[$0...].starts(with: letters) }) else {
      return []
    }
    let length = file[(at - 4)..<at].reduce(0) { $0 << 8 | Int($1) }
    let payload = Array(file[(at + 4)..<(at + 4 + length)]) + more
    return file[..<(at - 4)] + HandmadePNG.chunk("IDAT", payload) + file[(at + 8 + length)...]
  }

  private static let text: (type: String, bytes: [UInt8]) = ("tEXt", Array("Title\0x".utf8))

  private static let frames: [(type: String, bytes: [UInt8])] = [
    ("acTL", bigEndian(7) + bigEndian(0)), ("fcTL", [0]),
  ]

  static let cases: [Case] = [
    Case(name: "sound", file: png(before: [text]), kinds: [], says: ""),
    Case(name: "a line break at the end", file: png() + [10], kinds: [.damage], says: "1 byte"),
    Case(name: "words at the end", file: png() + [65, 66], kinds: [.loss], says: "2 bytes follow"),
    Case(name: "another picture", file: png() + png(), kinds: [.loss], says: "follow its end"),
    Case(name: "no end", file: png().dropLast(12), kinds: [.damage], says: "before its end"),
    Case(name: "half an end", file: png().dropLast(5), kinds: [.damage], says: "before its end"),
    Case(name: "a damaged end", file: damaged("IEND", png()), kinds: [.damage], says: "its end"),
    Case(
      name: "a damaged text", file: damaged("tEXt", png(before: [text])), kinds: [.loss],
      says: "damaged and not kept: PNG chunks tEXt"),
    Case(
      name: "a damaged gamma", file: damaged("gAMA", png(before: [("gAMA", bigEndian(45455))])),
      kinds: [.loss], says: "gAMA"),
    Case(
      name: "a damaged profile", file: damaged("iCCP", png(before: [("iCCP", [65, 0, 0, 1])])),
      kinds: [.loss], says: "iCCP"),
    Case(name: "more data", file: withMoreData([1, 2, 3]), kinds: [.damage], says: "more bytes"),
    Case(
      name: "a cut text", file: png(after: [text]).dropLast(12 + 3), kinds: [.damage],
      says: "before its end"),
    Case(
      name: "no chunk after the pixels", file: png().dropLast(12) + [0, 0, 0, 1, 1, 2, 3, 4, 5, 6],
      kinds: [.damage], says: "damaged there"),
    Case(
      name: "an animation", file: png(before: frames, after: [("fdAT", [1])]),
      kinds: [.loss, .note], says: "of 7 frames only the first"),
    Case(
      name: "chunks that may not be copied", file: png(before: [("caBX", []), ("prVW", [])]),
      kinds: [.loss], says: "not kept: PNG chunks caBX, prVW"),
    Case(
      name: "a chunk after the pixels that must be known", file: png(after: [("JDAA", [])]),
      kinds: [.loss], says: "JDAA"),
    Case(
      name: "a date and a background", file: png(before: [("bKGD", [0, 0]), ("tIME", [])]),
      kinds: [.note], says: "bKGD, tIME"),
    Case(
      name: "a text that is none", file: png(before: [("zTXt", Array("A\0\0zz".utf8))]),
      kinds: [.loss], says: "unreadable"),
  ]

  @Test(arguments: cases)
  func opensAndTells(_ what: Case) throws {
    let plain = try Picture.decode(Self.png(), path: "a.png")
    let picture = try Picture.decode(what.file, path: "a.png")
    #expect(picture.pixels == plain.pixels)
    #expect(picture.remarks.map(\.kind) == what.kinds, "\(picture.remarks)")
    #expect(picture.remarks.first?.text.contains(what.says) ?? what.says.isEmpty)
    #expect((picture.warning == nil) == what.kinds.allSatisfy { $0 == .note })
    #expect((picture.loss == nil) == !what.kinds.contains(.loss))
    var limits = PictureLimits()
    limits.isStrict = true
    let refusal = pictureError { () throws(PictureError) in
      _ = try Picture.decode(what.file, path: "a.png", limits: limits)
    }
    #expect(refusal?.problem == picture.warning)
    // What is written again has nothing that could be told of.
    let again = try Picture.decode(picture.encodedPNG(), path: "b.png")
    #expect(again.remarks.isEmpty, "\(again.remarks)")
  }

  /// Transparency is a part of the pixels, and more rows than the header says are other pixels.
  @Test(arguments: [
    damaged("tRNS", png(before: [("tRNS", [0, 0, 0, 0, 0, 0])])),
    damaged("IDAT", png()), withMoreData([]).dropLast(20),
  ])
  func damagedPixelsAreRefused(file: [UInt8]) {
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.decode(file, path: "a.png")
    }
    #expect(error?.kind == .badData)
  }

  /// Many texts, plain and packed, cost no more than the limit for all of them.
  @Test func textsAreBoundedTogether() throws {
    let words = [UInt8](repeating: 65, count: 100_000)
    let packed: (type: String, bytes: [UInt8]) = (
      "zTXt", Array("P\0\0".utf8) + HandmadePNG.zlibStored(words)
    )
    let plain: (type: String, bytes: [UInt8]) = ("tEXt", Array("T\0".utf8) + words)
    let data: (type: String, bytes: [UInt8]) = ("vpAg", words)
    var limits = PictureLimits()
    limits.textBytes = 250_000
    for chunk in [packed, plain, data] {
      let chunks = [(type: String, bytes: [UInt8])](repeating: chunk, count: 20)
      let file = Self.png(before: chunks)
      let read = try Picture.decode(file, path: "a.png", limits: limits)
      let kept =
        read.metadata.text.reduce(0) { $0 + $1.value.utf8.count }
        + read.metadata.otherChunks.reduce(0) { $0 + $1.bytes.count }
      #expect(kept == 200_000, "\(chunk.type)")
      #expect(read.loss?.contains("(18)") == true, "\(read.remarks)")
    }
    limits = PictureLimits()
    limits.chunkBytes = 99_999
    let single = try Picture.decode(Self.png(before: [packed]), path: "a.png", limits: limits)
    #expect(single.metadata.text.isEmpty && single.loss != nil)
  }
}

/// Pictures of unusual sides.
@Suite struct SidesTests {
  @Test(arguments: [(20_000, 100), (100_000, 10), (10, 100_000), (1_000_001, 1), (2, 1_000_003)])
  func anySidesAreReadAndWritten(width: Int, height: Int) throws {
    var bitmap = RGBA8(width: width, height: height, filledWith: (7, 8, 9, 255))
    bitmap.samples[bitmap.samples.count - 4] = 200
    let picture = Picture(pixels: .eight(bitmap))
    #expect(try Picture.decode(picture.encodedPNG(), path: "a.png").pixels == picture.pixels)
    var deep = RGBA16(width: width, height: height, filledWith: (7, 8, 9, 65535))
    deep.samples[0] = 777
    let wide = Picture(pixels: .sixteen(deep))
    #expect(try Picture.decode(wide.encodedPNG(), path: "a.png").pixels == wide.pixels)
  }

  @Test func theLimitIsNamed() {
    let png = HandmadePNG(
      colorType: 2, depth: 8, width: 1, height: 1, declaredSize: (20_000, 20_000)
    ) { _, _ in [1, 2, 3] }
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.decode(png.file, path: "a.png")
    }
    #expect(error?.problem == "its 20000x20000 pixels are more than the limit of 134217728")
    #expect(error?.remedy.contains("intact") == false)
  }
}
