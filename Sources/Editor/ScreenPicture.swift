/// A pane's picture as it is sent in pixels, over cells that are left empty.
///
/// It is cut into tiles of whole cells, so that what changes in a place is sent again for that place
/// only. Comparing two that share tiles costs little: unchanged tiles share their storage.
package struct ScreenPicture: Sendable, Equatable {
  /// The cells it covers.
  package let area: Area
  /// How it is sent.
  package let graphics: TerminalFacts.Graphics
  /// Cells across and down a tile; those at the right and at the bottom may be smaller.
  package let tileCells: (width: Int, height: Int)
  /// The tiles' samples, row by row; a whole number of them to a cell.
  package let tiles: [PaneSamples]
  private let scene: PaneScene

  package static func == (a: Self, b: Self) -> Bool {
    a.area == b.area && a.graphics == b.graphics && a.tileCells == b.tileCells
      && a.tiles == b.tiles
  }

  /// Tiles in a row.
  package var tilesAcross: Int { Self.count(area.width, tileCells.width) }

  /// The cells of the screen under a tile.
  package func cells(ofTile index: Int) -> Area {
    let part = Self.cells(index, area, tileCells)
    return Area(
      x: area.minX + part.minX, y: area.minY + part.minY, width: part.width, height: part.height)
  }

  private static func count(_ length: Int, _ tile: Int) -> Int { (length + tile - 1) / tile }

  /// The cells of a tile, counted from the corner of the area.
  private static func cells(
    _ index: Int, _ area: Area, _ tile: (width: Int, height: Int)
  ) -> Area {
    let across = count(area.width, tile.width)
    return Area(
      x: index % across * tile.width, y: index / across * tile.height, width: tile.width,
      height: tile.height
    ).intersection(Area(x: 0, y: 0, width: area.width, height: area.height))
  }
}

extension ScreenPicture {
  /// The picture of a pane; nil where cells have to do.
  ///
  /// - Parameter former: the picture in that place in the last drawing; what is as it was there is
  ///   taken from it.
  /// - Complexity: the samples of the tiles that may differ from `former`'s.
  init?(_ state: EditorState, _ pane: Layout.Pane, after former: ScreenPicture?) {
    guard let graphics = state.graphics, state.help == nil, !state.waitsForRest,
      let fineness = state.fineness(graphics)
    else { return nil }
    // The screen's last row is left to cells: sixels there scroll some terminals.
    var area = pane.area
    if graphics == .sixel { area.maxY = min(area.maxY, state.rows - 1) }
    guard !area.isEmpty else { return nil }
    self.area = area
    self.graphics = graphics
    let cut =
      graphics == .kitty
      ? (width: 8, height: 4)
      : Self.sixelTile(
        area, cellHeight: fineness.down,
        most: state.terminal.mostSixels.map { $0 / state.layout.panes.count })
    tileCells = cut
    let (across, down) = fineness
    let scene = PaneScene(state, pane, across: across, down: down)
    self.scene = scene
    let renderer = PaneRenderer(
      state: state, pane: pane, across: across, down: down, isFine: true)
    let parts = (0..<Self.count(area.width, cut.width) * Self.count(area.height, cut.height)).map {
      renderer.grid.samples(ofCells: Self.cells($0, area, cut))
    }
    if let former, former.area == area, former.tileCells == cut, former.graphics == graphics,
      let isChanged = scene.changes(
        since: former.scene, canvas: state.canvas, grid: renderer.grid)
    {
      tiles = parts.enumerated().map { index, part in
        isChanged(part) ? renderer.samples(part) : former.tiles[index]
      }
    } else {
      tiles = parts.map(renderer.samples)
    }
  }

  /// How sixels are cut: not into more than the terminal keeps, and a whole number of bands of six
  /// rows high where that is a whole number of cells.
  private static func sixelTile(
    _ area: Area, cellHeight: Int, most: Int?
  ) -> (width: Int, height: Int) {
    let band = (1...6).first { $0 * cellHeight % 6 == 0 } ?? 6
    guard let most else { return (16, count(6, band) * band) }
    let across = most >= 12 ? 3 : most >= 4 ? 2 : 1
    let rows = count(area.height, max(1, most / across))
    return (count(area.width, across), count(rows, band) * band)
  }
}

extension TerminalFacts {
  /// Pixels in a cell, or what is usual.
  var cellPixels: (width: Int, height: Int) {
    cellWidth > 0 && cellHeight > 0 ? (cellWidth, cellHeight) : (8, 16)
  }
}

extension EditorState {
  /// More samples than any screen of its time has are not made.
  private static let mostSamples = 9_000_000

  /// How pictures are sent; nil where they are drawn with cells.
  package var graphics: TerminalFacts.Graphics? {
    switch look.graphics {
    case .auto: terminal.graphics
    case .off: nil
    case .kitty: .kitty
    // Sixel pictures have the size of their pixels, so the cell's must be known.
    case .sixel: terminal.cellWidth > 0 ? .sixel : nil
    }
  }

  /// Samples to a cell: its pixels, or on a slow line a half of them each way where the terminal can
  /// enlarge. Nil where there would be too many.
  func fineness(_ graphics: TerminalFacts.Graphics) -> (across: Int, down: Int)? {
    var (across, down) = terminal.cellPixels
    let isSlow = terminal.bytesPerSecond != nil
    if graphics == .kitty, isSlow || across * down * columns * rows > Self.mostSamples / 2 {
      (across, down) = ((across + 1) / 2, (down + 1) / 2)
    }
    return across * down * columns * rows <= Self.mostSamples ? (across, down) : nil
  }
}
