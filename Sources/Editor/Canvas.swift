package import Raster

/// Original and edited picture, the pixels the person touched and what they are to become, those to
/// be regenerated, and the way back.
///
/// Invariant: outside `touched` the edited picture equals the original. The mask is what is touched
/// and not finished until the person edits it; strokes and the eraser keep adding to both and taking
/// from both, and what is finished leaves the mask. Pictures
/// are only changed in place: a stroke costs the pixels under it, and the first touch of each 64x64
/// tile copies that tile for undo; nothing copies a whole picture.
package struct Canvas: Sendable {
  /// As on disk, plus accepted results.
  package private(set) var original: RGBA8
  /// The original plus strokes.
  package internal(set) var edited: RGBA8
  var touchedPixels: CountedMask
  var maskPixels: CountedMask
  private var revisions = Revisions()
  /// What can be undone and redone.
  package internal(set) var history: History

  private var newestRevision = 0
  /// For the journal.
  var changedTiles = ChangedTiles()
  /// For drawing.
  private(set) var changes = ChangeLog()
  var stroke: ActiveStroke?
  /// Whether paint leaves alpha as it is.
  package var keepsAlpha = false

  static let tileSide = 64
  let tilesAcross: Int

  /// Starts with a picture that nobody has touched; both share its storage until painted on.
  package init(picture: RGBA8, history: History = History()) {
    original = picture
    edited = picture
    touchedPixels = CountedMask(width: picture.width, height: picture.height)
    maskPixels = touchedPixels
    self.history = history
    tilesAcross = (picture.width + Self.tileSide - 1) / Self.tileSide
  }

  /// The 64x64 tiles, counted row by row, that pictures of a size are kept in for undo and the
  /// journal; those at the right and at the bottom may be cut.
  package static func tiles(width: Int, height: Int) -> Int {
    (width + tileSide - 1) / tileSide * ((height + tileSide - 1) / tileSide)
  }

  /// Pixels in a row.
  package var width: Int { original.width }
  /// Rows.
  package var height: Int { original.height }
  /// The whole picture.
  package var bounds: Area { Area(x: 0, y: 0, width: width, height: height) }
  /// Whether a stroke has begun and not ended.
  package var isStroking: Bool { stroke != nil }

  /// Changes with every change of the pictures or the mask; going back brings the old number back.
  package var revision: Int { revisions.all }
  /// The same for the edited picture alone.
  package var pictureRevision: Int { revisions.picture }
  /// The same for the original alone.
  package var originalRevision: Int { revisions.original }

  /// The runs whose results are in the original, oldest first.
  package var generations: [RunFacts] { revisions.generations }

  /// What each pixel under a stroke is to become, a byte of `PaintKind`; 0 where none lies.
  package var touched: Mask { touchedPixels.mask }
  /// How many pixels of `touched` are set.
  package var touchedCount: Int { touchedPixels.count }
  /// How many of them are finished, so that nothing has to be made of them.
  package var finishedCount: Int { touchedPixels.finishedCount }
  /// A rectangle around all touched pixels.
  package var touchedBounds: Area { touchedPixels.bounds }

  /// 255 where the picture is to be regenerated.
  package var mask: Mask { maskPixels.mask }
  /// How many pixels of `mask` are set.
  package var maskCount: Int { maskPixels.count }
  /// A rectangle around all pixels of `mask`.
  package var maskBounds: Area { maskPixels.bounds }

  /// The colour of the edited picture at a pixel, without alpha.
  package func color(at point: Point) -> Color {
    guard bounds.contains(point) else { return .black }
    let i = edited.offset(x: point.x, y: point.y)
    return Color(edited.samples[i], edited.samples[i + 1], edited.samples[i + 2])
  }
}

// MARK: - Tiles

extension Canvas {
  /// The pixels of a 64x64 tile, clipped to the picture.
  func area(ofTile index: Int) -> Area {
    Self.area(ofTile: index, width: width, height: height)
  }

  /// Every change of the pictures or the mask is told here.
  mutating func noteChange(_ tiles: some Sequence<Int>, ofOriginal isOriginal: Bool = false) {
    changes.note(tiles)
    changedTiles.all.formUnion(tiles)
    if isOriginal { changedTiles.originals.formUnion(tiles) }
  }

