import Editor
import Foundation
import Terminal
import Testing

@Suite struct PictureProtocolTests {
  private static func noise(_ width: Int, _ height: Int, seed: UInt64) -> PaneSamples {
    var random = Seeded(seed)
    func level() -> UInt8 { .random(in: 0...255, using: &random) }
    return PaneSamples(
      width: width, height: height,
      colors: (0..<width * height).map { _ in Color(level(), level(), level()) })
  }

  // MARK: Kitty

  /// Control data and payloads of application program commands.
  private func commands(_ bytes: [UInt8]) throws -> [(control: [String: String], payload: String)] {
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("\u{1B}_G") && text.hasSuffix("\u{1B}\\"))
    return text.split(separator: "\u{1B}_G").map { command in
      let parts = command.dropLast(2).split(
        separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
      let pairs = parts[0].split(separator: ",").map { $0.split(separator: "=") }
      return (
        Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) }),
        parts.count > 1 ? String(parts[1]) : ""
      )
    }
  }

  @Test(arguments: [(1, 1), (7, 3), (100, 61)])
  func kittyCarriesEveryPixel(width: Int, height: Int) throws {
    let pixels = Self.noise(width, height, seed: 3)
    let commands = try commands(KittyGraphics.show(pixels, columns: 12, rows: 5))
    let first = try #require(commands.first?.control)
    #expect(["a", "f", "q", "C"].map { first[$0] } == ["T", "24", "2", "1"])
    #expect(["s", "v"].map { first[$0] } == ["\(width)", "\(height)"])
    #expect(["c", "r"].map { first[$0] } == ["12", "5"])
    #expect(commands.dropLast().allSatisfy { $0.control["m"] == "1" })
    #expect(commands.last?.control["m"] == "0")
    #expect(commands.allSatisfy { $0.payload.count <= 4096 })
    let data = try #require(Data(base64Encoded: commands.map(\.payload).joined()))
    #expect(Array(data) == pixels.colors.flatMap { [$0.red, $0.green, $0.blue] })
  }

  // MARK: Sixel

  /// A small decoder: raster size, and for each pixel the palette's red, green and blue in percent.
  private func decode(_ bytes: [UInt8]) throws -> (Int, Int, [[Int]]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let match = try #require(
      text.wholeMatch(of: /\u{1B}P0;1;0q"1;1;(\d+);(\d+)((?s).*)\u{1B}\\/))
    let (width, height) = (Int(match.1) ?? 0, Int(match.2) ?? 0)
    var palette: [Int: [Int]] = [:]
    var pixels = [[Int]](repeating: [], count: width * height)
    var (x, top, color) = (0, 0, 0)
    var rest = Substring(match.3)
    while let letter = rest.first {
      if let define = rest.prefixMatch(of: /#(\d+);2;(\d+);(\d+);(\d+)/) {
        palette[Int(define.1) ?? 0] = [define.2, define.3, define.4].map { Int($0) ?? 0 }
        rest = rest[define.range.upperBound...]
      } else if let choose = rest.prefixMatch(of: /#(\d+)/) {
        color = Int(choose.1) ?? 0
        rest = rest[choose.range.upperBound...]
      } else if letter == "$" || letter == "-" {
        x = 0
        top += letter == "-" ? 6 : 0
        rest = rest.dropFirst()
      } else {
        let run = try #require(rest.prefixMatch(of: /(?:!(\d+))?([?-~])/))
        let bits = Int(run.2.utf8.first ?? 63) - 63
        for _ in 0..<(run.1.flatMap { Int($0) } ?? 1) {
          for row in 0..<6 where bits >> row & 1 == 1 {
            try #require(x < width && top + row < height)
            #expect(pixels[(top + row) * width + x].isEmpty)
            pixels[(top + row) * width + x] = try #require(palette[color])
          }
          x += 1
        }
        rest = rest[run.range.upperBound...]
      }
    }
    return (width, height, pixels)
  }

  /// Every pixel is sent once, in a colour of its own dither.
  @Test(arguments: [(1, 1), (5, 6), (40, 7), (33, 20)])
  func sixelCarriesEveryPixel(width: Int, height: Int) throws {
    let pixels = Self.noise(width, height, seed: 9)
    let (columns, rows, decoded) = try decode(Sixel.encode(pixels))
    #expect(columns == width && rows == height)
    for (at, color) in pixels.colors.enumerated() {
      let index = Sixel.index(of: color, x: at % width, y: at / width)
      #expect(decoded[at] == [index / 36 * 20, index / 6 % 6 * 20, index % 6 * 20])
    }
  }

  /// Colours of the palette stay as they are; the mean of a flat field comes out right.
  @Test(arguments: [Color(0, 51, 255), Color(102, 153, 204), Color(20, 130, 240)])
  func sixelColoursAreRightOnAverage(color: Color) throws {
    let flat = PaneSamples(
      width: 16, height: 16, colors: [Color](repeating: color, count: 256))
    let (_, _, decoded) = try decode(Sixel.encode(flat))
    for (channel, value) in [color.red, color.green, color.blue].enumerated() {
      let mean = decoded.reduce(0) { $0 + Double($1[channel]) * 2.55 } / 256
      #expect(abs(mean - Double(value)) < 4)
    }
  }
}
