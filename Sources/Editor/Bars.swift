/// A piece of the tool line that can be clicked.
struct BarItem: Sendable {
  var text: String
  var style: Screen.Style
  var columns: Range<Int>
  var action: Action?
}

extension EditorState {
  /// The tool line, laid out for the terminal's width; the swatches are always all there.
  var toolbar: [BarItem] {
    var items: [BarItem] = []
    var x = 0
    func add(_ text: String, _ style: Screen.Style = Theme.bar, _ action: Action? = nil) {
      items.append(
        BarItem(text: text, style: style, columns: x..<(x + text.count), action: action))
      x += text.count
    }
    add(" \(toolLabel) ", Theme.bar.with(.bold))
    add("  ", Screen.Style(foreground: .white, background: primary))
    add("  ", Screen.Style(foreground: .white, background: secondary), .swapColors)
    if columns >= 60 { add(" \(primary.hex)") }
    add(" ")
    for (index, color) in swatches.enumerated() {
      let ink: Color = color.luma > 127 ? .black : .white
      let label = index < 10 ? String((index + 1) % 10) : " "
      let mark: Cell.Attributes = color == primary ? [.bold, .underline] : []
      add(
        label, Screen.Style(foreground: ink, background: color, attributes: mark),
        .swatch(index))
    }
    let help = " ? help "
    let facts = [
      "  \(shortName(limit: 24))", "  \(canvas.width)x\(canvas.height)", "  \(view.zoom.label)",
    ]
    for fact in facts where x + fact.count + help.count <= columns { add(fact) }
    if x + help.count <= columns {
      add(String(repeating: " ", count: columns - x - help.count))
      add(help, Theme.bar, .help)
    }
    return items
  }

  /// The end of the name, which tells files apart.
  private func shortName(limit: Int) -> String {
    name.count <= limit ? name : "…" + name.suffix(limit - 1)
  }

  /// The facts of the status line, most important first.
  var facts: [String] {
    var facts = [settings.mode.rawValue.uppercased()]
    if live == .stroke { facts.append("live \(run == nil ? "idle" : "busy")") }
    facts.append("edit \(Numbers.percent(editFraction))")
    // Of the chosen mode: a dense run's tiles beside SPARSE would say the wrong thing.
    if let last = lastRuns[settings.mode] {
      facts.append("tiles \(last.tilesActive)/\(last.tilesTotal)")
      facts.append(macs(of: last))
    }
    for mode in [GenerationMode.sparse, .dense] {
      if let seconds = lastSeconds[mode] {
        facts.append("\(mode.rawValue) \(Numbers.seconds(seconds))")
      } else if mode == .dense, let seconds = denseEstimate {
        facts.append("dense ~\(Numbers.seconds(seconds))")
      }
    }
    facts.append("seed \(settings.seed)")
    facts.append("steps \(settings.steps)")
    facts.append("strength \(Numbers.plain(settings.strength))")
    if settings.grow > 0 { facts.append("grow \(settings.grow)") }
    facts.append("at \(view.cursor.x),\(view.cursor.y)")
    if let cacheBytes { facts.append("cache \(Numbers.bytes(cacheBytes))") }
    return facts
  }

  /// Seconds that a dense run of the edit would take, where a dense pass was measured.
  private var denseEstimate: Double? {
    RunFacts.estimate(
      steps: settings.stepsRun, macsPerStep: lastMACsPerStep ?? macsOfWhole(inRunsOnly: true),
      macsPerSecond: macsPerSecond)
  }

  private func macs(of run: RunFacts) -> String {
    guard run.macsDense > 0 else { return "MACs ?" }
    let share = Double(run.macsExecuted) / Double(run.macsDense)
    let text = "MACs \(Numbers.percent(share))"
    guard run.macsExecuted > 0, share < 0.95, columns >= 100 else { return text }
    return text + " (\(Numbers.fixed(1 / share, 1))x less)"
  }

  /// What goes on, for the activity line.
  var activity: (text: String, style: Screen.Style) {
    // News is seen for a while before the progress of a run covers it again.
    let isNews = message.map { now - $0.at < 2000 } ?? false
    if let run, !isNews || run.isCancelling { return (progress(of: run), Theme.text) }
    if let message { return (message.text, message.isError ? Theme.error : Theme.text) }
    if let line = modesLine { return (line, Theme.text) }
    if let preparation {
      return (
        "preparing the original \(preparation.done)/\(preparation.total); paint already",
        Theme.dim
      )
    }
    switch model {
    case .loading: return ("loading the model; paint already", Theme.dim)
    case .missing(let reason): return (reason, Theme.error)
    case .ready(let facts): return ("ready: \(facts.name)", Theme.dim)
    }
  }

  /// What the engine is at while the activity line says something else.
  var engineNote: String {
    if run != nil || message == nil { return "" }
    if let preparation { return "preparing \(preparation.done)/\(preparation.total)  " }
    switch model {
    case .loading: return "loading the model  "
    case .missing: return "no model  "
    case .ready: return ""
    }
  }

