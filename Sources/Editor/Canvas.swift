package import Raster

/// Original and edited picture, the pixels the person touched, and the way back.
///
/// Invariant: outside `touched` the edited picture equals the original. Pictures are only changed
/// in place: a stroke costs the pixels under it, and the first touch of each 64x64 tile copies that
/// tile for undo; nothing copies a whole picture.
package struct Canvas: Sendable {
  /// As on disk, plus accepted results.
  package private(set) var original: RGBA8
  /// The original plus strokes.
  package private(set) var edited: RGBA8
  /// 255 where a stroke lies.
  package private(set) var touched: Mask
  /// How many pixels of `touched` are set.
  package private(set) var touchedCount = 0
  /// A rectangle around all touched pixels; it grows with strokes and empties when none is left.
  package private(set) var touchedBounds = Area(x: 0, y: 0, width: 0, height: 0)
  /// Changes with everything that can be undone; going back brings the old number back.
  package private(set) var revision = 0
  /// What can be undone and redone.
  package private(set) var history: History

  private var newestRevision = 0
  private var stroke: ActiveStroke?

  static let tileSide = 64
  let tilesAcross: Int

  /// Starts with a picture that nobody has touched; both pictures share its storage until painted on.
  package init(picture: RGBA8, history: History = History()) {
    original = picture
    edited = picture
    touched = Mask(width: picture.width, height: picture.height)
    self.history = history
    tilesAcross = (picture.width + Self.tileSide - 1) / Self.tileSide
  }

  /// Pixels in a row.
  package var width: Int { original.width }
  /// Rows.
  package var height: Int { original.height }
  /// The whole picture.
  package var bounds: Area { Area(x: 0, y: 0, width: width, height: height) }
  /// Whether a stroke has begun and not ended.
  package var isStroking: Bool { stroke != nil }

  /// The colour of the edited picture at a pixel, without alpha.
  package func color(at point: Point) -> Color {
    guard bounds.contains(point) else { return .black }
    let i = edited.offset(x: point.x, y: point.y)
    return Color(edited.samples[i], edited.samples[i + 1], edited.samples[i + 2])
  }
}

/// What a stroke leaves behind.
package enum Ink: Sendable, Equatable {
  case color(Color)
  /// The original comes back and the touch is taken away.
  case original
}

/// A stroke under way: each tile as it was, and the most that any mark has covered so far.
private struct ActiveStroke {
  struct Tile {
    var before: TileContent
    var coverage: [UInt8]
  }
  var name: String
  var ink: Ink
  var tiles: [Int: Tile] = [:]
}

extension Canvas {
  /// Begins a stroke; one still open is finished first.
  package mutating func beginStroke(_ name: String, ink: Ink) {
    endStroke()
    stroke = ActiveStroke(name: name, ink: ink)
  }

  /// Adds a mark to the open stroke. Marks of one stroke do not add up: a pixel keeps its largest
  /// coverage, so crossing one's own line leaves no dark spot.
  ///
  /// - Complexity: the pixels of the shape's bounds inside the picture.
  package mutating func mark(_ shape: Shape) {
    forEachTile(in: shape.bounds) { canvas, tile, area in
      canvas.mark(tile: tile, area: area) { shape.coverage(x: $0, y: $1) }
    }
  }

  /// Ends the open stroke and records it for undo, if it changed anything.
  package mutating func endStroke() {
    guard let ended = stroke else { return }
    stroke = nil
    var tiles: [Int: TileContent] = [:]
    for (index, tile) in ended.tiles
    where content(ofTile: index, withOriginal: false) != tile.before {
      tiles[index] = tile.before
    }
    guard !tiles.isEmpty else { return }
    record(ended.name, tiles: tiles, changesOriginal: false)
  }

  /// Takes the open stroke back as if it had not been begun.
  package mutating func abandonStroke() {
    guard let abandoned = stroke else { return }
    stroke = nil
    for (index, tile) in abandoned.tiles { put(tile.before, intoTile: index) }
  }

