import Dispatch
import Editor
import Glibc
import Terminal
import Testing

extension Pty {
  /// Answers as a terminal does, as soon as the program has written something.
  func answer(_ question: String, with answer: String) {
    DispatchQueue.global().async {
      if self.wait(for: question) { self.type(answer) }
    }
  }
}

@Suite(.serialized) struct AskingTests {
  private static let fence = "\u{1B}[?62;22c"

  private func screen() -> Screen {
    var screen = Screen(columns: 40, rows: 12)
    screen.write(
      "a", column: 2, row: 3, Screen.Style(foreground: Color(9, 99, 199), background: .black))
    return screen
  }

  /// What terminals answer, and how many colours they are then driven with.
  @Test(arguments: [
    ("xterm", "\u{1B}P1$r0;38:2::1:2:3m\u{1B}\\", ColorDepth.direct),
    ("xterm-256color", "\u{1B}P1$r0;38:2:1:2:3m\u{1B}\\", .direct),
    ("xterm-256color", "\u{1B}P1$r38;2;1;2;3m\u{1B}\\", .direct),
    ("xterm", "\u{1B}P1$r0;38:5:16m\u{1B}\\", .palette),
    ("xterm-256color", "\u{1B}P1$r0m\u{1B}\\", .palette),
    ("xterm", "\u{1B}P1$r0m\u{1B}\\", .eight), ("xterm", "", .eight),
    ("xterm-256color", "\u{1B}P1+r5463\u{1B}\\", .direct),
    ("xterm", "\u{1B}P1+r524742=38\u{1B}\\\u{1B}P0+r5463\u{1B}\\", .direct),
    ("xterm", "\u{1B}P0+r524742\u{1B}\\", .eight),
    ("xterm-256color", "\u{1B}P>|kitty(0.41.1)\u{1B}\\", .direct),
    ("xterm-256color", "\u{1B}P>|tmux 3.5a\u{1B}\\", .palette),
  ])
  func coloursAreAskedFor(term: String, answers: String, depth: ColorDepth) throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(["TERM": term, "LANG": "C.UTF-8"])
    pty.answer("\u{1B}[c", with: answers + Self.fence)
    try terminal.claim()
    defer { terminal.restore() }
    for _ in 0..<20 where terminal.depth != depth { _ = terminal.events(within: 50) }
    #expect(terminal.depth == depth)
    terminal.draw(screen())
    let sent: [ColorDepth: String] = [
      .direct: "\u{1B}[38;2;9;99;199m", .palette: "\u{1B}[38;5;", .eight: "\u{1B}[34m",
    ]
    #expect(pty.wait(for: sent[depth] ?? "?"))
  }

  /// A wish for colours is kept, whatever the terminal says.
  @Test(arguments: [
    (["NO_COLOR": "1"], ColorDepth.mono), (["TESSERA_COLOR": "16"], .sixteen),
    (["COLORTERM": "truecolor"], .direct),
  ])
  func wishesHold(variables: [String: String], depth: ColorDepth) throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.environment.merging(variables) { $1 })
    pty.answer("\u{1B}[c", with: "\u{1B}P1$r38;2;1;2;3m\u{1B}\\" + Self.fence)
    try terminal.claim()
    defer { terminal.restore() }
    _ = terminal.events(within: 200)
    #expect(terminal.depth == depth)
  }

  /// An answer behind the first picture: that is drawn again, in all colours.
  @Test func lateAnswersSwitchOver() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal()
    try terminal.claim()
    defer { terminal.restore() }
    terminal.draw(screen())
    #expect(pty.wait(for: "\u{1B}[38;5;"))
    pty.type("q\u{1B}P1$r38;2;1;2;3m\u{1B}\\" + Self.fence)
    var events: [Event] = []
    for _ in 0..<50 where terminal.depth != .direct { events += terminal.events(within: 100) }
    #expect(events.first == .key(.character("q")))
    #expect(events.contains(.terminal(terminal.facts)))
    terminal.draw(screen())
    #expect(pty.wait(for: "\u{1B}[38;2;9;99;199m"))
  }

  /// Keys that were typed while the terminal was asked are not lost.
  @Test func keysTypedMeanwhileCount() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal()
    pty.answer("\u{1B}[c", with: "ab" + Self.fence)
    try terminal.claim()
    defer { terminal.restore() }
    var events: [Event] = []
    for _ in 0..<50 where events.count < 2 { events += terminal.events(within: 100) }
    #expect(events.prefix(2) == [.key(.character("a")), .key(.character("b"))])
  }

  /// Answers and reports that are still under way when the program leaves do not reach the shell.
  @Test func nothingArrivesAfterLeaving() throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal()
    pty.answer(
      "\u{1B}[5n", with: "\u{1B}P>|XTerm(390)\u{1B}\\\u{1B}[<35;3;4M" + Self.fence + "\u{1B}[0n")
    try terminal.claim()
    terminal.restore()
    #expect(pty.wait(for: "\u{1B}[5n"))
    usleep(50_000)
    var waiting: Int32 = 0
    var modes = termios()
    tcgetattr(pty.far, &modes)
    modes.c_lflag &= ~UInt32(ICANON)
    tcsetattr(pty.far, TCSANOW, &modes)
    #expect(ioctl(pty.far, UInt(FIONREAD), &waiting) == 0 && waiting == 0)
  }

  /// Motion is reported where the terminal can; a network is spared it.
  @Test(arguments: [(["": ""], true), (["SSH_CONNECTION": "a b c d"], false)])
  func motionIsAskedFor(variables: [String: String], isOn: Bool) throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.environment.merging(variables) { $1 })
    pty.answer("\u{1B}[c", with: "\u{1B}[?1003;2$y\u{1B}[?2026;2$y" + Self.fence)
    try terminal.claim()
    defer { terminal.restore() }
    for _ in 0..<5 { _ = terminal.events(within: 50) }
    terminal.draw(screen())
    #expect(pty.wait(for: "\u{1B}[?2026h"))
    #expect(pty.output.contains("\u{1B}[?1003h") == isOn)
  }

  @Test func overtakenMotionIsDropped() {
    func move(_ column: Int) -> Event { .mouse(Mouse(.move, .none, column: column, row: 0)) }
    func drag(_ column: Int) -> Event { .mouse(Mouse(.drag, .left, column: column, row: 0)) }
    let events = [move(1), move(2), .key(.enter), drag(3), drag(4), move(5), move(6), move(7)]
    #expect(
      CursesTerminal.withoutOvertakenMotion(events) == [
        move(2), .key(.enter), drag(3), drag(4), move(7),
      ])
  }

  /// What terminals draw themselves, by their answer or by what they tell their programs.
  @Test(arguments: [
    ("kitty(0.41.1)", [:], Glyphs.octant), ("kitty(0.26.5)", [:], .sextant),
    ("foot(1.20.2)", [:], .octant), ("foot(1.13.1)", [:], .sextant),
    ("ghostty 1.2.0", [:], .octant), ("ghostty 1.0.2-main+5cb2fa6f", [:], .sextant),
    ("VTE(7802)", [:], .octant), ("VTE(7006)", [:], .sextant),
    ("WezTerm 20240203-110809-5046fc22", [:], .sextant), ("XTerm(390)", [:], .quadrant),
    ("tmux 3.5a", ["VTE_VERSION": "7802"], .quadrant), ("", [:], .quadrant),
    ("", ["VTE_VERSION": "7802"], .octant),
    ("", ["VTE_VERSION": "7802", "TMUX": "x"], .quadrant),
    ("", ["TERM": "xterm-kitty"], .quadrant), ("", ["TERM": "xterm"], .quadrant),
    ("", ["VTE_VERSION": "nonsense"], .quadrant),
    ("", ["TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.3"], .octant),
  ])
  func finestGlyphs(answer: String, environment: [String: String], glyphs: Glyphs) {
    #expect(
      KnownTerminal(answer: answer.isEmpty ? nil : answer, environment: environment)
        .finestGlyphs == glyphs)
  }
}
