/// What a terminal says when it is asked; never a key.
package enum TerminalAnswer: Sendable, Equatable {
  /// A private mode, and whether the terminal can switch it (DECRPM).
  case mode(Int, canChange: Bool)
  /// The kitty keyboard protocol's flags in force: it is understood.
  case keyboard(flags: Int)
  /// Primary device attributes (DA1); 4 is sixel.
  case attributes([Int])
  /// Whether the kitty graphics protocol is understood.
  case graphics(Bool)
  /// Pixels in a cell.
  case cellSize(width: Int, height: Int)
  /// Colours that a sixel picture can have (XTSMGRAPHICS).
  case colorRegisters(Int)
  /// What became of a 24-bit colour that was set: kept, or replaced by one of 256.
  case color(ColorDepth)
  /// The terminal's name and version.
  case name(String)

  /// Reads the parameters of a control sequence with a final byte; nil where it is no answer.
  init?(parameters: ArraySlice<UInt8>, final: UInt8) {
    let text = String(decoding: parameters, as: UTF8.self)
    func numbers(_ part: Substring) -> [Int] { part.split(separator: ";").compactMap { Int($0) } }
    switch final {
    case UInt8(ascii: "c") where text.hasPrefix("?"):
      self = .attributes(numbers(text.dropFirst()))
    case UInt8(ascii: "c") where text.hasPrefix(">"):
      // VTE says its version, and says its name to nobody.
      let values = numbers(text.dropFirst())
      guard values.count == 3, [61, 65].contains(values[0]), values[1] >= 1000 else { return nil }
      self = .name("VTE(\(values[1]))")
    case UInt8(ascii: "y") where text.hasPrefix("?") && text.hasSuffix("$"):
      let values = numbers(text.dropFirst().dropLast())
      guard values.count == 2 else { return nil }
      // 0 is unknown, 4 fixed off, 3 fixed on.
      self = .mode(values[0], canChange: values[1] == 1 || values[1] == 2)
    case UInt8(ascii: "u") where text.hasPrefix("?"):
      self = .keyboard(flags: numbers(text.dropFirst()).first ?? 0)
    case UInt8(ascii: "t") where text.hasPrefix("6;"):
      let values = numbers(text[...])
      guard values.count == 3, (1...200).contains(values[1]), (1...200).contains(values[2]) else {
        return nil
      }
      self = .cellSize(width: values[2], height: values[1])
    case UInt8(ascii: "S") where text.hasPrefix("?1;0;"):
      guard let count = Int(text.dropFirst(5)), count >= 2 else { return nil }
      self = .colorRegisters(count)
    default: return nil
    }
  }

  /// Reads the body of an application program command, without its ends; nil where it is no answer.
  init?(applicationCommand body: ArraySlice<UInt8>) {
    let text = String(decoding: body, as: UTF8.self)
    guard text.hasPrefix("G"), text.contains("i=31") else { return nil }
    self = .graphics(text.hasSuffix(";OK"))
  }
}

extension TerminalAnswer {
  /// The colour that is set and asked for; no theme has it.
  static let testColor = "38;2;1;2;3"

  /// Reads the body of a device control string, without its ends; nil where it is no answer.
  init?(deviceControl body: ArraySlice<UInt8>) {
    let text = String(decoding: body, as: UTF8.self)
    if text.hasPrefix(">|") {
      self = .name(String(text.dropFirst(2)))
    } else if text.hasPrefix("1$r"), text.hasSuffix("m") {
      guard let depth = Self.depth(rendition: text.dropFirst(3).dropLast()) else { return nil }
      self = .color(depth)
    } else if text.hasPrefix("1+r") {
      // RGB or Tc, in hexadecimal digits: either means 24 bits.
      let name = text.dropFirst(3).prefix { $0 != "=" }.uppercased()
      guard ["524742", "5463"].contains(name) else { return nil }
      self = .color(.direct)
    } else {
      return nil
    }
  }

  /// The attributes as an SGR sequence has them, parts of colours after colons or semicolons, with an
  /// empty or missing colour space.
  private static func depth(rendition: Substring) -> ColorDepth? {
    let numbers = rendition.split { $0 == ":" || $0 == ";" }
    let all = numbers.joined(separator: ";")
    if [testColor, "38;2;0;1;2;3", "38;2;1;1;2;3"].contains(where: all.contains) { return .direct }
    return all.contains("38;5;") ? .palette : nil
  }
}