  mutating func forEachTile(in area: Area, _ body: (inout Canvas, Int, Area) -> Void) {
    let part = area.intersection(bounds)
    guard !part.isEmpty else { return }
    let side = Self.tileSide
    for tileY in part.minY / side...(part.maxY - 1) / side {
      for tileX in part.minX / side...(part.maxX - 1) / side {
        let index = tileY * tilesAcross + tileX
        body(&self, index, part.intersection(self.area(ofTile: index)))
      }
    }
  }

  /// A copy of some planes of a tile.
  func content(ofTile index: Int, _ planes: Planes) -> TileContent {
    let area = area(ofTile: index)
    func copy(_ plane: Planes, _ values: [UInt8], _ channels: Int) -> [UInt8]? {
      guard planes.contains(plane) else { return nil }
      var result: [UInt8] = []
      result.reserveCapacity(channels * area.width * area.height)
      for y in area.minY..<area.maxY {
        let first = channels * (y * width + area.minX)
        result += values[first..<(first + channels * area.width)]
      }
      return result
    }
    return TileContent(
      edited: copy(.edited, edited.samples, 4), touched: copy(.touched, touched.values, 1),
      mask: copy(.mask, mask.values, 1), original: copy(.original, original.samples, 4))
  }

  mutating func put(_ content: TileContent, intoTile index: Int) {
    let area = area(ofTile: index)
    for (row, y) in (area.minY..<area.maxY).enumerated() {
      let pixels = (row * area.width)..<((row + 1) * area.width)
      let samples = (4 * pixels.lowerBound)..<(4 * pixels.upperBound)
      let at = edited.offset(x: area.minX, y: y)
      let place = at..<(at + samples.count)
      if let old = content.edited { edited.samples.replaceSubrange(place, with: old[samples]) }
      if let old = content.original { original.samples.replaceSubrange(place, with: old[samples]) }
      if let old = content.touched { touchedPixels.put(old[pixels], x: area.minX, y: y) }
      if let old = content.mask { maskPixels.put(old[pixels], x: area.minX, y: y) }
    }
  }
}

// MARK: - History

extension Canvas {
  /// What going over a step did, for a message and for the engine.
  package struct Change: Sendable, Equatable {
    /// The step's name, as `brush` or `accept`.
    package var name: String
    /// Around the tiles that changed.
    package var area: Area
    /// Whether the original changed, and with it what the engine has cached.
    package var changesOriginal: Bool
    /// The settings that apply now; nil where they stay.
    package var settings: GenerationSettings?
  }

  /// Adds the tiles as they were before a change to the history.
  mutating func record(_ name: String, tiles: [Int: TileContent], changesOriginal: Bool = false) {
    guard !tiles.isEmpty else { return }
    noteChange(tiles.keys, ofOriginal: changesOriginal)
    note(.step, name)
    history.record(HistoryStep(name: name, tiles: tiles, revisions: revisions))
    newestRevision += 1
    revisions.all = newestRevision
    if tiles.contains(where: { $0.value.edited != nil }) { revisions.picture = newestRevision }
    if changesOriginal { revisions.original = newestRevision }
  }

  /// Adds a change of settings to the history; consecutive ones of the same name and group are one
  /// step.
  package mutating func record(_ name: String, former: GenerationSettings, group: Int?) {
    endStroke()
    guard !history.continues(name, group: group) else { return }
    note(.step, name)
    history.record(
      HistoryStep(name: name, settings: former, group: group, revisions: revisions))
  }

  /// Takes back the newest step; nil when there is none. Ends an open stroke first.
  ///
  /// - Parameter settings: the settings that apply now, for redo.
  package mutating func undo(settings: GenerationSettings = GenerationSettings()) -> Change? {
    endStroke()
    guard let step = history.popUndo() else { return nil }
    note(.undo, step.name)
    let (other, change) = swapped(step, settings)
    history.pushRedo(other)
    return change
  }

  /// Does again what was taken back last; nil when there is nothing.
  package mutating func redo(settings: GenerationSettings = GenerationSettings()) -> Change? {
    endStroke()
    guard let step = history.popRedo() else { return nil }
    note(.redo, step.name)
    let (other, change) = swapped(step, settings)
    history.pushUndo(other)
    return change
  }

