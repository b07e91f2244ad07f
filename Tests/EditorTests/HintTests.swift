import Editor
import Raster
import Testing

/// What can be done now is always said, whole, at every size.
@Suite struct HintTests {
  /// A 48x32 picture with a model, before anything is done.
  static func ready() -> EditorState {
    var state = EditorState(
      picture: RGBA8(width: 48, height: 32, filledWith: (90, 120, 150, 255)), name: "grey.png")
    let facts = ModelFacts(name: "m", tileSide: 4, dilation: 1, steps: 4, strength: 1)
    _ = state.handle(.engine(.modelReady(facts)))
    return state
  }

  /// Keys, whether a run is answered after them, keys after that, and what is said then.
  static let states: [(keys: String, answers: Bool, then: String, says: [String])] = [
    ("", false, "", ["Space or drag paints", "? help", "q quits", ":w saves"]),
    ("E", false, "", ["Space or drag erases"]), ("I", false, "", ["Space or drag tints"]),
    ("I.", false, "", [":w saves", "u undo"]), ("Ib.", false, "", ["Enter regenerates"]),
    (" ", false, "", ["PEN DOWN: Space lifts"]),
    (" ll ", false, "", ["Enter regenerates", "u undo"]),
    (".<Enter>", false, "", ["Esc cancel"]),
    (".<Enter>", true, "", ["a accept", "D discard", ":w saves"]),
    (".<Enter>", true, "a", [":w saves"]),
    (".<Enter>", true, "v", ["< > move the divider"]),
    (".<Enter>", true, "|", ["< > change the gain"]),
    (".<Enter>", true, "l.", ["a accept", "D discard", "Enter regenerates"]),
    (".", false, "C", ["C ends the blinking"]),
    ("m", false, "", ["MASK: Space adds", "e takes away"]),
    ("A", false, "", ["S sets where from"]),
    ("r ", false, "", ["Space paints the rectangle", "Esc forgets it"]),
    ("?", false, "", ["type to filter", "Esc closes"]),
    (".:mask clear<Enter>", false, "", ["m paints the mask"]),
    (".q", false, "", ["Esc stay"]),
  ]

  /// The last row after news has gone.
  private func line(_ state: EditorState) -> String {
    Editor.draw(state).text(row: state.rows - 1)
  }

