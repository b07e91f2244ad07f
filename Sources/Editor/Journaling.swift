import Raster

/// What a journal keeps of a change.
package struct JournalEntry: Sendable, Equatable {
  /// Whether nothing that was kept before counts any more: it is in the file by now, or given up.
  package var isFresh = false
  /// The tiles that changed, as they are now.
  package var tiles: [JournalTile]
  /// What the next run is asked for.
  package var settings: GenerationSettings
  /// The runs whose results are in the original.
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
    isFresh: Bool = false, tiles: [JournalTile], settings: GenerationSettings,
    generations: [RunFacts], note: Note? = nil
  ) {
    self.note = note
    self.isFresh = isFresh
    self.tiles = tiles
    self.settings = settings
    self.generations = generations
  }
}

/// The state of one 64x64 tile of a canvas, packed.
///
/// A byte of flags; one bit a pixel for touched, masked and differing from the original; RGBA of the
/// differing pixels; RGBA of all of the original's pixels where those are not in the file.
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

  init(index: Int, _ content: TileContent, keepsOriginal: Bool) {
    self.index = index
    let (edited, original) = (content.edited ?? [], content.original ?? [])
    let pixels = edited.count / 4
    let differs = (0..<pixels).map { pixel in
      (4 * pixel..<4 * pixel + 4).contains { edited[$0] != original[$0] }
    }
    payload = [keepsOriginal ? 1 : 0]
    payload += Self.packed((content.touched ?? []).map { $0 != 0 })
    payload += Self.packed((content.mask ?? []).map { $0 != 0 })
    payload += Self.packed(differs)
    for pixel in 0..<pixels where differs[pixel] { payload += edited[4 * pixel..<4 * pixel + 4] }
    if keepsOriginal { payload += original }
  }

  /// The planes of a tile of `pixels` pixels; nil where the payload is not of such a tile.
  ///
  /// - Parameter file: the original as the file has it, for tiles that do not keep theirs.
  func content(pixels: Int, file: [UInt8]) -> TileContent? {
    let plane = (pixels + 7) / 8
    guard payload.count >= 1 + 3 * plane, payload[0] <= 1, file.count == 4 * pixels else {
      return nil
    }
    let keepsOriginal = payload[0] == 1
    let planes = (0..<3).map { number in
      let first = 1 + number * plane
      return Self.unpacked(payload[first..<first + plane], count: pixels)
    }
    let samples = 4 * planes[2].count { $0 }
    let start = 1 + 3 * plane
    guard payload.count == start + samples + (keepsOriginal ? 4 * pixels : 0) else { return nil }
    let original = keepsOriginal ? Array(payload.suffix(4 * pixels)) : file
    var edited = original
    var next = start
    for pixel in 0..<pixels where planes[2][pixel] {
      edited.replaceSubrange(4 * pixel..<4 * pixel + 4, with: payload[next..<next + 4])
      next += 4
    }
    return TileContent(
      edited: edited, touched: planes[0].map { $0 ? 255 : 0 }, mask: planes[1].map { $0 ? 255 : 0 },
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

/// What the editor remembers of its journal.
struct Journaling: Sendable {
  /// Whether anyone keeps one.
  var isOn = false
  /// When the last entry was made, and with which settings; nil before the first.
  var last: (at: Int, settings: GenerationSettings)?
  /// Tiles whose original is not what the opened file has.
  var newOriginals: Set<Int> = []
  /// Tiles that a save under way takes out of the file's former state.
  var beingSaved: Set<Int> = []
  /// An open stroke is kept this often, in milliseconds.
  static let interval = 1000
}

extension EditorState {
  /// Asks for everything that changes to be kept from now on.
  package mutating func keepJournal() { journaling.isOn = true }

  /// Whether something is not in the journal yet that time alone will bring there.
  package var isJournalDue: Bool { journaling.isOn && !canvas.changedTiles.isEmpty }

  /// What has changed since the last entry, if it is time for one.
  mutating func journal() -> [Effect] {
    guard journaling.isOn else { return [] }
    let isChanged = !canvas.changedTiles.isEmpty
    let isSettings = journaling.last.map { $0.settings != settings } ?? false
    let isEarly = journaling.last.map { now - $0.at < Journaling.interval } ?? false
    guard isChanged || isSettings, !(canvas.isStroking && isEarly) else { return [] }
    return [.journal(entry(canvas.takeChangedTiles()))]
  }

  private mutating func entry(_ tiles: Canvas.ChangedTiles, isFresh: Bool = false) -> JournalEntry {
    journaling.newOriginals.formUnion(tiles.originals)
    journaling.last = (now, settings)
    return JournalEntry(
      isFresh: isFresh,
      tiles: tiles.all.sorted().map { index in
        JournalTile(
          index: index, canvas.content(ofTile: index, .all),
          keepsOriginal: journaling.newOriginals.contains(index))
      }, settings: settings, generations: canvas.generations,
      note: canvas.isStroking ? .init(kind: .part, name: "stroke") : isFresh ? nil : tiles.note)
  }

  /// A save of the opened file begins: where it differs from the original, the file will not have it.
  mutating func noteSaveForJournal() {
    journaling.beingSaved = canvas.tilesInUse
    for result in staged?.results ?? [] {
      journaling.beingSaved.formUnion(canvas.tiles(in: result.area))
    }
  }

  /// The opened file is another one now: the journal begins anew with all that is not in it.
  mutating func restartJournal() -> [Effect] {
    guard journaling.isOn else { return [] }
    journaling.newOriginals.formUnion(journaling.beingSaved.union(canvas.tilesInUse))
    let changed = canvas.takeChangedTiles()
    let all = Canvas.ChangedTiles(
      all: journaling.newOriginals.union(changed.all), originals: changed.originals)
    return [.journal(entry(all, isFresh: true))]
  }

  /// Whether work was found that is neither taken nor given up.
  package var isRecoveryOpen: Bool { if case .recover = prompt { true } else { false } }

  /// Asks what to do with work that was found.
  package mutating func offer(_ recovery: Recovery) { prompt = .recover(recovery) }

  mutating func answerRecovery(_ recovery: Recovery, isDropping: Bool, _ key: Key) -> [Effect] {
    switch (key, isDropping) {
    case (.character("y"), false):
      prompt = nil
      return recover(recovery)
    case (.character("n"), false):
      prompt = .recover(recovery, isDropping: true)
    case (.escape, true), (.character("n"), true):
      prompt = .recover(recovery)
    case (.character("y"), true):
      prompt = nil
      say("given up; the picture is as the file has it")
      let none = JournalEntry(isFresh: true, tiles: [], settings: settings, generations: [])
      return [.journal(none)]
    case (.character("q"), false), (.control("c"), _): return [.quit]
    default: break
    }
    return []
  }
}

extension Canvas {
  /// Tiles that have changed since they were last asked for.
  struct ChangedTiles: Sendable {
    var all: Set<Int> = []
    /// Those of them whose original has.
    var originals: Set<Int> = []
    /// What changed them.
    var note: JournalEntry.Note?
    var isEmpty: Bool { all.isEmpty }
  }

  mutating func takeChangedTiles() -> ChangedTiles {
    defer { changedTiles = ChangedTiles() }
    return changedTiles
  }

  /// Notes what the person did; with more than one thing since the journal was asked, it is a step.
  mutating func note(_ kind: JournalEntry.Note.Kind, _ name: String) {
    changedTiles.note = .init(kind: changedTiles.note == nil ? kind : .step, name: name)
  }

  /// Tiles in which something is touched or masked.
  var tilesInUse: Set<Int> {
    let planes = [touchedPixels, maskPixels]
    return tiles(in: touchedBounds.union(maskBounds)).filter { index in
      let area = area(ofTile: index)
      return planes.contains { plane in
        (area.minY..<area.maxY).contains { y in
          (area.minX..<area.maxX).contains { plane[$0, y] }
        }
      }
    }
  }

  func tiles(in area: Area) -> Set<Int> {
    let part = area.intersection(bounds)
    guard !part.isEmpty else { return [] }
    let side = Self.tileSide
    return (part.minY / side...(part.maxY - 1) / side).reduce(into: []) { tiles, y in
      for x in part.minX / side...(part.maxX - 1) / side { tiles.insert(y * tilesAcross + x) }
    }
  }
}
