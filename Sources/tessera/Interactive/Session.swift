import Dispatch
package import Editor
package import Terminal

/// The loop between a terminal, the editor and the engine.
///
/// One thread: it waits in `poll` on keys and on posts from other threads, hands events to the editor,
/// performs the effects and draws, at most thirty times a second. It never waits for the engine
/// or for a file.
package struct Session {
  /// Shortest time between two drawings in milliseconds.
  static let frame = 33
  /// Longest time between two while a run's clock is shown.
  static let slowFrame = 500

  let terminal: any TerminalBackend
  let queue: EventQueue
  let generator: any Generator
  let files: any PictureFiles
  let journal: (any WorkJournal)?
  /// What the person sees and has done.
  package private(set) var state: EditorState

  /// Saves go one after the other.
  private let saving = DispatchQueue(label: "tessera.saving")
  private let start = ContinuousClock.now
  private var isOver = false
  private var isDirty = true
  /// The last drawing.
  private var shown: Screen?
  private var lastDraw = -Session.frame

  /// Puts the parts together; nothing happens before `run`.
  package init(
    terminal: any TerminalBackend, queue: EventQueue, generator: any Generator,
    files: any PictureFiles, journal: (any WorkJournal)? = nil, state: EditorState
  ) {
    self.terminal = terminal
    self.queue = queue
    self.generator = generator
    self.files = files
    self.journal = journal
    self.state = state
    if journal != nil { self.state.keepJournal() }
  }

  /// Makes the settings that hold from the start. The terminal must be claimed.
  package mutating func prepare(with lines: [String]) { take([.start(lines)]) }

  /// Runs until the person leaves. The terminal must be claimed.
  package mutating func run() {
    let (columns, rows) = terminal.size
    take([.terminal(terminal.facts), .resize(columns: columns, rows: rows)])
    drawIfDue()
    generator.prepare(
      original: state.canvas.original, settings: state.settings, post: sink())
    while !isOver {
      drawIfDue()
      take(terminal.events(within: wait))
    }
    generator.shutDown()
    // A save under way is finished before the program goes.
    saving.sync {}
    // Work that was found and neither taken nor given up waits for another time.
    journal?.close(keeping: state.isRecoveryOpen)
  }

  /// Until the next frame is due; a few milliseconds when it is overdue because the line is busy; without
  /// end when there is nothing to draw and no run whose clock goes on.
  private var wait: Int? {
    guard isDirty else {
      let clock = state.run == nil ? nil : Self.slowFrame
      return [clock, state.millisecondsToChange].compactMap(\.self).min()
    }
    let due = lastDraw + Self.frame - milliseconds
    return due > 0 ? due : 10
  }

  private var milliseconds: Int {
    let passed = (ContinuousClock.now - start).components
    return Int(passed.seconds) * 1000 + Int(passed.attoseconds / 1_000_000_000_000_000)
  }

  private mutating func take(_ events: [Event]) {
    guard !events.isEmpty || state.run != nil || state.millisecondsToChange != nil else { return }
    for event in [.tick(milliseconds: milliseconds)] + events {
      for effect in state.handle(event) { perform(effect) }
      if isOver { return }
    }
    isDirty = true
  }

  private mutating func drawIfDue() {
    guard isDirty, milliseconds >= lastDraw + Self.frame, terminal.isReady else { return }
    let screen = Editor.draw(state, after: shown)
    terminal.draw(screen)
    shown = screen
    lastDraw = milliseconds
    isDirty = false
  }

  private func sink() -> EngineSink {
    let queue = queue
    return { queue.post(.engine($0)) }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .generate(let request):
      generator.generate(
        request, original: state.canvas.original, edited: state.canvas.edited, post: sink())
    case .cancel: generator.cancel()
    case .accept(let id):
      generator.accept(id: id, original: state.canvas.original, post: sink())
    case .discard: generator.discard()
    case .rebase(let area):
      generator.rebase(original: state.canvas.original, area: area, post: sink())
    case .save(let request): save(request)
    case .listFiles(let prefix): listFiles(prefix)
    case .journal(let entry): journal?.append(entry)
    case .suspend: terminal.suspend()
    case .limitOutput(let bytes):
      terminal.limitOutput(bytesPerSecond: bytes)
      _ = state.handle(.terminal(terminal.facts))
    case .redraw: terminal.repaint()
    case .quit: isOver = true
    }
  }

  private func listFiles(_ prefix: String) {
    let queue = queue
    // A folder behind a network may take its time.
    DispatchQueue.global().async {
      let names = FileListing.paths(beginningWith: prefix)
      queue.post(.file(.listed(prefix: prefix, names: names)))
    }
  }

  private func save(_ request: SaveRequest) {
    let picture = state.content(request.content)
    let generations = state.generations(in: request.content)
    let files = files
    let queue = queue
    saving.async {
      do throws(PictureFileError) {
        try files.write(
          picture, content: request.content, generations: generations, to: request.path,
          overwrite: request.overwrite)
        queue.post(.file(.saved(request)))
      } catch {
        switch error {
        case .exists: queue.post(.file(.exists(request)))
        case .failed(let message): queue.post(.file(.failed(request, message: message)))
        }
      }
    }
  }
}
