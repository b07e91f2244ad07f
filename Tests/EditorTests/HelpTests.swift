import Editor
import Raster
import Testing

@Suite struct HelpTests {
  /// All that is on the screen, from the top to the bottom of help.
  private func pages(_ state: EditorState) -> String {
    var state = state
    var text = ""
    var before = ""
    for _ in 0..<400 {
      let screen = Editor.draw(state)
      let now = (0..<screen.rows - 1).map { screen.text(row: $0) }.joined(separator: "\n")
      if now == before { break }
      text += now + "\n"
      before = now
      _ = state.handle(.key(.down))
    }
    return text
  }

  private func words(_ text: String) -> Set<Substring> {
    Set(text.split { $0 == " " || $0 == "\n" })
  }

  /// Every word of help is there, whole, by scrolling alone.
  @Test(arguments: [(32, 8), (60, 20), (80, 24), (100, 30), (160, 60), (200, 50)])
  func nothingIsCut(columns: Int, rows: Int) {
    var state = EditorState.tiny("..\n..")
    _ = state.handle(.resize(columns: columns, rows: rows))
    state.type("?")
    let seen = words(pages(state))
    for line in state.helpLines {
      for word in words(line.words + " " + (line.keys ?? "")) {
        #expect(seen.contains(word), "\(word)")
      }
    }
  }

  /// A key is in help wherever it is bound, by the name that it has now.
  @Test func everyBoundKeyHasALine() {
    var state = EditorState.tiny("..\n..")
    let lines = state.helpLines.compactMap(\.keys)
    for binding in Binding.standard {
      guard case .swatch = binding.action else {
        let label = binding.keys[0].label
        #expect(
          lines.contains { $0.split(separator: " ").contains { $0 == label } }, "\(label)")
        continue
      }
    }
    var own = Customization()
    own.bindings = [
      .init(key: .character("{"), line: "none"), .init(key: .function(2), line: "preset draft"),
      .init(key: .character("b"), line: "steps 9"),
    ]
    state.customize(own)
    let mine = state.helpLines
    #expect(mine.contains { $0.keys == "}" && $0.words == "harder, softer edge" })
    #expect(mine.contains { $0.keys == "F2" && $0.words == ":preset draft" })
    #expect(!mine.contains { $0.words == "brush" })
  }

  @Test func sixEssentialsComeFirst() {
    var state = EditorState.tiny("..\n..")
    state.type("?")
    let keys = state.helpLines.prefix(8).map { $0.keys ?? "title" }
    let six = ["Space", "Enter", "a", "u Ctrl+Z", "Ctrl+S :w NAME", "q"]
    #expect(keys == ["title"] + six + ["title"])
  }

  /// Keys in help, a text that is seen, one that is not, and whether it is still open.
  @Test(arguments: [
    ("?", "brush", "nothing has", true), ("?wipe", "wipe between two", "eraser", true),
    ("?wipe<BS><BS><BS><BS>", "brush", "nothing has", true),
    ("?xyzzy", "nothing has that", "brush", true),
    ("?<Esc>", "Space or drag", "FIRST", false), ("?<Enter>", "Space or drag", "FIRST", false),
    ("??", "Space or drag", "FIRST", false), ("?wipe<Esc>", "Space or drag", "FIRST", false),
    ("?q", "quit", "swap", true), ("?<C-u>", "brush", "nothing has", true),
  ])
  func filtering(keys: String, sees: String, misses: String, isOpen: Bool) {
    var state = EditorState.tiny("..\n..")
    _ = state.handle(.resize(columns: 160, rows: 60))
    state.type(keys)
    _ = state.handle(.tick(milliseconds: 20_000))
    let screen = Editor.draw(state)
    let text = (0..<60).map { screen.text(row: $0) }.joined(separator: "\n")
    #expect(text.contains(sees) && !text.contains(misses))
    #expect((state.help != nil) == isOpen)
  }

  /// Keys that mean nothing, and what is said.
  @Test(arguments: [
    ("Q", "Q does nothing; q: quit"), ("#", "# does nothing; ? lists the keys"),
    ("B", "B does nothing; b: brush"), ("<C-a>", "Ctrl+A does nothing; a: accept the result"),
    ("<Home>", "Home does nothing; Ctrl+Left: move the view; middle drag too"),
  ])
  func unknownKeys(key: String, says: String) {
    var state = EditorState.tiny("..\n..")
    state.type(key)
    #expect(state.message?.text == says)
  }

  /// Lines that mean nothing, and what is said.
  @Test(arguments: [
    ("genrate", "no command genrate; did you mean :generate?"),
    ("gen", "no command gen; did you mean :generate?"),
    ("stpes 3", "no command stpes; did you mean :steps?"),
    ("quit", "no command quit; did you mean :q?"), ("open", "no command open; did you mean :e?"),
    ("xyzzy", "no command xyzzy; Tab lists them, ? explains"),
    ("set strenght=1", "no setting strenght; did you mean strength?"),
  ])
  func unknownCommands(line: String, says: String) {
    var state = EditorState.tiny("..\n..")
    state.type(":" + line + "<Enter>")
    #expect(state.message?.text == says)
  }
}