  /// Marks all pixels of `region` (row-major list of spans) fully; used by flood fill.
  mutating func mark(spans: [(y: Int, x: Range<Int>)]) {
    for span in spans {
      let area = Area(
        minX: span.x.lowerBound, minY: span.y, maxX: span.x.upperBound, maxY: span.y + 1)
      forEachTile(in: area) { canvas, tile, part in
        canvas.mark(tile: tile, area: part) { _, _ in 255 }
      }
    }
  }

  private mutating func forEachTile(
    in area: Area, _ body: (inout Canvas, Int, Area) -> Void
  ) {
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

  private mutating func mark(tile index: Int, area: Area, coverage: (Int, Int) -> UInt8) {
    guard stroke != nil else { return }
    let tileArea = self.area(ofTile: index)
    let ink = stroke?.ink ?? .original
    // Taken out and put back, so that its arrays are changed in place.
    var tile =
      stroke?.tiles.removeValue(forKey: index)
      ?? ActiveStroke.Tile(
        before: content(ofTile: index, withOriginal: false),
        coverage: [UInt8](repeating: 0, count: tileArea.width * tileArea.height))
    for y in area.minY..<area.maxY {
      for x in area.minX..<area.maxX {
        let local = (y - tileArea.minY) * tileArea.width + x - tileArea.minX
        let value = coverage(x, y)
        guard value > tile.coverage[local] else { continue }
        tile.coverage[local] = value
        blend(ink, x: x, y: y, coverage: Int(value), before: tile.before, local: local)
      }
    }
    stroke?.tiles[index] = tile
  }

  private mutating func blend(
    _ ink: Ink, x: Int, y: Int, coverage: Int, before: TileContent, local: Int
  ) {
    let at = edited.offset(x: x, y: y)
    func mix(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8((Int(old) * (255 - coverage) + Int(new) * coverage + 127) / 255)
    }
    switch ink {
    case .color(let color):
      edited.samples[at] = mix(before.edited[4 * local], color.red)
      edited.samples[at + 1] = mix(before.edited[4 * local + 1], color.green)
      edited.samples[at + 2] = mix(before.edited[4 * local + 2], color.blue)
      setTouched(255, at: y * width + x, x: x, y: y)
    case .original:
      for channel in 0..<4 {
        edited.samples[at + channel] = mix(
          before.edited[4 * local + channel], original.samples[at + channel])
      }
      // A soft edge leaves some of the stroke's colour, which then still counts as touched.
      if coverage == 255 { setTouched(0, at: y * width + x, x: x, y: y) }
    }
  }

  private mutating func setTouched(_ value: UInt8, at index: Int, x: Int, y: Int) {
    guard touched.values[index] != value else { return }
    touched.values[index] = value
    if value != 0 {
      touchedCount += 1
      touchedBounds = touchedBounds.union(Area(x: x, y: y, width: 1, height: 1))
    } else {
      touchedCount -= 1
      if touchedCount == 0 { touchedBounds = Area(x: 0, y: 0, width: 0, height: 0) }
    }
  }
}

extension Canvas {
  /// The pixels of a 64x64 tile, clipped to the picture.
  func area(ofTile index: Int) -> Area {
    let side = Self.tileSide
    return Area(
      x: index % tilesAcross * side, y: index / tilesAcross * side, width: side, height: side
    ).intersection(bounds)
  }

  func content(ofTile index: Int, withOriginal: Bool) -> TileContent {
    let area = area(ofTile: index)
    var result = TileContent(edited: [], touched: [], original: withOriginal ? [] : nil)
    result.edited.reserveCapacity(4 * area.width * area.height)
    for y in area.minY..<area.maxY {
      let row = edited.offset(x: area.minX, y: y)..<edited.offset(x: area.maxX, y: y)
      result.edited += edited.samples[row]
      result.touched += touched.values[(y * width + area.minX)..<(y * width + area.maxX)]
      if withOriginal { result.original? += original.samples[row] }
    }
    return result
  }

