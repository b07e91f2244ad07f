import Editor
import Testing

@Suite struct CustomizationTests {
  private func editor(_ change: (inout Customization) -> Void) -> EditorState {
    var customization = Customization()
    change(&customization)
    var state = EditorState.tiny("....\n....")
    state.customize(customization)
    return state
  }

  @Test func keysTypeLines() {
    var state = editor {
      $0.bindings = [
        .init(key: .character("x"), line: "steps 3"), .init(key: .control("z"), line: "none"),
      ]
    }
    state.type("x.<C-z>")
    #expect(state.settings.steps == 3)
    #expect(state.canvas.touchedCount == 1)
    state.type("u")
    #expect(state.canvas.touchedCount == 0)
  }

  @Test func helpShowsTheKeysThereAre() {
    var state = editor { $0.bindings = [.init(key: .character("x"), line: "steps 3")] }
    _ = state.handle(.resize(columns: 160, rows: 60))
    func text(_ state: EditorState) -> String {
      let screen = Editor.draw(state)
      return (0..<60).map { screen.text(row: $0) }.joined(separator: "\n")
    }
    state.type("?")
    #expect(text(state).contains(":steps 3"))
    #expect(!text(state).contains("swap colours"))
    state.type("<Esc>:help steps<Enter>")
    #expect(text(state).contains(":steps 3"))
    #expect(!text(state).contains("erase"))
    state.type("<Esc>:help unheard-of<Enter>")
    #expect(state.help == nil)
    #expect(state.message?.text == "nothing about unheard-of; :help shows everything")
  }

  @Test func presetsAreSettings() throws {
    var state = editor { $0.presets["mine"] = ["steps 5", "strength 0.3"] }
    state.type(":preset mine<Enter>")
    #expect(state.settings.steps == 5 && state.settings.strength == 0.3)
    #expect(state.message?.text == "preset mine: steps 5, strength 0.3")
    state.type(":preset draft<Enter>")
    #expect(state.settings.steps == 1)
    state.type(":preset none<Enter>")
    #expect(state.message?.isError == true)
    state.type(":preset mi<Tab>")
    let line = try #require(state.prompt?.commandLine)
    #expect(line.string == "preset mine")
  }

  @Test func theStartIsNothingToUndo() {
    var state = EditorState.tiny("....\n....")
    _ = state.handle(.start(["live stroke", "steps 7"]))
    #expect(state.live == .stroke)
    #expect(state.settings.steps == 7)
    #expect(state.canvas.history.undoCount == 0)
  }

  @Test(arguments: [
    ("b", Key.character("b")), ("Space", .character(" ")), ("Ctrl+S", .control("s")),
    ("Alt+x", .alt("x")), ("F10", .function(10)), ("PgUp", .pageUp), ("Ctrl+Left", .controlLeft),
    ("=", .character("=")), ("F13", nil), ("Ctrl+", nil), ("", nil), ("Strg+S", nil),
  ])
  func keyNames(label: String, key: Key?) {
    #expect(Key(label: label) == key)
    if let key { #expect(key.label == label) }
  }

  @Test func everyStandardKeyCanBeNamed() {
    for key in Binding.standard.flatMap(\.keys) { #expect(Key(label: key.label) == key) }
  }
}
