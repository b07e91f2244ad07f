import Editor
import Glibc
import Terminal
import Testing

/// What every way out must have sent: mouse, paste and synchronised update off, margins off, the
/// ordinary screen and attributes back.
let restoring = [
  "\u{1B}[?1003l", "\u{1B}[?1002l", "\u{1B}[?1006l", "\u{1B}[?2004l", "\u{1B}[?2026l",
  "\u{1B}[?6l", "\u{1B}[?69l", "\u{1B}[r", "\u{1B}[?7h", "\u{1B}[?1049l\u{1B}[0m",
]

@Suite(.serialized) struct CursesTerminalTests {
  private func screen(_ text: String, columns: Int = 40, rows: Int = 12) -> Screen {
    var screen = Screen(columns: columns, rows: rows)
    screen.write(
      text, column: 2, row: 3,
      Screen.Style(foreground: Color(1, 2, 3), background: Color(250, 100, 50)))
    return screen
  }

  @Test func claimsDrawsAndGivesBack() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let before = pty.modes
    let (terminal, _) = try pty.terminal()
    try terminal.claim()
    #expect(pty.modes != before)
    #expect(terminal.size == (40, 12))
    #expect(terminal.depth == .palette)
    terminal.draw(screen("hello"))
    #expect(pty.wait(for: "hello"))
    terminal.restore()
    #expect(pty.wait(for: "\u{1B}[?1049l"))
    for mark in restoring { #expect(pty.output.contains(mark)) }
    #expect(pty.modes == before)
  }

