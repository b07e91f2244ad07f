import CTerminal
package import Editor
import Glibc

/// A terminal through ncurses: output by its screen model, input by our own parser.
///
/// One at a time in a process, used from one thread. Colours go through a table of pairs that are
/// never redefined while visible: when the table is full it is emptied and everything is sent again.
package final class CursesTerminal: TerminalBackend {
  private let input: Int32
  private let output: Int32
  private let queue: EventQueue
  private let environment: [String: String]
  private let choice: ColorChoice

  private var parser = InputParser()
  /// When input last came, in milliseconds of `now`.
  private var heardAt = 0
  /// When the terminal was asked what it can.
  private var askedAt = 0
  var line = OutputLine()
  var capabilities = Capabilities(deadline: 0)
  var translator = CellTranslator(depth: .mono, hasUnicode: true)
  var pairs: [UInt64: Int32] = [:]
  var pairLimit = 0
  var shown: [TerminalCell] = []
  var shownColumns = 0
  var layer = PictureLayer()
  private(set) var isClaimed = false
  /// The terminal's own description, of which each start of curses takes a part.
  private var description = TerminfoEntry(name: "", flags: [], numbers: [], strings: [])
  private var described = (colors: 0, isDirect: false)
  /// What happened while the terminal was asked.
  private var early: [Event] = []

  /// How many colours the claimed terminal is driven with.
  package private(set) var depth = ColorDepth.mono

  /// - Parameter environment: where TERM, COLORTERM, NO_COLOR, ESCDELAY, SSH_CONNECTION, the locale
  ///   and the places of descriptions are looked up.
  package init(
    input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, queue: EventQueue,
    environment: [String: String], color: ColorChoice = .auto
  ) {
    self.input = input
    self.output = output
    self.queue = queue
    self.environment = environment
    choice = color
  }

  deinit { restore() }

  /// The variables of this process that matter to a terminal.
  package static func processEnvironment() -> [String: String] {
    let names = [
      "TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "VTE_VERSION",
      "KONSOLE_VERSION", "NO_COLOR", "TESSERA_COLOR", "ESCDELAY",
      "SSH_CONNECTION", "SSH_TTY", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "STY", "TERMINFO",
      "TERMINFO_DIRS", "HOME",
    ]
    return names.reduce(into: [:]) { found, name in
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
  }

  package func claim() throws(TerminalError) {
    guard isatty(input) == 1 else { throw .notATerminal("standard input") }
    guard isatty(output) == 1 else { throw .notATerminal("standard output") }
    guard let term = environment["TERM"], !term.isEmpty else { throw .unnamed }
    let hasUnicode = chooseCharacters()
    description = try describe(term).sound
    description.name = "tessera"
    described = (Int(description.number("colors")), description.extendedFlags.contains("RGB"))
    guard description.string("cup") != nil, description.string("clear") != nil,
      !description.flag("hc"), !description.flag("gn")
    else { throw .tooPlain(term) }
    guard ct_claim(input, output, queue.writeEnd) == 0 else {
      throw .refused("the terminal cannot be opened again")
    }
    isClaimed = true
    line = OutputLine(limit: isRemote ? Self.remoteLimit : nil)
    ask()
    do { try start(hasUnicode: hasUnicode) } catch {
      restore()
      throw error
    }
    if capabilities.isSettled { enhance() }
  }

  /// No more of a window is drawn on than what any screen of its time has; curses counts cells in
  /// 16 bits.
  package static let mostCells = (columns: 1600, rows: 800)

  package var size: (columns: Int, rows: Int) {
    guard let window else { return (80, 24) }
    return (
      min(Int(window.columns), Self.mostCells.columns), min(Int(window.rows), Self.mostCells.rows)
    )
  }

  private var window: ct_size? {
    var size = ct_size()
    return ct_window_size(output, &size) == 0 ? size : nil
  }

  package func repaint() {
    shown = []
    // Clearing the screen takes pictures with it, or leaves them to be sent again.
    layer.forget()
    if isClaimed { ct_repaint() }
  }

  package var isReady: Bool { line.isEmpty }

  package var facts: TerminalFacts {
    var facts = TerminalFacts()
    facts.colors = depth.rawValue
    facts.hasUnicode = translator.hasUnicode
    facts.bytesPerSecond = line.limit
    if let cell = cellPixels { (facts.cellWidth, facts.cellHeight) = cell }
    facts.graphics = capabilities.hasKitty ? .kitty : capabilities.hasSixel ? .sixel : nil
    facts.finestGlyphs = known.finestGlyphs
    facts.mostSixels = known.mostSixels
    return facts
  }

  package func limitOutput(bytesPerSecond: Int?) { line.limit = bytesPerSecond }

  package func suspend() {
    ct_suspend()
  }

  package func restore() {
    guard isClaimed else { return }
    isClaimed = false
    let bytes = layer.hideAll()
    if !bytes.isEmpty {
      // One that was being sent is ended first.
      let all = Array("\u{1B}\\".utf8) + bytes
      _ = ct_send(all, all.count)
    }
    // A terminal that did not answer in all that time will not now.
    if !capabilities.isSettled, Self.now > askedAt + answerTime { ct_expect_fence(0) }
    ct_end()
    ct_restore()
  }
}

// MARK: - Claiming

extension CursesTerminal {
  /// Whether UTF-8 may be sent. Without any locale in the environment (bare containers, ssh) it is
  /// taken for granted, as every current terminal reads it; a locale that says otherwise is obeyed.
  private func chooseCharacters() -> Bool {
    let charset = String(cString: ct_charset())
    if charset == "UTF-8" { return true }
    let isNamed = ["LC_ALL", "LC_CTYPE", "LANG"].contains { !(environment[$0] ?? "").isEmpty }
    return !isNamed && ct_set_charset_locale("C.UTF-8") == 0
  }

  /// The description of `term`, or of the one that stands in for it.
  private func describe(_ term: String) throws(TerminalError) -> TerminfoEntry {
    // Terminals that speak xterm's language, but whose entries many servers lack.
    let families = [
      "xterm", "kitty", "alacritty", "foot", "ghostty", "wezterm", "contour", "rio", "konsole",
      "vte", "iterm",
    ]
    let isFamily = families.contains { term.contains($0) }
    var damaged: String?
    for name in isFamily ? [term, "xterm-256color"] : [term] {
      switch TerminfoFile.find(name, environment: environment) {
      case .sound(let entry): return entry
      case .damaged(let path): damaged = damaged ?? path
      case .nothing:
        // Where the system keeps descriptions otherwise, curses knows its way.
        if damaged == nil, let entry = TerminfoEntry.described(by: name, output) { return entry }
      }
    }
    throw damaged.map { .damaged(term, path: $0) } ?? .unknown(term)
  }

  /// Asks the terminal what it can, and waits a moment for the answers, so that the first picture is
  /// the right one already; those of a slow line count later.
  private func ask() {
    askedAt = Self.now
    capabilities = Capabilities(deadline: askedAt + answerTime)
    let questions = Capabilities.questions(environment: environment)
    guard !questions.isEmpty else { return }
    ct_expect_fence(isRemote ? 1000 : 250)
    line.append(questions.utf8)
    send()
    while !capabilities.isSettled {
      let rest = askedAt + Self.patience - Self.now
      var check = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard rest > 0, poll(&check, 1, Int32(rest)) > 0 else { return }
      early += readInput()
      for answer in parser.takeAnswers() { capabilities.take(answer, at: Self.now) }
    }
  }

  /// How long the first picture waits for answers, in milliseconds.
  private static let patience = 150
  /// How long answers count.
  private var answerTime: Int { isRemote ? 3000 : 1000 }

  private var known: KnownTerminal {
    KnownTerminal(answer: capabilities.name, environment: environment)
  }

  /// The colours to use, by all that is known now.
  private var chosenDepth: ColorDepth {
    ColorDepth.choose(
      choice, environment: environment, described: described.colors,
      describedDirect: described.isDirect,
      answered: known.hasDirectColor ? .direct : capabilities.colors)
  }

  /// Starts curses with the colours that are known to be there now, or starts it anew with others.
  private func start(hasUnicode: Bool) throws(TerminalError) {
    ct_end()
    depth = chosenDepth
    var entry = description.asCanvas(columns: size.columns, rows: size.rows)
    if depth == .direct { entry = entry.withDirectColor() }
    if depth == .palette, described.colors < 256 { entry = entry.withPalette() }
    guard start(entry) else { throw .refused("curses does not start on its description") }
    pairs.removeAll()
    pairLimit = Int(ct_pairs())
    depth = min(depth, ColorDepth(colors: Int(ct_colors())))
    translator = CellTranslator(depth: depth, hasUnicode: hasUnicode)
    adoptSize()
  }

  /// Starts curses on an entry that exists only in the environment, and only while it is read.
  private func start(_ entry: TerminfoEntry) -> Bool {
    let digits = Array("0123456789ABCDEF".utf8)
    let hex = entry.encoded.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    let former = getenv("TERMINFO").map { String(cString: $0) }
    setenv("TERMINFO", "hex:" + String(decoding: hex, as: UTF8.self), 1)
    defer {
      if let former { setenv("TERMINFO", former, 1) } else { unsetenv("TERMINFO") }
    }
    return ct_start(entry.name, input) == 0
  }

  /// Tells curses the size, and chooses how finely colours are told apart: a large screen or a
  /// remote one would need more pairs and bytes than it is worth (5 bits a channel cost 0.1 dB).
  private func adoptSize() {
    let (columns, rows) = size
    ct_resize(Int32(rows), Int32(columns))
    if parser.pixelsInCell != nil { parser.pixelsInCell = cellPixels }
    let cells = columns * rows
    translator.colors.bits = cells > 60_000 ? 4 : cells > 20_000 || isRemote ? 5 : 8
    repaint()
  }
}

// MARK: - Input

extension CursesTerminal {
  package func events(within milliseconds: Int?) -> [Event] {
    send()
    var limit = early.isEmpty ? milliseconds.map { Int32(clamping: $0) } ?? -1 : 0
    func shorten(to wait: Int32) { if limit < 0 || limit > wait { limit = wait } }
    if parser.isWaiting { shorten(to: escapeWait) }
    var checks = [
      pollfd(fd: input, events: Int16(POLLIN), revents: 0),
      pollfd(fd: queue.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    if let wait = line.wait(at: Self.now) {
      if wait == 0 {
        checks.append(pollfd(fd: ct_output(), events: Int16(POLLOUT), revents: 0))
      } else {
        shorten(to: Int32(clamping: wait))
      }
    }
    let count = poll(&checks, nfds_t(checks.count), limit)
    var events = early
    early = []
    // Resumption first: what was being sent before it must not be sent on.
    if count > 0, checks[1].revents != 0 { events += readQueue() }
    if count > 0, checks[0].revents != 0 {
      events += readInput()
    } else if parser.isWaiting, escapeWait == 0 {
      events += parser.flush()
    }
    events += takeAnswers()
    send()
    return events
  }

  /// Uses what the terminal says it can, once it has said all.
  private func takeAnswers() -> [Event] {
    let former = capabilities
    for answer in parser.takeAnswers() { capabilities.take(answer, at: Self.now) }
    guard capabilities != former, capabilities.isSettled else { return [] }
    enhance()
    // Answers that came after the first picture: it is drawn anew in the colours there are.
    if chosenDepth != depth { try? start(hasUnicode: translator.hasUnicode) }
    return [.terminal(facts)]
  }

  private func enhance() {
    if capabilities.hasKeyboard {
      ct_push_keyboard()
      line.append("\u{1B}[>1u".utf8)
    }
    if capabilities.reportsPixels, let cell = cellPixels {
      parser.pixelsInCell = cell
      line.append("\u{1B}[?1016h".utf8)
    }
    // Not over a network: each step of the mouse would go there, and a redrawn ring come back, behind
    // which the keys would wait.
    if capabilities.reportsMotion, !isRemote { line.append("\u{1B}[?1003h".utf8) }
  }

  /// Pixels in a cell by the tty's word, else by the terminal's.
  private var cellPixels: (width: Int, height: Int)? {
    if let window, window.width >= window.columns, window.height >= window.rows {
      return (Int(window.width / window.columns), Int(window.height / window.rows))
    }
    return capabilities.cellSize
  }

  private var isRemote: Bool {
    ["SSH_CONNECTION", "SSH_TTY"].contains { !(environment[$0] ?? "").isEmpty }
  }

  /// Bytes a second over a network, unless chosen otherwise.
  private static let remoteLimit = 1_000_000

  /// Milliseconds of a clock that never goes back.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// How long an escape may be the beginning of something: longer over a network.
  private var escapeDelay: Int32 {
    if let set = environment["ESCDELAY"].flatMap({ Int32($0) }), (0...5000).contains(set) {
      return set
    }
    return isRemote ? 100 : 25
  }

  /// How long what is begun may still be waited for, whatever else wakes the program meanwhile.
  private var escapeWait: Int32 { Int32(clamping: max(0, heardAt + Int(escapeDelay) - Self.now)) }

  private func readInput() -> [Event] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(input, &buffer, buffer.count)
    if count > 0 {
      heardAt = Self.now
      return Self.withoutOvertakenMotion(parser.feed(buffer[..<count]))
    }
    // The terminal is gone: end as a hang-up does, which restores what can be restored.
    if count == 0 || (errno != EINTR && errno != EAGAIN) { kill(getpid(), SIGHUP) }
    return []
  }

  /// Of motion without a button only the last place counts; what it passed over is dropped, so that
  /// a fast mouse does not make the loop draw each of its steps.
  package static func withoutOvertakenMotion(_ events: [Event]) -> [Event] {
    func isMotion(_ event: Event) -> Bool {
      if case .mouse(let mouse) = event { mouse.action == .move } else { false }
    }
    return events.indices.filter { index in
      !isMotion(events[index]) || index + 1 == events.count || !isMotion(events[index + 1])
    }.map { events[$0] }
  }

  private func readQueue() -> [Event] {
    let letters = queue.wakeUps()
    var events = queue.drain()
    if letters.contains(UInt8(ascii: "N")) { events.append(.notSuspended) }
    if letters.contains(UInt8(ascii: "C")) {
      ct_return()
      line.clear()
      enhance()
    }
    if letters.contains(UInt8(ascii: "W")) || letters.contains(UInt8(ascii: "C")) {
      adoptSize()
      let (columns, rows) = size
      events.append(.resize(columns: columns, rows: rows))
    }
    return events
  }
}
