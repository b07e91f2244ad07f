import Foundation

/// The text that AUTOMATIC1111's web UI and what followed it write beside a picture: the prompt, a line
/// `Negative prompt: ...`, and a last line of `Key: value` pairs.
///
/// The text is a stranger's, so it is read by bytes from front to back; no byte is looked at more than
/// a few times.
struct Infotext {
  var prompt: String?
  var negativePrompt: String?
  var pairs: [String: String]

  /// Reads a text; nil where its last line holds fewer than three pairs, which the web UI takes for a
  /// part of the prompt.
  init?(_ text: String) {
    var bytes = Array(text.utf8)
    while let last = bytes.last, last == Self.newline || last == Self.space { bytes.removeLast() }
    let cut = bytes.lastIndex(of: Self.newline)
    pairs = Self.pairs(bytes[(cut.map { $0 + 1 } ?? 0)...])
    guard pairs.count >= 3 else { return nil }
    let above = bytes[..<(cut ?? 0)]
    let negative = Self.negativeStart(in: above)
    prompt = Self.trimmed(above[..<(negative ?? above.endIndex)])
    negativePrompt = negative.flatMap { Self.trimmed(above[$0...].dropFirst(Self.negative.count)) }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let space = UInt8(ascii: " ")
  private static let comma = UInt8(ascii: ",")
  private static let colon = UInt8(ascii: ":")
  private static let quote = UInt8(ascii: "\"")
  private static let negative = Array("Negative prompt:".utf8)

  /// Where the first line begins that gives the negative prompt.
  private static func negativeStart(in lines: ArraySlice<UInt8>) -> Int? {
    var start = lines.startIndex
    while start < lines.endIndex {
      let rest = lines[start...]
      if rest.starts(with: negative) { return start }
      guard let end = rest.firstIndex(of: newline) else { return nil }
      start = end + 1
    }
    return nil
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String? {
    let isBlank = { (byte: UInt8) in byte <= space }
    let start = bytes.drop(while: isBlank)
    let end = start.lastIndex { !isBlank($0) }
    return end.map { String(decoding: start[...$0], as: UTF8.self) }
  }

  /// `Key: value, Key: "a value, quoted"`, as the web UI's `re_param` finds them.
  private static func pairs(_ line: ArraySlice<UInt8>) -> [String: String] {
    var pairs: [String: String] = [:]
    var at = line.startIndex
    // Once no closing quote is to come, none is looked for any more.
    var hasQuotes = true
    while at < line.endIndex {
      // A key reaches back from its colon; what does not belong to it is skipped.
      guard let end = line[at...].firstIndex(where: { $0 == colon || $0 == comma }) else { break }
      let key = key(before: end, in: line[at..<end])
      guard line[end] == colon, let key else {
        at = end + 1
        continue
      }
      let start = line[(end + 1)...].firstIndex { $0 > space } ?? line.endIndex
      if hasQuotes, start < line.endIndex, line[start] == quote {
        if let close = closing(of: start, in: line) {
          let after = close + 1
          if after == line.endIndex || line[after] == comma {
            pairs[key] = unquoted(line[start...close])
            at = min(after + 1, line.endIndex)
            continue
          }
        } else {
          hasQuotes = false
        }
      }
      let stop = line[start...].firstIndex(of: comma) ?? line.endIndex
      pairs[key] = String(decoding: line[start..<stop], as: UTF8.self)
      at = min(stop + 1, line.endIndex)
    }
    return pairs
  }

  /// The key that ends a stretch: letters, digits, spaces, `_`, `-` and `/`, two at least, from a
  /// letter or digit on.
  private static func key(before end: Int, in stretch: ArraySlice<UInt8>) -> String? {
    var start = end
    while start > stretch.startIndex, isKeyByte(stretch[start - 1]) { start -= 1 }
    let key = stretch[start..<end].drop { !isWordByte($0) }
    return key.count >= 2 ? String(decoding: key, as: UTF8.self) : nil
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF: true
    default: false
    }
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    isWordByte(byte) || byte == space || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
  }

  /// The quote that closes the one at `start`; a backslash takes the next byte with it.
  private static func closing(of start: Int, in line: ArraySlice<UInt8>) -> Int? {
    var at = start + 1
    while at < line.endIndex, line[at] != quote {
      at += line[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return at < line.endIndex ? at : nil
  }

  /// A JSON string's text, as it stands where it is none.
  private static func unquoted(_ value: ArraySlice<UInt8>) -> String {
    (try? JSONDecoder().decode(String.self, from: Data(value)))
      ?? String(decoding: value, as: UTF8.self)
  }
}
