/// A line of text being typed after `:`.
package struct CommandLine: Sendable, Equatable {
  /// What could stand at the caret, and which of it does.
  package struct Menu: Sendable, Equatable {
    /// Whole words, at least one.
    package var candidates: [String]
    /// The one that is in the line; nil while the line holds what was typed.
    package var index: Int?
    /// Where in the text the word begins.
    var start: Int
  }

  /// What has been typed.
  package private(set) var text: [Character] = []
  /// Where the next character goes, 0...text.count.
  package private(set) var caret = 0
  /// What Tab offers; nil until it is pressed.
  package internal(set) var menu: Menu?
  /// How many lines back in the history this text comes from.
  private var age = 0
  /// What was typed before the history was looked through; its lines begin with it.
  private var typed: [Character] = []

  /// Characters beyond this are dropped.
  package static let longest = 400

  /// Starts with a text and the caret behind it.
  package init(_ text: String = "") {
    self.text = Array(text.prefix(Self.longest))
    caret = self.text.count
  }

  /// The text as a string.
  package var string: String { String(text) }
  /// The text before the caret, which is what completion looks at.
  var beginning: String { String(text[..<caret]) }

  /// Puts in printable characters; a line break becomes a space.
  mutating func insert(_ string: String) {
    for character in string where text.count < Self.longest {
      let isControl = character.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
      guard !isControl || character.isWhitespace else { continue }
      text.insert(isControl ? " " : character, at: caret)
      caret += 1
    }
    menu = nil
    age = 0
  }

  /// Edits as a shell's line does; keys that mean nothing here do nothing.
  mutating func handle(_ key: Key) {
    menu = nil
    switch key {
    case .left, .control("b"): caret = max(0, caret - 1)
    case .right, .control("f"): caret = min(text.count, caret + 1)
    case .home, .control("a"): caret = 0
    case .end, .control("e"): caret = text.count
    case .controlLeft, .alt("b"): caret = wordBefore
    case .controlRight, .alt("f"): caret = wordAfter
    default:
      age = 0
      change(key)
    }
  }

  private mutating func change(_ key: Key) {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace, .control("h"): remove(max(0, caret - 1)..<caret)
    case .delete, .control("d"): remove(caret..<min(text.count, caret + 1))
    case .control("u"): remove(0..<caret)
    case .control("k"): remove(caret..<text.count)
    case .control("w"): remove(wordBefore..<caret)
    case .alt("d"): remove(caret..<wordAfter)
    default: break
    }
  }

  private mutating func remove(_ range: Range<Int>) {
    text.removeSubrange(range)
    caret = range.lowerBound
  }

  private var wordBefore: Int {
    text[..<caret].reversed().drop { $0 == " " }.drop { $0 != " " }.count
  }

  private var wordAfter: Int {
    text.count - text[caret...].drop { $0 == " " }.drop { $0 != " " }.count
  }

  /// Puts `word` in the place of everything between `start` and the caret.
  mutating func replace(from start: Int, with word: String) {
    remove(min(start, caret)..<caret)
    insert(word)
  }

  /// The next older (`direction` 1) or newer line of `history` that begins with what was typed.
  mutating func recall(_ direction: Int, from history: [String]) {
    if age == 0 { typed = text }
    let prefix = String(typed)
    var next = age + direction
    while next > 0, next <= history.count {
      let line = history[history.count - next]
      if line.hasPrefix(prefix), line != string { break }
      next += direction
    }
    guard next <= history.count else { return }
    let kept = typed
    self = CommandLine(next <= 0 ? prefix : history[history.count - next])
    typed = kept
    age = max(0, next)
  }
}

extension EditorState {
  mutating func edit(_ line: CommandLine, with key: Key) -> [Effect] {
    var line = line
    switch key {
    case .escape where line.menu?.index != nil: line.handle(.end)
    case .escape, .control("c"):
      prompt = nil
      return []
    case .backspace where line.text.isEmpty:
      prompt = nil
      return []
    case .enter:
      prompt = nil
      message = nil
      guard line.text.contains(where: { $0 != " " }) else { return [] }
      remember(line.string)
      return run(command: line.string)
    case .tab, .backTab:
      prompt = .command(line)
      return complete(key == .tab ? 1 : -1)
    case .up, .control("p"): line.recall(1, from: commandHistory)
    case .down, .control("n"): line.recall(-1, from: commandHistory)
    default: line.handle(key)
    }
    prompt = .command(line)
    return []
  }

  private mutating func remember(_ command: String) {
    commandHistory.removeAll { $0 == command }
    commandHistory.append(command)
    if commandHistory.count > 100 { commandHistory.removeFirst() }
  }
}
