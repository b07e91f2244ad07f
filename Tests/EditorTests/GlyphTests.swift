import Editor
import Raster
import Testing

@Suite struct GlyphTests {
  /// Squared error of samples shown as a mask says, each set in its own mean.
  private static func error(_ samples: [Color], mask: Int) -> Double {
    func channels(_ color: Color) -> [Double] {
      [Double(color.red), Double(color.green), Double(color.blue)]
    }
    var error = 0.0
    for side in [0, 1] {
      let set = samples.indices.filter { mask >> $0 & 1 == side }.map { channels(samples[$0]) }
      for channel in 0..<3 {
        let mean = set.map { $0[channel] }.reduce(0, +) / Double(max(1, set.count))
        error += set.map { ($0[channel] - mean) * ($0[channel] - mean) }.reduce(0, +)
      }
    }
    return error
  }

  /// The fit is as good as the best of all divisions, tried one by one.
  @Test(arguments: [(1, 1), (1, 2), (2, 2), (2, 3), (2, 4)])
  func theBestOfAllDivisions(across: Int, down: Int) {
    var random = Seeded(7)
    let count = across * down
    for round in 0..<60 {
      let levels: ClosedRange<UInt8> = round % 3 == 0 ? 100...102 : 0...255
      func level() -> UInt8 { .random(in: levels, using: &random) }
      let samples = (0..<count).map { _ in Color(level(), level(), level()) }
      let fit = TwoTone(fitting: samples)
      let least = (0..<1 << count).map { Self.error(samples, mask: $0) }.min() ?? 0
      #expect(abs(Self.error(samples, mask: fit.mask) - least) < 1e-6)
    }
  }

  @Test(arguments: [
    (Glyphs.quadrant, 0b0001, "▘"), (.quadrant, 0b0011, "▀"), (.quadrant, 0b1100, "▄"),
    (.quadrant, 0b0101, "▌"), (.quadrant, 0b1001, "▚"), (.quadrant, 0b0111, "▛"),
    (.sextant, 1, "\u{1FB00}"), (.sextant, 20, "\u{1FB13}"), (.sextant, 21, "▌"),
    (.sextant, 22, "\u{1FB14}"), (.sextant, 42, "▐"), (.sextant, 62, "\u{1FB3B}"),
    (.sextant, 63, "█"), (.octant, 0, " "), (.octant, 4, "\u{1CD00}"), (.octant, 6, "\u{1CD01}"),
    (.octant, 0x0F, "▀"), (.octant, 0x55, "▌"), (.octant, 0xFE, "\u{1CDE5}"), (.octant, 0xFF, "█"),
    (.half, 1, "▀"), (.half, 2, "▄"), (.half, 3, "█"),
  ])
  func shapesHaveTheirCharacters(glyphs: Glyphs, mask: Int, glyph: String) {
    #expect(String(Character(glyphs.shape(mask))) == glyph)
  }

  @Test(arguments: Glyphs.allCases)
  func everyShapeHasOneCharacter(glyphs: Glyphs) {
    let count = 1 << (glyphs.grid.across * glyphs.grid.down)
    #expect(Set((0..<count).map(glyphs.shape)).count == count)
  }

  @Test func flatCellsNeedNoShape() {
    let cell = Glyphs.octant.cell(of: [Color](repeating: Color(9, 8, 7), count: 8))
    #expect(cell.glyph == " ")
    #expect(cell.background == Color(9, 8, 7))
  }

  /// Every set of characters shows the same picture: two colours apart, left and right.
  @Test(arguments: Glyphs.allCases)
  func allCharactersShowThePicture(glyphs: Glyphs) {
    let rows = Array(repeating: "RRRRRRRRBBBBBBBB", count: 16).joined(separator: "\n")
    var state = EditorState(picture: Drawn.picture(rows), name: "two", columns: 40, rows: 12)
    state.type(":zoom 1:2<Enter>:set glyphs=\(glyphs.rawValue)<Enter>")
    let screen = Editor.draw(state)
    // 8 cells across from column 16 on, 4 rows down from row 3 on.
    let (left, right) = (screen[17, 4], screen[22, 4])
    func shown(_ cell: Cell) -> Color {
      [" ", "▀"].contains(cell.glyph) ? cell.background : cell.foreground
    }
    #expect([shown(left), shown(right)] == [Color(255, 0, 0), Color(0, 0, 255)])
  }

  /// Half blocks while pixels are large enough to edit, quadrants beyond, and what few colours allow.
  @Test(arguments: [
    ("1:1", 16_777_216, true, Glyphs.half), ("1:2", 16_777_216, true, .quadrant),
    ("1:2", 256, true, .quadrant), ("1:2", 16, true, .half), ("4:1", 1, true, .quadrant),
    ("1:2", 256, false, .cell), ("1:2", 1, false, .ascii),
  ])
  func charactersFollowZoomAndTerminal(
    zoom: String, colors: Int, hasUnicode: Bool, glyphs: Glyphs
  ) {
    var state = EditorState(
      picture: RGBA8(width: 300, height: 200, filledWith: (9, 9, 9, 255)), name: "a")
    var facts = TerminalFacts()
    facts.colors = colors
    facts.hasUnicode = hasUnicode
    _ = state.handle(.terminal(facts))
    state.type(":zoom \(zoom)<Enter>")
    #expect(state.glyphs == glyphs)
  }

  @Test func aSlowLineGetsCoarseCellsWhileTheViewMoves() {
    var state = EditorState(
      picture: RGBA8(width: 300, height: 200, filledWith: (9, 9, 9, 255)), name: "a")
    var facts = TerminalFacts()
    facts.bytesPerSecond = 100_000
    _ = state.handle(.terminal(facts))
    _ = state.handle(.tick(milliseconds: 1000))
    state.type("++")
    #expect(state.glyphs == .cell)
    #expect(state.millisecondsToChange == EditorState.settlingTime + 10)
    _ = state.handle(.tick(milliseconds: 1000 + EditorState.settlingTime))
    #expect(state.glyphs != .cell)
    #expect(state.millisecondsToChange == nil)
  }
}
