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
    let request = try #require(state.type(keys).last?.generated)
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
    let second = try #require(state.type("<Enter>").last?.generated)
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
    let second = try #require(state.type("N<Enter>").last?.generated)
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

  /// A run that is asked for before the model is there is made with what suits the model.
  @Test(arguments: [("", 2, 0.6), (":steps 20<Enter>", 20, 0.6), (":strength 0.3<Enter>", 2, 0.3)])
  func anEarlyRunIsTheSameAsALateOne(keys: String, steps: Int, strength: Double) throws {
    let facts = ModelFacts(name: "m", tileSide: 8, dilation: 5, steps: 2, strength: 0.6)
    var early = EditorState.tiny(Self.blank)
    early.type(keys + ".<Enter>")
    let first = early.run?.request.id
    guard case .generate(let request)? = early.handle(.engine(.modelReady(facts))).last else {
      Issue.record("the run is not asked for anew")
      return
    }
    #expect(request.settings.steps == steps && request.settings.strength == strength)
    // What becomes of the first one does not matter.
    _ = early.handle(.engine(.cancelled(id: try #require(first))))
    #expect(early.run?.request.id == request.id)
    var late = EditorState.tiny(Self.blank)
    _ = late.handle(.engine(.modelReady(facts)))
    let other = try #require(late.type(keys + ".<Enter>").last?.generated)
    #expect(other.settings == request.settings && other.mask == request.mask)
    #expect(late.handle(.engine(.modelReady(facts))).isEmpty)
  }

  @Test func withoutAModelPaintingGoesOnAndEnterSaysWhy() {
    var state = EditorState.tiny(Self.blank)
    _ = state.handle(.engine(.modelMissing("no model in Assets; see README")))
    #expect(state.type(".<Enter>").isEmpty)
    #expect(state.message?.text == "no model in Assets; see README")
    #expect(state.canvas.touchedCount == 1)
    guard case .generate(let request)? = state.type("P<Enter>").last else {
      Issue.record("the picture's own textures take no model")
      return
    }
    #expect(request.settings.mode == .texture)
  }

  /// A run that takes no model goes on when there is none.
  @Test(arguments: [("", false), ("P", true)])
  func aMissingModelEndsWhatWaitsForIt(keys: String, goesOn: Bool) {
    var state = EditorState.tiny(Self.blank)
    state.type(keys + ".<Enter>")
    _ = state.handle(.engine(.modelMissing("no model in Assets; see README")))
    #expect((state.run != nil) == goesOn)
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
    let request = try #require(state.type(".<Enter>").last?.generated)
    state.answer(id: request.id, color: (red, 0, 0, 255))
    #expect(state.message?.text.contains("raises the strength") == isSaid)
  }

  // MARK: The whole picture

  private static func ready(_ text: String = Self.blank) -> EditorState {
    var state = EditorState.tiny(text)
    var facts = ModelFacts(name: "m", tileSide: 4, dilation: 5, steps: 8, strength: 1)
    facts.wholeMACs = 3_000_000_000
    _ = state.handle(.engine(.modelReady(facts)))
    return state
  }

  @Test(arguments: [
    (nil, "regenerate the whole picture? y/n"),
    (10e9, "regenerate the whole picture? about 2.4s, y/n"),
  ])
  func wholePicturesAreRegeneratedAfterAQuestion(rate: Double?, question: String) throws {
    var state = Self.ready()
    if let rate { _ = state.handle(.engine(.measured(macsPerSecond: rate))) }
    #expect(state.type("G").isEmpty)
    #expect(Self.bottom(of: state).contains(question))
    var declined = state
    #expect(declined.type("n").isEmpty && declined.prompt == nil && declined.run == nil)
    let request = try #require(state.type("y").first?.generated)
    #expect(request.mask.values.allSatisfy { $0 == 255 })
    #expect(request.settings.mode == .dense && request.settings.feather == 0)
    state.answer(id: request.id, width: 6, height: 4)
    #expect(state.staged?.results.count == 1)
    #expect(state.type("a") == [.accept(id: request.id)])
    #expect(!Drawn.text(state.canvas.original).contains("."))
  }

  @Test func withStrokesTheyAloneAreRegenerated() throws {
    var state = Self.ready()
    state.type(".")
    let request = try #require(state.type("G").first?.generated)
    #expect(Drawn.text(request.mask) == "#.....\n......\n......\n......")
    #expect(request.bounds == Area(x: 0, y: 0, width: 1, height: 1))
  }

  // MARK: Progress

  private static func bottom(of state: EditorState) -> String {
    let screen = Editor.draw(state)
    return screen.text(row: screen.rows - 1)
  }

  struct Phase: Sendable, CustomTestStringConvertible {
    var progress: RunProgress
    var text: String
    var testDescription: String { text }

    init(
      _ text: String, step: Int = 0, tile: Int = 0, _ phase: RunProgress.Phase = .denoising,
      part: Int = 0, parts: Int = 1, workers: [Double] = []
    ) {
      progress = RunProgress(step: step, steps: 8, tile: tile, tiles: 9, phase: phase)
      (progress.part, progress.parts, progress.workers) = (part, parts, workers)
      self.text = text
    }
  }

  @Test(arguments: [
    Phase("[--------------------] starting", .waiting),
    Phase("[--------------------] mixing paint and texture", .hint),
    Phase("[##########----------] preparing step 5/8", step: 4, .preparing),
    Phase("[#####---------------] step 2/8  tile 3/9", step: 2, tile: 3),
    Phase(
      "[#####---------------] part 2/3  step 2/8  tile 3/9", step: 2, tile: 3, part: 1, parts: 3),
    Phase("[####-----|#########] step 1/8  tile 0/9", step: 1, workers: [0.5, 1]),
    Phase("[#####---------------] step 2/8", step: 2, workers: [1]),
  ])
  func progressSaysWhatIsUnderWay(phase: Phase) throws {
    var state = Self.ready()
    state.type(".<Enter>")
    _ = state.handle(.engine(.progress(id: 1, phase.progress)))
    #expect(Self.bottom(of: state).contains(phase.text))
    _ = state.handle(.tick(milliseconds: 3100))
    #expect(Self.bottom(of: state).contains("3s   Esc cancel"))
  }

  @Test func escapeStopsPreparingWhereNothingRuns() {
    var state = Self.ready()
    _ = state.handle(.engine(.preparing(stepsDone: 1, stepsTotal: 8)))
    #expect(state.type("<Esc>") == [.cancel])
    #expect(state.preparation == nil)
    #expect(state.message?.text.contains("preparing stopped") == true)
    // News that was under way.
    _ = state.handle(.engine(.preparing(stepsDone: 1, stepsTotal: 8)))
    _ = state.handle(.engine(.preparingStopped))
    #expect(state.preparation == nil)
    #expect(state.type("<Esc>").isEmpty)
  }

  @Test func theWindowIsKnownWhileItsResultsAre() {
    var state = Self.ready()
    state.type(".<Enter>")
    let (part, whole) = (Area(x: 0, y: 0, width: 4, height: 4), state.canvas.bounds)
    _ = state.handle(.engine(.window(id: 7, part)))
    #expect(state.workWindow == nil)
    _ = state.handle(.engine(.window(id: 1, part)))
    #expect(state.workWindow == part)
    state.answer(id: 1)
    #expect(state.workWindow == part)
    state.type("D")
    #expect(state.workWindow == nil)
    state.type("<Enter>")
    _ = state.handle(.engine(.window(id: 2, whole)))
    #expect(state.workWindow == nil)
    _ = state.handle(.engine(.window(id: 2, part)))
    _ = state.handle(.engine(.cancelled(id: 2)))
    #expect(state.workWindow == nil)
  }

  // MARK: Previews

  @Test(arguments: ["cancelled", "failed", "finished", "off"])
  func previewsAreSeenUntilTheRunEnds(end: String) throws {
    var state = Self.ready()
    state.type(".<Enter>")
    let green = Drawn.picture("GG\nGG")
    func show(_ id: Int, x: Int, _ pixels: RGBA8) {
      _ = state.handle(.engine(.preview(id: id, origin: Point(x: x, y: 0), pixels: pixels)))
    }
    show(7, x: 0, green)
    show(1, x: 5, green)
    #expect(state.run?.preview == nil && state.shown == .edit)
    show(1, x: 0, green)
    #expect(Drawn.text(state.picture(.result)) == "GG....\nGG....\n......\n......")
    show(1, x: 0, Drawn.picture("B"))
    #expect(Drawn.text(state.picture(.result)) == "BG....\nGG....\n......\n......")
    #expect(state.shown == .result)
    switch end {
    case "cancelled": _ = state.handle(.engine(.cancelled(id: 1)))
    case "failed": _ = state.handle(.engine(.failed(id: 1, message: "no")))
    case "off": state.type(":set preview=off<Enter>")
    default: state.answer(id: 1, width: 1, height: 1)
    }
    #expect(state.run?.preview == nil)
    #expect(state.shown == (end == "finished" ? .result : .edit))
    let isDone = end == "finished"
    #expect(Drawn.text(state.picture(.result)).first == (isDone ? "G" : "."))
    #expect(Drawn.text(state.canvas.edited) == "R.....\n......\n......\n......")
    if end == "off" {
      show(1, x: 0, green)
      #expect(state.run?.preview == nil)
      state.answer(id: 1)
      let next = try #require(state.type("N<Enter>").last?.generated)
      #expect(!next.wantsPreview)
    }
  }

  // MARK: The other mode

  @Test(arguments: [
    (
      (UInt8(0), UInt8(255), UInt8(0)), 100,
      "sparse 0.50s 80M MACs | dense 2.0s 80M MACs  equal: the edit fills its window"
    ),
    ((0, 245, 0), 100, "sparse 0.50s 80M MACs | dense 2.0s 80M MACs  32.9 dB PSNR"),
    ((0, 245, 0), 60, "sparse 0.50s 80M | dense 2.0s 80M  32.9 dB"),
  ])
  func theOtherModeIsComputedAndWipedAgainst(
    color: (UInt8, UInt8, UInt8), columns: Int, line: String
  ) throws {
    var state = Self.ready()
    _ = state.handle(.resize(columns: columns, rows: 24))
    #expect(state.type("=").isEmpty)
    #expect(state.message?.text.contains("no result of this edit yet") == true)
    state.type(".<Enter>")
    #expect(state.type("=").isEmpty)
    state.answer(id: 1, macs: 80_000_000)
    let request = try #require(state.type("=").first?.generated)
    var dense = try #require(state.staged?.result.settings)
    dense.mode = .dense
    #expect(request.settings == dense)
    #expect(Drawn.text(request.mask) == "#.....\n......\n......\n......")
    state.answer(
      id: request.id, seconds: 2, color: (color.0, color.1, color.2, 255), macs: 80_000_000)
    #expect(state.look.comparison == .wipe)
    #expect(state.compared == (.rival, .result))
    #expect(Drawn.text(state.picture(.rival)) == "GG....\nGG....\n......\n......")
    // It lasts after the message has gone, and is whole.
    state.type("h")
    #expect(Self.bottom(of: state).contains(line))
    // Both are there: nothing is computed again, and the two change sides.
    #expect(state.type("v=").isEmpty)
    #expect(state.look.comparison == .wipe)
    state.type("v")
    #expect(state.staged?.rival == nil && state.staged?.results.count == 2)
    #expect(!Self.bottom(of: state).contains("PSNR"))
  }

  @Test(
    arguments: [
      (8, 3_000_000_000, 10e9, 2.4), (1, 1_000, 1_000, 1), (8, nil, 10e9, nil), (8, 0, 10e9, nil),
      (8, 3_000, nil, nil), (8, 3_000, 0, nil),
    ] as [(Int, Int?, Double?, Double?)])
  func estimatesNeedAMeasurement(
    steps: Int, macsPerStep: Int?, macsPerSecond: Double?, seconds: Double?
  ) {
    #expect(
      RunFacts.estimate(steps: steps, macsPerStep: macsPerStep, macsPerSecond: macsPerSecond)
        == seconds)
  }

  @Test func theEstimateIsShownOnceADensePassWasTimed() {
    var state = Self.ready()
    _ = state.handle(.resize(columns: 200, rows: 24))
    func status() -> String {
      let screen = Editor.draw(state)
      return screen.text(row: screen.rows - 2)
    }
    _ = state.handle(.engine(.preparing(stepsDone: 1, stepsTotal: 8)))
    #expect(!status().contains("dense"))
    _ = state.handle(.engine(.measured(macsPerSecond: 10e9)))
    #expect(status().contains("dense ~2.4s"))
    // A slower one was disturbed.
    _ = state.handle(.engine(.measured(macsPerSecond: 5e9)))
    #expect(status().contains("dense ~2.4s"))
  }

  @Test(arguments: [(1.0, "N takes another seed"), (0.5, ") raises the strength")])
  func whatToDoWhereTheResultHardlyDiffers(strength: Double, advice: String) throws {
    var state = Self.ready()
    state.type(":strength \(strength)<Enter>.<Enter>")
    state.answer(id: 1, color: (254, 2, 1, 255))
    #expect(state.message?.text.contains(advice) == true)
  }
}
