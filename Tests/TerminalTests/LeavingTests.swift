import Editor
import Foundation
import Glibc
import Terminal
import Testing

/// The terminal comes back on every way out; each way is one child process.
@Suite(.serialized) struct WaysOutTests {
  /// Claims the terminal at `path` and draws once.
  static func claim(_ path: String) throws -> CursesTerminal {
    let terminal = try Pty.claim(path, try #require(EventQueue()))
    terminal.draw(Screen(columns: 40, rows: 12))
    return terminal
  }

  private func check(_ pty: Pty, before: [UInt32]) {
    #expect(pty.wait(for: "\u{1B}[?1049l"))
    for mark in restoring { #expect(pty.output.contains(mark)) }
    #expect(pty.output.contains("\u{1B}[?25h"))
    #expect(pty.modes == before)
    pty.finish()
  }

  /// Every signal that ends a process and can be caught, those for real time too.
  @Test(
    arguments: [
      SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2,
      SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR,
      SIGSYS, 34, 64,
    ])
  func signals(number: Int32) async throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    let before = pty.modes
    let path = pty.path
    await #expect(processExitsWith: .signal(number)) {
      [path = path as String, number = number as Int32] in
      // Whoever started the tests may ignore it.
      signal(number, SIG_DFL)
      let terminal = try WaysOutTests.claim(path)
      // To the process: the pool thread that runs this blocks most signals.
      kill(getpid(), number)
      sleep(10)
      terminal.restore()
    }
    check(pty, before: before)
  }

  @Test func aTrap() async throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    let before = pty.modes
    let path = pty.path
    await #expect(processExitsWith: .failure) { [path = path as String] in
      let terminal = try WaysOutTests.claim(path)
      let empty: [Int] = []
      let index = Int(getpid())
      _ = empty[index]
      terminal.restore()
    }
    check(pty, before: before)
  }

  /// What is ignored stays ignored, as of a program that `nohup` starts.
  @Test func ignoredSignalsStaySo() async throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    let path = pty.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGHUP, SIG_IGN)
      let terminal = try WaysOutTests.claim(path)
      kill(getpid(), SIGHUP)
      terminal.restore()
      exit(0)
    }
    pty.finish()
  }

  /// Where no shell controls jobs the system drops the stop: the program goes on and says so.
  @Test func suspendingWithoutAShell() async throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    let path = pty.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      setsid()
      let terminal = try WaysOutTests.claim(path)
      kill(getpid(), SIGTSTP)
      var events: [Event] = []
      for _ in 0..<50 where !events.contains(.notSuspended) {
        events += terminal.events(within: 100)
      }
      #expect(events.contains(.notSuspended))
      var screen = Screen(columns: 40, rows: 12)
      screen.write(
        "goes on", column: 2, row: 3, Screen.Style(foreground: .white, background: .black))
      terminal.draw(screen)
      for _ in 0..<100 where !terminal.isReady { _ = terminal.events(within: 10) }
      terminal.restore()
      exit(0)
    }
    let parts = pty.output.components(separatedBy: "\u{1B}[?1049l")
    #expect(parts.count == 3)
    #expect(parts.dropFirst().first?.contains("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?1002h") == true)
    #expect(parts.dropFirst().first?.contains("goes on") == true)
    pty.finish()
  }

  /// Nothing is changed that the terminal cannot be asked to change back: no scroll region, palette,
  /// title or cursor shape, and no colours but its own outside of the cells.
  @Test(arguments: [
    "xterm-256color", "xterm", "st-256color", "alacritty", "linux", "screen-256color", "vt220",
  ])
  func nothingElseIsTouched(term: String) throws {
    let pty = try #require(Pty(columns: 100, rows: 40))
    let (terminal, _) = try pty.terminal(["TERM": term, "LANG": "C.UTF-8"])
    do { try terminal.claim() } catch { return pty.finish() }
    for text in ["one", "two"] {
      var screen = Screen(columns: 100, rows: 40)
      screen.write(text, column: 2, row: 39, Screen.Style(foreground: .white, background: .black))
      terminal.draw(screen)
    }
    pty.resize(columns: 90, rows: 50)
    terminal.draw(Screen(columns: 90, rows: 50))
    for _ in 0..<100 where !terminal.isReady { _ = terminal.events(within: 10) }
    terminal.restore()
    #expect(pty.wait(for: "\u{1B}[?1049l"))
    let touched = [
      /\u{1B}\[\d+;\d+r/, /\u{1B}\]\d+/, /\u{1B}\[\d+;\d+;\d+t/, /\u{1B}\[\?12[hl]/, /\u{1B}c/,
      /\u{1B}\[!p/, /\u{1B}\[\d+ q/,
    ]
    for pattern in touched { #expect(pty.output.firstMatch(of: pattern)?.output == nil) }
    pty.finish()
  }

  @Test func anOrdinaryEnd() async throws {
    let pty = try #require(Pty(columns: 40, rows: 12))
    let before = pty.modes
    let path = pty.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      try WaysOutTests.claim(path).restore()
      exit(0)
    }
    check(pty, before: before)
  }
}
