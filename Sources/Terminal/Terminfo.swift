import CTerminal
import Glibc

/// A terminal description in memory, and how ncurses reads one compiled (term(5)).
///
/// Direct colour needs an entry that few systems have installed. Rather than run `tic` or write
/// into anyone's home, the terminal's own entry is taken as it is, its colours are replaced, and the
/// compiled result is handed to ncurses in the environment (`TERMINFO=hex:…`): no file, no tool.
struct TerminfoEntry: Equatable {
  var name: String
  /// In the order of compiled entries; missing ones false, -1 and nil.
  var flags: [Bool]
  var numbers: [Int32]
  var strings: [[UInt8]?]
  /// Names of extended boolean capabilities that hold.
  var extendedFlags: [String] = []

  /// The entry in the extended-number format (magic 01036).
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    let names = Array(name.utf8) + [0]
    let (offsets, table) = Self.stringTable(strings)
    Self.append(
      [0o1036, names.count, flags.count, numbers.count, offsets.count, table.count], to: &bytes)
    bytes += names
    bytes += flags.map { $0 ? 1 : 0 }
    if bytes.count % 2 == 1 { bytes.append(0) }
    for number in numbers {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    Self.append(offsets, to: &bytes)
    bytes += table
    appendExtended(to: &bytes)
    return bytes
  }

  /// Flags only: no numbers, no strings, and a table with the flags' names.
  private func appendExtended(to bytes: inout [UInt8]) {
    guard !extendedFlags.isEmpty else { return }
    if bytes.count % 2 == 1 { bytes.append(0) }
    let (offsets, table) = Self.stringTable(extendedFlags.map { Array($0.utf8) })
    Self.append([extendedFlags.count, 0, 0, offsets.count, table.count], to: &bytes)
    bytes += extendedFlags.map { _ in 1 }
    if bytes.count % 2 == 1 { bytes.append(0) }
    Self.append(offsets, to: &bytes)
    bytes += table
  }

  private static func stringTable(_ strings: [[UInt8]?]) -> (offsets: [Int], table: [UInt8]) {
    var offsets: [Int] = []
    var table: [UInt8] = []
    for string in strings {
      offsets.append(string == nil ? -1 : table.count)
      if let string { table += string + [0] }
    }
    return (offsets, table)
  }

  private static func append(_ shorts: [Int], to bytes: inout [UInt8]) {
    for value in shorts {
      withUnsafeBytes(of: Int16(truncatingIfNeeded: value).littleEndian) { bytes += $0 }
    }
  }
}

extension TerminfoEntry {
  /// The description that curses finds in the system's own places, without keys, which are read
  /// elsewhere; nil where it finds none.
  static func described(by name: String, _ descriptor: Int32) -> TerminfoEntry? {
    let former = ["TERMINFO", "TERMINFO_DIRS"].map { (variable: String) -> (String, String?) in
      (variable, getenv(variable).map { String(cString: $0) })
    }
    for (variable, _) in former { unsetenv(variable) }
    defer { for case (let variable, let value?) in former { setenv(variable, value, 1) } }
    guard ct_describe(name, descriptor) == 1 else { return nil }
    defer { ct_forget_description() }
    var entry = TerminfoEntry(name: name, flags: [], numbers: [], strings: [])
    while let flag = ct_flag_name(Int32(entry.flags.count)) {
      entry.flags.append(ct_flag(flag) == 1)
    }
    while let number = ct_number_name(Int32(entry.numbers.count)) {
      entry.numbers.append(ct_number(number))
    }
    while let string = ct_string_name(Int32(entry.strings.count)) {
      let isKey = string[0] == UInt8(ascii: "k")
      entry.strings.append(isKey ? nil : ct_string(string).map(Self.bytes))
    }
    if ct_flag("RGB") == 1 { entry.extendedFlags = ["RGB"] }
    return entry
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
  }

  /// The same terminal as a canvas of this size that curses puts cells on and does nothing else to.
  ///
  /// It neither scrolls (drawing into memory, curses would take the description's size for the
  /// window's, and bound scrolling by it) nor changes screens, title, cursor and palette: what it does
  /// not touch need not be put back.
  func asCanvas(columns: Int, rows: Int) -> TerminfoEntry {
    var entry = self
    entry.set(number: "cols", Int32(columns))
    entry.set(number: "lines", Int32(rows))
    entry.set(flag: "ccc", false)
    for name in [
      "smcup", "rmcup", "cnorm", "cvvis", "civis", "csr", "ind", "indn", "ri", "rin", "il1", "il",
      "dl1", "dl", "initc", "initp", "oc", "is1", "is2", "is3", "rs1", "rs2", "rs3", "smm", "rmm",
    ] {
      entry.set(string: name, nil)
    }
    return entry
  }

  /// The same terminal with xterm's 256 colours, which its description does not speak of.
  func withPalette() -> TerminfoEntry {
    var entry = self
    entry.set(number: "colors", 256)
    entry.set(number: "pairs", 0x10000)
    for name in ["setf", "setb"] { entry.set(string: name, nil) }
    entry.set(string: "setaf", "\u{1B}[38;5;%p1%dm")
    entry.set(string: "setab", "\u{1B}[48;5;%p1%dm")
    entry.set(string: "op", "\u{1B}[39;49m")
    return entry
  }

  /// The same terminal with 24-bit colours that are red, green and blue.
  ///
  /// All of them, 0 to 7 included: the usual `xterm-direct` keeps those for the ANSI colours and so
  /// loses the darkest blues.
  func withDirectColor() -> TerminfoEntry {
    var entry = self
    entry.extendedFlags = ["RGB"]
    entry.set(number: "colors", 0x100_0000)
    entry.set(number: "pairs", 0x10000)
    for name in ["setf", "setb"] { entry.set(string: name, nil) }
    entry.set(string: "setaf", Self.setColor(38))
    entry.set(string: "setab", Self.setColor(48))
    entry.set(string: "op", "\u{1B}[39;49m")
    return entry
  }

  private static func setColor(_ what: Int) -> String {
    "\u{1B}[\(what);2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%dm"
  }

  /// A number by name; -1 where it is missing.
  func number(_ name: String) -> Int32 {
    numbers.indices.first { Self.is(ct_number_name(Int32($0)), name) }.map { numbers[$0] } ?? -1
  }

  /// A flag by name.
  func flag(_ name: String) -> Bool {
    flags.indices.contains { Self.is(ct_flag_name(Int32($0)), name) && flags[$0] }
  }

  /// A string by name; nil where it is missing.
  func string(_ name: String) -> [UInt8]? {
    strings.indices.first { Self.is(ct_string_name(Int32($0)), name) }.flatMap { strings[$0] }
  }

  mutating func set(number name: String, _ value: Int32) {
    for index in numbers.indices where Self.is(ct_number_name(Int32(index)), name) {
      numbers[index] = value
    }
  }

  private mutating func set(flag name: String, _ value: Bool) {
    for index in flags.indices where Self.is(ct_flag_name(Int32(index)), name) {
      flags[index] = value
    }
  }

  mutating func set(string name: String, _ value: String?) {
    for index in strings.indices where Self.is(ct_string_name(Int32(index)), name) {
      strings[index] = value.map { Array($0.utf8) }
    }
  }

  private static func `is`(_ pointer: UnsafePointer<CChar>?, _ name: String) -> Bool {
    pointer.map { String(cString: $0) == name } ?? false
  }
}
