import Editor
import Glibc
import Terminal
import Testing

@Suite struct ColorDepthTests {
  struct Case: Sendable {
    var choice: ColorChoice = .auto
    var environment: [String: String] = [:]
    var described = 256
    var isDirect = false
    var depth: ColorDepth
  }

  @Test(arguments: [
    Case(depth: .palette),
    Case(described: 16, depth: .sixteen),
    Case(described: 8, depth: .eight),
    Case(described: -1, depth: .mono),
    Case(environment: ["COLORTERM": "truecolor"], depth: .direct),
    Case(environment: ["COLORTERM": "24bit"], described: 8, depth: .direct),
    Case(environment: ["COLORTERM": "yes"], depth: .palette),
    Case(
      environment: ["COLORTERM": "truecolor", "TERM_PROGRAM": "Apple_Terminal"], depth: .palette),
    Case(environment: ["COLORTERM": "truecolor", "TERM": "screen-256color"], depth: .palette),
    Case(
      environment: ["COLORTERM": "truecolor", "TERM": "screen-256color", "TMUX": "/tmp/x"],
      depth: .direct),
    Case(isDirect: true, depth: .direct),
    Case(environment: ["NO_COLOR": "1", "COLORTERM": "truecolor"], depth: .mono),
    Case(environment: ["NO_COLOR": ""], depth: .palette),
    Case(environment: ["NO_COLOR": "1", "TESSERA_COLOR": "256"], depth: .palette),
    Case(choice: .ansi16, environment: ["TESSERA_COLOR": "256"], depth: .sixteen),
    Case(choice: .direct, environment: ["NO_COLOR": "1"], depth: .direct),
    Case(choice: .none, environment: ["COLORTERM": "truecolor"], depth: .mono),
  ])
  func choice(_ wanted: Case) {
    #expect(
      ColorDepth.choose(
        wanted.choice, environment: wanted.environment, described: wanted.described,
        describedDirect: wanted.isDirect) == wanted.depth)
  }

  @Test(arguments: [
    (ColorDepth.direct, 8, Color(1, 2, 3), Int32(0x010203)),
    (.direct, 5, Color(255, 0, 128), 0xFF0083),
    (.palette, 8, Color(0, 0, 0), 16), (.palette, 8, .white, 231),
    (.palette, 8, Color(255, 0, 0), 196), (.palette, 8, Color(118, 118, 118), 243),
    (.sixteen, 8, Color(250, 10, 10), 9), (.eight, 8, Color(190, 10, 10), 1),
    (.mono, 8, .white, 0),
  ])
  func numbers(depth: ColorDepth, bits: Int, color: Color, number: Int32) {
    #expect(Quantizer(depth: depth, bits: bits).index(of: color) == number)
  }

  @Test func fiveBitsKeepBlackAndWhite() {
    let quantizer = Quantizer(depth: .direct, bits: 5)
    #expect(quantizer.index(of: .black) == 0)
    #expect(quantizer.index(of: .white) == 0xFFFFFF)
  }

  /// The eight have no grey but white: a middle grey is made of black and another.
  @Test func mixturesAverageToTheColour() throws {
    let mixes = try #require(ColorMixes(depth: .eight))
    let chosen = (0..<16).map { mixes.index(of: Color(115, 115, 115), threshold: $0) }
    #expect(Set(chosen).count == 2)
    #expect(Set((0..<16).map { mixes.index(of: .black, threshold: $0) }) == [0])
    #expect(ColorMixes(depth: .palette) == nil)
  }
}

@Suite struct CellTranslatorTests {
  private let red = Color(255, 0, 0)

  @Test func equalHalvesBecomeASpace() {
    let cell = Cell(glyph: "▀", foreground: red, background: red, attributes: .picture)
    let shown = CellTranslator(depth: .direct, hasUnicode: true).translate(cell, column: 0, row: 0)
    #expect(
      shown == TerminalCell(glyph: 0x20, foreground: 0xFF0000, background: 0xFF0000, attributes: 0))
  }

  @Test func withoutUnicodeAPictureCellIsItsMean() {
    let cell = Cell(glyph: "▀", foreground: .white, background: .black, attributes: .picture)
    let shown = CellTranslator(depth: .direct, hasUnicode: false).translate(cell, column: 0, row: 0)
    #expect(shown.glyph == 0x20)
    #expect(shown.background == 0x7F7F7F)
  }

  @Test(arguments: [
    (Color.white, Color.white, UInt32(0x2588)), (.white, .black, 0x2580), (.black, .white, 0x2584),
    (.black, .black, 0x20),
  ])
  func monoPictures(upper: Color, lower: Color, glyph: UInt32) {
    let cell = Cell(glyph: "▀", foreground: upper, background: lower, attributes: .picture)
    let translator = CellTranslator(depth: .mono, hasUnicode: true)
    for place in 0..<16 {
      #expect(translator.translate(cell, column: place % 4, row: place / 4).glyph == glyph)
    }
  }

  @Test func textKeepsAContrastWhereColoursAreFew() {
    let cell = Cell(glyph: "a", foreground: Color(60, 60, 60), background: Color(20, 21, 24))
    let shown = CellTranslator(depth: .eight, hasUnicode: true).translate(cell, column: 0, row: 0)
    #expect(shown.foreground != shown.background)
  }

  @Test func asciiStandsInForLines() {
    let cell = Cell(glyph: "│")
    let shown = CellTranslator(depth: .mono, hasUnicode: false).translate(cell, column: 0, row: 0)
    #expect(shown.glyph == UInt32(UInt8(ascii: "|")))
  }
}

