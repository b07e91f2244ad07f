import Raster
import Testing

/// 16x8 pictures, a left and a right half of one colour each, 300 by 150 dots an inch.
private enum Sample {
  static let grey = decoded(
    """
    /9j/4AAQSkZJRgABAQEBLACWAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT
    c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAUEAEAAAAA
    AAAAAAAAAAAAAAAA/9oACAEBAAA/ACaoP//Z
    """)
  static let rgb = decoded(
    """
    /9j/4AAQSkZJRgABAQEBLACWAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT
    c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj
    Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABADAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EAB
    QQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAGBf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAM
    AwEAAhEDEQA/AB08vGH4Q//Z
    """)
  static let progressive = decoded(
    """
    /9j/4AAQSkZJRgABAQEBLACWAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT
    c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj
    Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAIABADAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EAB
    UBAQEAAAAAAAAAAAAAAAAAAAUE/9oADAMBAAIQAxAAAAEc65XxP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEA
    AQUCP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQMBAT8BP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQIBAT
    8BP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEABj8CP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8h
    P//aAAwDAQACAAMAAAAQO//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQMBAT8QP//EABQRAQAAAAAAAAAAAAAAAA
    AAABD/2gAIAQIBAT8QP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8QP//Z
    """)
  static let adobe = decoded(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OF
    BtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAcIAP/E
    ABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AQB+PyAygFAD5/9k=
    """)

  /// The same without Adobe's marker.
  static let unmarked = Array(adobe[..<2] + adobe[18...])

  /// Base64 without padding checks.
  static func decoded(_ text: String) -> [UInt8] {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bits = 0
    var count = 0
    var bytes: [UInt8] = []
    for character in text.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { continue }
      bits = (bits << 6 | value) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 0xFF))
      }
    }
    return bytes
  }

  /// The file with markers put right after its start.
  static func with(_ markers: [(code: UInt8, payload: [UInt8])], in file: [UInt8]) -> [UInt8] {
    var inserted: [UInt8] = []
    for (code, payload) in markers {
      let size = payload.count + 2
      inserted += [0xFF, code, UInt8(size >> 8), UInt8(size & 0xFF)]
      inserted += payload
    }
    return Array(file.prefix(2)) + inserted + file.dropFirst(2)
  }
}

@Suite(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
struct JPEGReaderTests {
  @Test(arguments: [
    (Sample.grey, [40, 40, 40], [200, 200, 200], "grey"),
    (Sample.rgb, [220, 20, 20], [20, 20, 220], "RGB"),
    (Sample.progressive, [220, 20, 20], [20, 20, 220], "RGB"),
    (Sample.unmarked, [255, 0, 0], [127, 127, 127], "CMYK"),
    (Sample.adobe, [255, 0, 0], [127, 127, 127], "CMYK"),
  ])
  func readsEveryKind(file: [UInt8], left: [Int], right: [Int], color: String) throws {
    let picture = try Picture.decode(file, path: "a.jpg")
    #expect((picture.width, picture.height) == (16, 8))
    #expect(picture.metadata.source?.container == .jpeg)
    #expect(picture.metadata.source?.color.rawValue == color)
    #expect(picture.metadata.source?.interlaced == (file == Sample.progressive))
    let bitmap = picture.rgba8
    for (x, wanted) in [(2, left), (13, right)] {
      let i = bitmap.offset(x: x, y: 4)
      for c in 0..<3 { #expect(abs(Int(bitmap.samples[i + c]) - wanted[c]) <= 12) }
      #expect(bitmap.samples[i + 3] == 255)
    }
  }

  @Test func orientationIsApplied() throws {
    let exif = Array("Exif\0\0".utf8) + OrientationTests.exif(6, little: false)
    let file = Sample.with([(0xE1, exif)], in: Sample.rgb)
    let turned = try Picture.decode(file, path: "a.jpg")
    let stored = try Picture.decode(Sample.rgb, path: "a.jpg")
    #expect((turned.width, turned.height) == (8, 16))
    #expect(turned.rgba8 == stored.rgba8.upright(from: Orientation(6)))
    #expect(turned.metadata.source?.orientation == 6)
    #expect(turned.metadata.exif == OrientationTests.exif(1, little: false), "it is upright now")
    #expect(stored.metadata.physicalSize == .init(x: 11811, y: 5906, perMetre: true))
    #expect(turned.metadata.physicalSize == .init(x: 5906, y: 11811, perMetre: true))
  }

  @Test func aProfileInPartsIsJoinedAndSaved() throws {
    let profile = PNGMetadataTests.profile("RGB ")
    let part = { (number: UInt8, bytes: ArraySlice<UInt8>) in
      (code: UInt8(0xE2), payload: Array("ICC_PROFILE\0".utf8) + [number, 2] + bytes)
    }
    let parts = [part(2, profile[200...]), part(1, profile[..<200])]
    let picture = try Picture.decode(Sample.with(parts, in: Sample.rgb), path: "a.jpg")
    #expect(picture.metadata.iccProfile?.bytes == profile)
    let saved = try Picture.decode(picture.encodedPNG(), path: "a.png")
    #expect(saved.metadata.iccProfile == picture.metadata.iccProfile)
    let half = try Picture.decode(Sample.with([parts[0]], in: Sample.rgb), path: "a.jpg")
    #expect(half.metadata.iccProfile == nil)
  }

  @Test func aCutFileIsRefusedWhereItsPixelsAreCut() throws {
    for file in [Sample.grey, Sample.rgb, Sample.progressive] {
      let intact = try Picture.decode(file, path: "a.jpg")
      for length in 0..<file.count {
        var found: Picture?
        let error = pictureError { () throws(PictureError) in
          found = try Picture.decode(Array(file.prefix(length)), path: "a.jpg")
        }
        // The last two bytes are the end marker, and the few before may be padding of the last bits.
        #expect((error == nil) == (length >= file.count - 2) || length > file.count - 7)
        guard let found else { continue }
        #expect(found.pixels == intact.pixels, "\(length) of \(file.count)")
        #expect(found.remarks.contains { $0.kind == .damage }, "\(length) of \(file.count)")
      }
    }
  }

  /// What phones and programs put behind a picture, with and without its end marker.
  @Test(arguments: [
    ("zeros", [UInt8](repeating: 0, count: 40), PictureRemark.Kind.damage),
    ("words", Array("SEFHe...SEFT".utf8), .loss), ("a picture", Sample.grey, .loss),
    ("a wild marker", [0xFF, 0x02, 0, 4, 1, 2], .loss),
    ("another pass", [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2], .loss),
  ])
  func aTrailerIsToldOf(name: String, trailer: [UInt8], kind: PictureRemark.Kind) throws {
    let file = Sample.rgb
    let intact = try Picture.decode(file, path: "a.jpg")
    #expect(intact.remarks.isEmpty)
    let whole = try Picture.decode(file + trailer, path: "a.jpg")
    #expect(whole.pixels == intact.pixels)
    #expect(whole.remarks.map(\.kind) == [kind], "\(name): \(whole.remarks)")
    let open = try Picture.decode(file.dropLast(2) + trailer, path: "a.jpg")
    #expect(open.pixels == intact.pixels)
    #expect(open.remarks.first?.kind == .damage, "\(name): \(open.remarks)")
    var limits = PictureLimits()
    limits.isStrict = true
    #expect(refusal(of: file + trailer, limits)?.contains("leave --strict out") == true)
  }

  @Test func whatIsNotCarriedOnIsToldOf() throws {
    let markers: [(code: UInt8, payload: [UInt8])] = [
      (0xFE, Array("words".utf8)), (0xE1, Array("http://ns.adobe.com/xap/1.0/\0<x/>".utf8)),
      (0xED, Array("Photoshop 3.0\0".utf8)),
    ]
    let picture = try Picture.decode(Sample.with(markers, in: Sample.rgb), path: "a.jpg")
    #expect(picture.warning == nil)
    #expect(picture.remarks == [.init(.note, "not carried on: Photoshop's data, XMP, a comment")])
  }

  /// A file of nothing but segments costs what it weighs.
  @Test func aFloodOfSegmentsIsWalkedOnce() throws {
    let flood = [UInt8]([[UInt8]](repeating: [0xFF, 0xE1, 0, 2], count: 1 << 20).joined())
    let picture = try Picture.decode(
      Sample.rgb.prefix(2) + flood + Sample.rgb.dropFirst(2), path: "a.jpg")
    #expect((picture.width, picture.height) == (16, 8))
  }

  @Test func randomDamageNeverTraps() {
    var generator = SeededGenerator(state: 12)
    var refused = 0
    for _ in 0..<1000 {
      var broken = Sample.progressive
      for _ in 0..<3 {
        broken[Int.random(in: 3..<broken.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      var limits = PictureLimits()
      limits.pixels = 1 << 20
      let error = pictureError { () throws(PictureError) in
        _ = try Picture.decode(broken, path: "a.jpg", limits: limits)
      }
      if let error {
        refused += 1
        #expect(error.kind == .badData && !error.description.contains("\n"))
      }
    }
    #expect(refused > 100)
  }

  @Test func sizesAndPassesAreLimited() {
    var limits = PictureLimits()
    limits.pixels = 127
    #expect(refusal(of: Sample.rgb, limits)?.contains("more than the limit of 127") == true)
    limits = PictureLimits()
    limits.scans = 3
    #expect(refusal(of: Sample.rgb, limits) == nil)
    #expect(refusal(of: Sample.progressive, limits)?.contains("progressive passes") == true)
  }

  private func refusal(of file: [UInt8], _ limits: PictureLimits) -> String? {
    pictureError { () throws(PictureError) in
      _ = try Picture.decode(file, path: "a.jpg", limits: limits)
    }?.description
  }
}

@Suite(.disabled(if: Picture.readsJPEG, "this build has libjpeg"))
struct NoJPEGTests {
  @Test func saysWhatToInstall() {
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.decode([0xFF, 0xD8, 0xFF, 0xE0], path: "a.jpg")
    }
    #expect(error?.description.contains("libjpeg62-turbo-dev") == true)
  }
}
