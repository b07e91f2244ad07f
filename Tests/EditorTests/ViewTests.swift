import Editor
import Raster
import Testing

@Suite struct ViewTests {
  @Test(arguments: [
    (640, 400, 80, 42, "1:9.5"), (8, 8, 80, 42, "5:1"), (80, 42, 80, 42, "1:1"),
    (81, 42, 80, 42, "1:1.01"), (1, 1, 80, 42, "16:1"), (8000, 6000, 80, 42, "1:142.9"),
  ])
  func fitting(width: Int, height: Int, columns: Int, rows: Int, label: String) {
    #expect(Zoom.fitting(width: width, height: height, columns: columns, rows: rows).label == label)
  }

  @Test(arguments: ["1:16", "1:9.5", "1:3", "1:1", "2:1", "16:1"])
  func labelsReadBack(label: String) {
    #expect(Zoom(label: label)?.label == label)
  }

  /// From fit to 16:1 and back, over the same cell: the place under it moves by less than a sub-pixel
  /// of either view, wherever the picture fills the pane.
  @Test(arguments: [(40, 10), (3, 2), (79, 21), (61, 14)])
  func zoomingKeepsThePointUnderThePointer(column: Int, row: Int) {
    var state = EditorState(
      picture: RGBA8(width: 1000, height: 800, filledWith: (9, 9, 9, 255)), name: "a.png")
    let point = Point(x: column, y: 2 * (row - 1) + 1)
    for action in [Mouse.Action](repeating: .wheelUp, count: 16) + [.wheelDown, .wheelDown] {
      let before = state.view
      _ = state.handle(.mouse(Mouse(action, .none, column: column, row: row)))
      let slack = max(before.zoom.step, state.view.zoom.step)
      let (from, to) = (before.place(atSubpixel: point), state.view.place(atSubpixel: point))
      // The fitted picture leaves margins at its sides, which a closer view does away with.
      guard before.origin.x >= 0 else { continue }
      #expect(abs(from.x - to.x) <= slack && abs(from.y - to.y) <= slack)
    }
    #expect(state.view.zoom.label == "8:1")
  }

  /// Reduced views use the finest characters the terminal draws itself, where colours suffice.
  @Test(arguments: [
    (16_777_216, Glyphs.octant, Glyphs.octant), (256, .sextant, .sextant), (16, .octant, .half),
    (1, .octant, .quadrant),
  ])
  func finestGlyphs(colors: Int, finest: Glyphs, expected: Glyphs) {
    var state = EditorState(
      picture: RGBA8(width: 1000, height: 800, filledWith: (9, 9, 9, 255)), name: "a.png")
    #expect(state.glyphs == .quadrant)
    (state.terminal.colors, state.terminal.finestGlyphs) = (colors, finest)
    #expect(state.glyphs == expected)
    state.look.glyphs = .half
    #expect(state.glyphs == .half)
  }

  /// Motion without a button paints nothing, and ends a stroke whose release was lost.
  @Test func motionWithoutAButton() {
    var state = EditorState.tiny(Array(repeating: "........", count: 8).joined(separator: "\n"))
    for column in 20..<60 {
      _ = state.handle(.mouse(Mouse(.move, .none, column: column, row: 8)))
    }
    #expect(state.canvas.touchedCount == 0)
    _ = state.handle(.mouse(Mouse(.down, .left, column: 40, row: 8)))
    _ = state.handle(.mouse(Mouse(.move, .none, column: 41, row: 8)))
    let touched = state.canvas.touchedCount
    #expect(touched > 0)
    _ = state.handle(.mouse(Mouse(.drag, .left, column: 58, row: 14)))
    #expect(state.canvas.touchedCount == touched)
  }

  /// Whatever the ratio, a sub-pixel shows its middle pixel, and so does the one found for that pixel.
  @Test(arguments: ["1:16", "1:9.5", "1:3", "1:1.3", "1:1", "3:1", "7:1", "16:1"])
  func pixelsAndSubpixelsMeet(label: String) throws {
    var view = Viewport()
    view.zoom = try #require(Zoom(label: label))
    view.settle(width: 700, height: 500, columns: 80, rows: 42)
    for x in 0..<80 {
      let point = Point(x: x, y: x / 2)
      let pixel = view.pixel(atSubpixel: point)
      #expect(view.block(atSubpixel: point).contains(pixel))
      #expect(view.block(atSubpixel: view.subpixel(of: pixel)).contains(pixel))
    }
  }

