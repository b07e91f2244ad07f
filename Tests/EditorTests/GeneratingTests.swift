import Editor
import Raster
import Testing

@Suite struct GeneratingTests {
  static let blank = "......\n......\n......\n......"

  /// A state with one red pixel at the top left, and its request.
  private func requested() throws -> (EditorState, GenerateRequest) {
    var state = EditorState.tiny(Self.blank)
    let effects = state.type(".<Enter>")
    guard case .generate(let request) = try #require(effects.first) else {
      throw Unexpected(effects: effects)
    }
    return (state, request)
  }
  struct Unexpected: Error { var effects: [Effect] }

  @Test func enterAsksForTheTouchedPixels() throws {
    let (state, request) = try requested()
    #expect(Drawn.text(request.mask) == "#.....\n......\n......\n......")
    #expect(request.settings.mode == .sparse)
    #expect(state.run != nil)
  }

  @Test func withoutAStrokeNothingIsAsked() {
    var state = EditorState.tiny(Self.blank)
    #expect(state.type("<Enter>G").isEmpty)
    #expect(state.message?.text.contains("nothing is painted") == true)
  }

  @Test(arguments: [("t<Enter>", GenerationMode.dense), ("G", .dense), ("tt<Enter>", .sparse)])
  func modes(keys: String, mode: GenerationMode) throws {
    var state = EditorState.tiny(Self.blank)
    state.type(".")
    guard case .generate(let request) = try #require(state.type(keys).last) else { return }
    #expect(request.settings.mode == mode)
  }

  @Test func resultIsStagedAndChangesNothingYet() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    #expect(Drawn.text(state.picture(.result)) == "GG....\nGG....\n......\n......")
    #expect(Drawn.text(state.canvas.original) == Self.blank)
    #expect(Drawn.text(state.canvas.edited) == "R.....\n......\n......\n......")
    #expect(state.shown == .result)
    #expect(state.isUnsaved)
  }

  @Test func acceptMakesItTheOriginal() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    #expect(state.type("a") == [.accept(id: request.id)])
    #expect(Drawn.text(state.canvas.original) == "GG....\nGG....\n......\n......")
    #expect(state.canvas.edited == state.canvas.original)
    #expect(state.canvas.touchedCount == 0)
    #expect(state.staged == nil)
  }

  @Test func undoOfAcceptBringsStrokesAndMaskBackAndTellsTheEngine() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    state.type("a")
    let whole = Area(x: 0, y: 0, width: 6, height: 4)
    #expect(state.type("u") == [.rebase(whole)])
    #expect(Drawn.text(state.canvas.original) == Self.blank)
    #expect(Drawn.text(state.canvas.edited) == "R.....\n......\n......\n......")
    #expect(state.canvas.touchedCount == 1)
    #expect(state.type("<C-r>") == [.rebase(whole)])
    #expect(Drawn.text(state.canvas.original) == "GG....\nGG....\n......\n......")
  }

  @Test func discardKeepsTheStrokes() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    #expect(state.type("D") == [.discard])
    #expect(Drawn.text(state.canvas.edited) == "R.....\n......\n......\n......")
    #expect(state.staged == nil)
  }

  @Test func strokesNewerThanTheRequestSurviveItsAcceptance() throws {
    var (state, request) = try requested()
    state.type("lj.")
    state.answer(id: request.id)
    state.type("a")
    #expect(Drawn.text(state.canvas.original) == "GG....\nGG....\n......\n......")
    #expect(Drawn.text(state.canvas.edited) == "GG....\nGR....\n......\n......")
    #expect(Drawn.text(state.canvas.touched) == "......\n.#....\n......\n......")
  }

  @Test func escapeCancelsAndLeavesEverything() throws {
    var (state, request) = try requested()
    let before = state.canvas.edited
    #expect(state.type("<Esc>") == [.cancel])
    _ = state.handle(.engine(.cancelled(id: request.id)))
    #expect(state.run == nil)
    #expect(state.canvas.edited == before)
    #expect(state.staged == nil)
  }

  @Test func undoCancelsARunAndALateResultOfAnotherOriginalIsDropped() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    state.type("alll.")
    guard case .generate(let second) = try #require(state.type("<Enter>").last) else { return }
    #expect(state.type("u") == [.cancel])
    #expect(state.run?.isCancelling == true)
    #expect(state.type("u").last == .rebase(Area(x: 0, y: 0, width: 6, height: 4)))
    state.answer(id: second.id)
    // What is staged again is what had been accepted.
    #expect(state.staged?.results.map(\.id) == [request.id])
  }

  @Test func lateAnswersToOlderRequestsAreDropped() throws {
    var (state, request) = try requested()
    state.type("<Enter>")
    state.answer(id: request.id)
    #expect(state.staged == nil)
    #expect(state.run != nil)
    _ = state.handle(.engine(.cancelled(id: request.id)))
    #expect(state.run != nil)
  }

  @Test func pixelsOutsideThePictureAreRefused() throws {
    var (state, request) = try requested()
    state.answer(id: request.id, x: 5, y: 3)
    #expect(state.staged == nil)
    #expect(state.message?.isError == true)
  }

  @Test func variantsOfOneEditCanBeWalked() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    guard case .generate(let second) = try #require(state.type("N<Enter>").last) else { return }
    state.answer(id: second.id, x: 1, y: 1, width: 1, height: 1, color: (0, 0, 255, 255))
    #expect(Drawn.text(state.picture(.result)) == "......\n.B....\n......\n......")
    state.type("<")
    #expect(Drawn.text(state.picture(.result)) == "GG....\nGG....\n......\n......")
    // An older variant is not what the engine computed last.
    #expect(state.type("a") == [.rebase(Area(x: 0, y: 0, width: 2, height: 2))])
  }

  @Test func compareGoesRound() throws {
    var (state, request) = try requested()
    state.answer(id: request.id)
    let seen = (0..<4).map { _ in
      state.type("c")
      return state.shown
    }
    #expect(seen == [.edit, .original, .result, .edit])
  }

  @Test func aModelsSettingsYieldToThePersons() {
    var state = EditorState.tiny(Self.blank)
    state.type(":steps 20<Enter>")
    let facts = ModelFacts(name: "m", tileSide: 8, dilation: 5, steps: 8, strength: 0.6)
    _ = state.handle(.engine(.modelReady(facts)))
    #expect(state.settings.steps == 20)
    #expect(state.settings.strength == 0.6)
  }

  @Test func withoutAModelPaintingGoesOnAndEnterSaysWhy() {
    var state = EditorState.tiny(Self.blank)
    _ = state.handle(.engine(.modelMissing("no model in Assets; see README")))
    #expect(state.type(".<Enter>").isEmpty)
    #expect(state.message?.text == "no model in Assets; see README")
    #expect(state.canvas.touchedCount == 1)
  }

  @Test func timeLeftComesFromFinishedStepsOnly() throws {
    var (state, _) = try requested()
    var left: [Int?] = []
    for (milliseconds, step) in [(1000, 1), (1200, 2), (1400, 3)] {
      _ = state.handle(.tick(milliseconds: milliseconds))
      _ = state.handle(.engine(.progress(id: 1, RunProgress(step: step, steps: 8, tiles: 4))))
      _ = state.handle(.tick(milliseconds: milliseconds + 150))
      left.append(state.run?.millisecondsLeft)
    }
    #expect(left == [nil, 1200, 1000])
  }

  @Test(arguments: [(1.0, UInt8(255), false), (0.5, 255, true), (0.5, 200, false)])
  func aResultThatIsAboutTheEditIsSaidToBe(strength: Double, red: UInt8, isSaid: Bool) throws {
    var state = EditorState.tiny(Self.blank)
    state.type(":strength \(strength)<Enter>")
    guard case .generate(let request) = try #require(state.type(".<Enter>").last) else { return }
    state.answer(id: request.id, color: (red, 0, 0, 255))
    #expect(state.message?.text.contains("raises the strength") == isSaid)
  }
}
