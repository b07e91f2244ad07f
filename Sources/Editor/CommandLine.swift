/// A line of text being typed after `:`.
package struct CommandLine: Sendable, Equatable {
  /// What has been typed.
  package private(set) var text: [Character] = []
  /// Where the next character goes, 0...text.count.
  package private(set) var caret = 0
  /// How many lines back in the history this text comes from.
  var age = 0

  /// Characters beyond this are dropped.
  package static let longest = 400

  /// Starts with a text and the caret behind it.
  package init(_ text: String = "") {
    self.text = Array(text.prefix(Self.longest))
    caret = self.text.count
  }

  /// The text as a string.
  package var string: String { String(text) }

  /// Puts in printable characters; a line break becomes a space.
  mutating func insert(_ string: String) {
    for character in string where text.count < Self.longest {
      let isControl = character.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
      guard !isControl || character.isWhitespace else { continue }
      text.insert(isControl ? " " : character, at: caret)
      caret += 1
    }
  }

  mutating func handle(_ key: Key) {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace where caret > 0:
      caret -= 1
      text.remove(at: caret)
    case .delete where caret < text.count: text.remove(at: caret)
    case .left: caret = max(0, caret - 1)
    case .right: caret = min(text.count, caret + 1)
    case .home, .control("a"): caret = 0
    case .end, .control("e"): caret = text.count
    case .control("u"):
      text.removeSubrange(0..<caret)
      caret = 0
    case .control("w"):
      let kept = text[..<caret].reversed().drop { $0 == " " }.drop { $0 != " " }.count
      text.removeSubrange(kept..<caret)
      caret = kept
    default: break
    }
  }
}

extension EditorState {
  mutating func edit(_ line: CommandLine, with key: Key) -> [Effect] {
    var line = line
    switch key {
    case .escape, .control("c"):
      prompt = nil
      return []
    case .backspace where line.text.isEmpty:
      prompt = nil
      return []
    case .enter:
      prompt = nil
      message = nil
      guard !line.text.isEmpty else { return [] }
      commandHistory.append(line.string)
      if commandHistory.count > 100 { commandHistory.removeFirst() }
      return run(command: line.string)
    case .tab: line = completed(line)
    case .up: line = fetched(age: line.age + 1) ?? line
    case .down: line = fetched(age: line.age - 1) ?? CommandLine()
    default: line.handle(key)
    }
    prompt = .command(line)
    return []
  }

  private func fetched(age: Int) -> CommandLine? {
    guard age > 0, age <= commandHistory.count else { return nil }
    var line = CommandLine(commandHistory[commandHistory.count - age])
    line.age = age
    return line
  }

  /// The longest beginning that all fitting commands share.
  private mutating func completed(_ line: CommandLine) -> CommandLine {
    let typed = line.string
    guard !typed.contains(" ") else { return line }
    let fitting = Command.all.map(\.name).filter { $0.hasPrefix(typed) }
    guard let first = fitting.first else { return line }
    let shared = fitting.dropFirst().reduce(first) { sharedPrefix($0, $1) }
    if fitting.count > 1, shared == typed { say(fitting.joined(separator: "  ")) }
    return CommandLine(fitting.count == 1 ? first + " " : shared)
  }

  private func sharedPrefix(_ a: String, _ b: String) -> String {
    String(zip(a, b).prefix { $0 == $1 }.map(\.0))
  }
}
