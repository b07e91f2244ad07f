/// Names of files as texts: any bytes that a name can hold, in a `String` and back.
///
/// A name is bytes, which are mostly UTF-8. Those that are not become one character each, U+10FE80
/// to U+10FEFF, of a plane for private use; where a name holds such a character itself, its four
/// bytes do, too. So no two names have the same text, and every text names one file at most.
package enum PathText {
  /// The characters that stand for bytes from 0x80 on.
  private static let stand: ClosedRange<UInt32> = 0x10FE80...0x10FEFF

  /// The text of a name.
  ///
  /// - Parameter bytes: without the zero at its end.
  package static func text(of bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !standsForBytes(text) { return text }
    let bytes = Array(bytes)
    var scalars = String.UnicodeScalarView()
    var index = 0
    while index < bytes.count {
      let end = index + length(after: bytes[index])
      if end <= bytes.count,
        let scalar = String(validating: bytes[index..<end], as: UTF8.self)?.unicodeScalars.first,
        !stand.contains(scalar.value)
      {
        scalars.append(scalar)
        index = end
      } else {
        scalars.append(Unicode.Scalar(0x10FE00 + UInt32(bytes[index])) ?? "\u{FFFD}")
        index += 1
      }
    }
    return String(scalars)
  }

  /// The name of a text, without a zero at its end: the one that `text` made it of, else UTF-8.
  package static func bytes(of text: String) -> [UInt8] {
    guard standsForBytes(text) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      stand.contains(scalar.value)
        ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
    }
  }

  /// Whether two texts are of one name; as Strings those that only look alike are equal.
  package static func areSame(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8) || bytes(of: a) == bytes(of: b)
  }

  /// The text with a sign of damage for each byte that is not UTF-8, to be shown.
  package static func shown(_ text: String) -> String {
    guard standsForBytes(text) else { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(stand.contains(scalar.value) ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }

  /// Calls `body` with the name as system calls take it; nil where it holds a zero, so that no file
  /// can have it.
  package static func withName<Result>(
    _ text: String, _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result? {
    guard !text.utf8.contains(0) else { return nil }
    guard standsForBytes(text) else { return text.withCString(body) }
    return (bytes(of: text).map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map(body)
    }
  }

  /// In UTF-8 the characters that stand for bytes begin with F4 8F and BA or BB.
  private static func standsForBytes(_ text: String) -> Bool {
    text.utf8.contains(0xF4) && text.unicodeScalars.contains { stand.contains($0.value) }
  }

  /// Bytes of a UTF-8 sequence that begins with `lead`; past any name for what begins none.
  private static func length(after lead: UInt8) -> Int {
    switch lead {
    case ..<0x80: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: Int(Int32.max)
    }
  }
}

/// The parts of a path, cut at slashes whatever stands behind them.
///
/// A combining mark behind a slash makes one character with it, so that characters will not do.
extension String {
  /// Everything behind the last slash.
  package var lastPathPart: String { String(self[startOfLastPathPart...]) }

  /// Everything up to the last slash, which is included; empty where there is none.
  package var pathBeforeLastPart: String { String(self[..<startOfLastPathPart]) }

  /// The folder that a path lies in: `.` where it has no slash.
  package var parentPath: String {
    guard let slash = utf8.lastIndex(of: 0x2F) else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// What follows the last dot of the last part, without it; empty where there is none or where the
  /// part begins with it.
  package var pathEnding: String {
    let part = self[startOfLastPathPart...]
    guard let dot = part.utf8.lastIndex(of: 0x2E), dot != part.startIndex else { return "" }
    return String(part[part.utf8.index(after: dot)...])
  }

  /// The path without its ending and the dot before that.
  package var withoutPathEnding: String {
    let ending = pathEnding.utf8.count
    return ending == 0 ? self : String(self[..<utf8.index(endIndex, offsetBy: -ending - 1)])
  }

  private var startOfLastPathPart: String.Index {
    utf8.lastIndex(of: 0x2F).map { utf8.index(after: $0) } ?? startIndex
  }
}
