/// What the editor remembers of its journal.
struct Journaling: Sendable {
  /// Whether anyone keeps one.
  var isOn = false
  /// Whether nothing is kept for now, as on a full disk.
  var isStopped = false
  /// When the last entry was made, and with which settings; nil before the first.
  var last: (at: Int, settings: GenerationSettings)?
  /// The runs as the last entry left them.
  var runs: [RunFacts] = []
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

  /// Whether changes are lost with the program for now, though they should be kept.
  package var keepsNothing: Bool { journaling.isStopped }

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
    let runs = canvas.generations
    let former = isFresh ? [] : journaling.runs
    let kept = former == runs ? runs.count : zip(former, runs).prefix { $0 == $1 }.count
    journaling.runs = runs
    return JournalEntry(
      isFresh: isFresh,
      tiles: tiles.all.sorted().map { index in
        JournalTile(
          index: index, canvas.content(ofTile: index, .all),
          keepsOriginal: journaling.newOriginals.contains(index))
      }, settings: settings, keptRuns: kept, generations: Array(runs[kept...]),
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
    journaling.newOriginals.formUnion(journaling.beingSaved.union(canvas.tilesInUse))
    return journalAnew()
  }

  /// Everything that is not in the opened file, as an entry that needs none before it.
  ///
  /// Work that was found and neither taken nor given up stays in the journal as it is.
  /// - Complexity: the tiles that were ever changed.
  mutating func journalAnew() -> [Effect] {
    guard journaling.isOn, !isRecoveryOpen else { return [] }
    let changed = canvas.takeChangedTiles()
    let all = Canvas.ChangedTiles(
      all: journaling.newOriginals.union(changed.all).union(canvas.tilesInUse),
      originals: changed.originals)
    return [.journal(entry(all, isFresh: true))]
  }

  /// News of whoever keeps the journal.
  mutating func handle(_ event: JournalEvent) -> [Effect] {
    switch event {
    case .stopped(let reason):
      if !journaling.isStopped { complain(reason + "; save soon") }
      journaling.isStopped = true
    case .wantsAll: return journalAnew()
    case .resumed:
      guard journaling.isStopped else { return [] }
      journaling.isStopped = false
      say("unsaved work is kept again")
    }
    return []
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
      journaling.runs = []
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
