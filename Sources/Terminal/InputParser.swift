package import Editor

/// Turns a terminal's bytes into keys, mouse reports and pasted text.
///
/// Bytes come in any portions. What cannot be understood is dropped up to the next plausible start;
/// no input traps and none is kept without bound.
package struct InputParser: Sendable {
  private var pending: [UInt8] = []
  private var paste: [UInt8]?
  private var answers: [TerminalAnswer] = []
  private var patience = 0
  /// Pixels in a cell while mouse reports come in pixels; nil while they come in cells.
  package var pixelsInCell: (width: Int, height: Int)?

  /// Longest control sequence that is taken seriously; keys and mouse reports are much shorter.
  private static let longestSequence = 96
  private static let longestKey = 32
  /// Longest string sequence (DCS, OSC, APC) that is waited for.
  private static let longestString = 4096
  /// How many escape delays a begun sequence is waited for: nobody types one, and the rest of a
  /// late answer must not act as keys.
  private static let longestPatience = 8
  /// Pasted text beyond this is dropped.
  private static let longestPaste = 65_536

  /// Starts with nothing waiting.
  package init() {}

  /// Whether a sequence has begun that more bytes may complete.
  package var isWaiting: Bool { !pending.isEmpty }

  /// Takes bytes in and returns the events they complete.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Event] {
    pending += bytes
    patience = 0
    return take(isFinal: false)
  }

  /// Called when no byte has followed for the escape delay: what waits is all there is, and a lone
  /// escape is the Escape key.
  package mutating func flush() -> [Event] {
    if pending.count > 1, pending[0] == 0x1B, Self.introducers.contains(pending[1]),
      patience < Self.longestPatience
    {
      patience += 1
      return []
    }
    patience = 0
    return take(isFinal: true)
  }

  /// What the terminal has answered since the last call.
  package mutating func takeAnswers() -> [TerminalAnswer] {
    defer { answers.removeAll() }
    return answers
  }

  /// `[` and what begins a string sequence.
  private static let introducers = Set("[P]_^X".utf8)

  private mutating func take(isFinal: Bool) -> [Event] {
    var events: [Event] = []
    var at = 0
    while at < pending.count {
      if paste != nil {
        let (event, used) = takePaste(from: at)
        if let event { events.append(event) }
        guard used > 0 else { break }
        at += used
        continue
      }
      switch parse(pending[at...], isFinal: isFinal) {
      case .incomplete:
        pending.removeFirst(at)
        return events
      case .junk(let used): at += used
      case .answer(let answer, let used):
        answers.append(answer)
        at += used
      case .pasteBegins(let used):
        paste = []
        at += used
      case .event(let event, let used):
        events.append(event)
        at += used
      }
    }
    pending.removeFirst(min(at, pending.count))
    return events
  }

  /// Moves pasted bytes aside until the end mark; returns the paste once it is whole.
  private mutating func takePaste(from at: Int) -> (Event?, Int) {
    let end: [UInt8] = Array("\u{1B}[201~".utf8)
    let rest = pending[at...]
    for start in rest.indices where rest[start] == end[0] {
      let part = rest[start...].prefix(end.count)
      if part.elementsEqual(end) {
        store(rest[..<start])
        let text = String(decoding: paste ?? [], as: UTF8.self)
        paste = nil
        return (.paste(text), start - at + end.count)
      }
      if end.starts(with: part) {
        store(rest[..<start])
        return (nil, start - at)
      }
    }
    store(rest)
    return (nil, rest.count)
  }

  private mutating func store(_ bytes: ArraySlice<UInt8>) {
    let room = Self.longestPaste - (paste?.count ?? 0)
    paste?.append(contentsOf: bytes.prefix(max(0, room)))
  }
}

// MARK: - One step

extension InputParser {
  private enum Step {
    case incomplete
    case junk(Int)
    case pasteBegins(Int)
    case event(Event, Int)
    case answer(TerminalAnswer, Int)
  }

  private func parse(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let first = bytes[bytes.startIndex]
    switch first {
    case 0x1B: return parseEscape(bytes, isFinal: isFinal)
    case 0x0D, 0x0A: return .event(.key(.enter), 1)
    case 0x09: return .event(.key(.tab), 1)
    case 0x7F, 0x08: return .event(.key(.backspace), 1)
    case 0x00: return .event(.key(.control(" ")), 1)
    case 0x01...0x1A: return .event(.key(.control(Self.letter(first + 0x60))), 1)
    case 0x1C...0x1F: return .event(.key(.control(Self.letter(first + 0x40))), 1)
    case 0x20..<0x7F: return .event(.key(.character(Self.letter(first))), 1)
    default: return Self.parseUTF8(bytes, isFinal: isFinal)
    }
  }

  private static func letter(_ byte: UInt8) -> Character {
    Character(Unicode.Scalar(byte))
  }

