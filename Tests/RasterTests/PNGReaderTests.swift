import Raster
import Testing

/// One kind of PNG file and how its samples are meant.
struct PNGKind: Sendable, CustomTestStringConvertible {
  var colorType: UInt8
  var depth: Int
  var interlaced: Bool
  var transparency: Bool

  var testDescription: String {
    "type \(colorType), \(depth) bit\(interlaced ? ", Adam7" : "")\(transparency ? ", tRNS" : "")"
  }

  /// All kinds that the standard allows.
  static let all: [PNGKind] = [
    (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]),
  ].flatMap { (type: UInt8, depths: [Int]) in
    depths.flatMap { depth in
      [false, true].flatMap { interlaced in
        (type < 4 ? [false, true] : [false]).map {
          PNGKind(colorType: type, depth: depth, interlaced: interlaced, transparency: $0)
        }
      }
    }
  }

  var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 1 }
  var top: Int { (1 << depth) - 1 }
  /// The sample values that tRNS marks, for grey and RGB.
  var marked: [Int] { (0..<channels).map { top * ($0 + 1) / 4 } }
  /// Palette entry i.
  func entry(_ i: Int) -> [Int] { [(i * 37 + 5) & 255, (i * 91 + 17) & 255, (i * 13 + 101) & 255] }
  /// Its alpha; only the first half of the palette has one.
  func entryAlpha(_ i: Int) -> Int { transparency && i <= top / 2 ? (i * 55) & 255 : 255 }

  func file(width: Int, height: Int, seed: UInt64) -> (png: HandmadePNG, samples: [[Int]]) {
    var generator = SeededGenerator(state: seed)
    let samples = (0..<width * height).map { i in
      i % 3 == 1 && transparency && colorType != 3
        ? marked : (0..<channels).map { _ in Int.random(in: 0...top, using: &generator) }
    }
    var png = HandmadePNG(
      colorType: colorType, depth: depth, width: width, height: height, interlaced: interlaced
    ) { x, y in samples[y * width + x] }
    if colorType == 3 {
      png.chunks.append(("PLTE", (0...top).flatMap { entry($0).map { UInt8($0) } }))
      if transparency {
        png.chunks.append(("tRNS", (0...top / 2).map { UInt8(entryAlpha($0)) }))
      }
    } else if transparency {
      png.chunks.append(("tRNS", marked.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }))
    }
    return (png, samples)
  }

  /// What the standard says the pixel is, as RGBA at 8 bits or at 16.
  func rgba(_ s: [Int]) -> [Int] {
    let full = depth == 16 ? 65535 : 255
    let scale = { (v: Int) in v * full / top }
    let alpha = transparency && s == marked ? 0 : full
    switch colorType {
    case 0: return [scale(s[0]), scale(s[0]), scale(s[0]), alpha]
    case 2: return [s[0], s[1], s[2], alpha]
    case 3: return entry(s[0]) + [entryAlpha(s[0])]
    case 4: return [s[0], s[0], s[0], s[1]]
    default: return s
    }
  }
}

