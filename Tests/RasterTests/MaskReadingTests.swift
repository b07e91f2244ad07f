import Raster
import Testing

/// What pictures of other programs mean as masks.
@Suite struct MaskReadingTests {
  typealias Pixel = (UInt8, UInt8, UInt8, UInt8)

  static let rows: [(name: String, pixels: [Pixel], values: [UInt8])] = [
    ("white on black", [(0, 0, 0, 255), (255, 255, 255, 255)], [0, 255]),
    ("soft grey", [(0, 0, 0, 255), (64, 64, 64, 255), (255, 255, 255, 255)], [0, 64, 255]),
    ("grey and black", [(0, 0, 0, 255), (90, 90, 90, 255)], [0, 255]),
    ("0 and 1", [(0, 0, 0, 255), (1, 1, 1, 255)], [0, 255]),
    ("red on black", [(0, 0, 0, 255), (255, 0, 0, 255), (128, 0, 0, 255)], [0, 255, 128]),
    ("dark red on black", [(0, 0, 0, 255), (120, 0, 0, 255)], [0, 255]),
    ("red and blue", [(0, 0, 0, 255), (255, 0, 0, 255), (0, 0, 255, 255)], [0, 255, 255]),
    ("white on red", [(255, 0, 0, 255), (255, 255, 255, 255)], [0, 255]),
    ("black on nothing", [(0, 0, 0, 0), (0, 0, 0, 255), (0, 0, 0, 51)], [0, 255, 51]),
    ("white on nothing", [(255, 255, 255, 0), (255, 255, 255, 255)], [0, 255]),
    ("hidden colours", [(9, 200, 3, 0), (255, 255, 255, 255), (0, 0, 0, 255)], [0, 255, 0]),
    (
      "nearly one colour", [(200, 30, 30, 0), (200, 30, 30, 255), (202, 29, 30, 128)],
      [0, 255, 128]
    ),
    (
      "grey times alpha", [(0, 0, 0, 255), (255, 255, 255, 128), (255, 255, 255, 255)],
      [0, 128, 255]
    ),
    ("half transparent", [(0, 0, 0, 100), (255, 255, 255, 100)], [0, 255]),
    (
      "the faintest touch", [(0, 0, 0, 255), (255, 255, 255, 1), (255, 255, 255, 255)], [0, 1, 255]
    ),
    ("white", [(255, 255, 255, 255), (255, 255, 255, 255)], [255, 255]),
    ("one red", [(200, 0, 0, 255), (200, 0, 0, 255)], [255, 255]),
  ]

  @Test(arguments: rows)
  func bothDepthsReadAlike(name: String, pixels: [Pixel], values: [UInt8]) throws {
    let samples = pixels.flatMap { [$0.0, $0.1, $0.2, $0.3] }
    let bitmap = RGBA8(width: pixels.count, height: 1, samples: samples)
    #expect(try Picture(pixels: .eight(bitmap)).mask(path: "m").values == values)
    #expect(try Picture(pixels: .sixteen(bitmap.rgba16)).mask(path: "m").values == values)
  }

  @Test func sixteenBitsMayHold0And1() throws {
    let bitmap = RGBA16(width: 2, height: 1, samples: [0, 0, 0, 65535, 1, 1, 1, 65535])
    #expect(try Picture(pixels: .sixteen(bitmap)).mask(path: "m").values == [0, 255])
  }

  @Test(
    arguments: [((0, 0, 0, 255), "black"), ((255, 9, 9, 0), "transparent")] as [(Pixel, String)])
  func nothingInsideIsAnError(pixel: Pixel, word: String) throws {
    let picture = Picture(pixels: .eight(RGBA8(width: 3, height: 2, filledWith: pixel)))
    let error = pictureError { () throws(PictureError) in _ = try picture.mask(path: "m.png") }
    #expect(error?.kind == .badData && error?.path == "m.png")
    #expect(error?.problem.contains(word) == true)
  }

  /// JPEG leaves a few levels next to black and white.
  @Test func codingIsNoCoverage() throws {
    let bitmap = RGBA8(
      width: 4, height: 1,
      samples: [0, 0, 0, 255, 5, 5, 5, 255, 128, 128, 128, 255, 255, 255, 255, 255])
    var picture = Picture(pixels: .eight(bitmap))
    #expect(try picture.mask(path: "m").values == [0, 5, 128, 255])
    picture.metadata.source = .init(container: .jpeg, color: .grey, bitDepth: 8)
    #expect(try picture.mask(path: "m").values == [0, 0, 128, 255])
  }
}
