import Editor
import Foundation
import Raster
import Terminal
import Testing
import tessera

/// Bytes, sizes and lines as they should never be.
@Suite(.serialized) struct RobustnessTests {
  /// 60,000 bytes; TESSERA_FUZZ_BYTES asks for another number.
  private static let byteCount =
    ProcessInfo.processInfo.environment["TESSERA_FUZZ_BYTES"].flatMap { Int($0) } ?? 60_000

  private static func state() -> EditorState {
    EditorState(
      picture: RGBA8(width: 64, height: 48, filledWith: (90, 120, 150, 255)), name: "opened.png")
  }

  /// Random bytes typed and random sizes set while the whole front runs: it neither ends nor hangs, and
  /// draws its screen at the next size. Where the bytes leave the program, it begins again.
  @Test func anyBytesAndSizesDoNoHarm() async throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let path = pty.path
    async let exit: ExitTest.Result? = #expect(processExitsWith: .signal(SIGHUP)) {
      [path = path as String] in
      // Nobody waits for a front that hangs.
      alarm(300)
      let queue = try #require(EventQueue())
      let terminal = try Pty.claim(path, queue)
      while true {
        var session = Session(
          terminal: terminal, queue: queue, generator: TestGenerator(), files: TestFiles(),
          state: RobustnessTests.state())
        session.run()
      }
    }
    #expect(pty.wait(for: "SPARSE"))
    var random = Seeded(11)
    let likely = Array(
      "\u{1B}\u{1B}[[<;;;0123456789MmAOP_]?$ycu~\\ hjkl.bnefr/O]:w\rua?GtDTXcCvs|\t<>+-zZ".utf8)
    var sent = 0
    while sent < Self.byteCount {
      let portion = (0..<Int.random(in: 1...400, using: &random)).map { _ in
        Bool.random(using: &random)
          ? likely.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
      }
      guard pty.send(portion) else { break }
      sent += portion.count
      if Int.random(in: 0..<8, using: &random) == 0 {
        pty.resize(
          columns: Int.random(in: 1...300, using: &random),
          rows: Int.random(in: 1...90, using: &random))
      }
    }
    #expect(sent >= Self.byteCount)
    // Whatever was begun ends: a paste, a sequence, a command line, help, hidden bars.
    pty.type("\u{1B}[201~\u{18}\u{1B}\\")
    usleep(600_000)
    pty.resize(columns: 91, rows: 33)
    // A prompt, help or a run may be open, and end first; then the whole screen is drawn again.
    var isAlive = false
    for key in ["\u{1B}", "\u{1B}", "n"] where !isAlive {
      pty.type(key)
      usleep(300_000)
      let before = pty.byteCount
      pty.type("\u{C}")
      for _ in 0..<60 where !isAlive {
        usleep(50_000)
        isAlive = pty.byteCount > before + 1000
      }
    }
    #expect(isAlive)
    pty.hangUp()
    _ = await exit
  }

  /// A stroke dragged over a limited line: no more bytes than allowed, and at its end the screen shows
  /// it.
  @Test func aDragStaysWithinTheLimit() throws {
    let pty = try #require(Pty(columns: 160, rows: 50))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(Pty.trueColor)
    try terminal.claim()
    defer { terminal.restore() }
    let limit = 60_000
    terminal.limitOutput(bytesPerSecond: limit)
    var picture = RGBA8(width: 400, height: 300, filledWith: (0, 0, 0, 255))
    var random = Seeded(5)
    for index in picture.samples.indices where index % 4 != 3 {
      picture.samples[index] = .random(in: 0...255, using: &random)
    }
    var state = EditorState(picture: picture, name: "noise.png", columns: 160, rows: 50)
    state.primary = Color(255, 0, 0)
    _ = state.handle(.terminal(terminal.facts))
    let start = ContinuousClock.now
    func elapsed() -> Double {
      let passed = (ContinuousClock.now - start).components
      return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
    }
    pty.type("\u{1B}[<0;20;25M")
    var column = 20
    while elapsed() < 1.2 {
      column = column == 60 ? 20 : column + 1
      pty.type("\u{1B}[<32;\(column);\(21 + column / 5)M")
      for event in terminal.events(within: 5) { _ = state.handle(event) }
      if terminal.isReady { terminal.draw(Editor.draw(state)) }
    }
    #expect(Double(pty.byteCount) <= Double(limit) * (elapsed() + 0.1) * 1.02)
    #expect(pty.byteCount > limit / 2)
    #expect(state.canvas.isStroking)
    terminal.limitOutput(bytesPerSecond: nil)
    for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
    terminal.draw(Editor.draw(state))
    for _ in 0..<500 where !terminal.isReady { _ = terminal.events(within: 10) }
    #expect(pty.wait(for: "2;255;0;0m"))
  }
}
