import Raster

/// What a journal keeps of a change.
package struct JournalEntry: Sendable, Equatable {
  /// Whether nothing that was kept before counts any more: this entry holds it, it is in the file by
  /// now, or it is given up.
  package var isFresh = false
  /// The tiles that changed, as they are now.
  package var tiles: [JournalTile]
  /// What the next run is asked for.
  package var settings: GenerationSettings
  /// How many of the runs that were in the original before still are, oldest first; so that each is
  /// written once.
  package var keptRuns = 0
  /// The runs after those; together they made what is in the original.
  package var generations: [RunFacts]
  /// What the person did; nil where nothing is known of that, as in older journals.
  package var note: Note?

  /// What the person did.
  package struct Note: Sendable, Equatable, Codable {
    /// How it stands in the history.
    package enum Kind: String, Sendable, Codable {
      /// A step of its own.
      case step
      /// A stroke that had not ended.
      case part
      case undo, redo
    }
    /// How it stands in the history.
    package var kind: Kind
    /// The step's name, as `brush`.
    package var name: String

    /// Makes a note.
    package init(kind: Kind, name: String) {
      self.kind = kind
      self.name = name
    }
  }

  /// Makes an entry.
  package init(
    isFresh: Bool = false, tiles: [JournalTile], settings: GenerationSettings, keptRuns: Int = 0,
    generations: [RunFacts], note: Note? = nil
  ) {
    self.note = note
    self.isFresh = isFresh
    self.tiles = tiles
    self.settings = settings
    self.keptRuns = keptRuns
    self.generations = generations
  }

  /// Makes `runs`, those in the original before this entry, those after it; false, with nothing
  /// changed, where it keeps more than there were.
  ///
  /// - Complexity: the runs that go and come.
  func follow(_ runs: inout [RunFacts]) -> Bool {
    guard (0...runs.count).contains(keptRuns) else { return false }
    runs.removeSubrange(keptRuns...)
    runs += generations
    return true
  }

  /// Whether the entry can be of a picture of this size: `Canvas.recover` then takes what it has.
  package func isOf(width: Int, height: Int) -> Bool {
    let tileCount = Canvas.tiles(width: width, height: height)
    return generations.areHere(Area(x: 0, y: 0, width: width, height: height))
      && tiles.allSatisfy { tile in
        guard (0..<tileCount).contains(tile.index) else { return false }
        let area = Canvas.area(ofTile: tile.index, width: width, height: height)
        return tile.isOf(pixels: area.width * area.height)
      }
  }

  /// What some entries, in order, come to: the newest state of each tile, the newest settings, and
  /// all runs. Without any, nothing; nil where one does not follow from those before.
  ///
  /// - Complexity: the tiles and runs of all entries.
  package static func merged(_ entries: [JournalEntry]) -> JournalEntry? {
    var tiles: [Int: JournalTile] = [:]
    var runs: [RunFacts] = []
    for entry in entries {
      if entry.isFresh { (tiles, runs) = ([:], []) }
      for tile in entry.tiles { tiles[tile.index] = tile }
      guard entry.follow(&runs) else { return nil }
    }
    return JournalEntry(
      tiles: tiles.values.sorted { $0.index < $1.index },
      settings: entries.last?.settings ?? GenerationSettings(), generations: runs,
      note: entries.last?.note)
  }
}