  @Test func movingTheCursorOutOfSightMovesTheView() {
    var state = EditorState(
      picture: RGBA8(width: 500, height: 500, filledWith: (9, 9, 9, 255)), name: "a.png")
    state.type("Z" + String(repeating: "L", count: 60) + String(repeating: "J", count: 60))
    #expect(state.view.cursor == Point(x: 499, y: 499))
    let last = state.view.block(atSubpixel: Point(x: 79, y: 41))
    #expect(last.contains(Point(x: 499, y: 499)))
  }

  @Test func onePaneBelow120ColumnsTwoFromThere() {
    var wish = Layout.Wish()
    wish.hasResult = true
    let one = Layout(columns: 119, rows: 30, wish)
    let two = Layout(columns: 120, rows: 30, wish)
    #expect(one.panes.map(\.shown) == [.edit])
    #expect(two.panes.map(\.shown) == [.edit, .result])
    #expect(Layout(columns: 31, rows: 30, wish).panes.isEmpty)
  }

  @Test(arguments: [(20, 5), (1, 1), (0, 0), (31, 40), (32, 8), (200, 3)])
  func anySizeCanBeDrawn(columns: Int, rows: Int) {
    var state = EditorState.tiny("RG\nBW")
    _ = state.handle(.resize(columns: columns, rows: rows))
    for keys in ["", "?", "<Esc>:abc", "<Esc>.q"] {
      state.type(keys)
      let screen = Editor.draw(state)
      #expect(screen.cells.count == max(1, columns) * max(1, rows))
    }
  }
}

@Suite struct DrawTests {
  @Test func aCellShowsTwoPixels() {
    var state = EditorState.tiny("RG\nBW\nKR\nGB")
    _ = state.handle(.resize(columns: 40, rows: 12))
    state.type(":zoom 1:1<Enter>l")
    let screen = Editor.draw(state)
    // 40 by 18 sub-pixels: the picture starts at sub-pixel (19, 7), below the tool line.
    let cell = screen[19, 1 + 4]
    #expect(cell.glyph == "▀")
    #expect([cell.foreground, cell.background] == [Color(0, 0, 255), .black])
  }

  @Test func reducedPicturesAreAveragedInLinearLight() {
    let checker = Drawn.picture(
      Array(repeating: "KWKWKWKW\nWKWKWKWK", count: 4).joined(separator: "\n"))
    var state = EditorState(picture: checker, name: "c", columns: 40, rows: 12)
    state.type(":zoom 1:2<Enter>")
    let screen = Editor.draw(state)
    let colors = Set(screen.cells.flatMap { [$0.foreground, $0.background] })
    // Half the light of white is 188 of 255, not 128.
    #expect(colors.contains(Color(188, 188, 188)))
    #expect(!colors.contains(Color(128, 128, 128)))
  }

  @Test func statusLineTellsWhatWasMeasured() throws {
    var state = EditorState.tiny("......\n......\n......\n......")
    #expect(Editor.draw(state).text(row: 22).hasPrefix(" SPARSE  edit 0.0%  seed 1"))
    let request = try #require(state.type(".<Enter>").last?.generated)
    state.answer(id: request.id, seconds: 0.74)
    _ = state.handle(.resize(columns: 110, rows: 24))
    let line = Editor.draw(state).text(row: 22)
    #expect(
      line.hasPrefix(
        " SPARSE  edit 4.2%  seed 1  tiles 41/1024  MACs 8.0% (12.5x less)  sparse 0.74s"))
    #expect(!line.contains("dense"))
    #expect(Editor.draw(state).text(row: 23).contains("* unsaved"))
  }

  @Test func progressIsSeen() throws {
    var state = EditorState.tiny("......\n......\n......\n......")
    let facts = ModelFacts(name: "m", tileSide: 8, dilation: 5, steps: 8, strength: 1)
    _ = state.handle(.engine(.modelReady(facts)))
    state.type(".<Enter>")
    _ = state.handle(.engine(.progress(id: 1, RunProgress(step: 4, steps: 8, tile: 5, tiles: 22))))
    #expect(
      Editor.draw(state).text(row: 23).hasPrefix(" [##########----------] step 4/8  tile 5/22"))
  }

  @Test(arguments: ["r", "rF", "O", "/", "mr", "mO"])
  func aShapeIsSeenBeforeItIsPaintedAndOnlyWhereItWillBe(keys: String) {
    var state = EditorState(
      picture: RGBA8(width: 60, height: 36, filledWith: (60, 60, 60, 255)), name: "grey.png")
    state.type(keys + ":size 3<Enter>:color #ff0000<Enter>:zoom 1:1<Enter>:go 20 10<Enter>")
    if keys.hasPrefix("m") { state.type("o") }
    let plain = Editor.draw(state)
    state.type(" <A-l><A-l><A-l><A-l><A-l><A-l><A-l><A-l><A-j><A-j><A-j><A-j><A-j><A-j>")
    let preview = Editor.draw(state)
    #expect(state.canvas.maskCount == 0)
    // The last row tells of the shape, too.
    let cells = 80 * 23
    let changed = zip(plain.cells.prefix(cells), preview.cells).count { $0.0 != $0.1 }
    #expect((5..<60).contains(changed), "\(changed)")
    state.type(" ")
    #expect(state.canvas.maskCount > 0)
  }

  @Test func namesCannotCommandTheTerminal() {
    let state = EditorState(
      picture: Drawn.picture("..\n.."), name: "a\u{1B}]0;x\u{7}\u{202E}漢.png", columns: 100)
    let line = Editor.draw(state).text(row: 0)
    #expect(line.contains("a?]0;x???.png"))
  }

  @Test func theMaskOverlayNeverReachesThePicture() {
    var state = EditorState.tiny("......\n......\n......\n......")
    state.type(".")
    let plain = Editor.draw(state)
    let picture = state.canvas.edited
    state.type("oT")
    #expect(Editor.draw(state) != plain)
    #expect(state.canvas.edited == picture)
  }
}

