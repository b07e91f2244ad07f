import Editor
import Raster
import Testing

@Suite struct GalleryTests {
  /// A state with `count` results of one edit, each of a colour of its own.
  private static func state(_ count: Int, columns: Int = 80, rows: Int = 24) throws -> EditorState {
    var state = EditorState(
      picture: RGBA8(width: 120, height: 80, filledWith: (120, 120, 120, 255)), name: "grey.png",
      columns: columns, rows: rows)
    _ = state.handle(
      .engine(
        .modelReady(ModelFacts(name: "toy", tileSide: 4, dilation: 5, steps: 2, strength: 1))))
    var effects = state.type("n:size 9<Enter>:go 40 30<Enter>.:variants \(count)<Enter>")
    for index in 0..<count {
      guard case .generate(let request)? = effects.last else {
        Issue.record("no run for result \(index)")
        return state
      }
      effects = state.handle(
        .engine(.finished(result(request, color: (UInt8(20 * index + 20), 0, 200, 255)))))
    }
    return state
  }

  private static func result(
    _ request: GenerateRequest, color: (UInt8, UInt8, UInt8, UInt8)
  ) -> EngineResult {
    EngineResult(
      id: request.id, origin: Point(x: 34, y: 24),
      pixels: RGBA8(width: 12, height: 12, filledWith: color), settings: request.settings,
      editFraction: 0.01, tilesActive: 9, tilesTotal: 600, macsExecuted: 80, macsDense: 1000,
      seconds: 0.2)
  }

  /// Variants end in a gallery of all of them, each with a title of its own and none over another.
  @Test(arguments: [2, 3, 5, 8], [(32, 8), (60, 20), (80, 24), (160, 50)])
  func variantsEndSideBySide(count: Int, size: (columns: Int, rows: Int)) throws {
    let state = try Self.state(count, columns: size.columns, rows: size.rows)
    let panes = state.layout.panes.filter { $0.thumbnail != nil }
    #expect(panes.map(\.thumbnail) == (0..<count).map(Optional.some))
    let screen = Editor.draw(state)
    for pane in panes {
      let row = try #require(pane.titleRow)
      #expect(!pane.area.isEmpty && row + 1 == pane.area.minY && pane.area.maxX <= size.columns)
      let title = screen.text(row: row).dropFirst(pane.area.minX).prefix(pane.area.width)
      #expect(title.hasPrefix(" \((pane.thumbnail ?? 0) + 1)"), "\(title)")
      for other in panes where other != pane { #expect(!other.area.overlaps(pane.area)) }
    }
  }

  /// Each thumbnail shows its own result.
  @Test func everyThumbnailHasItsColours() throws {
    let state = try Self.state(4)
    let screen = Editor.draw(state)
    for pane in state.layout.panes {
      let index = try #require(pane.thumbnail)
      var colors: Set<Color> = []
      for row in pane.area.minY..<pane.area.maxY {
        for column in pane.area.minX..<pane.area.maxX {
          colors.formUnion([screen[column, row].foreground, screen[column, row].background])
        }
      }
      let own = Color(UInt8(20 * index + 20), 0, 200)
      #expect(colors.contains(own))
      #expect(
        (0..<4).allSatisfy { $0 == index || !colors.contains(Color(UInt8(20 * $0 + 20), 0, 200)) })
    }
  }

  /// Keys, and which result of four is looked at afterwards; 1 is the first.
  @Test(arguments: [
    ("1", 1, false), ("3", 3, false), ("9", 4, true), ("<Left>", 3, true), ("hh", 2, true),
    ("h<Enter>", 3, false), ("1R", 1, true), ("<Up>", 2, true), ("<Esc>", 4, false),
    ("1R<Right>", 2, true), ("R", 4, false),
  ])
  func choosing(keys: String, looked: Int, stays: Bool) throws {
    // Two by two.
    var state = try Self.state(4, columns: 40)
    state.type(keys)
    #expect(state.staged.map { $0.index + 1 } == looked)
    #expect((state.layout.panes.first?.thumbnail != nil) == stays)
    #expect(stays || state.shown == .result)
  }

  @Test func acceptsWhatIsMarked() throws {
    var state = try Self.state(3)
    let effects = state.type("1Ra")
    #expect(state.staged == nil && state.prompt == nil)
    #expect(state.canvas.color(at: Point(x: 40, y: 30)) == Color(20, 0, 200))
    #expect(!effects.isEmpty)
  }

  @Test func aClickChooses() throws {
    var state = try Self.state(4)
    let pane = try #require(state.layout.panes.first { $0.thumbnail == 1 })
    _ = state.handle(
      .mouse(Mouse(.down, .left, column: pane.area.minX + 1, row: pane.area.minY)))
    #expect(state.staged?.index == 1 && state.prompt == nil)
  }

  /// A result that is there is not made again among the variants.
  @Test func variantsDoNotRepeatAResult() throws {
    var state = try Self.state(2)
    state.type("<Esc>")
    let effects = state.type(":variants 2<Enter>")
    guard case .generate(let third)? = effects.last else {
      Issue.record("no run")
      return
    }
    guard
      case .generate(let fourth)? = state.handle(
        .engine(.finished(Self.result(third, color: (90, 0, 200, 255))))
      ).last
    else {
      Issue.record("no second run")
      return
    }
    _ = state.handle(.engine(.finished(Self.result(fourth, color: (95, 0, 200, 255)))))
    let seeds = state.staged?.results.map(\.settings.seed) ?? []
    #expect(seeds.count == 4 && Set(seeds).count == 4, "\(seeds)")
  }

  /// One result needs no gallery, and none has none.
  @Test func needsResults() throws {
    var state = EditorState(
      picture: RGBA8(width: 20, height: 20, filledWith: (9, 9, 9, 255)), name: "dark.png")
    state.type("R")
    #expect(state.prompt == nil && state.message?.text.contains("Enter") == true)
    state = try Self.state(2)
    state.type("D")
    #expect(state.staged == nil && state.prompt == nil)
    state.type("R")
    #expect(state.prompt == nil)
  }
}