/// The state of one 64x64 tile of a canvas, packed.
///
/// A byte of flags; one bit a pixel for touched, masked and differing from the original; RGBA of the
/// differing pixels; the kind of each touched pixel where some are not to become their colours; RGBA
/// of all of the original's pixels where those are not in the file.
package struct JournalTile: Sendable, Equatable {
  /// The tile's number in the canvas, row by row.
  package var index: Int
  /// The packed planes.
  package var payload: [UInt8]

  /// Makes a tile from what was kept.
  package init(index: Int, payload: [UInt8]) {
    self.index = index
    self.payload = payload
  }

  /// Bytes of the largest payload that is one.
  package static let mostBytes =
    1 + (3 * Canvas.tileSide * Canvas.tileSide + 7) / 8
    + 9 * Canvas.tileSide * Canvas.tileSide

  /// What is in a payload beside the planes.
  private struct Flags: OptionSet {
    let rawValue: UInt8
    static let original = Flags(rawValue: 1)
    static let kinds = Flags(rawValue: 2)
    static let all: Flags = [.original, .kinds]
  }

  init(index: Int, _ content: TileContent, keepsOriginal: Bool) {
    self.index = index
    let (edited, original) = (content.edited ?? [], content.original ?? [])
    let pixels = edited.count / 4
    let differs = (0..<pixels).map { pixel in
      (4 * pixel..<4 * pixel + 4).contains { edited[$0] != original[$0] }
    }
    let kinds = (content.touched ?? []).filter { $0 != 0 }
    let flags: Flags = [
      keepsOriginal ? .original : [],
      kinds.contains { $0 != PaintKind.color.rawValue } ? .kinds : [],
    ]
    payload = [flags.rawValue]
    payload += Self.packed((content.touched ?? []).map { $0 != 0 })
    payload += Self.packed((content.mask ?? []).map { $0 != 0 })
    payload += Self.packed(differs)
    for pixel in 0..<pixels where differs[pixel] { payload += edited[4 * pixel..<4 * pixel + 4] }
    if flags.contains(.kinds) { payload += kinds }
    if keepsOriginal { payload += original }
  }

  /// Whether the payload is of a tile of `pixels` pixels.
  func isOf(pixels: Int) -> Bool {
    let plane = (pixels + 7) / 8
    let start = 1 + 3 * plane
    guard payload.count >= start, payload[0] <= Flags.all.rawValue else { return false }
    // Bits past the last pixel say nothing.
    func count(_ number: Int) -> Int {
      let first = 1 + number * plane
      return Self.unpacked(payload[first..<first + plane], count: pixels).count { $0 }
    }
    let flags = Flags(rawValue: payload[0])
    let kinds = flags.contains(.kinds) ? count(0) : 0
    return payload.count
      == start + kinds + 4 * (count(2) + (flags.contains(.original) ? pixels : 0))
  }

  /// The planes of a tile of `pixels` pixels; nil where the payload is not of such a tile. Paint of
  /// a kind that there is not becomes its colour.
  ///
  /// - Parameter file: the original as the file has it, for tiles that do not keep theirs.
  func content(pixels: Int, file: [UInt8]) -> TileContent? {
    let plane = (pixels + 7) / 8
    guard isOf(pixels: pixels), file.count == 4 * pixels else { return nil }
    let flags = Flags(rawValue: payload[0])
    let keepsOriginal = flags.contains(.original)
    let planes = (0..<3).map { number in
      let first = 1 + number * plane
      return Self.unpacked(payload[first..<first + plane], count: pixels)
    }
    let start = 1 + 3 * plane
    let original = keepsOriginal ? Array(payload.suffix(4 * pixels)) : file
    var edited = original
    var next = start
    for pixel in 0..<pixels where planes[2][pixel] {
      edited.replaceSubrange(4 * pixel..<4 * pixel + 4, with: payload[next..<next + 4])
      next += 4
    }
    var touched = planes[0].map { $0 ? PaintKind.color.rawValue : 0 }
    if flags.contains(.kinds) {
      for pixel in 0..<pixels where planes[0][pixel] {
        if let kind = PaintKind(rawValue: payload[next]) { touched[pixel] = kind.rawValue }
        next += 1
      }
    }
    return TileContent(
      edited: edited, touched: touched, mask: planes[1].map { $0 ? 255 : 0 },
      original: keepsOriginal ? original : nil)
  }

  private static func packed(_ bits: [Bool]) -> [UInt8] {
    stride(from: 0, to: bits.count, by: 8).map { first in
      bits[first..<min(first + 8, bits.count)].enumerated().reduce(0) {
        $0 | ($1.element ? 1 << UInt8($1.offset) : 0)
      }
    }
  }

  private static func unpacked(_ bytes: ArraySlice<UInt8>, count: Int) -> [Bool] {
    (0..<count).map { bytes[bytes.startIndex + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }
}