  private static func parseUTF8(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let length: Int
    switch bytes[bytes.startIndex] {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xF4: length = 4
    default: return .junk(1)
    }
    let part = bytes.prefix(length)
    guard part.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }) else { return .junk(1) }
    guard part.count == length else { return isFinal ? .junk(part.count) : .incomplete }
    let text = String(decoding: part, as: UTF8.self)
    guard let character = text.first, character != "\u{FFFD}" else { return .junk(length) }
    return .event(.key(.character(character)), length)
  }

  private func parseEscape(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let start = bytes.startIndex
    guard bytes.count > 1 else { return isFinal ? .event(.key(.escape), 1) : .incomplete }
    switch bytes[start + 1] {
    case UInt8(ascii: "["): return parseControlSequence(bytes, isFinal: isFinal)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return isFinal ? .event(.key(.alt("O")), 2) : .incomplete }
      guard let key = Self.finalKeys[bytes[start + 2]] else { return .junk(3) }
      return .event(.key(key), 3)
    case 0x1B: return .event(.key(.escape), 1)
    case let byte where Self.introducers.contains(byte):
      return Self.parseString(bytes, isFinal: isFinal)
    case 0x20..<0x7F: return .event(.key(.alt(Self.letter(bytes[start + 1]))), 2)
    default: return .event(.key(.escape), 1)
    }
  }

  /// `ESC P`, `ESC ]` or `ESC _`, a text, and `ESC \` or BEL: how terminals answer at length.
  private static func parseString(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let kind = bytes[bytes.startIndex + 1]
    let key = Step.event(.key(.alt(letter(kind))), 2)
    guard let first = bytes.dropFirst(2).first else { return isFinal ? key : .incomplete }
    let isAnswer =
      switch kind {
      case UInt8(ascii: "P"): ">01+".utf8.contains(first)
      case UInt8(ascii: "_"): first == UInt8(ascii: "G")
      default: (0x30...0x39).contains(first)
      }
    guard isAnswer else { return key }
    let body = bytes.dropFirst(2)
    guard let end = body.firstIndex(where: { $0 < 0x20 }) else {
      return isFinal || body.count > longestString ? .junk(bytes.count) : .incomplete
    }
    let used = end - bytes.startIndex
    if bytes[end] == 0x07 { return .junk(used + 1) }
    guard bytes[end] == 0x1B else { return .junk(used) }
    guard end + 1 < bytes.endIndex else { return isFinal ? .junk(used) : .incomplete }
    guard bytes[end + 1] == UInt8(ascii: "\\") else { return .junk(used) }
    let text = body[..<end]
    let answer =
      switch kind {
      case UInt8(ascii: "_"): TerminalAnswer(applicationCommand: text)
      case UInt8(ascii: "P"): TerminalAnswer(deviceControl: text)
      default: TerminalAnswer?.none
      }
    guard let answer else { return .junk(used + 2) }
    return .answer(answer, used + 2)
  }

  /// `ESC [`, parameters, a final byte (ECMA-48, 5.4).
  private func parseControlSequence(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let body = bytes.dropFirst(2)
    // The oldest mouse form has three bytes after its final letter.
    if body.first == UInt8(ascii: "M") { return Self.parseOldMouse(bytes, isFinal: isFinal) }
    guard let end = body.firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
      if body.count > Self.longestSequence { return .junk(bytes.count) }
      return isFinal ? .junk(bytes.count) : .incomplete
    }
    let used = end - bytes.startIndex + 1
    // A byte that cannot end a sequence begins something new.
    guard (0x40...0x7E).contains(bytes[end]) else { return .junk(used - 1) }
    guard used <= Self.longestSequence else { return .junk(used) }
    let parameters = bytes[body.startIndex..<end]
    if parameters.first == UInt8(ascii: "<") {
      guard let mouse = mouse(parameters.dropFirst(), final: bytes[end]) else { return .junk(used) }
      return .event(.mouse(mouse), used)
    }
    if let answer = TerminalAnswer(parameters: parameters, final: bytes[end]) {
      return .answer(answer, used)
    }
    guard used <= Self.longestKey else { return .junk(used) }
    if bytes[end] == UInt8(ascii: "u") {
      return Self.protocolKey(parameters).map { .event(.key($0), used) } ?? .junk(used)
    }
    guard let numbers = Self.numbers(parameters) else { return .junk(used) }
    if bytes[end] == UInt8(ascii: "~"), numbers.first == 200 { return .pasteBegins(used) }
    switch (bytes[end], numbers.isEmpty) {
    case (UInt8(ascii: "I"), true): return .event(.focus(true), used)
    case (UInt8(ascii: "O"), true): return .event(.focus(false), used)
    default: break
    }
    guard let key = Self.key(numbers, final: bytes[end]) else { return .junk(used) }
    return .event(.key(key), used)
  }

  /// Decimal numbers between semicolons; nil for anything else or for numbers beyond 65535.
  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int]? {
    guard !bytes.isEmpty else { return [] }
    var result: [Int] = []
    for part in bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
      var value = 0
      for byte in part {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
        guard value <= 65_535 else { return nil }
      }
      result.append(value)
    }
    return result
  }
}

