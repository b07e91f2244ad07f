package import Editor

/// What a terminal is known to do that it cannot be asked about.
package struct KnownTerminal: Sendable, Equatable {
  /// The finest block characters that it draws itself, whatever the font.
  package var finestGlyphs = Glyphs.quadrant
  /// Whether it shows 24-bit colours, even where nothing in the environment says so.
  package var hasDirectColor = false

  /// How many sixel pictures it keeps on the screen; nil is without limit.
  package var mostSixels = TerminalFacts().mostSixels

  /// Those that keep as many as fit.
  private static let keepingSixels: Set<String> = [
    "foot", "konsole", "mlterm", "wezterm", "contour", "mintty",
  ]

  /// From which version on; the last row that a terminal reaches is what it can. Sextants are of
  /// Unicode 13, octants of Unicode 16.
  private static let table: [(name: String, version: [Int], glyphs: Glyphs)] = [
    ("ghostty", [1, 0], .sextant), ("ghostty", [1, 2], .octant),
    ("kitty", [0, 20], .sextant), ("kitty", [0, 40], .octant),
    ("foot", [1, 8], .sextant), ("foot", [1, 20], .octant),
    ("vte", [6200], .sextant), ("vte", [7800], .octant),
    ("wezterm", [20_210_502], .sextant), ("konsole", [22, 12], .sextant),
    ("contour", [0, 3], .sextant), ("alacritty", [], .quadrant), ("st", [], .quadrant),
    ("rio", [], .quadrant), ("iterm2", [], .quadrant),
  ]

  /// Looks up a terminal by its answer (XTVERSION), else by the environment that it gave its programs.
  ///
  /// Behind tmux or screen the environment may be that of another terminal, and what they make of new
  /// characters is not known: only an answer counts there, which is their own.
  package init(answer: String?, environment: [String: String]) {
    guard let (name, version) = Self.identity(answer: answer, environment: environment) else {
      return
    }
    if Self.keepingSixels.contains(name) { mostSixels = nil }
    let rows = Self.table.filter { $0.name == name }
    hasDirectColor = !rows.isEmpty
    if let row = rows.last(where: { !version.lexicographicallyPrecedes($0.version) }) {
      finestGlyphs = row.glyphs
    }
  }

  private static func identity(
    answer: String?, environment: [String: String]
  ) -> (name: String, version: [Int])? {
    if let answer { return (name(in: answer), numbers(in: answer)) }
    func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
    let term = value("TERM") ?? ""
    if value("TMUX") != nil || value("STY") != nil { return nil }
    if ["screen", "tmux"].contains(where: term.hasPrefix) { return nil }
    if let version = value("VTE_VERSION") { return ("vte", numbers(in: version)) }
    if let version = value("KONSOLE_VERSION").flatMap({ Int($0) }) {
      return ("konsole", [version / 10_000, version / 100 % 100, version % 100])
    }
    if let program = value("TERM_PROGRAM") {
      return (name(in: program), numbers(in: value("TERM_PROGRAM_VERSION") ?? ""))
    }
    let plain = term.hasPrefix("xterm-") ? String(term.dropFirst(6)) : term
    return (name(in: plain), [])
  }

  /// The letters at the beginning: `kitty(0.41.1)`, `WezTerm 20240203-110809`, `iTerm2 3.5`.
  private static func name(in text: String) -> String {
    text.prefix { $0.isLetter || $0.isNumber }.lowercased()
  }

  /// The first number with its dotted parts behind the name.
  private static func numbers(in text: String) -> [Int] {
    let start = text.first?.isLetter == true ? text.dropFirst(name(in: text).count) : text[...]
    let rest = start.drop { !$0.isNumber }
    return rest.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { Int($0) }
  }
}
