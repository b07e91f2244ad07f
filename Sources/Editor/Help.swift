extension EditorState {
  /// Opens help, on all there is or on the lines in which a word occurs.
  mutating func openHelp(about topic: String = "") {
    helpFilter = topic
    if !topic.isEmpty, helpLines.isEmpty {
      helpFilter = ""
      complain("nothing about \(topic); :help shows everything")
      return
    }
    help = 0
  }

  /// A line of help: a group's title, or keys and what they do.
  package struct HelpLine: Sendable, Equatable {
    /// The keys or the command; nil for a title.
    package var keys: String?
    /// The title, or what the keys do.
    package var words: String
  }

  /// Help's lines: the essentials, the groups of keys, the person's own keys, then the commands, as
  /// far as they are about what was typed.
  package var helpLines: [HelpLine] {
    var labels: [Action: [String]] = [:]
    for binding in bindingTable { labels[binding.action, default: []] += binding.keys.map(\.label) }
    var groups = HelpTable.groups.map { group in
      let lines = group.lines.compactMap { line in
        Self.keys(of: line, labels).map { ($0, line.words) }
      }
      return (group.title, lines)
    }
    let own = bindingTable.compactMap { binding -> (String, String)? in
      guard case .command(let line) = binding.action else { return nil }
      return (binding.keys.map(\.label).joined(separator: " "), ":" + line)
    }
    groups.append(("YOUR KEYS", own))
    groups.append(("COMMANDS", Command.all.map { ($0.usage, $0.help) }))
    let wanted = helpFilter.lowercased()
    return groups.flatMap { title, lines in
      let fitting = lines.filter {
        wanted.isEmpty || "\($0.0) \($0.1)".lowercased().contains(wanted)
      }
      return fitting.isEmpty
        ? [] : [HelpLine(words: title)] + fitting.map { HelpLine(keys: $0.0, words: $0.1) }
    }
  }

  /// The keys of a line as they are now, of those of each action; nil where none is left.
  private static func keys(of line: HelpTable.Line, _ labels: [Action: [String]]) -> String? {
    let all = line.actions.compactMap { labels[$0] }
    guard let first = all.first?.first, let last = all.last?.first else { return nil }
    if line.actions == [.save] { return [first, ":w NAME"].joined(separator: " ") }
    // The first key of each, then the others: h j k l Left Down Up Right.
    if all.count > 4 { return "\(first) ... \(last)" }
    let most = all.map(\.count).max() ?? 0
    return (0..<most).flatMap { turn in
      all.compactMap { turn < $0.count ? $0[turn] : nil }
    }.joined(separator: " ")
  }

  /// Keys while help is open: letters filter, arrows scroll.
  mutating func handleHelp(_ key: Key) -> [Effect] {
    let scroll = help ?? 0
    switch key {
    case .down, .control("n"): help = scroll + 1
    case .up, .control("p"): help = scroll - 1
    case .pageDown, .controlDown: help = scroll + max(1, helpPage.room - 1)
    case .pageUp, .controlUp: help = scroll - max(1, helpPage.room - 1)
    case .home: help = 0
    case .end: help = .max
    case .backspace where !helpFilter.isEmpty, .control("h") where !helpFilter.isEmpty:
      helpFilter.removeLast()
      help = 0
    case .control("u"): helpFilter = ""
    case .character("?") where helpFilter.isEmpty: closeHelp()
    case .character(let letter) where helpFilter.count < 40:
      guard letter != " " || !helpFilter.isEmpty else { break }
      helpFilter.append(letter)
      help = 0
    default: closeHelp()
    }
    if let scroll = help, scroll != 0 { help = scroll.clamped(to: 0...helpPage.most) }
    return []
  }

  mutating func closeHelp() {
    help = nil
    helpFilter = ""
  }
}

/// Help as it lies on the screen.
struct HelpPage {
  /// A row of one column: a title, or keys and words, of which either may be empty.
  struct Row: Equatable {
    var title = ""
    var keys = ""
    var words = ""
  }

  /// Columns side by side.
  let across: Int
  /// Cells of one column, and of its keys.
  let width: Int
  /// Cells of a column's keys, a blank after them included.
  static let keyWidth = 14
  /// A column's least width.
  static let leastWidth = 38
  /// Screen rows there are.
  let room: Int
  let rows: [Row]

  init(_ lines: [EditorState.HelpLine], columns: Int, room: Int) {
    across = max(1, columns / Self.leastWidth)
    width = columns / across - 1
    self.room = max(1, room)
    let width = width
    rows = lines.flatMap { Self.rows(of: $0, width: width) }
  }

  /// Rows of one column.
  var height: Int { max(room, (rows.count + across - 1) / across) }
  /// How far it can be scrolled.
  var most: Int { height - room }

  /// A line in as many rows as it takes: nothing is cut, long keys have a row of their own.
  private static func rows(of line: EditorState.HelpLine, width: Int) -> [Row] {
    guard let keys = line.keys else { return [Row(title: line.words)] }
    let many = 100
    let widths = [Int](repeating: width - keyWidth, count: many)
    var words = Wording.wrapped(line.words, widths) ?? [line.words]
    var rows: [Row] = []
    if keys.count < keyWidth {
      rows.append(Row(keys: keys, words: words.removeFirst()))
    } else {
      rows += (Wording.wrapped(keys, [Int](repeating: width, count: many)) ?? [keys])
        .map { Row(keys: $0) }
      // Where there is room behind the keys, the words begin there.
      if let last = rows.last, let first = words.first,
        last.keys.count + 1 + first.count <= width, words.count == 1
      {
        rows[rows.count - 1].words = first
        words = []
      }
    }
    return rows + words.map { Row(words: $0) }
  }
}

extension EditorState {
  /// Help's lines for the terminal's size; the last row says what keys do.
  var helpPage: HelpPage { HelpPage(helpLines, columns: columns, room: rows - 1) }
}

extension Editor {
  static func drawHelp(_ state: EditorState, scroll: Int, on screen: inout Screen) {
    let page = state.helpPage
    let first = scroll.clamped(to: 0...page.most)
    for row in 0..<page.room {
      screen.fill(row: row, Theme.text)
      for column in 0..<page.across {
        let index = column * page.height + first + row
        guard first + row < page.height, index < page.rows.count else { continue }
        let line = page.rows[index]
        let x = column * (page.width + 1) + 1
        screen.write(line.title, column: x, row: row, Theme.bar.with(.bold))
        let end = screen.write(line.keys, column: x, row: row, Theme.strong)
        let words = max(x + HelpPage.keyWidth, line.keys.isEmpty ? 0 : end + 1)
        screen.write(line.words, column: words, row: row, Theme.text)
      }
    }
    let row = screen.rows - 1
    screen.fill(row: row, Theme.bar)
    var parts = state.hints
    if page.most == 0 { parts.removeAll { $0.hasSuffix("scroll") } }
    let typed = state.helpFilter.isEmpty ? [] : ["filter: \(state.helpFilter)"]
    let nothing = state.helpLines.isEmpty ? ["nothing has that; Backspace"] : []
    let line = Wording.fitting(
      typed + nothing + parts, width: screen.columns - 2, separator: state.hintSeparator)
    screen.write(" " + line, column: 0, row: row, Theme.bar)
  }
}
