import Raster

/// Unsaved work of a session that did not end as it should.
package struct Recovery: Sendable, Equatable {
  /// The newest state of everything that was kept.
  package var work: JournalEntry
  /// All entries in order; where there are none, the work is one step.
  package var entries: [JournalEntry]
  /// When and how much, for the question; `of 21 Nov, 14:03 (12 changes)`.
  package var description: String

  /// Makes a recovery.
  package init(work: JournalEntry, entries: [JournalEntry] = [], description: String) {
    self.work = work
    self.entries = entries
    self.description = description
  }
}

extension EditorState {
  mutating func recover(_ recovery: Recovery) -> [Effect] {
    guard recovery.work.settings.isSound,
      let change = canvas.replay(recovery.entries) ?? canvas.recover(recovery.work)
    else {
      complain("what was kept does not fit this picture")
      return []
    }
    let (steps, strength) = (settings.steps, settings.strength)
    settings = recovery.work.settings
    chosenSteps = chosenSteps || settings.steps != steps
    chosenStrength = chosenStrength || settings.strength != strength
    journaling.newOriginals.formUnion(canvas.takeChangedTiles().originals)
    journaling.last = (now, settings)
    journaling.runs = canvas.generations
    say("recovered; u takes it back step by step, :w saves")
    return change.changesOriginal ? [.rebase(change.area)] : []
  }
}

extension Canvas {
  /// Does again what was kept, every change as a step to undo under its own name; nil, with nothing
  /// changed, where there is nothing or some of it is not of this picture.
  ///
  /// Parts of a stroke that was open become one step; what was undone is undone again.
  /// - Complexity: the tiles of all entries.
  package mutating func replay(_ entries: [JournalEntry]) -> Change? {
    endStroke()
    var next = self
    var all = Change(
      name: "recovery", area: Area(x: 0, y: 0, width: 0, height: 0), changesOriginal: false)
    var pending: [Int: JournalTile] = [:]
    var runs: [RunFacts] = []
    var former: GenerationSettings?
    for (index, entry) in entries.enumerated() {
      for tile in entry.tiles { pending[tile.index] = tile }
      guard entry.settings.isSound, areHere(entry.generations), entry.follow(&runs) else {
        return nil
      }
      if entry.note?.kind == .part, index + 1 < entries.count { continue }
      var whole = entry
      whole.tiles = pending.values.sorted { $0.index < $1.index }
      (whole.keptRuns, whole.generations) = (0, runs)
      guard next.follow(whole, former: former, adding: &all) else { return nil }
      pending = [:]
      former = entry.settings
    }
    guard !all.area.isEmpty else { return nil }
    self = next
    return all
  }

  /// Does one kept change; false where it is not of this picture.
  private mutating func follow(
    _ entry: JournalEntry, former: GenerationSettings?, adding all: inout Change
  ) -> Bool {
    var change: Change?
    let kept = Set(entry.tiles.map(\.index))
    // Only what the entry speaks of: steps before a fresh entry are one here, and stay done.
    func isKept(_ step: HistoryStep?) -> Bool { step?.tiles.keys.allSatisfy(kept.contains) ?? true }
    switch entry.note?.kind {
    case .undo where isKept(history.past.last):
      change = undo(settings: former ?? entry.settings)
    case .redo where isKept(history.future.last):
      change = redo(settings: former ?? entry.settings)
    case .step, .part, .undo, .redo, nil: break
    }
    add(change, to: &all)
    // Whatever was done, the tiles say what came of it.
    guard let differing = tilesThatDiffer(in: entry) else { return false }
    guard !differing.isEmpty else {
      if change == nil, let note = entry.note, let former, former != entry.settings {
        record(note.name, former: former, group: nil)
      }
      setGenerations(entry.generations)
      return true
    }
    var rest = entry
    rest.tiles = differing
    guard let step = lay(rest, as: entry.note?.name ?? "recovery") else { return false }
    add(step, to: &all)
    return true
  }

  private func add(_ change: Change?, to all: inout Change) {
    guard let change else { return }
    all.area = all.area.union(change.area)
    all.changesOriginal = all.changesOriginal || change.changesOriginal
  }

  /// Those of an entry's tiles that are not as it says; nil where one is not of this picture.
  private func tilesThatDiffer(in entry: JournalEntry) -> [JournalTile]? {
    var differing: [JournalTile] = []
    for tile in entry.tiles {
      guard let (present, content) = contents(of: tile) else { return nil }
      let isSame =
        content.edited == present.edited && content.touched == present.touched
        && content.mask == present.mask
        && (content.original == nil || content.original == present.original)
      if !isSame { differing.append(tile) }
    }
    return differing
  }

  /// A tile as it is and as it was kept; nil where it is not of this picture.
  private func contents(of tile: JournalTile) -> (present: TileContent, kept: TileContent)? {
    guard (0..<Self.tiles(width: width, height: height)).contains(tile.index) else { return nil }
    let area = area(ofTile: tile.index)
    let present = content(ofTile: tile.index, .all)
    return tile.content(pixels: area.width * area.height, file: present.original ?? [])
      .map { (present, $0) }
  }

  /// Puts kept work back, as one step to undo; nil where some of it is not of this picture.
  ///
  /// What does not fit changes nothing.
  package mutating func recover(_ work: JournalEntry) -> Change? {
    endStroke()
    return areHere(work.generations) ? lay(work, as: "recovery") : nil
  }

  /// The same as a step of some name, where the runs are known to be of this picture.
  private mutating func lay(_ work: JournalEntry, as name: String) -> Change? {
    var before: [Int: TileContent] = [:]
    var after: [Int: TileContent] = [:]
    for tile in work.tiles {
      guard let (present, content) = contents(of: tile) else { return nil }
      before[tile.index] = present
      after[tile.index] = content
    }
    guard !after.isEmpty else { return nil }
    for (index, content) in after { put(content, intoTile: index) }
    let originals = after.filter { $0.value.original != nil }.keys
    record(name, tiles: before, changesOriginal: !originals.isEmpty)
    noteChange(originals, ofOriginal: true)
    setGenerations(work.generations)
    return Change(
      name: name,
      area: after.keys.reduce(Area(x: 0, y: 0, width: 0, height: 0)) {
        $0.union(self.area(ofTile: $1))
      }, changesOriginal: !originals.isEmpty)
  }

  /// Whether kept work is of a picture like this one; where it has no tiles it is of any.
  package func takes(_ work: JournalEntry) -> Bool {
    var other = self
    return work.tiles.isEmpty || other.recover(work) != nil
  }

  /// Whether kept work is anything that this canvas does not show already.
  package func wouldChange(by work: JournalEntry) -> Bool {
    var other = self
    guard other.recover(work) != nil else { return false }
    return other.edited != edited || other.original != original || other.touched != touched
      || other.mask != mask
  }
}
