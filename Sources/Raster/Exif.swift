/// Exif data: a TIFF header with directories of tags, read and mended without trusting any of it.
///
/// Everything is found by offsets that the data themselves give, so each is checked; nothing is read
/// or written past the end, no directory is followed twice, and data that make no sense have no tags.
/// Reference: CIPA DC-008 (Exif 2.32), TIFF 6.0.
package struct Exif: Sendable, Equatable {
  /// The data, beginning with `II` or `MM`.
  package private(set) var bytes: [UInt8]
  private let isLittle: Bool

  /// One entry of a directory: where it stands, and what it says.
  private struct Entry {
    var start: Int
    var type: Int
    var count: Int
  }

  /// Takes data with or without the `Exif\0\0` that JPEG puts before them; nil where they are none.
  package init?(_ data: some Collection<UInt8>) {
    let marker = Array("Exif\0\0".utf8)
    bytes = Array(data.starts(with: marker) ? data.dropFirst(marker.count) : data.dropFirst(0))
    isLittle = bytes.starts(with: [0x49, 0x49])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D]) else { return nil }
  }

  /// How the camera was held; upright where the data do not say.
  package var orientation: Orientation {
    guard let entry = entry(0x0112, in: firstDirectory) else { return Orientation(1) }
    return Orientation(number(at: entry.start + 8, bytes: 2) ?? 1)
  }

  /// The data saying that the picture is upright, as it is once the orientation has been applied.
  package mutating func setUpright() {
    guard let entry = entry(0x0112, in: firstDirectory) else { return }
    put(1, at: entry.start + 8, bytes: 2)
  }

  /// The data without the small picture in their second directory, which shows what was before.
  package mutating func removeThumbnail() {
    guard let directory = firstDirectory, let entries = number(at: directory, bytes: 2) else {
      return
    }
    put(0, at: directory + 2 + 12 * entries, bytes: 4)
  }

  /// What a person or a program wrote in the tag UserComment; nil where there is none.
  package var userComment: String? {
    guard let value = userCommentRange, value.count > 8 else { return nil }
    let content = bytes[(value.lowerBound + 8)..<value.upperBound]
    let text: String
    switch String(decoding: bytes[value.prefix(8)], as: UTF8.self) {
    case "UNICODE\0": text = utf16(content)
    case "ASCII\0\0\0", "\0\0\0\0\0\0\0\0": text = String(decoding: content, as: UTF8.self)
    default: return nil
    }
    let scalars = text.unicodeScalars
    let end = scalars.lastIndex { $0 != "\0" && $0 != " " }
    return end.map { String(scalars[...$0]) }
  }

  /// The data with an empty UserComment; its former place is filled with zeros.
  package mutating func removeUserComment() {
    guard let range = userCommentRange, let entry = entry(0x9286, in: exifDirectory) else { return }
    for index in range { bytes[index] = 0 }
    put(0, at: entry.start + 4, bytes: 4)
  }

  // MARK: - Directories

  private var firstDirectory: Int? { number(at: 4, bytes: 4) }

  private var exifDirectory: Int? {
    entry(0x8769, in: firstDirectory).flatMap { number(at: $0.start + 8, bytes: 4) }
  }

  private var userCommentRange: Range<Int>? {
    guard let entry = entry(0x9286, in: exifDirectory), entry.type == 7 || entry.type == 2 else {
      return nil
    }
    // Four bytes and less stand in the entry itself.
    guard entry.count > 4 else { return nil }
    guard let start = number(at: entry.start + 8, bytes: 4), start <= bytes.count,
      entry.count <= bytes.count - start
    else { return nil }
    return start..<start + entry.count
  }

  /// The first entry of a tag in a directory of at most 65,535.
  private func entry(_ tag: Int, in directory: Int?) -> Entry? {
    guard let directory, let entries = number(at: directory, bytes: 2) else { return nil }
    for index in 0..<entries {
      let start = directory + 2 + 12 * index
      guard let found = number(at: start, bytes: 2) else { return nil }
      guard found == tag else { continue }
      guard let type = number(at: start + 2, bytes: 2), let count = number(at: start + 4, bytes: 4),
        start + 12 <= bytes.count
      else { return nil }
      return Entry(start: start, type: type, count: count)
    }
    return nil
  }

  private func number(at offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    let field = bytes[offset..<offset + count]
    return isLittle
      ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func put(_ value: Int, at offset: Int, bytes count: Int) {
    guard offset >= 0, offset <= bytes.count - count else { return }
    for index in 0..<count {
      let shift = 8 * (isLittle ? index : count - 1 - index)
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  // MARK: - UTF-16

  /// Text in UTF-16. Programs disagree about its byte order: a mark decides, else the order in
  /// which more of it is Latin, else that of the data.
  private func utf16(_ content: ArraySlice<UInt8>) -> String {
    var units = stride(from: content.startIndex, to: content.endIndex - 1, by: 2).map {
      UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
    }
    let isSwapped: Bool
    switch units.first {
    case 0xFEFF: isSwapped = false
    case 0xFFFE: isSwapped = true
    default:
      let big = units.count { $0 < 0x100 && $0 != 0 }
      let little = units.count { $0 & 0xFF == 0 && $0 != 0 }
      isSwapped = big == little ? isLittle : little > big
    }
    if isSwapped { units = units.map(\.byteSwapped) }
    if units.first == 0xFEFF { units.removeFirst() }
    return String(decoding: units, as: UTF16.self)
  }
}
