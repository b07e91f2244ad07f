import Editor
import Raster
import Testing

/// Undo brings back everything, bit by bit, whatever was done.
@Suite struct UndoTests {
  static let blank = "......\n......\n......\n......"

  private struct Snapshot: Equatable {
    var original, edited: RGBA8
    var touched, mask: Mask
    var settings: GenerationSettings
    var revision: Int

    init(_ state: EditorState) {
      original = state.canvas.original
      edited = state.canvas.edited
      touched = state.canvas.touched
      mask = state.canvas.mask
      settings = state.settings
      revision = state.canvas.revision
    }
  }

  private static let edits = [
    " lll ", " jj ", ".", "b:softness 0.7<Enter> ljlj ", "e jk ", "E lll ", "S:go 20 9<Enter>A ll ",
    "f.", "r lljj ", "OF lljjF ", "/ ljlj ", "\\", "M", "mn llj m", "mf.m", ":mask grow 3<Enter>",
    ":mask shrink 2<Enter>", ":mask clear<Enter>", ":mask strokes<Enter>", ":background<Enter>",
    "I ljl ",
    ":tint #c02030<Enter>", ":material rock<Enter>b ljl ", "P",
    ":restore<Enter>", ")", "(", "N", ":steps 9<Enter>", ":grow 3<Enter>", "t", "u", "uu",
    "<C-r>", "HJ", "KL", "]", "[", "w", "3", "x",
  ]

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func everythingComesBackAndGoesAgain(seed: UInt64) {
    var random = Seeded(seed)
    let picture = RGBA8(
      width: 90, height: 70,
      samples: (0..<90 * 70 * 4).map { _ in UInt8.random(in: 0...255, using: &random) })
    var state = EditorState(picture: picture, name: "random.png")
    let start = Snapshot(state)
    for _ in 0..<60 {
      state.type(Self.edits.randomElement(using: &random) ?? ".")
      if Int.random(in: 0..<6, using: &random) == 0 { generateAndMaybeAccept(&state, &random) }
    }
    state.type("<C-c>")
    for _ in 0..<120 { state.type("<C-r>") }
    let end = Snapshot(state)
    var stations = [end]
    while state.canvas.history.undoCount > 0 {
      state.type("u")
      stations.append(Snapshot(state))
    }
    #expect(stations.last == start)
    for station in stations.dropLast().reversed() {
      state.type("<C-r>")
      #expect(Snapshot(state) == station)
    }
    #expect(Snapshot(state) == end)
  }

  private func generateAndMaybeAccept(_ state: inout EditorState, _ random: inout Seeded) {
    guard case .generate(let request)? = state.type("<Enter>").last else { return }
    state.answer(
      id: request.id, x: .random(in: 0...50, using: &random),
      y: .random(in: 0...40, using: &random),
      width: 30, height: 20, color: (.random(in: 0...255, using: &random), 7, 9, 255))
    if Bool.random(using: &random) { state.type("a") }
  }

  @Test func parametersAreSteps() {
    var state = EditorState.tiny(Self.blank)
    state.type(":steps 20<Enter>.(((:feather 9<Enter>NN")
    let seed = state.settings.seed
    var seen: [String] = []
    for _ in 0..<7 {
      state.type("u")
      seen.append(state.message?.text ?? "")
    }
    #expect(
      seen == [
        "undid seed", "undid seed", "undid feather", "undid strength", "undid pen", "undid steps",
        "nothing to undo",
      ])
    #expect(state.settings == GenerationSettings())
    state.type("<C-r><C-r><C-r><C-r><C-r><C-r>")
    #expect(state.settings.seed == seed)
    #expect(state.settings.steps == 20)
  }

  @Test(arguments: ["melt 3", "texture off"])
  func whatTheModelIsToldIsAStep(line: String) {
    var state = EditorState.tiny(Self.blank)
    state.type(":\(line)<Enter>")
    #expect(state.settings != GenerationSettings())
    state.type("u")
    #expect(state.message?.text == "undid \(line.prefix { $0 != " " })")
    #expect(state.settings == GenerationSettings())
  }

  @Test func nudgesOfOneParameterAreOneStepUntilARun() {
    var state = EditorState.tiny(Self.blank)
    state.type(".(((")
    #expect(state.canvas.history.undoCount == 2)
    #expect(state.settings.strength == 0.85)
    state.type("<Enter>((")
    #expect(state.canvas.history.undoCount == 3)
    state.type("u")
    #expect(state.settings.strength == 0.85)
    state.type("u")
    #expect(state.settings.strength == 1)
  }

  @Test func undoingAParameterLeavesRunAndResultAlone() throws {
    var state = EditorState.tiny(Self.blank)
    state.type("(.")
    let request = try #require(state.type("<Enter>").last?.generated)
    state.type("((")
    #expect(state.type("u").isEmpty)
    #expect(state.run?.isCancelling == false)
    state.answer(id: request.id)
    #expect(state.staged?.result.id == request.id)
  }

  @Test func resultsComeBackWithTheOriginalTheyWereMadeFor() throws {
    var state = EditorState.tiny(Self.blank)
    let first = try #require(state.type(".<Enter>").last?.generated)
    state.answer(id: first.id)
    let second = try #require(state.type("N<Enter>").last?.generated)
    state.answer(id: second.id, x: 2, y: 0, color: (0, 0, 255, 255))
    #expect(state.type("a") == [.accept(id: second.id)])
    #expect(state.staged == nil)
    state.type("u")
    #expect(state.staged?.results.map(\.id) == [first.id, second.id])
    #expect(Drawn.text(state.picture(.result)) == "..BB..\n..BB..\n......\n......")
    state.type("<")
    #expect(Drawn.text(state.picture(.result)) == "GG....\nGG....\n......\n......")
    // The engine has forgotten it, so its caches follow the area.
    #expect(state.type("a") == [.rebase(Area(x: 0, y: 0, width: 2, height: 2))])
    #expect(Drawn.text(state.canvas.original) == "GG....\nGG....\n......\n......")
  }

  @Test func whatWasReplacedCanBeReached() {
    var state = EditorState.tiny(Self.blank)
    state.type(".l.ulll.j.")
    #expect(Drawn.text(state.canvas.edited) == "R...R.\n....R.\n......\n......")
    state.type(":undo branch<Enter>")
    #expect(Drawn.text(state.canvas.edited) == "R.....\n......\n......\n......")
    state.type("<C-r>")
    #expect(Drawn.text(state.canvas.edited) == "RR....\n......\n......\n......")
    state.type("uu:undo branch<Enter><C-r><C-r>")
    #expect(Drawn.text(state.canvas.edited) == "R...R.\n....R.\n......\n......")
  }

  @Test func boundsCanBeSetAndHold() {
    var state = EditorState.tiny(Self.blank)
    state.type(":undo-steps 3<Enter>.l.l.l.l.")
    #expect(state.canvas.history.undoCount == 3)
    state.type(":set undo-steps=50<Enter>:undo-memory 1<Enter>")
    #expect(state.canvas.history.mostSteps == 50)
    #expect(state.canvas.history.mostBytes == 1 << 20)
    let large = RGBA8(width: 1024, height: 512, filledWith: (9, 9, 9, 255))
    state = EditorState(picture: large, name: "large.png")
    state.type(":undo-memory 4<Enter>MMMMMMMMMMMM")
    // One inversion keeps half a megabyte.
    #expect(state.canvas.history.undoCount == 8)
    #expect(state.canvas.history.byteCount <= 4 << 20)
  }
}
