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

  @Test func anExistingFileIsAskedAboutOnce() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".<C-s>"))
    _ = state.handle(.file(.exists(request)))
    #expect(state.prompt == .overwrite(request))
    let again = try save(state.type("y"))
    #expect(again.overwrite)
    _ = state.handle(.file(.saved(again)))
    #expect(try save(state.type("l.<C-s>")).overwrite)
  }

  @Test func noToOverwritingSavesNothing() throws {
    var state = EditorState.tiny(Self.blank)
    let request = try save(state.type(".<C-s>"))
    _ = state.handle(.file(.exists(request)))
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
    _ = state.handle(.file(.exists(request)))
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
