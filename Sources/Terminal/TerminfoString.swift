extension TerminfoEntry {
  /// The description with nothing in it that curses cannot run, or that a canvas does not need.
  ///
  /// A string that is too long or is no program of terminfo(5) for numbers is left out, and so are
  /// pauses, as drawing goes into memory. Numbers stay within what there are colours, and of the
  /// others only those are left that drawing depends on.
  var sound: TerminfoEntry {
    var entry = self
    entry.strings = strings.map { $0.flatMap(TerminfoString.sound) }
    // All together have offsets of 15 bits.
    var room = 16_000
    for index in entry.strings.indices {
      guard let string = entry.strings[index] else { continue }
      room -= string.count + 1
      if room < 0 { entry.strings[index] = nil }
    }
    let tabs = number("it")
    entry.numbers = [Int32](repeating: -1, count: numbers.count)
    let isDirect = extendedFlags.contains("RGB")
    entry.set(number: "colors", min(number("colors"), isDirect ? 0x100_0000 : 256))
    entry.set(number: "pairs", min(number("pairs"), 0x10000))
    entry.set(number: "ncv", number("ncv"))
    if tabs == 8 {
      entry.set(number: "it", tabs)
    } else {
      for name in ["ht", "cbt"] { entry.set(string: name, nil) }
    }
    return entry
  }
}

/// Strings of terminal descriptions, which are little programs with parameters.
enum TerminfoString {
  /// Longer ones are no terminal's.
  private static let longest = 500

  /// The string without pauses; nil where it is too long, or no program that takes numbers.
  static func sound(_ string: [UInt8]) -> [UInt8]? {
    guard string.count <= longest else { return nil }
    let rest = withoutPauses(string)
    return isProgram(rest[...]) ? rest : nil
  }

  /// Without `$<5*/>` and the like.
  private static func withoutPauses(_ string: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = string[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "$"), rest.first == UInt8(ascii: "<"),
        let end = rest.firstIndex(of: UInt8(ascii: ">"))
      {
        let inner = rest[(rest.startIndex + 1)..<end]
        if inner.allSatisfy({ Array("0123456789.*/".utf8).contains($0) }) {
          rest = rest[(end + 1)...]
          continue
        }
      }
      result.append(byte)
    }
    return result
  }

  /// Whether every `%` begins something that is known and takes numbers, within small bounds.
  private static func isProgram(_ string: ArraySlice<UInt8>) -> Bool {
    var rest = string
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), !takeOperation(&rest) { return false }
    }
    return true
  }

  private static func takeOperation(_ rest: inout ArraySlice<UInt8>) -> Bool {
    guard let operation = rest.popFirst() else { return false }
    switch Unicode.Scalar(operation) {
    case "%", "c", "+", "-", "*", "/", "m", "&", "|", "^", "=", ">", "<", "A", "O", "!", "~", "i",
      "?", "t", "e", ";":
      return true
    case "p": return rest.popFirst().map { (UInt8(ascii: "1")...UInt8(ascii: "9")) ~= $0 } ?? false
    case "P", "g":
      return rest.popFirst().map { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 | 0x20 } ?? false
    case "'": return rest.popFirst() != nil && rest.popFirst() == UInt8(ascii: "'")
    case "{":
      let digits = takeDigits(&rest)
      return (1...9).contains(digits) && rest.popFirst() == UInt8(ascii: "}")
    default:
      // A number in some form: [:][flags][width[.precision]] and d, o, x or X.
      rest = [operation] + rest
      if rest.first == UInt8(ascii: ":") { rest = rest.dropFirst() }
      rest = rest.drop { Array("-+# ".utf8).contains($0) }
      guard takeDigits(&rest) <= 2 else { return false }
      if rest.first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
        guard takeDigits(&rest) <= 2 else { return false }
      }
      return rest.popFirst().map { Array("doxX".utf8).contains($0) } ?? false
    }
  }

  /// Drops digits and counts them.
  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits.count
  }
}