  private func progress(of run: Run) -> String {
    let progress = run.progress
    let bar = progress.bar(width: columns < 80 ? 8 : 20)
    if run.isCancelling { return "\(bar) step \(progress.step)/\(progress.steps)  cancelling" }
    if case .loading = model { return "\(bar) waiting for the model   Esc cancel" }
    var text = bar + " "
    if progress.parts > 1 { text += "part \(progress.part + 1)/\(progress.parts)  " }
    switch progress.phase {
    case .waiting:
      text += preparation.map { "preparing \($0.done)/\($0.total)" } ?? "starting"
    case .hint: text += "mixing paint and texture"
    case .preparing: text += "preparing step \(progress.step + 1)/\(progress.steps)"
    case .denoising:
      text += "step \(progress.step)/\(progress.steps)"
      if progress.tiles > 0 { text += "  tile \(progress.tile)/\(progress.tiles)" }
    }
    return text + time(of: run) + "   Esc cancel"
  }

  /// The time left where it can be told, else, after a second, the time that has passed.
  private func time(of run: Run) -> String {
    let isLast = run.progress.step >= run.progress.steps
    if !isLast, let left = run.millisecondsLeft, let last = run.clock.last {
      let remaining = max(0, left - max(0, now - last))
      // A step that takes longer than those before it says nothing of what is left.
      if remaining > 0 { return "  \(Numbers.seconds(Double(remaining) / 1000)) left" }
    }
    let passed = now - run.began
    return passed < 1000 || isLast ? "" : "  \(passed / 1000)s"
  }

  /// The question a prompt asks, or nil while a command is typed.
  var question: String? {
    switch prompt {
    case .quit: "unsaved changes: y save and quit, n quit without saving, Esc stay"
    case .regenerate: regenerateQuestion
    case .overwrite(let request): "\(request.path ?? name) exists: overwrite it? y/n"
    case .adjust(let adjustment): line(of: adjustment)
    case .recover(let found):
      // The keys come within 60 columns.
      "y recover, n drop, q later: unsaved work \(found.description)"
    case .command, nil: nil
    }
  }
}

extension Editor {
  static func drawToolbar(_ state: EditorState, on screen: inout Screen) {
    guard let row = state.layout.toolRow else { return }
    screen.fill(row: row, Theme.bar)
    for item in state.toolbar {
      screen.write(item.text, column: item.columns.lowerBound, row: row, item.style)
    }
  }

  static func drawStatus(_ state: EditorState, on screen: inout Screen) {
    guard let row = state.layout.statusRow else { return }
    screen.fill(row: row, Theme.bar)
    var x = 1
    if case .command = state.prompt {
      drawHint(state, row: row, on: &screen)
      return
    }
    for (index, fact) in state.facts.enumerated() where x + fact.count < state.columns {
      let style = index == 0 ? Theme.bar.with(.bold) : Theme.bar
      x = screen.write(fact, column: x, row: row, style) + 2
    }
  }

  /// Candidates or usage of what is typed; candidates are moved so that the chosen one is seen.
  private static func drawHint(_ state: EditorState, row: Int, on screen: inout Screen) {
    let (words, chosen) = state.commandHint
    var first = 0
    if let chosen {
      while first < chosen,
        words[first...chosen].reduce(0, { $0 + $1.count + 2 }) > state.columns - 2
      { first += 1 }
    }
    var x = 1
    for index in first..<max(first, words.count) where x + words[index].count < state.columns {
      let style = index == chosen ? Theme.bar.with([.bold, .reverse]) : Theme.bar
      x = screen.write(words[index], column: x, row: row, style) + 2
    }
  }

  static func drawActivity(_ state: EditorState, on screen: inout Screen) {
    guard let last = state.layout.activityRow else { return }
    let row = max(0, last)
    screen.fill(row: row, Theme.text)
    if case .command(let line) = state.prompt {
      draw(line, row: row, on: &screen)
      return
    }
    if let question = state.question {
      screen.write(" " + question, column: 0, row: row, Theme.strong)
      return
    }
    let star = state.isUnsaved ? "* unsaved " : ""
    let (text, style) = state.activity
    screen.write(
      " " + text.prefix(max(0, state.columns - star.count - 2)), column: 0, row: row, style)
    screen.write(star, column: state.columns - star.count, row: row, Theme.strong)
    let note = state.engineNote
    let noteAt = state.columns - star.count - note.count
    if noteAt > text.count + 2 { screen.write(note, column: noteAt, row: row, Theme.dim) }
  }

  /// The command line, moved so that the caret is seen.
  private static func draw(_ line: CommandLine, row: Int, on screen: inout Screen) {
    let room = max(1, screen.columns - 2)
    let start = max(0, line.caret - room + 1)
    let text = String(line.text.dropFirst(start).prefix(room))
    screen.write(":" + text, column: 0, row: row, Theme.text)
    let caret = 1 + line.caret - start
    screen[caret, row].attributes.insert(.reverse)
  }
}
