/// What can stand at some place of a command.
enum Completion: Sendable {
  case words([String])
  /// The names of files; the rest of the line is one name.
  case files
  /// The names of presets.
  case presets
  /// The value there is now.
  case current(@Sendable (EditorState) -> String)
  /// Names and values of settings, as `size=12`.
  case settings
}

extension EditorState {
  /// Tab: puts in what all candidates share, then one after the other.
  mutating func complete(_ direction: Int) -> [Effect] {
    guard case .command(var line) = prompt else { return [] }
    if let menu = line.menu, !menu.candidates.isEmpty {
      let count = menu.candidates.count
      let next =
        menu.index.map { ($0 + direction + count) % count } ?? (direction > 0 ? 0 : count - 1)
      line.replace(from: menu.start, with: menu.candidates[next])
      line.menu = menu
      line.menu?.index = next
      prompt = .command(line)
      return []
    }
    let (typed, completion) = place(in: line.beginning)
    switch completion {
    case .files: return [.listFiles(prefix: typed)]
    case .words(let words): offer(words, typed)
    case .current(let value): offer([value(self)], typed)
    case .presets: offer(presets.keys.sorted(), typed)
    case .settings, nil: break
    }
    return []
  }

  /// The word at the end of a beginning, and what could stand there.
  private func place(in beginning: String) -> (typed: String, completion: Completion?) {
    let words = beginning.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count > 1 else {
      return (beginning, .words(Command.all.map { $0.name + ($0.argument.isEmpty ? "" : " ") }))
    }
    let name = words[0].hasSuffix("!") ? String(words[0].dropLast()) : words[0]
    guard let command = Command.named(name) else { return ("", nil) }
    let index = min(words.count - 2, command.completions.count - 1)
    guard index >= 0 else { return ("", nil) }
    switch command.completions[index] {
    case .settings: return setting(words[words.count - 1])
    case .files: return (words[(index + 1)...].joined(separator: " "), .files)
    case let other: return (words[words.count - 1], other)
    }
  }

  /// The place in `NAME=VALUE`.
  private func setting(_ typed: String) -> (String, Completion?) {
    let parts = typed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return (typed, .words(Command.settings.map { $0.name + "=" }))
    }
    return (String(parts[1]), Command.named(String(parts[0]))?.completions.first)
  }

  /// Offers those of `words` that begin with `typed`, the text before the caret.
  private mutating func offer(_ words: [String], _ typed: String) {
    guard case .command(var line) = prompt else { return }
    let fitting = words.filter { $0.hasPrefix(typed) }
    guard let first = fitting.first else { return }
    let start = line.caret - typed.count
    let shared = fitting.dropFirst().reduce(first) {
      String(zip($0, $1).prefix { $0 == $1 }.map(\.0))
    }
    if shared.count > typed.count { line.replace(from: start, with: shared) }
    if fitting.count > 1 {
      line.menu = CommandLine.Menu(candidates: fitting, index: nil, start: start)
    }
    prompt = .command(line)
  }

  /// File names that were asked for have come; they are offered if the line still asks for them.
  mutating func handleListing(prefix: String, names: [String]) {
    guard case .command(let line) = prompt, case (prefix, .files) = place(in: line.beginning) else {
      return
    }
    offer(names, prefix)
  }

  /// What helps to go on typing: the candidates with the chosen one's place, or the usage.
  package var commandHint: (words: [String], chosen: Int?) {
    guard case .command(let line) = prompt else { return ([], nil) }
    if let menu = line.menu { return (menu.candidates, menu.index) }
    let name = line.string.prefix { $0 != " " && $0 != "!" }
    guard let command = Command.named(String(name)) else {
      return (line.text.isEmpty ? ["Tab lists commands", "Up the ones before"] : [], nil)
    }
    var words = [command.usage, command.help]
    if case .current(let value)? = command.completions.first { words.append("now \(value(self))") }
    return (words, nil)
  }
}
