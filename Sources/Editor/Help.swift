extension EditorState {
  /// Opens help, on all there is or on the lines in which a word occurs.
  mutating func openHelp(about topic: String? = nil) {
    helpTopic = topic
    if let topic, helpLines.isEmpty {
      helpTopic = nil
      complain("nothing about \(topic); :help shows everything")
      return
    }
    help = 0
  }

  /// Help's lines: every bound key, then every command, as far as they are about the topic.
  var helpLines: [(keys: String, text: String)] {
    let keys = bindingTable.compactMap { binding -> (String, String)? in
      guard let help = binding.help else { return nil }
      return (binding.keys.map(\.label).joined(separator: " "), help)
    }
    let all = keys + Command.all.map { ($0.usage, $0.help) }
    guard let topic = helpTopic?.lowercased() else { return all }
    return all.filter { "\($0.0) \($0.1)".lowercased().contains(topic) }
  }
}

extension Editor {
  static func drawHelp(_ state: EditorState, scroll: Int, on screen: inout Screen) {
    let lines = state.helpLines
    let top = 1
    let room = max(1, (state.layout.statusRow ?? state.rows - 1) - top - 1)
    let columnWidth = 39
    let keyWidth = 18
    let across = max(1, state.columns / columnWidth)
    // Keys side by side as far as they fit; the rest by scrolling.
    let perColumn = (lines.count + across - 1) / across
    let first = min(scroll, max(0, perColumn - room))
    for row in 0..<room {
      screen.fill(row: top + row, Theme.text)
      for column in 0..<across {
        let index = column * perColumn + first + row
        guard first + row < perColumn, index < lines.count else { continue }
        let line = lines[index]
        let x = column * columnWidth + 1
        screen.write(
          String(line.keys.prefix(keyWidth - 1)), column: x, row: top + row, Theme.strong)
        screen.write(
          String(line.text.prefix(columnWidth - keyWidth - 1)), column: x + keyWidth,
          row: top + row, Theme.text)
      }
    }
    let more = perColumn > room ? "j k scroll, " : ""
    screen.fill(row: top + room, Theme.bar)
    screen.write(" \(more)any other key closes", column: 0, row: top + room, Theme.bar)
  }
}
