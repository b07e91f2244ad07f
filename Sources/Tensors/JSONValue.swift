/// A parsed JSON document, as configuration files and safetensors headers hold it.
///
/// The parser is stricter than most, because its input comes from files that strangers made: a key
/// that occurs twice in an object is an error (two readers could disagree about it), nesting is
/// bounded, and so is the size by the caller. Grammar: RFC 8259.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits an `Int`.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Parses one whole document of UTF-8 text.
  ///
  /// - Parameters:
  ///   - bytes: the text; nothing but white space may follow the value.
  ///   - maximumDepth: how many arrays and objects may be nested in each other.
  /// - Throws: `JSONError` with the byte offset of the first fault.
  /// - Complexity: O(bytes).
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 16
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, depthLeft: maximumDepth)
    return try parser.document()
  }

  /// Parses one whole document of UTF-8 text held in an array.
  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { raw in
      do throws(JSONError) { return .success(try parse(raw)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// The number, whether written as an integer or not; nil for other kinds.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The whole number, also where a writer spelled it `8.0`; nil for other kinds.
  package var int: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The text; nil for other kinds.
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The truth value; nil for other kinds.
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements; nil for other kinds.
  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members; nil for other kinds.
  package var object: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value in JSON notation, keys sorted, for error messages.
  package var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
    }
  }
}

/// What is wrong with a JSON text, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Bytes from the start of the text.
  package var offset: Int
  /// What is wrong, without a position.
  package var reason: String

  /// Reason and byte position.
  package var description: String { "\(reason) at byte \(offset)" }
}

/// A recursive-descent reader of one JSON text.
private struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  var depthLeft: Int

  init(bytes: UnsafeRawBufferPointer, depthLeft: Int) {
    self.bytes = bytes
    self.depthLeft = depthLeft
  }

  /// The byte at the read position; 0, which no JSON text may contain, at the end.
  var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  func fault(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

  mutating func skipSpace() {
    while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func document() throws(JSONError) -> JSONValue {
    skipSpace()
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw fault("text after the end of the JSON value") }
    return result
  }

  mutating func value() throws(JSONError) -> JSONValue {
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default:
      throw fault(position < bytes.count ? "unexpected character" : "the text ends too early")
    }
  }

  mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depthLeft > 0 else { throw fault("values nested too deep") }
    depthLeft -= 1
    defer { depthLeft += 1 }
    position += 1
    return try body(&self)
  }

  mutating func word(_ spelling: StaticString, _ meaning: JSONValue) throws(JSONError) -> JSONValue
  {
    for index in 0..<spelling.utf8CodeUnitCount {
      guard next == spelling.utf8Start[index] else { throw fault("unknown word") }
      position += 1
    }
    return meaning
  }

  mutating func object() throws(JSONError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    skipSpace()
    if accept("}") { return .object(members) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("a key is missing") }
      let key = try text()
      skipSpace()
      guard accept(":") else { throw fault("\":\" is missing after key \"\(key)\"") }
      skipSpace()
      let member = try value()
      guard members.updateValue(member, forKey: key) == nil else {
        throw fault("key \"\(key)\" occurs twice")
      }
      skipSpace()
      if accept("}") { return .object(members) }
      guard accept(",") else { throw fault("\",\" or \"}\" is missing") }
    }
  }

  mutating func array() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if accept("]") { return .array(elements) }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      if accept("]") { return .array(elements) }
      guard accept(",") else { throw fault("\",\" or \"]\" is missing") }
    }
  }
}

extension JSONParser {
  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isWhole = true
    _ = accept("-")
    if !accept("0") { try digits() }
    if accept(".") {
      isWhole = false
      try digits()
    }
    if accept("e") || accept("E") {
      isWhole = false
      if !accept("-") { _ = accept("+") }
      try digits()
    }
    let spelling = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(spelling) { return .integer(value) }
    guard let value = Double(spelling), value.isFinite else { throw fault("number out of range") }
    return .number(value)
  }

  mutating func digits() throws(JSONError) {
    let start = position
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
    guard position > start else { throw fault("a digit is missing") }
  }

  mutating func text() throws(JSONError) -> String {
    position += 1
    var units: [UInt8] = []
    while true {
      let start = position
      while next >= 0x20, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { position += 1 }
      units.append(contentsOf: bytes[start..<position])
      if accept("\"") { break }
      guard accept("\\") else {
        throw fault(position < bytes.count ? "control character in a text" : "a text has no end")
      }
      units.append(contentsOf: String(try escaped()).utf8)
    }
    guard let text = String(validating: units, as: UTF8.self) else {
      throw fault("a text is not UTF-8")
    }
    return text
  }

  mutating func escaped() throws(JSONError) -> Unicode.Scalar {
    let letter = next
    position += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw fault("unknown escape")
    }
  }

  /// Reads `XXXX` after `\u`, and the second half where it is the first of a surrogate pair.
  mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let unit = try fourHexDigits()
    guard (0xD800..<0xDC00).contains(unit) else {
      guard let scalar = Unicode.Scalar(unit) else { throw fault("lone surrogate") }
      return scalar
    }
    guard accept("\\"), accept("u") else { throw fault("lone surrogate") }
    let low = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw fault("lone surrogate") }
    return scalar
  }

  mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
        throw fault("a hexadecimal digit is missing")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
