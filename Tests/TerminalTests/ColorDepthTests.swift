import Editor
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
