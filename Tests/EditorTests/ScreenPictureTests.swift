import Editor
import Glibc
import Raster
import Testing

@Suite struct ScreenPictureTests {
  /// A grey picture in a terminal that shows pixels, 8x16 to a cell, with a red pen of 3 pixels.
  private static func state(
    _ graphics: TerminalFacts.Graphics? = .kitty, columns: Int = 80, rows: Int = 24,
    width: Int = 160, height: Int = 96
  ) -> EditorState {
    var random = Seeded(5)
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    for index in picture.samples.indices where index % 4 != 3 {
      picture.samples[index] = .random(in: 90...160, using: &random)
    }
    var state = EditorState(picture: picture, name: "grey.png", columns: columns, rows: rows)
    var facts = TerminalFacts()
    facts.graphics = graphics
    (facts.cellWidth, facts.cellHeight) = (8, 16)
    _ = state.handle(.tick(milliseconds: 1000))
    _ = state.handle(.terminal(facts))
    state.type("n:size 3<Enter>:color #ff0000<Enter>")
    return state
  }

  /// The state with a green result in its top left corner, not accepted.
  private static func staged(columns: Int = 80) throws -> EditorState {
    var state = state(columns: columns)
    guard case .generate(let request) = try #require(state.type(".<Enter>").last) else {
      Issue.record("no run")
      return state
    }
    state.answer(id: request.id, width: 60, height: 40)
    return state
  }

  /// The tiles of the only picture that differ between two drawings; nil where the pictures do not
  /// have the same tiles.
  private func changed(_ a: Screen, _ b: Screen) -> [Int]? {
    guard let a = a.pictures.first, let b = b.pictures.first, a.area == b.area,
      a.tiles.count == b.tiles.count
    else { return nil }
    return a.tiles.indices.filter { a.tiles[$0] != b.tiles[$0] }
  }

  private func shows(_ color: Color, _ picture: ScreenPicture) -> Bool {
    picture.tiles.contains { $0.colors.contains(color) }
  }

  // MARK: Where pixels are

  /// Every view in one pane and in two, and every overlay, is pixels in all its cells.
  @Test(arguments: [80, 160], ["", "c", "cc", "v", "|", "C", "o", "T", "X", "r :go 20 20<Enter>"])
  func everyPaneIsPixels(columns: Int, keys: String) throws {
    var state = try Self.staged(columns: columns)
    state.type(keys)
    let screen = Editor.draw(state)
    #expect(screen.pictures.map(\.area) == state.layout.panes.map(\.area))
    for picture in screen.pictures {
      #expect(screen.isFree(picture.area))
      for (index, tile) in picture.tiles.enumerated() {
        let cells = picture.cells(ofTile: index)
        #expect(tile.width == 8 * cells.width && tile.height == 16 * cells.height)
      }
      let covered = picture.tiles.indices.reduce(0) {
        $0 + picture.cells(ofTile: $1).width * picture.cells(ofTile: $1).height
      }
      #expect(covered == picture.area.width * picture.area.height)
    }
  }

  /// Text has to stay readable, and what cannot be sent is drawn with characters.
  @Test(arguments: ["?", ":set graphics=off<Enter>"])
  func cellsWherePixelsCannotBe(keys: String) throws {
    var state = try Self.staged()
    state.type(keys)
    #expect(Editor.draw(state).pictures.isEmpty)
  }

  /// Sixels need to know the cell's size, and stay off the last row, where some terminals scroll.
  @Test func sixelsStayOffTheLastRow() {
    var state = Self.state(.sixel)
    state.type("<Tab>")
    let screen = Editor.draw(state)
    #expect(state.layout.panes.map(\.area.maxY) == [24])
    #expect(screen.pictures.map(\.area.maxY) == [23])
    #expect(!screen[40, 23].attributes.contains(.pixels))
    #expect(screen.pictures.allSatisfy { $0.tiles.count <= 14 })
    var facts = state.terminal
    (facts.cellWidth, facts.cellHeight) = (0, 0)
    _ = state.handle(.terminal(facts))
    state.type(":set graphics=sixel<Enter>")
    #expect(Editor.draw(state).pictures.isEmpty)
  }

  /// What takes longer than a frame waits until the view rests.
  @Test(arguments: [
    (TerminalFacts.Graphics.kitty, nil as Int?, false), (.kitty, 100_000, true),
    (.sixel, nil, true),
  ])
  func movingViewsAreOfCells(graphics: TerminalFacts.Graphics, limit: Int?, isOfCells: Bool) {
    var state = Self.state(graphics)
    var facts = state.terminal
    facts.bytesPerSecond = limit
    _ = state.handle(.terminal(facts))
    state.type("++")
    #expect(Editor.draw(state).pictures.isEmpty == isOfCells)
    #expect(state.millisecondsToChange == (isOfCells ? EditorState.settlingTime + 10 : nil))
    _ = state.handle(.tick(milliseconds: 1000 + EditorState.settlingTime))
    #expect(!Editor.draw(state).pictures.isEmpty)
  }

  /// What is written over a picture later takes the place of its pixels there.
  @Test func textOverAPictureCounts() throws {
    var screen = Editor.draw(Self.state())
    let picture = try #require(screen.pictures.first)
    screen.write(
      "x", column: picture.cells(ofTile: 3).minX, row: picture.cells(ofTile: 3).minY,
      Screen.Style(foreground: .white, background: .black))
    #expect(picture.tiles.indices.filter { !screen.isFree(picture.cells(ofTile: $0)) } == [3])
  }

  // MARK: What changes

  /// A mark changes the tiles under it and under the cursor, and no others.
  @Test(arguments: [".", "h", ".l", "o.", "r :go 84 50<Enter>"])
  func littleChangesFewTiles(keys: String) throws {
    var state = Self.state()
    if keys.hasPrefix("o") { state.type("o") }
    state.type(":go 80 48<Enter>")
    let before = Editor.draw(state)
    state.type(keys.replacing("o", with: ""))
    let tiles = try #require(changed(before, Editor.draw(state, after: before)))
    #expect((1...6).contains(tiles.count), "\(tiles.count)")
  }

  @Test func theSamePictureSharesItsTiles() {
    var state = Self.state()
    let before = Editor.draw(state)
    state.type(":")
    #expect(changed(before, Editor.draw(state, after: before)) == [])
  }

  /// What is drawn does not depend on what was drawn before: any events in any order.
  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func drawingAgainIsDrawing(seed: UInt64) {
    var random = Seeded(seed)
    var state = Self.state(
      seed % 2 == 0 ? .kitty : .sixel, columns: seed < 4 ? 40 : 64, rows: 18, width: 60, height: 36)
    var facts = state.terminal
    (facts.cellWidth, facts.cellHeight) = (4, 6)
    _ = state.handle(.terminal(facts))
    let keys = [
      "b", "n", "e", "E", "r", "O", "/", "f", " ", ".", "h", "l", "j", "k", "H", "L", "J", "K", "u",
      "U", "o", "T", "X", "v", "|", "c", "s", "+", "-", "z", "<lt>", ">", "m", "mi", "mg", "[", "]",
      "<Enter>", "a", "D", "S", "C", "x", "<Tab>", "G", "w", "<Esc>",
    ]
    var former = Editor.draw(state)
    for step in 0..<300 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6: state.type(keys.randomElement(using: &random) ?? "b")
      case 6..<9:
        let action: Mouse.Action =
          [.down, .drag, .drag, .up, .move, .wheelUp, .wheelDown].randomElement(using: &random)
          ?? .move
        _ = state.handle(
          .mouse(
            Mouse(
              action, .left, column: .random(in: 0..<64, using: &random),
              row: .random(in: 1..<17, using: &random))))
      default:
        if let id = state.run?.request.id {
          let corner = Point(x: .random(in: 0..<40, using: &random), y: 8)
          if step % 3 > 0 {
            let pixels = RGBA8(
              width: 12, height: 9, filledWith: (200, UInt8(step % 256), 40, 255))
            let area = Area(x: corner.x, y: corner.y, width: 16, height: 20)
            _ = state.handle(.engine(.window(id: id, area)))
            _ = state.handle(.engine(.preview(id: id, origin: corner, pixels: pixels)))
          } else {
            state.answer(
              id: id, x: .random(in: 0..<20, using: &random), width: 20, height: 20,
              color: (UInt8(step % 256), 200, 40, 255))
          }
        }
      }
      let next = Editor.draw(state, after: former)
      let whole = Editor.draw(state)
      guard next == whole else {
        Issue.record("step \(step): \(changed(next, whole) ?? [])")
        return
      }
      former = next
    }
  }

  // MARK: The ring

  /// Where the ring is: columns and rows of the pane's samples whose colours the picture has not.
  private func ring(_ state: EditorState) throws -> [(x: Int, y: Int)] {
    let picture = try #require(Editor.draw(state).pictures.first)
    var found: [(x: Int, y: Int)] = []
    for (index, tile) in picture.tiles.enumerated() {
      let cells = picture.cells(ofTile: index)
      for (at, color) in tile.colors.enumerated()
      where !(85...165).contains(color.luma) && color != Color(28, 29, 32) {
        found.append(
          (
            (cells.minX - picture.area.minX) * 8 + at % tile.width,
            (cells.minY - picture.area.minY) * 16 + at / tile.width
          ))
      }
    }
    return found
  }

  /// A ring as large as the mark that it announces: found by its distance from the middle of the
  /// pixel that it is around, in every direction.
  @Test(
    arguments: [8, 9, 20, 41], ["1:1", "2:1", "1:2", "1:1.7"])
  func theRingIsRound(size: Int, zoom: String) throws {
    var state = Self.state(width: 400, height: 300)
    state.type("b:set minimap=off<Enter>:size \(size)<Enter>:zoom \(zoom)<Enter>:go 200 150<Enter>")
    let picture = try #require(Editor.draw(state).pictures.first)
    let scale = 8 * Double(Zoom.pixel) / Double(state.view.zoom.step)
    let middle = Viewport.middle(of: Point(x: 200, y: 150))
    let x = Double(middle.x - state.view.origin.x) * 8 / Double(state.view.zoom.step)
    let y = Double(middle.y - state.view.origin.y) * 8 / Double(state.view.zoom.step)
    let radius = Double(size) / 2 * scale
    let reach = Double(picture.area.height * 16)
    var directions = Set<Int>()
    for point in try ring(state) {
      let (dx, dy) = (Double(point.x) + 0.5 - x, Double(point.y) + 0.5 - y)
      #expect(abs((dx * dx + dy * dy).squareRoot() - radius) < 1.7)
      directions.insert(Int((atan2(dy, dx) + .pi) / (2 * .pi) * 31.99))
    }
    if radius < reach / 2 { #expect(directions.count == 32) }
  }

  /// With characters too: the same from all four sides at any zoom, for even sizes as for odd ones.
  @Test(arguments: [1, 2, 7, 10, 16], ["1:1", "2:1", "1:3", "1:5.5"])
  func theRingOfCellsIsSymmetric(size: Int, zoom: String) throws {
    var state = EditorState(
      picture: RGBA8(width: 400, height: 300, filledWith: (120, 120, 120, 255)), name: "grey")
    state.type(
      "b:set minimap=off<Enter>:set glyphs=half<Enter>:size \(size)<Enter>:zoom \(zoom)<Enter>:go 203 149<Enter>"
    )
    let screen = Editor.draw(state)
    var marked: [(x: Int, y: Int)] = []
    for row in 1..<22 {
      for column in 0..<80 {
        if screen[column, row].foreground == .white { marked.append((column, 2 * row)) }
        if screen[column, row].background == .white { marked.append((column, 2 * row + 1)) }
      }
    }
    let (minX, maxX) = (marked.map(\.x).min() ?? 0, marked.map(\.x).max() ?? 0)
    let (minY, maxY) = (marked.map(\.y).min() ?? 0, marked.map(\.y).max() ?? 0)
    #expect(!marked.isEmpty && maxX - minX == maxY - minY)
    let set = Set(marked.map { $0.y * 100 + $0.x })
    for (x, y) in marked {
      #expect(set.contains(y * 100 + minX + maxX - x))
      #expect(set.contains((minY + maxY - y) * 100 + x))
    }
  }

  /// The ring goes where the mouse is before anything is painted; keys act there and take it along.
  @Test func theRingFollowsTheMouse() throws {
    var state = Self.state()
    let cursor = state.view.cursor
    func middle() throws -> (Int, Int) {
      let points = try ring(state)
      return (
        points.reduce(0) { $0 + $1.x } / max(1, points.count),
        points.reduce(0) { $0 + $1.y } / max(1, points.count)
      )
    }
    state.type("b:size 20<Enter>")
    _ = state.handle(.mouse(Mouse(.move, .none, column: 20, row: 8)))
    #expect(state.view.cursor == cursor)
    let there = try middle()
    #expect(abs(there.0 - 20 * 8) < 16 && abs(there.1 - 7 * 16) < 24)
    state.type("l")
    #expect(state.view.cursor.x < cursor.x)
    let near = try middle()
    #expect(abs(near.0 - there.0) < 16 && near.1 == there.1)
    // Outside the picture the next mark is where the cursor is.
    _ = state.handle(.mouse(Mouse(.move, .none, column: 20, row: 8)))
    _ = state.handle(.mouse(Mouse(.move, .none, column: 20, row: 0)))
    #expect(try middle() == near)
  }
}