// MARK: - Tables

extension InputParser {
  private static let finalKeys: [UInt8: Key] = [
    UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right,
    UInt8(ascii: "D"): .left, UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
    UInt8(ascii: "P"): .function(1), UInt8(ascii: "Q"): .function(2),
    UInt8(ascii: "R"): .function(3), UInt8(ascii: "S"): .function(4),
    UInt8(ascii: "M"): .enter, UInt8(ascii: "Z"): .backTab,
  ]

  private static let tildeKeys: [Int: Key] = [
    1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
    11: .function(1), 12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5),
    17: .function(6), 18: .function(7), 19: .function(8), 20: .function(9), 21: .function(10),
    23: .function(11), 24: .function(12),
  ]

  private static let controlled: [Key: Key] = [
    .up: .controlUp, .down: .controlDown, .left: .controlLeft, .right: .controlRight,
  ]

  /// Modifiers come as 1 + shift 1 + alt 2 + control 4.
  private static func key(_ numbers: [Int], final: UInt8) -> Key? {
    let plain =
      final == UInt8(ascii: "~") ? numbers.first.flatMap { tildeKeys[$0] } : finalKeys[final]
    guard let plain else { return nil }
    let modifiers = numbers.count > 1 ? max(0, numbers[1] - 1) : 0
    return modifiers & 4 != 0 ? controlled[plain] ?? plain : plain
  }

  /// `code;modifiers` of the kitty keyboard protocol's first level, with sub-parameters after colons;
  /// nil for keys that are not used and for releases.
  private static func protocolKey(_ bytes: ArraySlice<UInt8>) -> Key? {
    let parts = bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { $0.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) }
    func number(_ part: Int, _ sub: Int) -> Int? {
      guard part < parts.count, sub < parts[part].count else { return nil }
      return numbers(parts[part][sub])?.first
    }
    guard let code = number(0, 0), number(1, 1) != 3 else { return nil }
    let modifiers = max(0, (number(1, 0) ?? 1) - 1)
    switch code {
    case 27: return .escape
    case 13, 57_414: return .enter
    case 9: return modifiers & 1 != 0 ? .backTab : .tab
    case 127: return .backspace
    case 32..<127, 160..<0xE000:
      guard let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
      if modifiers & 4 != 0 { return .control(Character(scalar)) }
      return modifiers & 2 != 0 ? .alt(Character(scalar)) : .character(Character(scalar))
    default: return nil
    }
  }

  /// `button;column;row` of an SGR report, final `M` for press and motion, `m` for release.
  private func mouse(_ bytes: ArraySlice<UInt8>, final: UInt8) -> Mouse? {
    guard let numbers = Self.numbers(bytes), numbers.count == 3, numbers[1] > 0, numbers[2] > 0,
      final == UInt8(ascii: "M") || final == UInt8(ascii: "m")
    else { return nil }
    let (x, y) = (numbers[1] - 1, numbers[2] - 1)
    let isRelease = final == UInt8(ascii: "m")
    guard let cell = pixelsInCell else {
      return Self.mouse(code: numbers[0], column: x, row: y, isRelease: isRelease)
    }
    var mouse = Self.mouse(
      code: numbers[0], column: x / cell.width, row: y / cell.height, isRelease: isRelease)
    // The middle of the pixel, which is never the middle of an even cell.
    mouse?.fractionX = (Double(x % cell.width) + 0.5) / Double(cell.width)
    mouse?.fractionY = (Double(y % cell.height) + 0.5) / Double(cell.height)
    return mouse
  }

  private static func mouse(code: Int, column: Int, row: Int, isRelease: Bool) -> Mouse? {
    guard code < 128 else { return nil }
    let control = code & 16 != 0
    if code & 64 != 0 {
      // 66 and 67 are a wheel's sideways turns.
      guard code & 3 < 2, !isRelease else { return nil }
      return Mouse(
        code & 3 == 0 ? .wheelUp : .wheelDown, .none, column: column, row: row, control: control)
    }
    let buttons: [Mouse.Button] = [.left, .middle, .right, .none]
    let button = buttons[code & 3]
    let isMotion = code & 32 != 0 && !isRelease
    let action: Mouse.Action =
      isMotion ? (button == .none ? .move : .drag) : isRelease || button == .none ? .up : .down
    return Mouse(action, button, column: column, row: row, control: control)
  }

  /// `ESC [ M` and three bytes offset by 32, which some terminals fall back to.
  private static func parseOldMouse(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    guard bytes.count >= 6 else { return isFinal ? .junk(bytes.count) : .incomplete }
    let report = bytes.dropFirst(3).prefix(3).map { Int($0) - 32 }
    guard report.allSatisfy({ $0 >= 0 }), report[1] > 0, report[2] > 0,
      let mouse = mouse(
        code: report[0], column: report[1] - 1, row: report[2] - 1,
        isRelease: report[0] & 35 == 3)
    else { return .junk(3) }
    return .event(.mouse(mouse), 6)
  }
}
