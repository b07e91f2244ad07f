import Editor
import Glibc
import Raster
import Synchronization
import Terminal
import Testing
import tessera

/// An engine for tests: paints the mask green, at once or when told to.
final class TestGenerator: Generator {
  private let log = Mutex<[String]>([])
  private let answersAtOnce: Bool

  init(answersAtOnce: Bool = true) { self.answersAtOnce = answersAtOnce }

  var calls: [String] { log.withLock { $0 } }
  private func note(_ call: String) { log.withLock { $0.append(call) } }

  func prepare(original: RGBA8, settings: GenerationSettings, post: @escaping EngineSink) {
    note("prepare")
    post(
      .modelReady(ModelFacts(name: "test", tileSide: 8, dilation: 5, steps: 4, strength: 1)))
    post(.prepared(cacheBytes: 1_000_000))
  }

  func generate(
    _ request: GenerateRequest, original: RGBA8, edited: RGBA8, post: @escaping EngineSink
  ) {
    note("generate \(request.settings.mode.rawValue)")
    guard answersAtOnce else { return }
    var pixels = edited
    for index in request.mask.values.indices where request.mask.values[index] != 0 {
      pixels.samples[4 * index + 1] = 255
    }
    for step in 1...4 {
      post(.progress(id: request.id, RunProgress(step: step, steps: 4, tiles: 3)))
    }
    post(
      .finished(
        EngineResult(
          id: request.id, origin: Point(x: 0, y: 0), pixels: pixels, settings: request.settings,
          editFraction: 0.1, tilesActive: 3, tilesTotal: 16, macsExecuted: 20, macsDense: 100,
          seconds: 0.25)))
  }

  func cancel() { note("cancel") }
  func accept(id: Int, original: RGBA8, post: @escaping EngineSink) { note("accept \(id)") }
  func discard() { note("discard") }
  func rebase(original: RGBA8, area: Area, post: @escaping EngineSink) { note("rebase") }
  func shutDown() { note("shutDown") }
}

/// Files that are only memory.
final class TestFiles: PictureFiles {
  private let saved = Mutex<[String: RGBA8]>([:])
  private let existing: Set<String>
  init(existing: Set<String> = []) { self.existing = existing }

  subscript(path: String) -> RGBA8? { saved.withLock { $0[path] } }

  func write(
    _ picture: RGBA8, as request: SaveRequest, generations: [RunFacts]
  ) throws(PictureFileError) -> String? {
    let path = request.path ?? "opened.png"
    if existing.contains(path), !request.overwrite { throw .objection(.exists) }
    if path.hasPrefix("/nowhere") { throw .failed(message: "cannot create \(path)") }
    saved.withLock { $0[path] = picture }
    return nil
  }
}

@Suite struct SessionTests {
  private static let picture = RGBA8(width: 64, height: 48, filledWith: (90, 120, 150, 255))

  /// Plays keys, one call of `events` each, then `:q!`.
  private func play(
    _ keys: [Key], generator: TestGenerator = TestGenerator(), files: TestFiles = TestFiles()
  ) throws -> (EditorState, MemoryTerminal) {
    let queue = try #require(EventQueue())
    let leave: [Key] = [.character(":"), .character("q"), .character("!"), .enter]
    let terminal = MemoryTerminal(
      columns: 80, rows: 24, script: (keys + leave).map { [.key($0)] }, queue: queue)
    var session = Session(
      terminal: terminal, queue: queue, generator: generator, files: files,
      state: EditorState(picture: Self.picture, name: "opened.png"))
    session.run()
    return (session.state, terminal)
  }

  @Test func paintRegenerateAccept() throws {
    let generator = TestGenerator()
    let (state, _) = try play(
      [.character("."), .enter, .escape, .character("a")], generator: generator)
    #expect(generator.calls == ["prepare", "generate sparse", "accept 1", "shutDown"])
    #expect(state.canvas.original != Self.picture)
    #expect(state.canvas.touchedCount == 0)
    #expect(state.lastSeconds == [.sparse: 0.25])
  }

  @Test func aSilentEngineHoldsNothingUp() throws {
    let generator = TestGenerator(answersAtOnce: false)
    let (state, _) = try play(
      [.character("."), .enter, .character("l"), .character("."), .escape], generator: generator)
    #expect(generator.calls == ["prepare", "generate sparse", "cancel", "shutDown"])
    #expect(state.canvas.history.undoCount == 2)
  }

  @Test func undoOfAnAcceptReachesTheEngine() throws {
    let generator = TestGenerator()
    _ = try play(
      [.character("."), .enter, .escape, .character("a"), .character("u")], generator: generator)
    #expect(generator.calls == ["prepare", "generate sparse", "accept 1", "rebase", "shutDown"])
  }

  @Test func aSaveIsFinishedBeforeLeaving() throws {
    let files = TestFiles()
    let (state, _) = try play([.character("."), .control("s")], files: files)
    #expect(files["opened.png"] == state.canvas.edited)
  }
}

/// The whole front in a real terminal, typed at from outside.
@Suite(.serialized) struct WholeFrontTests {
  @Test func paintRegenerateSaveAndLeave() async throws {
    let pty = try #require(Pty(columns: 100, rows: 30))
    let before = pty.modes
    let path = pty.path
    async let exit: ExitTest.Result? = #expect(
      processExitsWith: .success, observing: []
    ) { [path = path as String] in
      let queue = try #require(EventQueue())
      let terminal = try Pty.claim(path, queue)
      let files = TestFiles(existing: ["opened.png"])
      var session = Session(
        terminal: terminal, queue: queue, generator: TestGenerator(), files: files,
        state: EditorState(
          picture: RGBA8(width: 64, height: 48, filledWith: (90, 120, 150, 255)),
          name: "opened.png"))
      session.run()
      terminal.restore()
      let saved = try #require(files["opened.png"])
      let center = saved.offset(x: 32, y: 24)
      #expect(saved.samples[center + 1] == 255)
      #expect(saved.samples[0] == 90)
      #expect(session.state.canvas.history.undoCount == 2)
    }
    #expect(pty.wait(for: "SPARSE"))
    // A drag with the mouse through the middle, then a dot with keys.
    pty.type("\u{1B}[<0;45;15M\u{1B}[<32;55;15M\u{1B}[<0;55;15m")
    #expect(pty.wait(for: "* unsaved"))
    pty.type(".")
    pty.type("\r")
    #expect(pty.wait(for: "a accept"))
    pty.type("\u{13}")
    #expect(pty.wait(for: "overwrite it? y/n"))
    pty.type("y")
    #expect(pty.wait(for: "not accepted yet"))
    pty.type("q")
    _ = await exit
    #expect(pty.wait(for: "\u{1B}[?1049l"))
    #expect(pty.modes == before)
    pty.finish()
  }
}
