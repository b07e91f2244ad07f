/// Lays out what is said so that nothing is cut in the middle of what matters.
package enum Wording {
  /// As many whole parts, the most important first, as fit side by side into `width` columns.
  static func fitting(_ parts: [String], width: Int, separator: String) -> String {
    var line = ""
    for part in parts {
      let next = line.isEmpty ? part : line + separator + part
      guard next.count <= width else { break }
      line = next
    }
    return line
  }

  /// A message in the two rows at the bottom, and whether `mark` has room at the end of the last: it
  /// gives way to what is said.
  package static func bottom(
    _ text: String, columns: Int, rows: Int, mark: Int
  ) -> (lines: [String], hasMark: Bool) {
    let width = columns - 2
    let beside = rows > 1 ? [width, width - mark] : [width - mark]
    if wrapped(text, beside) != nil { return (lines(text, widths: beside), true) }
    return (lines(text, widths: rows > 1 ? [width, width] : [width]), false)
  }

  /// How far a run is, whose parts stand two blanks or more apart: where room is short the parts in
  /// the middle go first, the last of them foremost, then the bar; how to stop it stays.
  static func progress(_ text: String, width: Int) -> String {
    guard text.count > width else { return text }
    var parts = text.split(separator: "  ").map { String($0).trimmed }.filter { !$0.isEmpty }
    func line() -> String { parts.joined(separator: "  ") }
    while line().count > width, parts.count > 2 { parts.remove(at: parts.count - 2) }
    if line().count > width, let first = parts.first, let end = first.firstIndex(of: "]") {
      parts[0] = String(first[first.index(after: end)...]).trimmed
    }
    while line().count > width, parts.count > 1 { parts.removeFirst() }
    return line()
  }

  /// A message in lines of at most `widths` columns, the first as long as the first width.
  ///
  /// What is too long for all of them loses clauses from its end, a clause being what follows `; `
  /// or three blanks. Lines end between words; a word longer than a line, as a path can be, goes on
  /// in the next one. Only a first clause that is too long for all lines ends early, with dots.
  static func lines(_ text: String, widths: [Int]) -> [String] {
    guard let room = widths.max(), room > 0 else { return [] }
    var clauses = clauses(of: text)
    while true {
      // One line where it is enough, and that is the last, which is there at any size.
      if let last = widths.last, let line = wrapped(clauses.joined(), [last]) { return line }
      if let lines = wrapped(clauses.joined(), widths) { return lines }
      guard clauses.count > 1 else { break }
      clauses.removeLast()
    }
    var words = clauses.joined().split(separator: " ").map(String.init)
    while words.count > 1 {
      words.removeLast()
      if let lines = wrapped((words + ["..."]).joined(separator: " "), widths) { return lines }
    }
    return []
  }

  /// The clauses, each but the first with the separator before it.
  private static func clauses(of text: String) -> [String] {
    var clauses = [""]
    var rest = text[...]
    while !rest.isEmpty {
      let separator = ["; ", "   "].first { rest.hasPrefix($0) } ?? ""
      if separator.isEmpty {
        clauses[clauses.count - 1].append(rest.removeFirst())
      } else {
        clauses.append(separator)
        rest = rest.dropFirst(separator.count)
        while rest.first == " " { clauses[clauses.count - 1].append(rest.removeFirst()) }
      }
    }
    return clauses
  }

  /// The text in lines of at most these widths; nil where they are not enough.
  static func wrapped(_ text: String, _ widths: [Int]) -> [String]? {
    var lines: [String] = []
    var line = ""
    func width() -> Int? { lines.count < widths.count ? max(1, widths[lines.count]) : nil }
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      var word = String(word)
      if line.isEmpty, word.isEmpty, !lines.isEmpty { continue }
      guard var room = width() else { return nil }
      if !line.isEmpty, line.count + 1 + word.count <= room {
        line += " " + word
        continue
      }
      if !line.isEmpty {
        lines.append(line)
        line = ""
        // Blanks at the end of a line are not seen.
        if word.isEmpty { continue }
        guard let next = width() else { return nil }
        room = next
      }
      while word.count > room {
        lines.append(String(word.prefix(room)))
        word = String(word.dropFirst(room))
        guard let next = width() else { return nil }
        room = next
      }
      line = word
    }
    if !line.isEmpty { lines.append(line) }
    return lines.count <= widths.count ? lines : nil
  }
}
