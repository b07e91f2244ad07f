import Raster
import Testing

@Suite struct PNGWriterTests {
  /// 10,000 random pixels each: what alpha hides is kept as well.
  @Test(arguments: [(100, 100), (1, 10_000), (10_000, 1), (73, 137)])
  func everyByteSurvives(width: Int, height: Int) throws {
    let eight: RGBA8 = randomBitmap(width: width, height: height, seed: 1)
    let sixteen: RGBA16 = randomBitmap(width: width, height: height, seed: 2)
    var hidden = eight
    var opaque = eight
    for i in stride(from: 3, to: eight.samples.count, by: 4) {
      hidden.samples[i] = 0
      opaque.samples[i] = 255
    }
    for pixels: Picture.Pixels in [
      .eight(eight), .sixteen(sixteen), .eight(hidden), .eight(opaque),
    ] {
      let file = try Picture(pixels: pixels).encodedPNG()
      let first = try Picture.decode(file, path: "a.png")
      #expect(first.pixels == pixels)
      let second = try Picture.decode(first.encodedPNG(), path: "b.png")
      #expect(second == first)
    }
  }

  @Test func theSamePictureGivesTheSameBytes() throws {
    let bitmap: RGBA8 = randomBitmap(width: 40, height: 30, seed: 9)
    var picture = Picture(pixels: .eight(bitmap))
    picture.metadata.text = [.init(key: "a", value: "b")]
    #expect(try picture.encodedPNG() == picture.encodedPNG())
  }

  @Test func whatHoldsNothingIsNotWritten() throws {
    let grey = HandmadePNG(colorType: 0, depth: 16, width: 3, height: 3) { x, y in [x * 9 + y] }
    var picture = try Picture.decode(grey.file, path: "grey.png")
    #expect(try picture.encodedPNG()[24...25] == [16, 0], "16 bits, grey")
    guard case .sixteen(var bitmap) = picture.pixels else {
      Issue.record("a 16 bit file gives 16 bits")
      return
    }
    bitmap.samples[3] = 4
    picture.pixels = .sixteen(bitmap)
    #expect(try picture.encodedPNG()[24...25] == [16, 4], "with alpha")
    bitmap.samples[0] = 77
    picture.pixels = .sixteen(bitmap)
    #expect(try picture.encodedPNG()[24...25] == [16, 6], "painted on in colour")
    let opaque = RGBA8(width: 2, height: 2, filledWith: (5, 5, 5, 255))
    #expect(try Picture(pixels: .eight(opaque)).encodedPNG()[24...25] == [8, 2])
    #expect(try Picture(Mask(width: 2, height: 2)).encodedPNG()[24...25] == [8, 0])
  }

  @Test func noPixelsAreRefused() {
    let nothing = Picture(pixels: .eight(RGBA8(width: 0, height: 3, samples: [])))
    #expect(pictureError { () throws(PictureError) in _ = try nothing.encodedPNG() } != nil)
  }
}

@Suite struct PNGMetadataTests {
  /// A small profile that libpng believes: a header of 128 bytes and one tag of noise, since it
  /// takes a profile that packs well for one that is cut short.
  static func profile(_ colorSpace: String) -> [UInt8] {
    var generator = SeededGenerator(state: 4)
    let noise = (0..<256).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var bytes = [UInt8](repeating: 0, count: 132)
    func put(_ value: [UInt8], at offset: Int) {
      bytes.replaceSubrange(offset..<offset + value.count, with: value)
    }
    put(bigEndian(144 + noise.count), at: 0)
    put([4, 0, 0, 0] + Array("mntr\(colorSpace)XYZ ".utf8), at: 8)
    put(Array("acsp".utf8), at: 36)
    put([0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D], at: 68)
    put(bigEndian(1), at: 128)
    return bytes + Array("desc".utf8) + bigEndian(144) + bigEndian(noise.count) + noise
  }

  private func roundTrip(_ metadata: PictureMetadata, grey: Bool = false) throws -> PictureMetadata
  {
    var metadata = metadata
    metadata.source = .init(container: .png, color: grey ? .grey : .rgb, bitDepth: 8)
    let bitmap = RGBA8(width: 2, height: 2, filledWith: (9, 9, 9, 255))
    let picture = Picture(pixels: .eight(bitmap), metadata: metadata)
    let read = try Picture.decode(picture.encodedPNG(), path: "a.png").metadata
    #expect(read == metadata)
    return read
  }