  @Test func directColourNeedsNoInstalledEntry() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.trueColor)
    try terminal.claim()
    #expect(terminal.depth == .direct)
    #expect(getenv("TERMINFO") == nil)
    terminal.draw(screen("hello"))
    #expect(pty.wait(for: "\u{1B}[38;2;1;2;3m"))
    #expect(pty.wait(for: "\u{1B}[48;2;250;100;50m"))
    terminal.restore()
  }

  @Test func onlyChangedCellsAreSent() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal()
    try terminal.claim()
    terminal.draw(screen("hello"))
    #expect(pty.wait(for: "hello"))
    let before = pty.output.utf8.count
    terminal.draw(screen("hellO"))
    #expect(pty.wait(for: "O"))
    terminal.draw(screen("hellO"))
    #expect(pty.output.utf8.count - before < 120)
    terminal.restore()
  }

  /// A lone escape is a key after its delay, however often other events wake the terminal.
  @Test func escapeComesThroughAFlood() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, queue) = try pty.terminal()
    try terminal.claim()
    defer { terminal.restore() }
    pty.type("\u{1B}")
    var events: [Event] = []
    for tick in 0..<400 where !events.contains(.key(.escape)) {
      queue.post(.tick(milliseconds: tick))
      usleep(2000)
      events += terminal.events(within: 200)
    }
    #expect(events.contains(.key(.escape)))
  }

  @Test func readsKeysMiceAndPosts() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, queue) = try pty.terminal()
    try terminal.claim()
    defer { terminal.restore() }
    pty.type("q\u{1B}[<0;5;6M\u{1B}")
    var events: [Event] = []
    for _ in 0..<20 where events.count < 3 { events += terminal.events(within: 200) }
    #expect(
      events == [
        .key(.character("q")), .mouse(Mouse(.down, .left, column: 4, row: 5)), .key(.escape),
      ])
    queue.post(.tick(milliseconds: 5))
    #expect(terminal.events(within: 5000) == [.tick(milliseconds: 5)])
    #expect(terminal.events(within: 0).isEmpty)
  }

  /// What the terminal answers that it has is used, and taken back at the end.
  @Test func enhancementsOnlyWhereAnswered() throws {
    let pty = try #require(Pty(columns: 40, rows: 12, cell: (8, 16)))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal()
    try terminal.claim()
    terminal.draw(screen("one"))
    #expect(pty.wait(for: "one"))
    #expect(pty.output.contains("\u{1B}[?2026$p"))
    #expect(!pty.output.contains("\u{1B}[?2026h") && !pty.output.contains("\u{1B}[>1u"))
    pty.type("\u{1B}[?2026;2$y\u{1B}[?1016;2$y\u{1B}[?0u\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;4c")
    var facts: TerminalFacts?
    for _ in 0..<50 where facts == nil {
      for case .terminal(let answered) in terminal.events(within: 100) { facts = answered }
    }
    #expect(facts?.graphics == .kitty)
    #expect(facts?.cellWidth == 8 && facts?.cellHeight == 16)
    terminal.draw(screen("two"))
    #expect(pty.wait(for: "\u{1B}[?2026h"))
    #expect(pty.wait(for: "\u{1B}[>1u") && pty.wait(for: "\u{1B}[?1016h"))
    pty.type("\u{1B}[<0;25;25M")
    var mouse: Mouse?
    for _ in 0..<50 where mouse == nil {
      for case .mouse(let report) in terminal.events(within: 100) { mouse = report }
    }
    #expect(mouse?.column == 3 && mouse?.row == 1)
    terminal.restore()
    #expect(pty.wait(for: "\u{1B}[<u"))
    for mark in restoring { #expect(pty.wait(for: mark)) }
  }

  /// Panes in pixels: all of them once, then only what a key changes; taken away before help is drawn
  /// and when leaving.
  @Test(arguments: ["kitty", "sixel"]) func panesAreSentInTiles(graphics: String) throws {
    let pty = try #require(Pty(columns: 60, rows: 20, cell: (6, 12)))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.trueColor)
    try terminal.claim()
    var state = EditorState(
      picture: RGBA8Samples.gradient(120, 80), name: "a.png", columns: 60, rows: 20)
    pty.type(
      graphics == "kitty" ? "\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62c" : "\u{1B}[?1;0;64S\u{1B}[?62;4c")
    for _ in 0..<50 where state.graphics == nil {
      for event in terminal.events(within: 100) { _ = state.handle(event) }
    }
    try #require(state.graphics?.rawValue == graphics)
    _ = state.handle(.tick(milliseconds: 1000))
    var former: Screen?
    /// What is sent for the keys, as often as pictures begin in it.
    func sent(_ keys: String) -> (text: String, pictures: Int) {
      let before = pty.byteCount
      for key in keys { _ = state.handle(.key(key == "\u{1B}" ? .escape : .character(key))) }
      let screen = Editor.draw(state, after: former)
      former = screen
      terminal.draw(screen)
      for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
      var count = -1
      while count != pty.byteCount {
        count = pty.byteCount
        usleep(50_000)
      }
      let text = String(decoding: Array(pty.output.utf8).dropFirst(before), as: UTF8.self)
      return (text, text.matches(of: /\u{1B}_Ga=T|\u{1B}P0;1;0q/).count)
    }
    let first = sent("")
    let tiles = try #require(former?.pictures.first?.tiles.count)
    #expect(first.pictures == tiles && tiles > 4)
    #expect(first.text.contains("#63;2;") == (graphics == "sixel"))
    #expect(!first.text.contains("#64;2;"))
    #expect((1..<tiles).contains(sent(".").pictures))
    let help = sent("?")
    #expect(help.pictures == 0)
    #expect(help.text.matches(of: /\u{1B}_Ga=d/).count == (graphics == "kitty" ? tiles : 0))
    #expect(sent("\u{1B}").pictures == tiles)
    terminal.restore()
    if graphics == "kitty" {
      #expect(pty.wait(for: "\u{1B}_Ga=d,d=I,i=7301,q=2\u{1B}\\"))
    }
  }

  /// A line that takes nothing holds nobody up: keys are read, and the newest screen arrives at last.
  @Test func aStoppedLineHoldsNothingUp() throws {
    let pty = try #require(Pty(columns: 200, rows: 60, reads: false))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.trueColor)
    try terminal.claim()
    var random = Seeded(3)
    func noise() -> Screen {
      func level() -> UInt8 { .random(in: 0...255, using: &random) }
      var noise = Screen(columns: 200, rows: 60)
      for index in noise.cells.indices {
        noise.cells[index] = Cell(
          glyph: "▀", foreground: Color(level(), level(), level()),
          background: Color(level(), level(), level()), attributes: .picture)
      }
      return noise
    }
    for _ in 0..<3 where terminal.isReady { terminal.draw(noise()) }
    #expect(!terminal.isReady)
    pty.type("q")
    #expect(terminal.events(within: 5000) == [.key(.character("q"))])
    pty.startReader()
    for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
    #expect(terminal.isReady)
    terminal.draw(screen("at last", columns: 200, rows: 60))
    for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
    #expect(pty.wait(for: "at last"))
    terminal.restore()
  }

  @Test(arguments: [
    (["TERM": "nonsense"], TerminalError.unknown("nonsense")), ([:], .unnamed),
    (["TERM": ""], .unnamed), (["TERM": "dumb"], .tooPlain("dumb")),
  ])
  func refusals(environment: [String: String], error: TerminalError) throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let before = pty.modes
    let (terminal, _) = try pty.terminal(environment)
    #expect(throws: error) { try terminal.claim() }
    #expect(pty.modes == before)
    #expect(pty.output.isEmpty)
    #expect(!error.description.contains("\n"))
    #expect(error.exitCode == 69)
  }

  @Test func familiesOfXtermWorkWithoutTheirEntry() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(["TERM": "xterm-ghostty-none"])
    try terminal.claim()
    terminal.restore()
  }

  @Test func aPipeIsNoTerminal() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let queue = try #require(EventQueue())
    let terminal = CursesTerminal(
      input: ends[0], output: ends[1], queue: queue, environment: Pty.environment)
    let error = #expect(throws: TerminalError.notATerminal("standard input")) {
      try terminal.claim()
    }
    #expect(error?.exitCode == 69)
  }

  /// More pairs than curses has: the table is emptied and the screen still comes out right.
  @Test func runningOutOfPairsStartsAgain() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(["TERM": "linux", "LANG": "C.UTF-8"])
    try terminal.claim()
    for round in 0..<3 {
      var random = Seeded(UInt64(round))
      var all = Screen(columns: 80, rows: 24)
      for index in all.cells.indices {
        func level() -> UInt8 { .random(in: 0...255, using: &random) }
        all.cells[index] = Cell(
          glyph: "x", foreground: Color(level(), level(), level()),
          background: Color(level(), level(), level()))
      }
      terminal.draw(all)
    }
    terminal.draw(screen("still here", columns: 80, rows: 24))
    for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
    #expect(pty.wait(for: "still here"))
    terminal.restore()
  }
}
