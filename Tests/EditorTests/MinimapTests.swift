import Editor
import Raster
import Testing

@Suite struct MinimapTests {
  /// A grey picture with a green left half, in one pane of 80x21 cells that shows pixels.
  private static func state(_ keys: String, width: Int = 320, height: Int = 160) -> EditorState {
    var picture = RGBA8(width: width, height: height, filledWith: (120, 120, 120, 255))
    // Noise in one channel: a map, which averages it, then differs from the picture everywhere.
    var random = Seeded(7)
    for y in 0..<height {
      for x in 0..<width {
        let at = picture.offset(x: x, y: y)
        if x < width / 2 { picture.samples[at + 1] = 200 }
        picture.samples[at + 2] = Bool.random(using: &random) ? 100 : 140
      }
    }
    var state = EditorState(picture: picture, name: "half.png", columns: 80, rows: 24)
    var facts = TerminalFacts()
    facts.graphics = .kitty
    (facts.cellWidth, facts.cellHeight) = (8, 16)
    _ = state.handle(.terminal(facts))
    state.type(keys)
    return state
  }

  /// The samples of the only pane, row by row.
  private func samples(_ state: EditorState) throws -> PaneSamples {
    let picture = try #require(Editor.draw(state).pictures.first)
    let (width, height) = (8 * picture.area.width, 16 * picture.area.height)
    var colors = [Color](repeating: .black, count: width * height)
    for (index, tile) in picture.tiles.enumerated() {
      let cells = picture.cells(ofTile: index)
      let (x, y) = (8 * (cells.minX - picture.area.minX), 16 * (cells.minY - picture.area.minY))
      for (at, color) in tile.colors.enumerated() {
        colors[(y + at / tile.width) * width + x + at % tile.width] = color
      }
    }
    return PaneSamples(width: width, height: height, colors: colors)
  }

  /// The box around everything that differs with and without a map; nil where nothing does.
  private func map(_ state: EditorState) throws -> (box: Area, colors: Set<Color>)? {
    var bare = state
    bare.type(":set minimap=off<Enter>")
    let (with, without) = (try samples(state), try samples(bare))
    var box: Area?
    var colors: Set<Color> = []
    for index in with.colors.indices where with.colors[index] != without.colors[index] {
      let place = Area(x: index % with.width, y: index / with.width, width: 1, height: 1)
      box = box?.union(place) ?? place
      colors.insert(with.colors[index])
    }
    return box.map { ($0, colors) }
  }

  /// There is a map where a part of the picture is seen and the pane has room for it.
  @Test(arguments: [
    ("", 24, false), ("Z", 24, true), ("++", 24, true), ("++z", 24, false), ("Z", 13, false),
    ("Z:set minimap=off<Enter>", 24, false),
  ])
  func whereThereIsAMap(keys: String, rows: Int, isThere: Bool) throws {
    var state = Self.state("")
    _ = state.handle(.resize(columns: 80, rows: rows))
    state.type(keys)
    #expect(try (map(state) != nil) == isThere)
  }

  /// At the bottom right, or left where the pointer is near; never more than a fifth of the width.
  @Test(arguments: [
    (":go 2 2<Enter>", 80 - 16, 80), (":go 319 159<Enter>", 0, 16),
  ])
  func keepsOutOfThePointersWay(keys: String, first: Int, end: Int) throws {
    let found = try #require(try map(Self.state("Z:go 0 0<Enter>" + keys)))
    #expect(found.box.minX / 8 >= first && (found.box.maxX - 1) / 8 < end)
    #expect(found.box.maxY == 16 * Self.state("").layout.panes[0].area.height)
  }

  /// It shows all of the picture, strokes included, though only the green half is in the pane.
  @Test func showsAllOfThePicture() throws {
    let state = Self.state("Z:go 0 0<Enter>:color #ff0000<Enter>:size 30<Enter>:go 5 5<Enter>.")
    let colors = try #require(try map(state)).colors
    #expect(colors.contains { $0.red == 120 && $0.green == 120 })
    #expect(colors.contains(Color(255, 0, 0)))
  }

  /// The frame has the shown part's share of the map, within a sample.
  @Test(arguments: [(0, 0), (160, 80), (319, 159)])
  func framesTheShownPart(x: Int, y: Int) throws {
    let state = Self.state("Z:go \(x) \(y)<Enter>:go \(x) \(y)<Enter>")
    let found = try samples(state)
    let box = try #require(try map(state)).box
    // Black and white are nowhere else in the map.
    var frame: Area?
    for row in box.minY..<box.maxY {
      for column in box.minX..<box.maxX
      where [.black, .white].contains(found.colors[row * found.width + column]) {
        let place = Area(x: column, y: row, width: 1, height: 1)
        frame = frame?.union(place) ?? place
      }
    }
    let shown = try #require(frame)
    let pane = state.layout.panes[0].area
    let scale = Double(128) / 320
    #expect(abs(Double(shown.width) - Double(pane.width) * scale) <= 2)
    #expect(abs(Double(shown.height) - Double(2 * pane.height) * scale) <= 2)
    let origin = state.view.pixel(atSubpixel: Point(x: 0, y: 0))
    #expect(abs(Double(shown.minX - box.minX) - Double(origin.x) * scale) <= 2)
  }

  /// Without pixels it is made of characters.
  @Test func isMadeOfCellsToo() {
    var state = Self.state("Z:go 2 2<Enter>:set graphics=off<Enter>")
    let with = Editor.draw(state)
    state.type(":set minimap=off<Enter>")
    let without = Editor.draw(state)
    let columns = with.cells.indices.filter { with.cells[$0] != without.cells[$0] }
      .filter { $0 / 80 < 22 }.map { $0 % 80 }
    #expect(columns.min() == 64 && columns.max() == 79)
  }
}
