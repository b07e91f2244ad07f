/// Finds what a person may have meant by a word that means nothing.
enum Nearest {
  /// Bytes of a word that can be near another one; those of files may be of any length.
  private static let longestWord = 64

  /// Words of other programs.
  private static let synonyms = [
    "quit": "q", "exit": "q", "write": "w", "save": "w", "saveas": "w", "x": "wq", "edit": "e",
    "open": "e", "run": "generate", "regenerate": "generate", "colour": "color",
    "save-as": "w", "brush": "tool", "fill": "tool", "noise": "seed", "tiles": "mode",
  ]

  /// The candidate that differs least from `word`, or the first that begins with it; nil where none
  /// is near. A third of the letters may differ, an exchange of two neighbours being one difference.
  static func word(to word: String, among candidates: [String]) -> String? {
    guard word.utf8.count <= longestWord else { return nil }
    if let known = synonyms[word], candidates.contains(known) { return known }
    if word.count > 1, let begun = candidates.first(where: { $0.hasPrefix(word) }) { return begun }
    let most = max(1, word.count / 3)
    let letters = Array(word.lowercased())
    let near = candidates.filter { abs($0.count - letters.count) <= most }
      .map { ($0, distance(letters, Array($0))) }.min { $0.1 < $1.1 }
    return near.flatMap { $0.1 <= most && $0.1 < $0.0.count ? $0.0 : nil }
  }

  /// What follows `no command genrate`: `; did you mean :generate?`, or where all are listed.
  static func proposal(for word: String, among candidates: [String], prefix: String) -> String {
    self.word(to: word, among: candidates).map { "; did you mean \(prefix)\($0)?" }
      ?? "; Tab lists them, ? explains"
  }

  /// Letters to insert, delete, replace or exchange with their neighbour (Damerau 1964).
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}

extension EditorState {
  /// Says what a key is not, and what the nearest one is.
  mutating func complainAboutUnbound(_ key: Key) {
    let near = key.neighbours.first { bindings[$0] != nil }
    if let near, let action = bindings[near], let words = HelpTable.words(for: action) {
      say("\(key.label) does nothing; \(near.label): \(words)")
    } else {
      let all = self.key(.help).map { "\($0) lists the keys" } ?? ":help lists the keys"
      say("\(key.label) does nothing; \(all)")
    }
  }
}

extension Key {
  /// Keys that a finger or a memory may have meant.
  fileprivate var neighbours: [Key] {
    switch self {
    case .character(let character):
      let other = character.isUppercase ? character.lowercased() : character.uppercased()
      return other.count == 1 ? [.character(Character(other)), .control(character)] : []
    case .control(let letter), .alt(let letter):
      return [.character(letter), .character(Character(letter.uppercased().prefix(1).description))]
    case .home: return [.controlLeft]
    case .end: return [.controlRight]
    case .backspace, .delete: return [.character("e")]
    default: return []
    }
  }
}
