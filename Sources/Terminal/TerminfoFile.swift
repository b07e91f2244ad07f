import CTerminal
import Glibc

/// Compiled terminal descriptions (term(5)) in files, read without curses.
///
/// A description may lie in any folder that the environment names, and curses ends the program on
/// some that are damaged. So files are read here, every offset is checked, and curses sees only what
/// is written anew from what was understood.
enum TerminfoFile {
  /// What was found under a terminal's name.
  enum Finding {
    case sound(TerminfoEntry)
    /// There are only files that are none, of which this is the first.
    case damaged(path: String)
    case nothing
  }

  /// Where the system keeps its own.
  private static let systemFolders = [
    "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo",
    "/usr/local/share/terminfo", "/usr/share/lib/terminfo",
  ]

  /// Looks a terminal up where curses would, and takes the first description that is sound.
  ///
  /// - Parameter environment: where TERMINFO, TERMINFO_DIRS and HOME are looked up.
  static func find(_ name: String, environment: [String: String]) -> Finding {
    guard let first = name.utf8.first, !name.utf8.contains(UInt8(ascii: "/")), name != ".",
      name != "..", name.utf8.count <= 128
    else { return .nothing }
    var damaged: String?
    let digits = String(first, radix: 16)
    for folder in folders(environment) {
      for part in [String(decoding: [first], as: UTF8.self), digits] {
        let path = "\(folder)/\(part)/\(name)"
        guard let bytes = contents(of: path) else { continue }
        if let entry = TerminfoEntry(compiled: bytes) { return .sound(entry) }
        damaged = damaged ?? path
      }
    }
    return damaged.map { .damaged(path: $0) } ?? .nothing
  }

  private static func folders(_ environment: [String: String]) -> [String] {
    var folders = [environment["TERMINFO"], environment["HOME"].map { $0 + "/.terminfo" }]
      .compactMap(\.self)
    for folder in (environment["TERMINFO_DIRS"] ?? "").split(
      separator: ":", omittingEmptySubsequences: false)
    {
      // An empty one stands for the system's.
      folders += folder.isEmpty ? systemFolders : [String(folder)]
    }
    return folders + systemFolders
  }

  /// An ordinary file of at most 32 KiB, the largest description there may be; nil where there is no
  /// file at all, and no bytes for anything else.
  private static func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      (1...32_768).contains(status.st_size)
    else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    return read(descriptor, &bytes, bytes.count) == bytes.count ? bytes : []
  }
}

extension TerminfoEntry {
  /// Reads a compiled description with numbers of 16 or of 32 bits; nil where it is damaged.
  ///
  /// Only what drawing needs is taken: no keys, and no string that curses could not run (see
  /// `sound`).
  init?(compiled bytes: [UInt8]) {
    var reader = TerminfoReader(bytes)
    guard let magic = reader.short(), magic == 0o432 || magic == 0o1036 else { return nil }
    let counts = (0..<5).compactMap { _ in reader.short() }
    guard counts.count == 5, counts.allSatisfy({ (0...32_767).contains($0) }),
      reader.take(counts[0]) != nil, let flags = reader.take(counts[1])
    else { return nil }
    reader.align()
    let width = magic == 0o1036 ? 4 : 2
    guard let numbers = reader.numbers(counts[2], width: width),
      let offsets = reader.numbers(counts[3], width: 2), let table = reader.take(counts[4])
    else { return nil }
    let strings = offsets.map { Self.string(at: $0, in: table) }
    // Where one begins or ends outside of the table, nothing else in here can be believed.
    guard zip(offsets, strings).allSatisfy({ $0 < 0 || $1 != nil }) else { return nil }
    self.init(name: "", flags: [], numbers: [], strings: [])
    while ct_flag_name(Int32(self.flags.count)) != nil {
      let index = self.flags.count
      self.flags.append(index < flags.count && flags[flags.startIndex + index] == 1)
    }
    while ct_number_name(Int32(self.numbers.count)) != nil {
      let index = self.numbers.count
      self.numbers.append(index < numbers.count ? Int32(clamping: max(-1, numbers[index])) : -1)
    }
    while let name = ct_string_name(Int32(self.strings.count)) {
      let index = self.strings.count
      let isKey = name[0] == UInt8(ascii: "k")
      self.strings.append(isKey || index >= strings.count ? nil : strings[index])
    }
    if Self.hasDirectColors(&reader, width: width) { extendedFlags = ["RGB"] }
  }

  /// The string at an offset of a table; nil where it does not begin and end there.
  private static func string(at offset: Int, in table: ArraySlice<UInt8>) -> [UInt8]? {
    guard offset >= 0 else { return nil }
    let rest = table.dropFirst(offset)
    return rest.firstIndex(of: 0).map { Array(rest[..<$0]) }
  }

  /// Whether the extended part, where there is one, has the flag RGB.
  private static func hasDirectColors(_ reader: inout TerminfoReader, width: Int) -> Bool {
    reader.align()
    let counts = (0..<5).compactMap { _ in reader.short() }
    guard counts.count == 5, counts.allSatisfy({ (0...32_767).contains($0) }),
      let flags = reader.take(counts[0])
    else { return false }
    reader.align()
    let names = counts[0] + counts[1] + counts[2]
    guard reader.numbers(counts[1], width: width) != nil,
      let values = reader.numbers(counts[2], width: 2),
      let offsets = reader.numbers(names, width: 2), let table = reader.take(counts[4])
    else { return false }
    // The names follow the values, and count from there.
    let used = values.reduce(0) { $0 + (string(at: $1, in: table).map { $0.count + 1 } ?? 0) }
    let rest = table.dropFirst(used)
    return zip(flags, offsets).contains { flag, offset in
      flag == 1 && string(at: offset, in: rest) == Array("RGB".utf8)
    }
  }
}

/// Takes numbers off the front of a compiled description.
private struct TerminfoReader {
  private let start: Int
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
    start = rest.startIndex
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// Skips a byte where the next number would begin at an odd place.
  mutating func align() { if (rest.startIndex - start) % 2 == 1 { rest = rest.dropFirst() } }

  mutating func short() -> Int? { numbers(1, width: 2)?.first }

  /// So many signed numbers of 2 or 4 bytes, the least significant first.
  mutating func numbers(_ count: Int, width: Int) -> [Int]? {
    guard let bytes = take(count * width) else { return nil }
    return (0..<count).map { index in
      let first = bytes.startIndex + index * width
      let bits = bytes[first..<first + width].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return width == 2 ? Int(Int16(truncatingIfNeeded: bits)) : Int(Int32(bitPattern: bits))
    }
  }
}
