package import Editor
package import Foundation

/// What a journal says of itself, in its first record.
package struct JournalHeader: Sendable, Equatable, Codable {
  /// The resolved path of the picture.
  package var picture: String
  /// Pixels in a row of the picture.
  package var width: Int
  /// Rows of the picture.
  package var height: Int
  /// SHA-256 of the picture's file, to which the records are changes; nil where it was not read.
  package var digest: String?
  /// When the journal was begun.
  package var begun: Date

  /// Whether it can be that of some picture at some path.
  var isSound: Bool {
    let years = begun.timeIntervalSince1970 / 31_557_600
    return picture.hasPrefix("/") && !picture.utf8.contains(0) && (0...1000).contains(years)
      && JournalLimits(width: width, height: height) != nil
  }

  /// Makes a header.
  package init(picture: String, width: Int, height: Int, digest: String?, begun: Date) {
    self.picture = picture
    self.width = width
    self.height = height
    self.digest = digest
    self.begun = begun
  }
}

/// What is in a journal, as far as it can be read.
package struct JournalContents: Sendable, Equatable {
  /// What it says of itself.
  package var header: JournalHeader
  /// The newest state of each tile, and the newest settings.
  package var work: JournalEntry
  /// Every entry, in order.
  package var entries: [JournalEntry]
  /// Records after the header.
  package var changes: Int
  /// Bytes up to the end of the last whole record.
  package var length: Int

  /// The same in short.
  package var summary: JournalSummary {
    JournalSummary(
      header: header, changes: changes,
      isWhole: work.isOf(width: header.width, height: header.height))
  }
}

/// What is told of a journal.
package struct JournalSummary: Sendable, Equatable {
  /// What it says of itself.
  package var header: JournalHeader
  /// Records after the header that can be read.
  package var changes: Int
  /// Whether what they come to is work on a picture of the size that the header has.
  package var isWhole: Bool
}

/// A journal's bytes: a mark, then records of a length, a payload and a checksum of both.
///
/// The first record is the header as JSON. Each other one is an entry: settings and runs as JSON,
/// then tiles as number and payload. Whatever follows the last whole record is ignored, since a
/// program that is killed may leave half of one; so is what follows one that no session writes.
enum JournalRecords {
  static let mark = Array("tessera journal 1\n".utf8)
  /// Bytes of a record beside its payload.
  private static let frame = 8

  private struct Facts: Codable {
    var settings: GenerationSettings
    /// How many runs are as in the record before; journals of earlier versions have all of them in
    /// every record, and not this.
    var kept: Int?
    var generations: [RunFacts]
    /// Missing in journals of earlier versions.
    var note: JournalEntry.Note?
  }

  /// The mark and the header.
  static func beginning(_ header: JournalHeader) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    return mark + record(Array(try encoder.encode(header)))
  }

  /// An entry as a record.
  static func record(_ entry: JournalEntry) throws -> [UInt8] {
    let facts = Facts(
      settings: entry.settings, kept: entry.keptRuns == 0 ? nil : entry.keptRuns,
      generations: entry.generations, note: entry.note)
    var payload: [UInt8] = []
    payload.append(field: try JSONEncoder().encode(facts))
    payload.append(number: entry.tiles.count)
    for tile in entry.tiles {
      payload.append(number: tile.index)
      payload.append(field: tile.payload)
    }
    return record(payload)
  }

  private static func record(_ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + frame)
    bytes.append(field: payload)
    bytes.append(number: Int(CRC32C.checksum(bytes)))
    return bytes
  }

  /// The header, and where the first record after it begins; nil where there is none that can be
  /// believed.
  static func header(of file: JournalFile) -> (header: JournalHeader, end: Int)? {
    guard file.bytes(at: 0, count: mark.count) == mark else { return nil }
    var place = mark.count
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let first = payload(in: file, at: &place, most: JournalLimits.header),
      let header = try? decoder.decode(JournalHeader.self, from: Data(first)), header.isSound
    else { return nil }
    return (header, place)
  }

  /// Says what a journal is of and how much of it can be read; nil where it is none.
  ///
  /// - Complexity: as `contents`.
  static func summary(of file: JournalFile) -> JournalSummary? {
    guard let (header, _) = header(of: file) else { return nil }
    let contents = contents(of: file, width: header.width, height: header.height)
    guard let contents, contents.changes > 0 || contents.length == file.length else {
      return JournalSummary(header: header, changes: 0, isWhole: false)
    }
    return contents.summary
  }

  /// Reads as many whole records as there are; nil without a mark and a header, or for a picture of
  /// another size.
  ///
  /// - Complexity: the file, of which no more is read than a picture of that size can need.
  static func contents(of file: JournalFile, width: Int, height: Int) -> JournalContents? {
    guard let (header, end) = header(of: file), header.width == width, header.height == height,
      let limits = JournalLimits(width: width, height: height)
    else { return nil }
    var entries: [JournalEntry] = []
    var runs = 0
    var (length, place) = (end, end)
    while entries.count < JournalLimits.records,
      let payload = payload(in: file, at: &place, most: limits.record), place <= limits.file,
      let entry = entry(payload, limits), (0...runs).contains(entry.keptRuns)
    {
      runs = entry.keptRuns + entry.generations.count
      entries.append(entry)
      length = place
    }
    guard let work = JournalEntry.merged(entries) else { return nil }
    return JournalContents(
      header: header, work: work, entries: entries, changes: entries.count, length: length)
  }

  /// Bytes of the payload of the record at a place; nil where no whole one fits into the file.
  private static func size(in file: JournalFile, at place: Int) -> Int? {
    guard let bytes = file.bytes(at: place, count: 4) else { return nil }
    var reader = ByteReader(bytes[...])
    guard let size = reader.number(), size <= file.length - place - frame else { return nil }
    return size
  }

  /// The payload of the record at a place, which goes behind it; nil where there is none of at most
  /// so many bytes, or it is damaged.
  private static func payload(
    in file: JournalFile, at place: inout Int, most: Int
  ) -> ArraySlice<UInt8>? {
    guard let size = size(in: file, at: place), size <= most,
      let record = file.bytes(at: place, count: size + frame)
    else { return nil }
    var reader = ByteReader(record[(4 + size)...])
    guard let sum = reader.number(), CRC32C.checksum(record[..<(4 + size)]) == UInt32(sum) else {
      return nil
    }
    place += record.count
    return record[4..<(4 + size)]
  }

  private static func entry(
    _ payload: ArraySlice<UInt8>, _ limits: JournalLimits
  ) -> JournalEntry? {
    var reader = ByteReader(payload)
    guard let json = reader.field(), json.count <= JournalLimits.facts,
      let facts = try? JSONDecoder().decode(Facts.self, from: Data(json)),
      facts.generations.allSatisfy(\.isSound),
      facts.note.map({ $0.name.utf8.count <= JournalLimits.name }) != false,
      let count = reader.number(), count <= limits.tiles
    else { return nil }
    var tiles: [JournalTile] = []
    for _ in 0..<count {
      guard let index = reader.number(), index < limits.tiles, let bytes = reader.field(),
        bytes.count <= JournalTile.mostBytes
      else { return nil }
      tiles.append(JournalTile(index: index, payload: Array(bytes)))
    }
    return JournalEntry(
      tiles: tiles, settings: facts.settings, keptRuns: facts.kept ?? 0,
      generations: facts.generations, note: facts.note)
  }
}
