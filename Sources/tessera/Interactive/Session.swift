import Dispatch
package import Editor
import Files
import Synchronization
package import Terminal

/// The loop between a terminal, the editor and the engine.
///
/// One thread: it waits in `poll` on keys and on posts from other threads, hands events to the editor,
/// performs the effects and draws: at most thirty times a second, sooner after a key. It never waits for the engine
/// or for a file.
package struct Session {
  /// Shortest time between two drawings in milliseconds.
  static let frame = 33
  /// The same where a key has been pressed since, whose answer is waited for.
  static let answerFrame = 12
  /// Longest time between two while a run's clock is shown.
  static let slowFrame = 500

  let terminal: any TerminalBackend
  let queue: EventQueue
  let generator: any Generator
  private(set) var files: any PictureFiles
  private(set) var journal: (any WorkJournal)?
  /// What the person sees and has done.
  package private(set) var state: EditorState

  /// Saves go one after the other.
  private let saving = DispatchQueue(label: "tessera.saving")
  /// Opens other pictures; nil where none can be.
  private var opener: (any PictureOpener)?
  /// The picture that is open, for as long as it is.
  private var current: OpenedPicture?
  private let arrivals = Arrivals()
  private let start = ContinuousClock.now
  private var isOver = false
  private var isDirty = true
  private var isAnswering = false
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

  /// Lets other pictures take the place of `current`, which is open.
  package mutating func allowOpening(by opener: any PictureOpener, current: OpenedPicture) {
    self.opener = opener
    self.current = current
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
    let due = nextDraw - milliseconds
    return due > 0 ? due : 10
  }

  /// The earliest time for the next drawing.
  private var nextDraw: Int { lastDraw + (isAnswering ? Self.answerFrame : Self.frame) }

  private var milliseconds: Int {
    let passed = (ContinuousClock.now - start).components
    return Int(passed.seconds) * 1000 + Int(passed.attoseconds / 1_000_000_000_000_000)
  }

  private mutating func take(_ events: [Event]) {
    guard !events.isEmpty || state.run != nil || state.millisecondsToChange != nil else { return }
    for event in [.tick(milliseconds: milliseconds)] + events {
      if case .file(.opened(let path)) = event, let next = arrivals.take(path),
        state.prompt == .opening(path)
      {
        exchange(for: next)
        continue
      }
      if case .key = event { isAnswering = true }
      for effect in state.handle(event) { perform(effect) }
      if isOver { return }
    }
    isDirty = true
  }

  private mutating func drawIfDue() {
    guard isDirty, milliseconds >= nextDraw, terminal.isReady else { return }
    let screen = Editor.draw(state, after: shown)
    terminal.draw(screen)
    shown = screen
    lastDraw = milliseconds
    (isDirty, isAnswering) = (false, false)
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
    case .open(let path): open(path)
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

  /// Reads another picture on the queue of saves, so that one under way is finished before.
  private func open(_ path: String) {
    let (opener, current, arrivals, queue) = (opener, current, arrivals, queue)
    saving.async {
      do {
        guard let opener else {
          throw CommandError(.usage, "\(path): no other picture can be opened here")
        }
        let file = Surroundings.expandingTilde(path)
        arrivals.put(try opener.open(file, insteadOf: current), for: path)
        queue.post(.file(.opened(path)))
      } catch {
        let reason = CommandError(error)?.message ?? "\(path): \(error)"
        queue.post(.file(.notOpened(path, message: reason)))
      }
    }
  }

  /// Another picture takes the place of this one; the loaded model stays.
  private mutating func exchange(for next: OpenedPicture) {
    generator.cancel()
    journal?.close(keeping: false)
    files = next.files
    journal = next.journal(queue)
    state = EditorState(picture: next.picture, name: next.name, after: state)
    if journal != nil { state.keepJournal() }
    next.introduce(to: &state)
    if !next.takesOver { current?.release() }
    current = next
    generator.prepare(original: state.canvas.original, settings: state.settings, post: sink())
  }

  private func save(_ request: SaveRequest) {
    let picture = state.content(request.content)
    let generations = state.generations(in: request.content)
    let files = files
    let queue = queue
    saving.async {
      do throws(PictureFileError) {
        let note = try files.write(picture, as: request, generations: generations)
        queue.post(.file(.saved(request, note: note)))
      } catch {
        switch error {
        case .objection(let objection): queue.post(.file(.objection(request, objection)))
        case .failed(let message): queue.post(.file(.failed(request, message: message)))
        }
      }
    }
  }
}

/// Pictures on their way from the thread that reads them to the loop.
private final class Arrivals: Sendable {
  private let opened = Mutex<[String: OpenedPicture]>([:])

  func put(_ picture: OpenedPicture, for path: String) {
    opened.withLock { $0[path] = picture }
  }

  func take(_ path: String) -> OpenedPicture? {
    opened.withLock { $0.removeValue(forKey: path) }
  }
}