@Suite struct MouseTests {
  /// The cell over a pixel, in an 8x8 picture drawn 5:1 in 80x24.
  private func cell(_ state: EditorState, x: Int, y: Int) -> (Int, Int) {
    let column = (0..<80).first { state.view.block(atSubpixel: Point(x: $0, y: 0)).minX == x } ?? 0
    let row = (0..<42).first { state.view.block(atSubpixel: Point(x: 0, y: $0)).minY == y } ?? 0
    return (column + 2, 1 + (row + 2) / 2)
  }

  private static let blank = Array(repeating: "........", count: 8).joined(separator: "\n")

  @Test func aDragPaintsOneStrokeWithoutHoles() {
    var state = EditorState.tiny(Self.blank)
    let (fromX, fromY) = cell(state, x: 1, y: 2)
    let (toX, toY) = cell(state, x: 6, y: 2)
    _ = state.handle(.mouse(Mouse(.down, .left, column: fromX, row: fromY)))
    _ = state.handle(.mouse(Mouse(.drag, .left, column: toX, row: toY)))
    _ = state.handle(.mouse(Mouse(.up, .left, column: toX, row: toY)))
    let row = Drawn.text(state.canvas.edited).split(separator: "\n")[2]
    #expect(row == ".RRRRRR.")
    #expect(state.canvas.history.undoCount == 1)
  }

  @Test func rightButtonPaintsTheSecondaryColour() {
    var state = EditorState.tiny(Self.blank)
    state.type("x:color #00ff00<Enter>")
    let (x, y) = cell(state, x: 3, y: 3)
    _ = state.handle(.mouse(Mouse(.down, .right, column: x, row: y)))
    _ = state.handle(.mouse(Mouse(.up, .right, column: x, row: y)))
    #expect(state.canvas.color(at: Point(x: 3, y: 3)) == Color(255, 0, 0))
  }

  @Test(arguments: [Event.focus(false), .key(.character("o"))])
  func aLostReleaseEndsTheStroke(event: Event) {
    var state = EditorState.tiny(Self.blank)
    let (x, y) = cell(state, x: 3, y: 3)
    _ = state.handle(.mouse(Mouse(.down, .left, column: x, row: y)))
    #expect(state.canvas.isStroking)
    _ = state.handle(event)
    #expect(!state.canvas.isStroking)
  }

  @Test func controlClickPicks() {
    var state = EditorState.tiny(Self.blank)
    let (x, y) = cell(state, x: 3, y: 3)
    _ = state.handle(.mouse(Mouse(.down, .left, column: x, row: y, control: true)))
    #expect(state.primary == Color(128, 128, 128))
    #expect(state.canvas.touchedCount == 0)
  }

  @Test func everySwatchOfTheToolLineCanBeClicked() {
    var state = EditorState.tiny(Self.blank)
    let line = Editor.draw(state).text(row: 0)
    let first = line.distance(
      from: line.startIndex, to: line.firstRange(of: "1234567890")?.lowerBound ?? line.startIndex)
    for index in 0..<16 {
      _ = state.handle(.mouse(Mouse(.down, .left, column: first + index, row: 0)))
      #expect(state.primary == Color.swatches[index])
    }
  }
}
