import Tensors
import Testing

struct JSONValueTests {
  static let valid: [(String, JSONValue)] = [
    ("null", .null),
    (" [ true , false ] ", .array([.bool(true), .bool(false)])),
    ("-12", .integer(-12)),
    ("1e-05", .number(1e-5)),
    ("0.25", .number(0.25)),
    ("8.0", .number(8)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    (#""a\n\u00e9\ud83d\ude00\/""#, .string("a\né😀/")),
    (#"{"a":{"b":[]},"c":{}}"#, .object(["a": .object(["b": .array([])]), "c": .object([:])])),
  ]

  @Test(arguments: valid)
  func parses(text: String, value: JSONValue) throws {
    #expect(try JSONValue.parse(Array(text.utf8)) == value)
  }

  static let invalid: [(String, String)] = [
    ("", "ends too early"), ("tru", "unknown word"), ("01", "text after"), ("1.", "digit"),
    ("-", "digit"), ("1e", "digit"), ("[1,]", "unexpected"), ("[1", "missing"),
    (#"{"a":1,}"#, "key is missing"), (#"{"a":1,"a":2}"#, "occurs twice"),
    (#"{"a":1,"\u0061":2}"#, "occurs twice"), (#"{"a" 1}"#, "missing after key"),
    ("\"a", "no end"), ("\"\u{1}\"", "control character"), (#""\x""#, "unknown escape"),
    (#""\ud800""#, "surrogate"), (#""\udc00""#, "surrogate"), (#""\u12g4""#, "hexadecimal"),
    ("1e999", "out of range"), ("NaN", "unexpected"), ("{} {}", "text after"),
    (String(repeating: "[", count: 100_000), "nested too deep"),
  ]

  @Test(arguments: invalid)
  func refuses(text: String, phrase: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
    #expect(error.map { "\($0)".contains(phrase) } == true, "\(String(describing: error))")
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
  }

  @Test(arguments: [("8.0", 8), ("8", 8), ("8.5", nil), ("\"8\"", nil)] as [(String, Int?)])
  func readsWholeNumbers(text: String, value: Int?) throws {
    #expect(try JSONValue.parse(Array(text.utf8)).int == value)
  }
}