  private mutating func put(_ content: TileContent, intoTile index: Int) {
    let area = area(ofTile: index)
    for y in area.minY..<area.maxY {
      for x in area.minX..<area.maxX {
        let local = (y - area.minY) * area.width + x - area.minX
        let at = edited.offset(x: x, y: y)
        for channel in 0..<4 {
          edited.samples[at + channel] = content.edited[4 * local + channel]
          if let old = content.original {
            original.samples[at + channel] = old[4 * local + channel]
          }
        }
        setTouched(content.touched[local], at: y * width + x, x: x, y: y)
      }
    }
  }

  private mutating func record(
    _ name: String, tiles: [Int: TileContent], changesOriginal: Bool
  ) {
    history.record(
      HistoryStep(name: name, tiles: tiles, revision: revision, changesOriginal: changesOriginal))
    newestRevision += 1
    revision = newestRevision
  }

  /// What going over a step did, for a message and for the engine.
  package struct Change: Sendable, Equatable {
    /// The step's name, as `brush` or `accept`.
    package var name: String
    /// Around the tiles that changed.
    package var area: Area
    /// Whether the original changed, and with it what the engine has cached.
    package var changesOriginal: Bool
  }

  /// Takes back the newest step; nil when there is none. Ends an open stroke first.
  package mutating func undo() -> Change? {
    endStroke()
    guard let step = history.popUndo() else { return nil }
    let (other, change) = swapped(step)
    history.pushRedo(other)
    return change
  }

  /// Does again what was taken back last; nil when there is nothing.
  package mutating func redo() -> Change? {
    endStroke()
    guard let step = history.popRedo() else { return nil }
    let (other, change) = swapped(step)
    history.pushUndo(other)
    return change
  }

  private mutating func swapped(_ step: HistoryStep) -> (HistoryStep, Change) {
    var other = step
    var area = Area(x: 0, y: 0, width: 0, height: 0)
    for (index, tile) in step.tiles {
      other.tiles[index] = content(ofTile: index, withOriginal: step.changesOriginal)
      put(tile, intoTile: index)
      area = area.union(self.area(ofTile: index))
    }
    other.revision = revision
    revision = step.revision
    return (
      other, Change(name: step.name, area: area, changesOriginal: step.changesOriginal)
    )
  }

  /// Makes a result the original. Strokes that are newer than the request stay strokes.
  ///
  /// `requested` is the edited picture the result was made from. One step to undo.
  /// - Precondition: `requested` is as large as the canvas.
  package mutating func accept(
    _ pixels: RGBA8, at origin: Point, requested: RGBA8
  ) {
    endStroke()
    precondition(requested.width == width && requested.height == height)
    let place = Area(x: origin.x, y: origin.y, width: pixels.width, height: pixels.height)
    var tiles: [Int: TileContent] = [:]
    forEachTile(in: place) { canvas, index, part in
      tiles[index] = canvas.content(ofTile: index, withOriginal: true)
      canvas.take(pixels, origin: origin, part: part, requested: requested)
    }
    guard !tiles.isEmpty else { return }
    record("accept", tiles: tiles, changesOriginal: true)
  }

  private mutating func take(_ pixels: RGBA8, origin: Point, part: Area, requested: RGBA8) {
    for y in part.minY..<part.maxY {
      for x in part.minX..<part.maxX {
        let at = edited.offset(x: x, y: y)
        let from = pixels.offset(x: x - origin.x, y: y - origin.y)
        let isNewer =
          touched.values[y * width + x] != 0
          && (0..<4).contains { edited.samples[at + $0] != requested.samples[at + $0] }
        for channel in 0..<4 {
          original.samples[at + channel] = pixels.samples[from + channel]
          if !isNewer { edited.samples[at + channel] = pixels.samples[from + channel] }
        }
        if !isNewer { setTouched(0, at: y * width + x, x: x, y: y) }
      }
    }
  }

  /// Puts the original back everywhere, as one step to undo.
  package mutating func restoreAll() {
    beginStroke("restore", ink: .original)
    let area = touchedBounds
    if !area.isEmpty {
      mark(.rectangle(Point(x: area.minX, y: area.minY), Point(x: area.maxX - 1, y: area.maxY - 1)))
    }
    endStroke()
  }
}
