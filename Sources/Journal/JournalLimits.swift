import Editor

/// How much a journal of a picture of some size can hold.
///
/// A journal is a file that anybody may have written: nothing in it is believed before it is held
/// against these, and no memory is taken for more.
struct JournalLimits: Sendable {
  /// Bytes of the first record.
  static let header = 64 << 10
  /// Bytes of an entry's settings and runs.
  static let facts = 8 << 20
  /// Records that are read.
  static let records = 30_000
  /// Records after which a journal is begun anew.
  static let manyRecords = 10_000
  /// Bytes of the name of what the person did.
  static let name = 200

  /// Tiles of the picture.
  let tiles: Int
  /// Bytes of one record's payload.
  let record: Int

  /// Bytes of a file that are read. Earlier versions wrote all runs in every record.
  var file: Int { 4 * record + 256 << 20 }
  /// Bytes after which a journal is begun anew: twice all that a picture can hold, and as much as
  /// hundreds of changes take.
  var largeFile: Int { 2 * record + 16 << 20 }

  /// The limits for a picture of this size; nil where no picture is that large.
  init?(width: Int, height: Int) {
    guard (1...1 << 24).contains(width), (1...1 << 24).contains(height), width * height <= 1 << 30
    else { return nil }
    tiles = Canvas.tiles(width: width, height: height)
    // A tile's number and length, and a record's settings, runs and count.
    record = tiles * (JournalTile.mostBytes + 8) + Self.facts + 8
  }
}
