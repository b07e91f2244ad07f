import Glibc

/// The parser that `TESSERA_FUZZ_PARSER` names, found once before the first input.
private let parser: Parser = {
  let name = getenv("TESSERA_FUZZ_PARSER").map { String(cString: $0) } ?? ""
  guard let parser = Parser(rawValue: name) else {
    let names = Parser.allCases.map(\.rawValue).joined(separator: " ")
    print("TESSERA_FUZZ_PARSER names one of: \(names)")
    exit(64)
  }
  return parser
}()

/// What libFuzzer calls with every input; see `Parser`.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  parser.take([UInt8](UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// What libFuzzer calls first; a wrong name ends the program here.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  _ = parser
  return 0
}
