import Foundation
import Raster
import Testing

/// Numbers of grey and palette pictures, as they are stored.
struct PNGIndicesTests {
  /// A palette in which no colour is its number.
  private static let palette: [UInt8] = (0..<256).flatMap { (number: Int) -> [UInt8] in
    [UInt8(255 - number), 7, UInt8(number / 2)]
  }

  private static func file(
    type: UInt8, depth: Int, interlaced: Bool = false, entries: Int = 256,
    _ pixel: @escaping (Int, Int) -> Int
  ) -> [UInt8] {
    var png = HandmadePNG(
      colorType: type, depth: depth, width: 13, height: 11, interlaced: interlaced
    ) { x, y in [pixel(x, y)] }
    if type == 3 { png.chunks = [("PLTE", Array(palette.prefix(3 * entries)))] }
    return png.file
  }

  @Test(arguments: [0, 3] as [UInt8], [1, 2, 4, 8])
  func numbersAreAsStored(type: UInt8, depth: Int) throws {
    let pixel: (Int, Int) -> Int = { x, y in (7 * x + 31 * y) % (1 << depth) }
    let expected = (0..<11).flatMap { y in (0..<13).map { x in UInt8(pixel(x, y)) } }
    for interlaced in [false, true] {
      let bytes = Self.file(
        type: type, depth: depth, interlaced: interlaced, entries: 1 << depth, pixel)
      let mask = try Mask.decodeIndices(bytes, path: "map.png")
      #expect(mask.width == 13 && mask.height == 11)
      #expect(mask.values == expected, "type \(type), depth \(depth), interlaced \(interlaced)")
    }
  }

  /// 8 rows of 4 pixels, seen turned: width and height change places.
  @Test func standsUpright() throws {
    var png = HandmadePNG(colorType: 0, depth: 8, width: 4, height: 8) { x, y in [10 * y + x] }
    // Big-endian TIFF with one tag, orientation 6: the right side is up.
    let tiff: [UInt8] = [
      0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ]
    png.chunks = [("eXIf", tiff)]
    let mask = try Mask.decodeIndices(png.file, path: "map.png")
    let upright = try Picture.decode(png.file, path: "map.png").rgba8
    #expect(mask.width == 8 && mask.height == 4)
    #expect(mask.values == stride(from: 0, to: 4 * 32, by: 4).map { upright.samples[$0] })
    #expect(mask.values.first == 70)
  }

  @Test func whatHasNoNumbersIsRefused() {
    func plain(_ type: UInt8, _ depth: Int, _ samples: [Int]) -> [UInt8] {
      HandmadePNG(colorType: type, depth: depth, width: 3, height: 2) { _, _ in samples }.file
    }
    let cases: [(bytes: [UInt8], says: String)] = [
      (plain(2, 8, [1, 2, 3]), "neither a palette nor grey"),
      (plain(6, 8, [1, 2, 3, 4]), "neither a palette nor grey"),
      (plain(4, 8, [1, 2]), "neither a palette nor grey"),
      (plain(0, 16, [1]), "16 bits"),
      (Array("GIF89a".utf8), "no PNG"), ([], "no PNG"),
      (Array(Self.file(type: 0, depth: 8) { _, _ in 1 }.dropLast(40)), "not a readable PNG"),
      (Self.file(type: 3, depth: 8, entries: 0) { _, _ in 1 }, "not a readable PNG"),
    ]
    for (bytes, says) in cases {
      let error = #expect(throws: PictureError.self, "\(says)") {
        try Mask.decodeIndices(bytes, path: "map.png")
      }
      #expect(error?.kind == .badData)
      #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
    }
  }
}
