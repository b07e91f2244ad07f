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
    add(" \(toolLabel)\(columns >= 80 ? toolNote : "") ", Theme.bar.with(.bold))
    let material = tool.paintsMaterial ? material : nil
    add("  ", Screen.Style(foreground: .white, background: material?.standIn ?? primary))
    add("  ", Screen.Style(foreground: .white, background: secondary), .swapColors)
    if columns >= 60, material == nil { add(" \(primary.hex)") }
    add(" ")
    for (index, color) in swatches.enumerated() {
      let ink: Color = color.luma > 127 ? .black : .white
      let label = index < 10 ? String((index + 1) % 10) : " "
      let mark: Cell.Attributes = color == primary ? [.bold, .underline] : []
      add(
        label, Screen.Style(foreground: ink, background: color, attributes: mark),
        .swatch(index))
    }
    // Two panes have their titles.
    let label =
      layout.panes.count > 1
      ? nil
      : layout.panes.first.flatMap {
        labels(of: $0).first { x + $0.count + 3 <= columns }
      }
    let help = key(.help).map { " \($0) help " } ?? ""
    let room = columns - (label.map { $0.count + 3 } ?? 0)
    let facts = [
      "  \(shortName(limit: 24))", "  \(canvas.width)x\(canvas.height)", "  \(view.zoom.label)",
    ]
    for fact in facts where x + fact.count + help.count <= room { add(fact) }
    if let label {
      add(" ")
      let isResult = shownNow == .result && staged != nil
      add(" \(label) ", Theme.bar.with(isResult ? [.bold, .reverse] : .bold))
    }
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

  /// What a person would call what a pane shows, the longest wording first.
  func labels(of pane: Layout.Pane) -> [String] {
    let (before, after) = (name(of: compared.before), name(of: compared.after))
    switch pane.compares ? look.comparison : .none {
    case .wipe: return ["\(before) │ \(after)".uppercased(), "WIPE"]
    case .difference: return ["\(before) - \(after) x\(look.gain)".uppercased(), "DIFFERENCE"]
    case .none: break
    }
    if pane.shown == .result, run?.preview != nil { return ["RESULT in the making", "RESULT ..."] }
    if pane.shown == .result, let staged, staged.rival == nil {
      return ["RESULT * not accepted", "RESULT *"]
    }
    return [name(of: pane.shown).uppercased()]
  }

  /// The facts of the status line, most important first.
  var facts: [String] {
    var facts = [settings.mode.rawValue.uppercased()]
    if keepsNothing { facts.append(Self.nothingKept) }
    if live == .stroke { facts.append("live \(run == nil ? "idle" : "busy")") }
    facts.append("edit \(Numbers.percent(editFraction))")
    let seed = "seed \(settings.seed)"
    if columns >= 80 { facts.append(seed) }
    // Of the chosen mode: a dense run's tiles beside SPARSE would say the wrong thing.
    let isTexture = settings.mode == .texture
    if !isTexture, let last = lastRuns[settings.mode] {
      facts.append("tiles \(last.tilesActive)/\(last.tilesTotal)")
      facts.append(macs(of: last))
    }
    for mode in isTexture ? [.texture] : [GenerationMode.sparse, .dense] {
      if let seconds = lastSeconds[mode] {
        facts.append("\(mode.rawValue) \(Numbers.seconds(seconds))")
      } else if mode == .dense, let seconds = denseEstimate {
        facts.append("dense ~\(Numbers.seconds(seconds))")
      }
    }
    if columns < 80 { facts.append(seed) }
    if !isTexture {
      facts.append("steps \(settings.steps)")
      facts.append("strength \(Numbers.plain(settings.strength))")
    }
    if settings.grow > 0 { facts.append("grow \(settings.grow)") }
    facts.append("at \(view.cursor.x),\(view.cursor.y)")
    if let cacheBytes { facts.append("cache \(Numbers.bytes(cacheBytes))") }
    return facts
  }

  /// The label that stays for as long as changes are lost with the program.
  static let nothingKept = "NO JOURNAL"

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

  /// What goes on and what can be done, for the activity line.
  enum Activity {
    /// Laid out in as many lines as it takes.
    case message(Message)
    /// How far a run is.
    case progress(String)
    /// What can be done now.
    case hint
  }

  var activity: Activity {
    // News is seen for a while before the progress of a run covers it again.
    let isNews = message.map { now - $0.at < 2000 } ?? false
    if let run, !isNews || run.isCancelling { return .progress(progress(of: run)) }
    if let message, isNewsSeen { return .message(message) }
    if let line = modesLine { return .message(Message(text: line)) }
    return .hint
  }

  /// What the engine is at while the activity line says something else.
  var engineNote: String {
    if run != nil { return "" }
    if let preparation { return "preparing \(preparation.done)/\(preparation.total)  " }
    switch model {
    case .loading: return "loading the model  "
    case .missing: return "no model  "
    case .ready(let facts): return "ready: \(facts.name)  "
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
      if progress.tiles > 0 {
        text += "  tile \(min(progress.tile, progress.tiles))/\(progress.tiles)"
      }
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
    if let help = state.promptHelp {
      screen.write(" " + fitted(help, state, state.columns - 2), column: 0, row: row, Theme.bar)
      return
    }
    for (index, fact) in state.facts.enumerated() where x + fact.count < state.columns {
      let isLabel = fact == EditorState.nothingKept
      let style = index == 0 ? Theme.bar.with(.bold) : isLabel ? Theme.error : Theme.bar
      x = screen.write(fact, column: x, row: row, style) + 2
    }
  }

  private static func fitted(_ parts: [String], _ state: EditorState, _ width: Int) -> String {
    Wording.fitting(parts, width: width, separator: state.hintSeparator)
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
    if let (label, line) = state.typedLine {
      draw(line, after: label, row: row, on: &screen)
      return
    }
    if case .materials(let index) = state.prompt {
      state.drawMaterials(index, row: row, on: &screen)
      return
    }
    if let question = state.question {
      write(question, Theme.strong, mark: 0, state, row: row, on: &screen)
      return
    }
    let hints = state.hints
    var star = state.isUnsaved ? (state.columns < 60 ? "* " : "* unsaved ") : ""
    // Without the line above the label stands here.
    if state.keepsNothing, state.layout.statusRow == nil {
      star = EditorState.nothingKept + " " + star
    }
    let room = state.columns - star.count - 2
    var used = 1
    switch state.activity {
    case .message(let message):
      let style = message.isError ? Theme.error : Theme.text
      let (end, hasMark) = write(
        message.text, style, mark: star.count, state, row: row, on: &screen)
      used = end
      if !hasMark { star = "" }
      let hint = fitted(hints, state, room - used - 4)
      let isSaid = hints.first.map(message.text.contains) ?? true
      if state.run == nil, !hint.isEmpty, !isSaid {
        used = screen.write(hint, column: used + 4, row: row, Theme.dim)
      }
    case .progress(let text):
      let line = Wording.progress(text, width: room)
      used = screen.write(" " + line, column: 0, row: row, Theme.text)
    case .hint:
      let hint = fitted(hints, state, room)
      used = screen.write(" " + hint, column: 0, row: row, Theme.text)
      // What comes first stands out: it is what to do.
      if let first = hints.first, hint.hasPrefix(first) {
        screen.write(first, column: 1, row: row, state.isHintUrgent ? Theme.strong : Theme.text)
      }
    }
    screen.write(star, column: state.columns - star.count, row: row, Theme.strong)
    let note = state.engineNote
    let noteAt = state.columns - star.count - note.count
    if noteAt > used + 2 { screen.write(note, column: noteAt, row: row, Theme.dim) }
  }

  /// Writes a message that ends in `row`, and in the one above too where one is not enough; returns
  /// the column after its end, and whether there is room for a mark of so many columns.
  @discardableResult
  private static func write(
    _ text: String, _ style: Screen.Style, mark: Int, _ state: EditorState, row: Int,
    on screen: inout Screen
  ) -> (end: Int, hasMark: Bool) {
    let (lines, hasMark) = Wording.bottom(
      text, columns: state.columns, rows: state.rows, mark: mark)
    var end = 0
    for (index, line) in lines.enumerated() {
      let at = row - (lines.count - 1 - index)
      if at != row { screen.fill(row: at, Theme.text) }
      end = screen.write(" " + line, column: 0, row: at, style)
    }
    return (end, hasMark)
  }

  /// The typed line, moved so that the caret is seen.
  private static func draw(
    _ line: CommandLine, after label: String, row: Int, on screen: inout Screen
  ) {
    let room = max(1, screen.columns - label.count - 1)
    let start = max(0, line.caret - room + 1)
    let text = String(line.text.dropFirst(start).prefix(room))
    screen.write(label + text, column: 0, row: row, Theme.text)
    let caret = label.count + line.caret - start
    screen[caret, row].attributes.insert(.reverse)
  }
}