  @Test(arguments: states) func everyStateSaysWhatCanBeDone(
    keys: String, answers: Bool, then: String, says: [String]
  ) {
    var state = Self.ready()
    state.type(keys)
    if answers { state.answer(id: 1, width: 48, height: 32) }
    state.type(then)
    _ = state.handle(.tick(milliseconds: 20_000))
    for columns in [32, 60, 80, 120] {
      _ = state.handle(.resize(columns: columns, rows: 24))
      let line = line(state)
      #expect(line.contains(says[0]), "\(columns): \(line)")
      guard columns >= 80 else { continue }
      for part in says { #expect(line.contains(part), "\(columns): \(line)") }
    }
  }

  /// The hint is the same after a zoom, a stroke begun, or any news that has had its time.
  @Test func itStays() {
    var state = Self.ready()
    for keys in ["++", "z", "b", ":size 5<Enter>", "1"] {
      state.type(keys)
      #expect(line(state).contains("Space or drag paints"), "\(keys): \(line(state))")
      _ = state.handle(.tick(milliseconds: state.now + 20_000))
      #expect(line(state).hasPrefix(" Space or drag paints"))
    }
  }

  /// News makes room by itself, what did not work is said until the next key.
  @Test func newsPassesAndErrorsStay() throws {
    var state = Self.ready()
    _ = state.handle(.resize(columns: 60, rows: 20))
    state.type(":seed 5<Enter>")
    #expect(line(state).contains("seed 5"))
    let wait = try #require(state.millisecondsToChange)
    _ = state.handle(.tick(milliseconds: state.now + wait))
    #expect(!line(state).contains("seed 5"))
    #expect(state.millisecondsToChange == nil)
    state.type(":seed minus<Enter>")
    _ = state.handle(.tick(milliseconds: state.now + 60_000))
    #expect((line(state) + Editor.draw(state).text(row: 18)).contains("seed takes a number"))
    state.type("l")
    #expect(line(state).hasPrefix(" Space or drag paints"))
  }

  @Test func keysAreThePersonsOwn() {
    var state = Self.ready()
    var own = Customization()
    own.bindings = [
      .init(key: .character(" "), line: "none"), .init(key: .enter, line: "none"),
      .init(key: .function(5), line: "generate"),
    ]
    state.customize(own)
    #expect(!line(state).contains("Space"))
    state.type(".")
    #expect(!line(state).contains("Enter"))
  }

  @Test func withoutAModelNothingIsPromised() {
    var state = Self.ready()
    _ = state.handle(.engine(.modelMissing("no model in Assets; see README")))
    state.type("l.")
    #expect(line(state).contains("P no model: the picture's own textures"))
    state.type("P")
    _ = state.handle(.tick(milliseconds: 20_000))
    #expect(line(state).contains("Enter regenerates"))
  }

  /// A file that is not written is not promised to be.
  @Test func savingElsewhereIsSaid() {
    var state = Self.ready()
    state.saveRefusal = SaveRefusal(reason: "opened with --read-only", proposal: "b.png")
    #expect(line(state).contains(":w NAME saves"))
  }
}

@Suite struct LabelTests {
  /// Keys, whether a run is answered after them, keys after that, and what the picture is called.
  @Test(arguments: [
    ("", false, "", "EDIT"), ("c", false, "", "ORIGINAL"), (".<Enter>", true, "", "RESULT *"),
    (".<Enter>", true, "c", "EDIT"), (".<Enter>", true, "cc", "ORIGINAL"),
    (".<Enter>", true, "a", "EDIT"), (".<Enter>", true, "ac", "ACCEPTED"),
    (".<Enter>", true, "auc", "ORIGINAL"), (".<Enter>", true, "v", "ORIGINAL │ RESULT"),
    (".<Enter>", true, "a.v", "ACCEPTED │ EDIT"), (".", false, "|", "ORIGINAL - EDIT"),
  ])
  func onePaneSaysWhichPictureItIs(keys: String, answers: Bool, then: String, label: String) {
    var state = HintTests.ready()
    state.type(keys)
    if answers { state.answer(id: 1) }
    state.type(then)
    for columns in [80, 100] {
      _ = state.handle(.resize(columns: columns, rows: 24))
      let line = Editor.draw(state).text(row: 0)
      #expect(line.contains(" \(label)"), "\(columns): \(line)")
      if label == "EDIT" { #expect(!line.contains("│")) }
    }
  }

  @Test func twoPanesDoNotCallItOriginalOnceAccepted() {
    var state = HintTests.ready()
    _ = state.handle(.resize(columns: 130, rows: 30))
    #expect(Editor.draw(state).text(row: 1).contains(" ORIGINAL"))
    state.type(".<Enter>")
    state.answer(id: 1)
    #expect(Editor.draw(state).text(row: 1).contains("RESULT * not accepted"))
    state.type("a")
    let titles = Editor.draw(state).text(row: 1)
    #expect(titles.contains(" ACCEPTED") && !titles.contains("ORIGINAL"))
  }

  /// Whatever a seed is, it is seen at 80 columns.
  @Test(arguments: [UInt64(1), 20_000_000, .max]) func theSeedIsSeen(seed: UInt64) {
    var state = HintTests.ready()
    state.type(":seed \(seed)<Enter>.<Enter>")
    state.answer(id: 1)
    _ = state.handle(.resize(columns: 80, rows: 24))
    #expect(Editor.draw(state).text(row: 22).contains("seed \(seed)"))
  }
}

@Suite struct UnsavedTests {
  /// Keys, with `!` where a run is answered, and whether something would be lost.
  @Test(arguments: [
    ("", false), (".", true), (".u", false), (".u<C-r>", true), (".u<C-r>u", false),
    (".<Enter>!", true), (".<Enter>!a", true), (".<Enter>!au", true), (".<Enter>!auu", false),
    (".<Enter>!auu<C-r><C-r>", true), (".<Enter>!auu<C-r><C-r>uu", false),
    (".<Enter>!u", false), (".<Enter>!D", true), (".<Enter>!Du", false),
    (":steps 9<Enter>", false), ("N", false), ("g<Up><Enter>", false),
    ("):mode dense<Enter>", false),
    ("m.", false), (".<Enter>!al.uuu", false), (".<Enter>!a:steps 9<Enter>uuu", false),
  ])
  func theStar(keys: String, isUnsaved: Bool) {
    var state = HintTests.ready()
    for (index, part) in keys.split(separator: "!", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { state.answer(id: state.run?.request.id ?? 0) }
      state.type(String(part))
    }
    #expect(state.isUnsaved == isUnsaved)
    #expect(Editor.draw(state).text(row: 23).contains("* unsaved") == isUnsaved)
  }
}