/// What a terminal turned out to be able to, from its answers.
package struct Capabilities: Sendable, Equatable {
  /// Synchronised updates (mode 2026).
  package private(set) var synchronises = false
  /// Mouse reports in pixels (mode 1016).
  package private(set) var reportsPixels = false
  /// Motion without a button (mode 1003).
  package private(set) var reportsMotion = false
  /// How many colours are kept apart; nil where the terminal did not say.
  package private(set) var colors: ColorDepth?
  /// Name and version; nil where the terminal did not say.
  package private(set) var name: String?
  /// The kitty keyboard protocol.
  package private(set) var hasKeyboard = false
  /// The kitty graphics protocol.
  package private(set) var hasKitty = false
  /// Sixel pictures.
  package private(set) var hasSixel = false
  /// Pixels in a cell as the terminal answered; nil where it did not.
  package private(set) var cellSize: (width: Int, height: Int)?
  /// Colours that a sixel picture can have.
  package private(set) var colorRegisters = 256
  /// Whether no more answers count: the last one came, or the time is over.
  package private(set) var isSettled = false
  private var deadline: Int

  /// Answers are waited for until `deadline`, in milliseconds of the caller's clock.
  package init(deadline: Int) { self.deadline = deadline }

  package static func == (a: Self, b: Self) -> Bool {
    a.synchronises == b.synchronises && a.reportsPixels == b.reportsPixels
      && a.hasKeyboard == b.hasKeyboard && a.hasKitty == b.hasKitty && a.hasSixel == b.hasSixel
      && a.cellSize?.width == b.cellSize?.width && a.cellSize?.height == b.cellSize?.height
      && a.isSettled == b.isSettled && a.reportsMotion == b.reportsMotion
      && a.colors == b.colors && a.colorRegisters == b.colorRegisters && a.name == b.name
  }

  /// The questions for a terminal: modes 2026, 1016 and 1003, keyboard, cell size, name (XTVERSION, and
  /// DA2 for those that say only a version), 24-bit colour
  /// (DECRQSS of one that is set, and the termcap names RGB and Tc), kitty graphics, and last the device
  /// attributes, which every terminal answers, so that nothing is waited for in vain.
  ///
  /// Nothing is asked of the Linux console. The graphics question is an application command, which
  /// tmux and screen take for a title; through them only sixel can be had, by the attributes. Apple's
  /// Terminal shows device control strings as text.
  package static func questions(environment: [String: String]) -> String {
    let term = environment["TERM"] ?? ""
    if term.hasPrefix("linux") { return "" }
    let isMultiplexed =
      ["TMUX", "STY"].contains { !(environment[$0] ?? "").isEmpty }
      || term.hasPrefix("screen") || term.hasPrefix("tmux")
    // One red pixel that is asked about and not shown.
    let graphics = isMultiplexed ? "" : "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;/wAA\u{1B}\\"
    let isApple = environment["TERM_PROGRAM"] == "Apple_Terminal"
    let color =
      isApple
      ? ""
      : "\u{1B}[\(TerminalAnswer.testColor)m\u{1B}P$qm\u{1B}\\\u{1B}[0m"
        + "\u{1B}P+q524742;5463\u{1B}\\"
    let modes = [2026, 1016, 1003].map { "\u{1B}[?\($0)$p" }.joined()
    let others = "\u{1B}[?u\u{1B}[16t\u{1B}[?1;1;0S\u{1B}[>q\u{1B}[>c"
    return modes + others + color + graphics + "\u{1B}[c"
  }

  /// Takes an answer in; one that comes too late changes nothing.
  package mutating func take(_ answer: TerminalAnswer, at now: Int) {
    guard !isSettled else { return }
    guard now <= deadline else {
      isSettled = true
      return
    }
    switch answer {
    case .mode(2026, let canChange): synchronises = canChange
    case .mode(1016, let canChange): reportsPixels = canChange
    case .mode(1003, let canChange): reportsMotion = canChange
    case .mode: break
    // Of several answers the better one holds: a terminal may not know all ways of asking.
    case .color(let depth): colors = max(colors ?? depth, depth)
    case .name(let text): name = name ?? text
    case .keyboard: hasKeyboard = true
    case .graphics(let isUnderstood): hasKitty = isUnderstood
    case .cellSize(let width, let height): cellSize = (width, height)
    case .colorRegisters(let count): colorRegisters = min(256, count)
    case .attributes(let numbers):
      hasSixel = numbers.contains(4)
      isSettled = true
    }
  }
}
