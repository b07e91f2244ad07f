import Editor
import Testing

@Suite struct SavingTests {
  static let blank = "....\n....\n....\n...."

  private func save(_ effects: [Effect]) throws -> SaveRequest {
    guard case .save(let request) = try #require(effects.last) else {
      throw NotASave()
    }
    return request
  }
  struct NotASave: Error {}

  @Test(arguments: [
    ("<C-s>", SaveRequest.Content.picture, String?.none, false),
    (":w<Enter>", .picture, nil, false),
    (":w!<Enter>", .picture, nil, true),
    (":w out file.png<Enter>", .picture, "out file.png", false),
    (":export mask m.png<Enter>", .mask, "m.png", false),
  ])
  func requests(
    keys: String, content: SaveRequest.Content, path: String?, overwrite: Bool
  ) throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type("." + keys))
    #expect(request.content == content)
    #expect(request.path == path)
    #expect(request.overwrite == overwrite)
  }

  /// Names as typed, and as they are saved under; nil where they are refused with what to do.
  @Test(arguments: [
    ("out", String?("out.png")), ("out.png", "out.png"), ("out.PNG", "out.PNG"), ("a b", "a b.png"),
    ("dir.d/out", "dir.d/out.png"), (".hidden", ".hidden.png"), ("out.", "out.png"),
    ("out.jpg", nil), ("dir/out.webp", nil), ("dir/", nil), ("..", nil),
    ("~", nil), ("~/a", "~/a.png"), ("-", "-.png"), ("-x.png", "-x.png"),
    ("d/\u{301}a", "d/\u{301}a.png"),
  ])
  func names(typed: String, saved: String?) throws {
    for command in [":w ", ":export mask "] {
      var state = EditorState.tiny(Self.blank)
      let effects = state.type("." + command + typed + "<Enter>")
      if let saved {
        let request = try save(effects)
        #expect(request.path == saved)
        _ = state.handle(.file(.saved(request)))
        #expect(state.message?.text.hasSuffix(saved) == true)
      } else {
        #expect(effects.isEmpty && state.message?.isError == true)
      }
    }
  }

  /// Keys at a picture that is not written, what is saved, and whether it quits then.
  @Test(arguments: [
    (".qy<Enter>", String?("p-edited.png"), true), (".qy<C-u>x<Enter>", "x.png", true),
    (".qy<C-u>x.jpg<Enter>", nil, false), (".qy<Esc>", nil, false), (".qy<C-u><Enter>", nil, false),
    (".:w<Enter><Enter>", "p-edited.png", false), (".<C-s><C-u>y<Enter>", "y.png", false),
    (".:wq<Enter><Enter>", "p-edited.png", true), (".:wq z<Enter>", "z.png", true),
  ])
  func aNameIsAskedFor(keys: String, saved: String?, quits: Bool) throws {
    var state = EditorState.tiny(Self.blank)
    state.saveRefusal = SaveRefusal(reason: "p.jpg is no PNG", proposal: "p-edited.png")
    let effects = state.type(keys)
    guard let saved else {
      #expect(effects.isEmpty)
      return
    }
    let request = try save(effects)
    #expect(request.path == saved)
    // One that is there is asked about, and another name can be given.
    _ = state.handle(.file(.objection(request, .exists)))
    let again = try save(state.type("y"))
    #expect(again.overwrite && state.handle(.file(.saved(again))).contains(.quit) == quits)
    #expect(!state.isUnsaved)
  }

  /// What was typed goes along where an ending was added: it may name something that is there.
  @Test(arguments: [
    ("/dev/full", "/dev/full.png", Optional("/dev/full")), ("a.png", "a.png", nil),
    ("a.", "a.png", "a."),
  ])
  func keepsWhatWasTyped(name: String, path: String, typed: String?) throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(":w \(name)<Enter>"))
    #expect(request.path == path && request.typed == typed)
  }

  /// What the opened file would lose is a part of the question, once.
  @Test func aLossIsNamedBeforeOverwriting() throws {
    var state = EditorState.tiny(Self.blank)
    state.overwritingLoses = "of 2 frames only the first is kept"
    for (path, isNamed) in [(String?.none, true), ("other.png", false), ("a/\(state.name)", true)] {
      var asked = state
      let request = SaveRequest(content: .picture, path: path, overwrite: false, revision: 0)
      for objection: SaveObjection in [.exists, .changed, .notReplaceable] {
        _ = asked.handle(.file(.objection(request, objection)))
        #expect(asked.question?.contains("of 2 frames") == isNamed, "\(objection)")
        #expect(asked.question?.contains("y/n") == true)
      }
    }
    let request = try save(state.type(".:w<Enter>"))
    #expect(!request.overwrite)
    _ = state.handle(.file(.objection(request, .exists)))
    _ = state.handle(.file(.saved(try save(state.type("y")))))
    #expect(state.overwritingLoses == nil)
  }

  @Test func theReasonIsSaidWhereANameIsAskedFor() {
    var state = EditorState.tiny(Self.blank)
    state.saveRefusal = SaveRefusal(reason: "p.jpg is no PNG", proposal: "p-edited.png")
    state.type(".qy")
    let screen = Editor.draw(state)
    #expect(screen.text(row: 23).hasPrefix("Save as: p-edited.png"))
    #expect(screen.text(row: 22).contains("p.jpg is no PNG"))
    state.type("<BS><BS><BS>jpg<Enter>")
    #expect(Editor.draw(state).text(row: 22).contains("use p-edited.png"))
  }

  /// Who wants to leave and cannot save gets another chance.
  @Test func aFailureOnTheWayOutAsksForAName() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".qy"))
    _ = state.handle(.file(.failed(request, message: "read-only file system")))
    let other = try save(state.type("<C-u>/tmp/x<Enter>"))
    #expect(other.path == "/tmp/x.png")
    #expect(state.handle(.file(.saved(other))) == [.quit])
  }

  /// Keys, and whether another picture is opened.
  @Test(arguments: [
    (":e b.png<Enter>", true), (".:e b.png<Enter>", false), (".:e! b.png<Enter>", true),
    (".:e b.png<Enter>n", true), (".:e b.png<Enter><Esc>", false), (":e<Enter>", false),
  ])
  func opening(keys: String, opens: Bool) {
    var state = EditorState.tiny(Self.blank)
    #expect(state.type(keys).contains(.open("b.png")) == opens)
    guard opens else { return }
    // Nothing is painted meanwhile that would be lost.
    let before = state.canvas.revision
    state.type(".ll.")
    #expect(state.canvas.revision == before)
    _ = state.handle(.file(.notOpened("b.png", message: "b.png: is no picture")))
    #expect(state.message?.text == "b.png: is no picture" && state.prompt == nil)
  }

  @Test func savingBeforeOpening() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".:e b.png<Enter>y"))
    #expect(state.handle(.file(.saved(request))) == [.open("b.png")])
  }

  @Test func theNextPictureKeepsWhatIsThePersons() {
    var state = EditorState.tiny(Self.blank)
    state.type(":steps 7<Enter>:set glyphs=half<Enter>.<Enter>")
    let next = EditorState(
      picture: Drawn.picture("WW\nWW"), name: "next.png", after: state)
    #expect(next.settings == state.settings && next.look.glyphs == .half)
    #expect(!next.isUnsaved && next.run == nil && next.canvas.width == 2)
    var later = next
    later.type(".<Enter>")
    #expect((later.run?.request.id ?? 0) > (state.run?.request.id ?? 0))
  }

  /// The example is there, nobody has to save it, and it is one step to undo.
  @Test func anExampleIsNothingToSave() {
    var state = EditorState(picture: Drawn.picture("....\n...."), name: "example.png")
    state.showExample(painted: Drawn.picture(".RR.\n...R"))
    #expect(Drawn.text(state.canvas.touched) == ".##.\n...#")
    #expect(Drawn.text(state.canvas.edited) == ".RR.\n...R")
    #expect(!state.isUnsaved && Editor.draw(state).text(row: 23).hasPrefix(" press Enter"))
    #expect(state.type("q") == [.quit])
    state.type("u")
    #expect(Drawn.text(state.canvas.edited) == "....\n....")
    #expect(!state.isUnsaved && state.type("q") == [.quit])
    state.type("<C-r>")
    #expect(!state.isUnsaved)
    state.type(".")
    #expect(state.isUnsaved && state.type("q").isEmpty)
  }

  @Test func theStarGoesOutForWhatWasSaved() throws {
    var state = EditorState.tiny(Self.blank)
    #expect(!state.isUnsaved)
    let request = try save(state.type(".<C-s>"))
    state.type("l.")
    _ = state.handle(.file(.saved(request)))
    #expect(state.isUnsaved)
    state.type("u")
    #expect(!state.isUnsaved)
    state.type("u")
    #expect(state.isUnsaved)
  }

  /// What stands against a save, how it is asked about, and whether the file itself may be written.
  @Test(arguments: [
    (SaveObjection.exists, "exists: overwrite it?", false),
    (.changed, "was changed by another program: overwrite it?", false),
    (.notReplaceable, "can only be written in place: do it?", true),
  ])
  func objections(objection: SaveObjection, question: String, inPlace: Bool) throws {
    for keys in [".<C-s>", ".:w out.png<Enter>", ".:export mask out.png<Enter>"] {
      var state = EditorState.tiny(Self.blank)
      let request = try save(state.type(keys))
      _ = state.handle(.file(.objection(request, objection)))
      #expect(state.prompt == .overwrite(request, objection))
      #expect(state.question?.hasPrefix("\(request.path ?? state.name) \(question) y/n") == true)
      let again = try save(state.type("y"))
      #expect(again.overwrite && again.inPlace == inPlace)
      _ = state.handle(.file(.saved(again, note: "could not keep owner")))
      #expect(state.message?.text.hasSuffix("; could not keep owner") == true)
      // Whether the file is still the one that was written then, only those know who write it.
      let next = try save(state.type("l.<C-s>"))
      #expect(!next.overwrite && !next.inPlace)
    }
  }

  @Test func noToOverwritingSavesNothing() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".<C-s>"))
    _ = state.handle(.file(.objection(request, .exists)))
    #expect(state.type("n").isEmpty)
    #expect(state.prompt == nil)
    #expect(state.isUnsaved)
  }

  @Test(arguments: [
    ("q", true), (".q", false), (".q<Esc>", false), (".qn", true), (".:q<Enter>", false),
    (".:q!<Enter>", true), (".uq", true),
  ])
  func quitting(keys: String, quits: Bool) {
    var state = EditorState.tiny(Self.blank)
    #expect(state.type(keys).contains(.quit) == quits)
  }

  @Test func savingFromTheQuestionQuitsWhenSaved() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".qy"))
    _ = state.handle(.file(.objection(request, .exists)))
    let again = try save(state.type("y"))
    #expect(state.handle(.file(.saved(again))) == [.quit])
  }

  @Test func aFailedSaveDoesNotQuit() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".:wq<Enter>"))
    #expect(state.handle(.file(.failed(request, message: "disk full"))).isEmpty)
    #expect(state.message?.text == "disk full")
    #expect(state.isUnsaved)
  }
}

@Suite struct ContentTests {
  /// A red stroke whose green result is staged.
  private func staged() -> EditorState {
    var state = EditorState.tiny("....\n....")
    state.type(".<Enter>")
    state.answer(id: 1)
    return state
  }

  @Test(arguments: [
    (SaveRequest.Content.picture, "GG..\nGG.."), (.result, "GG..\nGG.."), (.edited, "R...\n...."),
    (.original, "....\n...."), (.mask, "WKKK\nKKKK"), (.compare, "....R...GG..\n........GG.."),
  ])
  func contents(content: SaveRequest.Content, picture: String) {
    #expect(Drawn.text(staged().content(content)) == picture)
  }

  /// Results in what is saved, after keys.
  @Test(arguments: [
    ("", SaveRequest.Content.picture, 1), ("", .edited, 0), ("", .mask, 0), ("D", .picture, 0),
    ("a", .edited, 1), ("au", .edited, 0), ("au<C-r>", .picture, 1), ("a", .compare, 0),
  ])
  func runsInIt(keys: String, content: SaveRequest.Content, count: Int) {
    var state = staged()
    state.type(keys)
    #expect(state.generations(in: content).count == count)
    #expect(state.generations(in: content).allSatisfy { $0.settings.seed == 1 })
  }
}
