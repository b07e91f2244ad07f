import Editor
import Raster
import Testing

/// Runs that the editor asks for by itself: live mode and variants.
@Suite struct LiveTests {
  static let blank = "......\n......\n......\n......"

  /// A tiny picture with a model.
  private func ready() -> EditorState {
    var state = EditorState.tiny(Self.blank)
    let facts = ModelFacts(name: "m", tileSide: 4, dilation: 1, steps: 4, strength: 1)
    _ = state.handle(.engine(.modelReady(facts)))
    return state
  }

  private func ids(_ effects: [Effect]) -> [Int] {
    effects.compactMap { if case .generate(let request) = $0 { request.id } else { nil } }
  }

  /// Keys after `:live stroke`, and how many runs they ask for.
  @Test(arguments: [
    (".", 1), (".l.", 2), (" ll", 0), (" ll ", 1), ("l", 0), ("t", 0), (".u", 1), (".u<C-r>", 2),
    (".:live off<Enter>l.", 1),
  ])
  func strokesAsk(keys: String, runs: Int) {
    var state = ready()
    state.type(":set live=stroke<Enter>")
    #expect(ids(state.type(keys)).count == runs)
  }

  @Test func whatWasPaintedBeforeIsLeftAlone() {
    var state = ready()
    #expect(ids(state.type(".:live stroke<Enter>l")).isEmpty)
  }

  @Test func theNewestStrokeWins() throws {
    var state = ready()
    state.type(":live stroke<Enter>")
    let first = try #require(ids(state.type(".")).first)
    let second = try #require(ids(state.type("l.")).first)
    state.answer(id: first)
    #expect(state.staged == nil)
    #expect(state.run?.request.id == second)
    state.answer(id: second)
    #expect(state.staged?.results.map(\.id) == [second])
  }

  @Test func idleAndBusyAreSeen() throws {
    var state = ready()
    _ = state.handle(.resize(columns: 100, rows: 24))
    func line(_ state: EditorState) -> String { Editor.draw(state).text(row: 22) }
    #expect(!line(state).contains("live"))
    state.type(":live stroke<Enter>")
    #expect(line(state).contains("live idle"))
    let id = try #require(ids(state.type(".")).first)
    #expect(line(state).contains("live busy"))
    state.answer(id: id)
    #expect(line(state).contains("live idle"))
  }

  @Test func acceptingAsksForNothing() throws {
    var state = ready()
    state.type(":live stroke<Enter>")
    state.answer(id: try #require(ids(state.type(".")).first))
    #expect(state.type("a") == [.accept(id: 1)])
  }

  @Test func variantsFollowOneAnotherWithSeedsOfTheirOwn() throws {
    var state = ready()
    var id = try #require(ids(state.type(".:variants 3<Enter>")).first)
    for isLast in [false, false, true] {
      let used = try #require(state.run).request.settings
      let result = EngineResult(
        id: id, origin: Point(x: 0, y: 0),
        pixels: RGBA8(width: 2, height: 2, filledWith: (0, 255, 0, 255)), settings: used,
        editFraction: 0.1, tilesActive: 1, tilesTotal: 4, macsExecuted: 1, macsDense: 4,
        seconds: 1)
      let next = ids(state.handle(.engine(.finished(result))))
      #expect(next.isEmpty == isLast)
      id = next.first ?? id
    }
    let seeds = try #require(state.staged).results.map(\.settings.seed)
    #expect(seeds.count == 3 && Set(seeds).count == 3)
    // Each is still there with the seed that made it.
    for seed in seeds.reversed() {
      #expect(state.staged?.result.settings.seed == seed)
      state.type("<lt>")
    }
  }

  @Test(arguments: ["<Esc>", "l."])
  func variantsEndWhen(keys: String) throws {
    var state = ready()
    let id = try #require(ids(state.type(".:variants 3<Enter>")).first)
    state.type(keys)
    let pixels = RGBA8(width: 2, height: 2, filledWith: (0, 255, 0, 255))
    let result = EngineResult(
      id: id, origin: Point(x: 0, y: 0), pixels: pixels, settings: state.settings,
      editFraction: 0.1, tilesActive: 1, tilesTotal: 4, macsExecuted: 1, macsDense: 4, seconds: 1)
    #expect(ids(state.handle(.engine(.finished(result)))).isEmpty)
  }

  @Test func anotherRunsProgressIsNotShown() throws {
    var state = ready()
    let id = try #require(ids(state.type(".<Enter>")).first)
    _ = state.handle(.engine(.progress(id: id - 1, RunProgress(step: 3, steps: 4, tiles: 9))))
    #expect(state.run?.progress.step == 0)
    _ = state.handle(.engine(.progress(id: id, RunProgress(step: 2, steps: 4, tiles: 9))))
    #expect(state.run?.progress.step == 2)
  }

  @Test func newsIsSeenDuringARun() throws {
    var state = ready()
    state.type(".<Enter>:seed 7<Enter>")
    func line(_ state: EditorState) -> String { Editor.draw(state).text(row: state.rows - 1) }
    #expect(line(state).contains("seed 7"))
    _ = state.handle(.tick(milliseconds: 2001))
    #expect(line(state).contains("starting"))
  }

  @Test func lowerStrengthIsFewerSteps() {
    var state = ready()
    state.type(".:steps 8<Enter>:strength 0.5<Enter><Enter>")
    #expect(state.run?.progress.steps == 4)
  }
}