  static let chromaticities: [UInt32] = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]

  static let cases: [(String, @Sendable (inout PictureMetadata) -> Void)] = [
    ("nothing", { _ in }),
    ("gamma alone", { $0.gamma = 45455 }),
    ("an unusual gamma", { $0.gamma = 100_000 }),
    ("chromaticities", { $0.chromaticities = chromaticities }),
    ("sRGB alone", { $0.srgbIntent = 0 }),
    (
      "sRGB with its gamma",
      {
        $0.srgbIntent = 1
        $0.gamma = 45455
        $0.chromaticities = chromaticities
      }
    ),
    ("a profile", { $0.iccProfile = .init(name: "Test profile", bytes: profile("RGB ")) }),
    (
      "a profile with gamma",
      {
        $0.iccProfile = .init(name: "Gr\u{FC}n", bytes: profile("RGB "))
        $0.gamma = 55555
        $0.chromaticities = chromaticities
      }
    ),
    ("300 dpi", { $0.physicalSize = .init(x: 11811, y: 11811, perMetre: true) }),
    ("a ratio", { $0.physicalSize = .init(x: 2, y: 1, perMetre: false) }),
    (
      "text",
      {
        $0.text = [
          .init(key: "parameters", value: "a caf\u{E9},\nSteps: 8"),
          .init(key: "Comment", value: "\u{1F3D4} snow \u{2014} \u{65E5}\u{672C}"),
          .init(key: "Comment", value: ""),
        ]
      }
    ),
    ("Exif", { $0.exif = Array("MM\0\u{2A}\0\0\0\u{8}\0\0".utf8) }),
    ("a chunk that may be copied", { $0.otherChunks = [.init(type: "vpAg", bytes: [1, 2])] }),
    ("cICP", { $0.colorChunks = [.init(type: "cICP", bytes: [9, 16, 0, 1])] }),
  ]

  @Test(arguments: cases.indices)
  func isCarriedThrough(_ index: Int) throws {
    let (name, fill) = Self.cases[index]
    var metadata = PictureMetadata()
    fill(&metadata)
    let read = try roundTrip(metadata)
    #expect(read.source?.remarks == [], "\(name)")
  }

  @Test func aGreyProfileStaysWithAGreyPicture() throws {
    var metadata = PictureMetadata()
    metadata.iccProfile = .init(name: "Grey", bytes: Self.profile("GRAY"))
    _ = try roundTrip(metadata, grey: true)
    metadata.source = .init(container: .png, color: .grey, bitDepth: 8)
    let painted = Picture(
      pixels: .eight(RGBA8(width: 1, height: 1, filledWith: (9, 8, 7, 255))), metadata: metadata)
    let read = try Picture.decode(painted.encodedPNG(), path: "a.png").metadata
    #expect(read.iccProfile == nil, "a grey profile says nothing about colours")
  }

  @Test func keysAreMadeFit() throws {
    let bitmap = RGBA8(width: 1, height: 1, filledWith: (1, 1, 1, 255))
    var picture = Picture(pixels: .eight(bitmap))
    picture.metadata.text = [
      .init(key: "  two  words ", value: "a\0b"), .init(key: "", value: "lost"),
      .init(key: String(repeating: "k", count: 200), value: "long"),
      .init(key: "\u{65E5}x", value: "odd"),
    ]
    let text = try Picture.decode(picture.encodedPNG(), path: "a.png").metadata.text
    #expect(text.map(\.key) == ["two words", String(repeating: "k", count: 79), "?x"])
    #expect(text.map(\.value) == ["ab", "long", "odd"])
  }

  @Test func textOfOtherWritersIsRead() throws {
    var png = HandmadePNG(colorType: 0, depth: 8, width: 1, height: 1) { _, _ in [0] }
    png.chunks = [
      ("tEXt", Array("Title\0".utf8) + [0xE9]),
      ("zTXt", Array("Zip\0\0".utf8) + HandmadePNG.zlibStored(Array("packed".utf8))),
    ]
    png.chunksAfter = [("iTXt", Array("Prompt\0\0\0de\0Frage\0gr\u{FC}n".utf8))]
    let text = try Picture.decode(png.file, path: "a.png").metadata.text
    #expect(text.map(\.key) == ["Title", "Zip", "Prompt"])
    #expect(text.map(\.value) == ["\u{E9}", "packed", "gr\u{FC}n"])
  }

  @Test func aFloodOfChunksIsBounded() throws {
    var png = HandmadePNG(colorType: 0, depth: 8, width: 1, height: 1) { _, _ in [0] }
    png.chunks = (0..<1000).map { ("tEXt", Array("Key\($0)\0value".utf8)) }
    let read = try Picture.decode(png.file, path: "a.png").metadata
    #expect(read.text.count <= 128 && read.text.count > 0)
    #expect(read.source?.remarks.map(\.kind) == [.loss])
  }
}