@Suite struct PNGReaderTests {
  @Test(arguments: PNGKind.all)
  func readsEveryKind(_ kind: PNGKind) throws {
    for (width, height) in [(1, 1), (7, 5), (9, 3), (2, 17), (33, 8)] {
      let (png, samples) = kind.file(width: width, height: height, seed: 3)
      let picture = try Picture.decode(png.file, path: "kind.png")
      let expected = samples.flatMap(kind.rgba)
      switch picture.pixels {
      case .eight(let bitmap):
        #expect(kind.depth < 16 && bitmap.samples.map(Int.init) == expected)
      case .sixteen(let bitmap):
        #expect(kind.depth == 16 && bitmap.samples.map(Int.init) == expected)
      }
      #expect((picture.width, picture.height) == (width, height))
      #expect(picture.metadata.source?.bitDepth == kind.depth)
      #expect(picture.metadata.source?.interlaced == kind.interlaced)
      #expect(picture.metadata.source?.hasTransparencyChunk == kind.transparency)
      #expect(picture.remarks == [])

      let facts = try PictureFacts.decode(png.file, path: "kind.png")
      let full = kind.depth < 16 ? 255 : 65535
      #expect(
        facts
          == PictureFacts(
            width: width, height: height,
            transparentPixels: samples.count { kind.rgba($0)[3] != full },
            metadata: picture.metadata))

      let again = try Picture.decode(picture.encodedPNG(), path: "again.png")
      #expect(again.pixels == picture.pixels, "every byte survives a save")
    }
  }

  /// A file of every byte of interest, small enough to break at each place.
  private func sample() -> [UInt8] {
    HandmadePNG(
      colorType: 2, depth: 8, width: 5, height: 4,
      chunks: [("gAMA", bigEndian(45455)), ("tEXt", Array("Key\0value".utf8))],
      chunksAfter: [("tEXt", Array("Late\0too".utf8))]
    ) { x, y in [x * 50, y * 60, x * y * 10] }.file
  }

  @Test func aFlippedByteIsFoundWhereverItIs() throws {
    let file = sample()
    let intact = try Picture.decode(file, path: "a.png")
    var opened = 0
    for i in file.indices {
      var broken = file
      broken[i] ^= 0x20
      #expect(facts(of: broken) == metadata(of: broken), "byte \(i)")
      opened += try isToldOf(broken, of: intact, "byte \(i)") ? 1 : 0
    }
    // Gamma, two texts and the end chunk, but for the gamma's and the first text's length and name,
    // without which nobody knows where the pixels are.
    #expect(opened > 40, "\(opened) of \(file.count)")
  }

  /// What is told of a file whose pixels are not kept, and what where they are; the same.
  private func facts(of file: [UInt8]) -> [String] {
    do { return ["\(try PictureFacts.decode(file, path: "a.png").metadata)"] } catch {
      return ["error", "\(error)"]
    }
  }

  private func metadata(of file: [UInt8]) -> [String] {
    do { return ["\(try Picture.decode(file, path: "a.png").metadata)"] } catch {
      return ["error", "\(error)"]
    }
  }

  /// Whether a damaged file opens; it is refused, or its pixels are whole and the damage is told.
  private func isToldOf(_ damaged: [UInt8], of intact: Picture, _ what: String) throws -> Bool {
    var found: Picture?
    let error = pictureError { () throws(PictureError) in
      found = try Picture.decode(damaged, path: "a.png")
    }
    #expect(error == nil || error?.kind == .badData, "\(what)")
    guard let found else { return false }
    #expect(found.pixels == intact.pixels, "\(what)")
    #expect(found.warning != nil, "\(what)")
    var limits = PictureLimits()
    limits.isStrict = true
    let refusal = pictureError { () throws(PictureError) in
      _ = try Picture.decode(damaged, path: "a.png", limits: limits)
    }
    #expect(refusal?.problem == found.warning, "\(what)")
    return true
  }

  @Test func aCutFileIsRefusedWhereItsPixelsAreCut() throws {
    let bitmap: RGBA8 = randomBitmap(width: 97, height: 61, seed: 5)
    let large = try Picture(pixels: .eight(bitmap)).encodedPNG()
    for (file, step, after) in [(sample(), 1, 12 + 20), (large, 97, 12)] {
      let intact = try Picture.decode(file, path: "a.png")
      for length in stride(from: 0, to: file.count, by: step) {
        let isOpened = try isToldOf(Array(file.prefix(length)), of: intact, "\(length) bytes")
        // What comes after the pixels: a text in the small file, and the end chunk.
        #expect(isOpened == (length >= file.count - after), "\(length) of \(file.count) bytes")
      }
    }
  }

  @Test func randomDamageNeverTraps() throws {
    var generator = SeededGenerator(state: 11)
    let file = sample()
    let intact = try Picture.decode(file, path: "a.png")
    for round in 0..<2000 {
      var broken = file
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        broken[Int.random(in: 8..<file.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      if broken == file { continue }
      _ = try isToldOf(broken, of: intact, "round \(round)")
    }
  }

  struct Lie: Sendable, CustomTestStringConvertible {
    let width: Int
    let height: Int
    let says: String
    var testDescription: String { "\(width)x\(height)" }
  }

  @Test(arguments: [
    Lie(width: 5, height: 5, says: ""), Lie(width: 5, height: 3, says: ""),
    Lie(width: 6, height: 4, says: ""), Lie(width: 4, height: 4, says: ""),
    Lie(width: 0, height: 4, says: "zero"), Lie(width: 5, height: 0, says: "zero"),
    Lie(width: 1_000_001, height: 4, says: "cannot hold the 1000001x4 pixels"),
    Lie(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, says: "more than the limit of 134217728"),
    Lie(width: 0x7FFF_FFFF, height: 1, says: "more than the limit"),
    Lie(width: 1 << 27, height: 1, says: "more memory than the limit of 1024 mib"),
    Lie(width: 16384, height: 16384, says: "more than the limit of 134217728; scale it down"),
    Lie(width: 4000, height: 4000, says: "cannot hold the 4000x4000 pixels"),
  ])
  func aLyingHeaderIsRefused(_ lie: Lie) {
    let png = HandmadePNG(
      colorType: 2, depth: 8, width: 5, height: 4, declaredSize: (lie.width, lie.height)
    ) { _, _ in [1, 2, 3] }
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.decode(png.file, path: "lie.png")
    }
    #expect(error?.kind == .badData)
    let description = error?.description ?? ""
    #expect(description.hasPrefix("lie.png: ") && description.lowercased().contains(lie.says))
    #expect(!description.contains("\n"))
  }

  @Test func otherBrokenFiles() {
    let base = HandmadePNG(colorType: 2, depth: 8, width: 2, height: 2) { _, _ in [1, 2, 3] }
    var noPalette = base
    noPalette.colorType = 3
    noPalette.pixel = { _, _ in [0] }
    var badType = base
    badType.colorType = 5
    var badDepth = base
    badDepth.depth = 4
    let files: [(String, [UInt8])] = [
      ("no palette", noPalette.file), ("colour type 5", badType.file), ("RGB of 4", badDepth.file),
      ("signature only", Array(base.file.prefix(8))),
    ]
    for (name, file) in files {
      let error = pictureError { () throws(PictureError) in
        _ = try Picture.decode(file, path: "broken.png")
      }
      #expect(error?.kind == .badData, "\(name)")
    }
  }

  @Test func limitsAreTheCallers() throws {
    let file = HandmadePNG(colorType: 0, depth: 8, width: 10, height: 10) { _, _ in [9] }.file
    var limits = PictureLimits()
    limits.pixels = 100
    _ = try Picture.decode(file, path: "a.png", limits: limits)
    limits.pixels = 99
    #expect(
      pictureError { () throws(PictureError) in
        _ = try Picture.decode(file, path: "a.png", limits: limits)
      } != nil)
  }
}
