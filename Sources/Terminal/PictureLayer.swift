package import Editor

/// The pictures that lie over a terminal's cells: knows what is there, and says what has to be sent
/// so that something else is.
package struct PictureLayer: Sendable {
  /// A place on the screen that a tile is kept under.
  private struct Place: Hashable {
    var minX: Int
    var minY: Int
    var maxX: Int
    var maxY: Int

    init(_ cells: Area) {
      (minX, minY, maxX, maxY) = (cells.minX, cells.minY, cells.maxX, cells.maxY)
    }
  }

  private struct Tile {
    var pixels: PaneSamples
    var graphics: TerminalFacts.Graphics
    /// The number that kitty keeps it under.
    var id: Int
  }

  private var shown: [Place: Tile] = [:]
  private var freeIDs: [Int] = []
  private var strayIDs: [Int] = []
  private var idCount = 0

  /// Nothing is shown.
  package init() {}

  /// Forgets what is on the screen, because it was cleared.
  package mutating func forget() {
    // Kitty may keep what lies on its own plane; it is taken away before anything else is shown.
    strayIDs += shown.values.filter { $0.graphics == .kitty }.map(\.id)
    shown.removeAll(keepingCapacity: true)
  }

  /// What takes every picture away that lies on its own plane; sixels go with the cells.
  package mutating func hideAll() -> [UInt8] {
    forget()
    return hideStrays()
  }

  private mutating func hideStrays() -> [UInt8] {
    defer {
      freeIDs += strayIDs
      strayIDs = []
    }
    return strayIDs.flatMap { KittyGraphics.hide(id: $0) }
  }

  /// What has to be sent for a screen, after its cells.
  package struct Update: Sendable, Equatable {
    /// Rows whose cells must all be sent, whether they changed or not: sixels were there.
    package var staleRows: Set<Int> = []
    /// What is sent behind the cells. The cursor stays where it is.
    package var bytes: [UInt8] = []

    /// Nothing.
    package init() {}
  }

  /// Makes the pictures of a screen those that are shown.
  ///
  /// - Parameters:
  ///   - changedRows: rows of which any cell will be sent, over which sixels may be lost.
  ///   - registers: how many colours a sixel picture can have.
  /// - Complexity: the pixels of the tiles that changed.
  package mutating func update(
    to screen: Screen, changedRows: Set<Int>, registers: Int
  ) -> Update {
    var wanted: [(place: Place, pixels: PaneSamples, graphics: TerminalFacts.Graphics)] = []
    for picture in screen.pictures {
      for (index, pixels) in picture.tiles.enumerated() {
        let cells = picture.cells(ofTile: index)
        if screen.isFree(cells) { wanted.append((Place(cells), pixels, picture.graphics)) }
      }
    }
    var update = Update()
    let places = Dictionary(wanted.map { ($0.place, $0.graphics) }) { $1 }
    for (place, tile) in shown where places[place] != tile.graphics {
      shown[place] = nil
      switch tile.graphics {
      case .kitty: strayIDs.append(tile.id)
      case .sixel: update.staleRows.formUnion(place.minY..<place.maxY)
      }
    }
    update.bytes += hideStrays()
    let lostRows = changedRows.union(update.staleRows)
    var isPlaced = false
    for (place, pixels, graphics) in wanted {
      let isLost =
        graphics == .sixel && !lostRows.isDisjoint(with: place.minY..<place.maxY)
      if !isLost, shown[place]?.pixels == pixels { continue }
      if !isPlaced { update.bytes += "\u{1B}7".utf8 }
      isPlaced = true
      update.bytes += "\u{1B}[\(place.minY + 1);\(place.minX + 1)H".utf8
      update.bytes += show(pixels, at: place, graphics, registers: registers)
    }
    if isPlaced { update.bytes += "\u{1B}8".utf8 }
    return update
  }

  private mutating func show(
    _ pixels: PaneSamples, at place: Place, _ graphics: TerminalFacts.Graphics, registers: Int
  ) -> [UInt8] {
    let id = shown[place]?.id ?? (graphics == .kitty ? nextID() : 0)
    shown[place] = Tile(pixels: pixels, graphics: graphics, id: id)
    switch graphics {
    case .kitty:
      return KittyGraphics.show(
        pixels, id: id, columns: place.maxX - place.minX, rows: place.maxY - place.minY)
    case .sixel: return Sixel.encode(pixels, registers: registers)
    }
  }

  private mutating func nextID() -> Int {
    if let id = freeIDs.popLast() { return id }
    defer { idCount += 1 }
    return KittyGraphics.firstID + idCount
  }
}
