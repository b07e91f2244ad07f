package import Editor

/// Turns a terminal's bytes into keys, mouse reports and pasted text.
///
/// Bytes come in any portions. What cannot be understood is dropped up to the next plausible start;
/// no input traps and none is kept without bound.
package struct InputParser: Sendable {
  private var pending: [UInt8] = []
  private var paste: [UInt8]?

  /// Longest control sequence that is taken seriously.
  private static let longestSequence = 32
  /// Pasted text beyond this is dropped.
  private static let longestPaste = 65_536

  /// Starts with nothing waiting.
  package init() {}

  /// Whether a sequence has begun that more bytes may complete.
  package var isWaiting: Bool { !pending.isEmpty }

  /// Takes bytes in and returns the events they complete.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Event] {
    pending += bytes
    return take(isFinal: false)
  }

  /// Called when no byte has followed for the escape delay: what waits is all there is, and a lone
  /// escape is the Escape key.
  package mutating func flush() -> [Event] {
    take(isFinal: true)
  }

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
      switch Self.parse(pending[at...], isFinal: isFinal) {
      case .incomplete:
        pending.removeFirst(at)
        return events
      case .junk(let used): at += used
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
  }

  private static func parse(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let first = bytes[bytes.startIndex]
    switch first {
    case 0x1B: return parseEscape(bytes, isFinal: isFinal)
    case 0x0D, 0x0A: return .event(.key(.enter), 1)
    case 0x09: return .event(.key(.tab), 1)
    case 0x7F, 0x08: return .event(.key(.backspace), 1)
    case 0x00: return .event(.key(.control(" ")), 1)
    case 0x01...0x1A: return .event(.key(.control(letter(first + 0x60))), 1)
    case 0x1C...0x1F: return .event(.key(.control(letter(first + 0x40))), 1)
    case 0x20..<0x7F: return .event(.key(.character(letter(first))), 1)
    default: return parseUTF8(bytes, isFinal: isFinal)
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

  private static func parseEscape(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let start = bytes.startIndex
    guard bytes.count > 1 else { return isFinal ? .event(.key(.escape), 1) : .incomplete }
    switch bytes[start + 1] {
    case UInt8(ascii: "["): return parseControlSequence(bytes, isFinal: isFinal)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return isFinal ? .event(.key(.alt("O")), 2) : .incomplete }
      guard let key = finalKeys[bytes[start + 2]] else { return .junk(3) }
      return .event(.key(key), 3)
    case 0x1B: return .event(.key(.escape), 1)
    case 0x20..<0x7F: return .event(.key(.alt(letter(bytes[start + 1]))), 2)
    default: return .event(.key(.escape), 1)
    }
  }

  /// `ESC [`, parameters, a final byte (ECMA-48, 5.4).
  private static func parseControlSequence(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    let body = bytes.dropFirst(2)
    // The oldest mouse form has three bytes after its final letter.
    if body.first == UInt8(ascii: "M") { return parseOldMouse(bytes, isFinal: isFinal) }
    guard let end = body.firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
      if body.count > longestSequence { return .junk(bytes.count) }
      return isFinal ? .junk(bytes.count) : .incomplete
    }
    let used = end - bytes.startIndex + 1
    // A byte that cannot end a sequence begins something new.
    guard (0x40...0x7E).contains(bytes[end]) else { return .junk(used - 1) }
    guard used <= longestSequence else { return .junk(used) }
    let parameters = bytes[body.startIndex..<end]
    if parameters.first == UInt8(ascii: "<") {
      guard let mouse = mouse(parameters.dropFirst(), final: bytes[end]) else { return .junk(used) }
      return .event(.mouse(mouse), used)
    }
    guard let numbers = numbers(parameters) else { return .junk(used) }
    if bytes[end] == UInt8(ascii: "~"), numbers.first == 200 { return .pasteBegins(used) }
    switch (bytes[end], numbers.isEmpty) {
    case (UInt8(ascii: "I"), true): return .event(.focus(true), used)
    case (UInt8(ascii: "O"), true): return .event(.focus(false), used)
    default: break
    }
    guard let key = key(numbers, final: bytes[end]) else { return .junk(used) }
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

  /// `button;column;row` of an SGR report, final `M` for press and motion, `m` for release.
  private static func mouse(_ bytes: ArraySlice<UInt8>, final: UInt8) -> Mouse? {
    guard let numbers = numbers(bytes), numbers.count == 3, numbers[1] > 0, numbers[2] > 0,
      final == UInt8(ascii: "M") || final == UInt8(ascii: "m")
    else { return nil }
    return mouse(
      code: numbers[0], column: numbers[1] - 1, row: numbers[2] - 1,
      isRelease: final == UInt8(ascii: "m"))
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
    let action: Mouse.Action =
      isRelease || (button == .none) ? .up : code & 32 != 0 ? .drag : .down
    return Mouse(action, button, column: column, row: row, control: control)
  }

  /// `ESC [ M` and three bytes offset by 32, which some terminals fall back to.
  private static func parseOldMouse(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
    guard bytes.count >= 6 else { return isFinal ? .junk(bytes.count) : .incomplete }
    let report = bytes.dropFirst(3).prefix(3).map { Int($0) - 32 }
    guard report.allSatisfy({ $0 >= 0 }), report[1] > 0, report[2] > 0,
      let mouse = mouse(
        code: report[0], column: report[1] - 1, row: report[2] - 1, isRelease: report[0] & 3 == 3)
    else { return .junk(3) }
    return .event(.mouse(mouse), 6)
  }
}