  /// Goes back to where something new replaced what could be redone, and makes that redoable again;
  /// the newer steps become the branch. Nil when there is no branch.
  package mutating func undoToBranch(
    settings: GenerationSettings = GenerationSettings()
  ) -> Change? {
    endStroke()
    guard let depth = history.branch?.depth else { return nil }
    var all = Change(
      name: "branch", area: Area(x: 0, y: 0, width: 0, height: 0), changesOriginal: false)
    while history.undoCount != depth {
      let now = all.settings ?? settings
      let goesBack = history.undoCount > depth
      guard let change = goesBack ? undo(settings: now) : redo(settings: now) else { return nil }
      all.area = all.area.union(change.area)
      all.changesOriginal = all.changesOriginal || change.changesOriginal
      all.settings = change.settings ?? all.settings
    }
    history.exchangeBranch()
    return all
  }

  private mutating func swapped(
    _ step: HistoryStep, _ settings: GenerationSettings
  ) -> (HistoryStep, Change) {
    var other = step
    var area = Area(x: 0, y: 0, width: 0, height: 0)
    for (index, tile) in step.tiles {
      other.tiles[index] = content(ofTile: index, tile.planes)
      put(tile, intoTile: index)
      noteChange([index], ofOriginal: tile.original != nil)
      area = area.union(self.area(ofTile: index))
    }
    if step.settings != nil { other.settings = settings }
    other.revisions = revisions
    let change = Change(
      name: step.name, area: area,
      changesOriginal: revisions.original != step.revisions.original, settings: step.settings)
    revisions = step.revisions
    return (other, change)
  }
}

extension [RunFacts] {
  /// Whether the runs can have been made on a picture of these bounds.
  func areHere(_ bounds: Area) -> Bool {
    allSatisfy { $0.isSound && $0.area.intersection(bounds) == $0.area }
  }
}

extension Canvas {
  /// The pixels of a 64x64 tile of a picture of some size.
  static func area(ofTile index: Int, width: Int, height: Int) -> Area {
    let across = (width + tileSide - 1) / tileSide
    return Area(
      x: index % across * tileSide, y: index / across * tileSide, width: tileSide, height: tileSide
    ).intersection(Area(x: 0, y: 0, width: width, height: height))
  }

  /// Whether some runs can have been made on a picture of this size.
  func areHere(_ generations: [RunFacts]) -> Bool { generations.areHere(bounds) }

  mutating func setGenerations(_ generations: [RunFacts]) { revisions.generations = generations }
}

// MARK: - Accepting

extension Canvas {
  /// Makes a result the original, as one step to undo.
  ///
  /// Strokes stay strokes where they are newer than the request or outside its mask.
  /// - Parameters:
  ///   - requested: the edited picture the result was made from.
  ///   - kinds: `touched` of then.
  ///   - mask: the mask it was made for.
  ///   - facts: how it was made.
  /// - Precondition: all three are as large as the canvas.
  package mutating func accept(
    _ pixels: RGBA8, at origin: Point, requested: RGBA8, kinds: Mask, mask: Mask,
    facts: RunFacts? = nil
  ) {
    endStroke()
    precondition(requested.width == width && requested.height == height)
    precondition(mask.width == width && mask.height == height)
    precondition(kinds.width == width && kinds.height == height)
    let place = Area(x: origin.x, y: origin.y, width: pixels.width, height: pixels.height)
    var tiles: [Int: TileContent] = [:]
    forEachTile(in: place) { canvas, index, part in
      tiles[index] = canvas.content(ofTile: index, .all)
      for y in part.minY..<part.maxY {
        for x in part.minX..<part.maxX {
          let from = pixels.offset(x: x - origin.x, y: y - origin.y)
          canvas.take(
            pixels.samples[from..<(from + 4)], x: x, y: y, requested: requested,
            kind: kinds.values[y * mask.width + x],
            isWanted: mask.values[y * mask.width + x] != 0)
        }
      }
    }
    record("accept", tiles: tiles, changesOriginal: true)
    if let facts { revisions.generations.append(facts) }
  }

  private mutating func take(
    _ pixel: ArraySlice<UInt8>, x: Int, y: Int, requested: RGBA8, kind: UInt8, isWanted: Bool
  ) {
    let at = edited.offset(x: x, y: y)
    let place = at..<(at + 4)
    let stays =
      touchedPixels[x, y]
      && (!isWanted || edited.samples[place] != requested.samples[place]
        || touchedPixels[byte: x, y] != kind)
    original.samples.replaceSubrange(place, with: pixel)
    guard !stays else { return }
    edited.samples.replaceSubrange(place, with: pixel)
    touchedPixels[x, y] = false
    if isWanted { maskPixels[x, y] = false }
  }
}