/// 256 colours, against the definition of OKLab in double precision over all of them.
@Suite struct PaletteTests {
  private static func look(_ color: Color) -> SIMD3<Double> {
    func light(_ level: UInt8) -> Double {
      let level = Double(level) / 255
      return level <= 0.04045 ? level / 12.92 : pow((level + 0.055) / 1.055, 2.4)
    }
    let (r, g, b) = (light(color.red), light(color.green), light(color.blue))
    let l: Double = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    let m: Double = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    let s: Double = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    let lightness: Double = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    let green: Double = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    let blue: Double = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    return SIMD3(lightness, green, blue)
  }

  /// xterm's table, as its documentation gives it.
  private static let colors: [Color] = {
    let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
    var cube: [Color] = []
    for r in levels { for g in levels { for b in levels { cube.append(Color(r, g, b)) } } }
    let greys: [UInt8] = (0..<24).map { UInt8(8 + 10 * $0) }
    return cube + greys.map { Color($0, $0, $0) }
  }()

  private static func distance(_ a: Color, _ b: Color) -> Double {
    let apart = look(a) - look(b)
    return (apart * apart).sum()
  }

  @Test func theNearestIsChosen() {
    let quantizer = Quantizer(depth: .palette)
    var random = Seeded(5)
    for _ in 0..<2000 {
      // Five bits a channel are told apart.
      func level() -> UInt8 {
        let bits = UInt8.random(in: 0...31, using: &random)
        return bits << 3 | bits >> 2
      }
      let color = Color(level(), level(), level())
      let chosen = Self.colors[Int(quantizer.index(of: color)) - 16]
      let least = Self.colors.map { Self.distance($0, color) }.min() ?? 0
      #expect(Self.distance(chosen, color) <= least + 1e-6)
    }
  }

  /// What is shown for a smooth surface keeps its hue: averaged as light it is nearer than any single
  /// colour, and never far off.
  @Test(arguments: [
    Color(92, 120, 150), Color(120, 92, 70), Color(60, 80, 60), Color(190, 170, 160),
    Color(40, 50, 70),
  ])
  func mixturesKeepTheHue(color: Color) {
    let translator = CellTranslator(depth: .palette, hasUnicode: true)
    let cell = Cell(glyph: "▌", foreground: color, background: color, attributes: .blocks)
    let shown = translator.translate(cell, column: 0, row: 0)
    let parts: [UInt32: Double] = [0x20: 0, 0x2598: 0.25, 0x259A: 0.5]
    let part = parts[shown.glyph] ?? -1
    #expect(part >= 0)
    func mixed(_ channel: KeyPath<Color, UInt8>) -> UInt8 {
      func light(_ number: Int32) -> Double {
        pow(Double(Self.colors[Int(number) - 16][keyPath: channel]) / 255, 2.2)
      }
      let sum = part * light(shown.foreground) + (1 - part) * light(shown.background)
      return UInt8((pow(sum, 1 / 2.2) * 255).rounded())
    }
    let mean = Color(mixed(\.red), mixed(\.green), mixed(\.blue))
    let single = Self.colors.map { Self.distance($0, color) }.min() ?? 0
    #expect(Self.distance(mean, color) <= single + 1e-5)
    #expect(Self.distance(mean, color).squareRoot() < 0.05)
  }

  /// A cell that has a strong edge keeps it.
  @Test func edgesStay() {
    let cell = Cell(
      glyph: "▙", foreground: Color(20, 30, 90), background: Color(240, 230, 200),
      attributes: .blocks)
    let shown = CellTranslator(depth: .palette, hasUnicode: true).translate(
      cell, column: 0, row: 0)
    #expect(shown.glyph == 0x2599)
  }
}
