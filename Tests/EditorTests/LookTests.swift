import Editor
import Raster
import Testing

@Suite struct LookTests {
  private static let blank = Array(repeating: "........", count: 8).joined(separator: "\n")

  /// An edit with a green result in its top left corner, not accepted.
  private func staged(columns: Int = 80) throws -> EditorState {
    var state = EditorState.tiny(Self.blank)
    _ = state.handle(.resize(columns: columns, rows: 24))
    guard case .generate(let request) = try #require(state.type(".<Enter>").last) else {
      Issue.record("no run")
      return state
    }
    state.answer(id: request.id)
    return state
  }

  /// The colours in the part of the screen that pictures have.
  private func colors(_ state: EditorState, columns: Range<Int>) -> Set<Color> {
    let screen = Editor.draw(state)
    return Set(
      (2..<22).flatMap { row in
        columns.flatMap { [screen[$0, row].foreground, screen[$0, row].background] }
      })
  }

  private static let green = Color(0, 255, 0)
  private static let red = Color(255, 0, 0)

  @Test func comparingGoesThroughTheThreePictures() throws {
    var state = try staged()
    state.type("llllllll")
    var seen: [Bool] = []
    for _ in 0..<4 {
      seen.append(colors(state, columns: 0..<80).contains(Self.green))
      state.type("c")
    }
    #expect(seen == [true, false, false, true])
  }

  @Test func aWipeShowsTheOriginalOnTheLeft() throws {
    var state = try staged()
    // The result's two pixels are five cells each from column 20 on.
    state.type("v")
    #expect(!colors(state, columns: 0..<38).contains(Self.green))
    state.type(String(repeating: "<", count: 12))
    #expect(state.look.divider == 0)
    #expect(colors(state, columns: 0..<80).contains(Self.green))
    state.type("v")
    #expect(state.look.comparison == .none)
  }

  @Test func theDividerFollowsTheMouse() throws {
    var state = try staged()
    state.type("v")
    _ = state.handle(.mouse(Mouse(.down, .left, column: 40, row: 8)))
    _ = state.handle(.mouse(Mouse(.drag, .left, column: 79, row: 8)))
    _ = state.handle(.mouse(Mouse(.up, .left, column: 79, row: 8)))
    #expect(state.look.divider == 1)
    #expect(state.canvas.history.undoCount == 1)
  }

  @Test func aDifferenceIsAmplifiedAndMeasured() throws {
    var state = try staged(columns: 130)
    state.type("|")
    // 128 of grey against green: 128, 127 and 128, eight times, are more than white.
    #expect(colors(state, columns: 66..<130).contains(.white))
    #expect(colors(state, columns: 66..<130).contains(.black))
    let screen = Editor.draw(state)
    #expect(screen.text(row: 1).contains("ORIGINAL - RESULT x8  max 128"))
    state.type(">>><<<<<<")
    #expect(state.look.gain == 1)
    #expect(!colors(state, columns: 66..<130).contains(.white))
  }

  @Test(arguments: [(59, 1), (60, 2), (80, 2), (119, 2), (130, 1)])
  func sideBySideWhereThereIsRoom(columns: Int, panes: Int) throws {
    var state = try staged(columns: columns)
    state.type("s")
    #expect(state.layout.panes.count == panes)
  }

  @Test func paintingEndsAComparison() throws {
    var state = try staged()
    state.type("v.")
    #expect(state.look.comparison == .none)
    #expect(state.shown == .edit)
  }

  @Test func blinkingChangesByItself() throws {
    var state = try staged()
    state.type("C")
    var seen: [EditorState.Shown] = []
    for time in stride(from: 0, to: 4 * EditorState.blinkTime, by: EditorState.blinkTime) {
      _ = state.handle(.tick(milliseconds: time))
      seen.append(state.shownNow)
      #expect((state.millisecondsToChange ?? .max) <= EditorState.blinkTime)
    }
    #expect(seen == [.result, .original, .result, .original])
    state.type("c")
    #expect(!state.look.blinks)
  }

  @Test func hiddenBarsGiveTheirRowsToThePicture() {
    var state = EditorState.tiny(Self.blank)
    state.type("<Tab>")
    #expect(state.layout.panes.map(\.area.height) == [24])
    state.type(":")
    #expect(state.layout.activityRow == 23)
    #expect(Editor.draw(state).text(row: 23).hasPrefix(":"))
    state.type("<Esc><Tab>")
    #expect(state.layout.toolRow == 0)
  }

  /// Tiles to come on the edit, tiles that were computed on the result.
  @Test func tilesToComeAndTilesThatWere() throws {
    var state = EditorState.tiny(Self.blank)
    let facts = ModelFacts(name: "m", tileSide: 4, dilation: 0, steps: 8, strength: 1)
    _ = state.handle(.engine(.modelReady(facts)))
    let request = try #require(state.type(".<Enter>").last?.generated)
    let grid = TileGrid(origin: Point(x: 0, y: 0), side: 4, across: 2, down: 2)
    let result = EngineResult(
      id: request.id, origin: Point(x: 0, y: 0),
      pixels: RGBA8(width: 1, height: 1, filledWith: (128, 128, 128, 255)),
      settings: request.settings, editFraction: 0.1, tilesActive: 1, tilesTotal: 4,
      macsExecuted: 1, macsDense: 4, seconds: 1,
      tiles: TileMap(grid: grid, isComputed: [false, false, false, true]))
    _ = state.handle(.engine(.finished(result)))
    state.type("T")
    /// Where colours other than the plain grey are: left or right half, upper or lower.
    func tinted(_ column: Int, _ row: Int) -> Color { Editor.draw(state)[column, row].background }
    // 5:1: the picture has columns 20 to 59, rows 1 to 20.
    #expect(tinted(50, 17) != tinted(33, 8) && tinted(50, 17).blue > tinted(50, 17).red)
    state.type("c")
    #expect(state.shown == .edit)
    #expect(tinted(33, 8) != tinted(50, 17) && tinted(33, 8).red > tinted(33, 8).blue)
  }

  @Test func cachesAreTintedByTheirState() {
    var state = EditorState.tiny(Self.blank)
    let grid = TileGrid(origin: Point(x: 0, y: 0), side: 4, across: 2, down: 2)
    let map = CacheMap(
      grid: grid, steps: 8,
      shares: [.init(fresh: 8), .init(updated: 8), .init(stale: 8), .init()])
    _ = state.handle(.engine(.caches(map)))
    state.type("llllllX")
    let screen = Editor.draw(state)
    let (fresh, updated) = (screen[33, 4].background, screen[50, 4].background)
    let (stale, none) = (screen[33, 17].background, screen[50, 17].background)
    #expect(fresh.green > fresh.red && fresh.green > fresh.blue)
    #expect(updated.red > updated.blue && updated.green > updated.blue)
    #expect(stale.red > stale.green && stale.red > stale.blue)
    #expect(none == Color(128, 128, 128))
  }

  @Test(arguments: [("zoom", "2:1"), ("pan", "1:1"), ("size", "1:1")])
  func theWheelDoesWhatWasChosen(choice: String, label: String) {
    var state = EditorState(
      picture: RGBA8(width: 300, height: 300, filledWith: (9, 9, 9, 255)), name: "a")
    state.type(":zoom 1:1<Enter>:set wheel=\(choice)<Enter>")
    let (origin, size) = (state.view.origin, state.size)
    _ = state.handle(.mouse(Mouse(.wheelUp, .none, column: 40, row: 10)))
    #expect(state.view.zoom.label == label)
    #expect((state.size != size) == (choice == "size"))
    #expect((state.view.origin != origin) == (choice != "size"))
  }

  /// All sizes from the smallest usable one: the mode is told, and every swatch can be reached.
  @Test(arguments: [(60, 20), (80, 24), (100, 30), (119, 40), (120, 40), (250, 70)])
  func everySizeTellsWhatCounts(columns: Int, rows: Int) throws {
    var state = try staged(columns: columns)
    _ = state.handle(.resize(columns: columns, rows: rows))
    let screen = Editor.draw(state)
    #expect(screen.text(row: 0).contains("1234567890"))
    #expect(screen.text(row: 0).contains("?"))
    let facts = screen.text(row: rows - 2)
    for fact in ["SPARSE", "edit", "tiles 41/1024", "MACs 8.0%", "sparse 0.50s"] {
      #expect(facts.contains(fact))
    }
    #expect(screen.text(row: rows - 1).contains("* unsaved"))
  }
}
