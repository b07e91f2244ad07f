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
}

/// A journal's bytes: a mark, then records of a length, a payload and a checksum of both.
///
/// The first record is the header as JSON. Each other one is an entry: settings and runs as JSON,
/// then tiles as number and payload. Whatever follows the last whole record is ignored, since a
/// program that is killed may leave half of one.
enum JournalRecords {
  static let mark = Array("tessera journal 1\n".utf8)
  /// A record beyond this is damage, not data: the planes of the largest picture take less.
  private static let longest = 1 << 30

  private struct Facts: Codable {
    var settings: GenerationSettings
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
    let facts = Facts(settings: entry.settings, generations: entry.generations, note: entry.note)
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
    bytes.reserveCapacity(payload.count + 8)
    bytes.append(field: payload)
    bytes.append(number: Int(CRC32C.checksum(bytes)))
    return bytes
  }

  /// Reads as many whole records as there are; nil without a mark and a header.
  static func contents(of bytes: [UInt8]) -> JournalContents? {
    guard bytes.starts(with: mark) else { return nil }
    var reader = ByteReader(bytes.dropFirst(mark.count))
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let first = nextPayload(&reader),
      let header = try? decoder.decode(JournalHeader.self, from: Data(first))
    else { return nil }
    var entries: [JournalEntry] = []
    var tiles: [Int: JournalTile] = [:]
    var length = bytes.count - reader.rest.count
    while let payload = nextPayload(&reader), let entry = entry(payload) {
      for tile in entry.tiles { tiles[tile.index] = tile }
      entries.append(entry)
      length = bytes.count - reader.rest.count
    }
    var work =
      entries.last ?? JournalEntry(tiles: [], settings: GenerationSettings(), generations: [])
    work.tiles = tiles.values.sorted { $0.index < $1.index }
    return JournalContents(
      header: header, work: work, entries: entries, changes: entries.count, length: length)
  }

  private static func nextPayload(_ reader: inout ByteReader) -> ArraySlice<UInt8>? {
    let start = reader.rest
    guard let payload = reader.field(), payload.count <= longest, let sum = reader.number() else {
      return nil
    }
    return CRC32C.checksum(start.prefix(payload.count + 4)) == UInt32(sum) ? payload : nil
  }

  private static func entry(_ payload: ArraySlice<UInt8>) -> JournalEntry? {
    var reader = ByteReader(payload)
    guard let json = reader.field(),
      let facts = try? JSONDecoder().decode(Facts.self, from: Data(json)),
      let count = reader.number()
    else { return nil }
    var tiles: [JournalTile] = []
    for _ in 0..<count {
      guard let index = reader.number(), let bytes = reader.field() else { return nil }
      tiles.append(JournalTile(index: index, payload: Array(bytes)))
    }
    return JournalEntry(
      tiles: tiles, settings: facts.settings, generations: facts.generations, note: facts.note)
  }
}
