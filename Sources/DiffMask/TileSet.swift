/// The tiles of one feature map that a sparse pass computes.
///
/// Tiles are 4x4 cells on a grid from the top left; those of the last column and row may reach past
/// the map. Tile (tx, ty) has the number `ty * tilesX + tx`.
package struct TileSet: Sendable, Equatable {
  /// Cells along the side of a tile.
  package static let side = 4

  /// Cells in a row of the map.
  package let width: Int
  /// Rows of the map.
  package let height: Int
  /// Tiles in a row: `ceil(width / 4)`.
  package let tilesX: Int
  /// Rows of tiles: `ceil(height / 4)`.
  package let tilesY: Int
  /// Numbers of the active tiles, ascending, that is row by row.
  package let active: [Int32]
  /// For each tile its position in `active`, or -1; `tilesX * tilesY` entries.
  package let index: [Int32]

  /// The tiles of a map of the mask's resolution whose window touches the mask.
  ///
  /// Tile (i, j) is active if the cells of rows `4i - halo ... 4i + 3 + halo` and the columns alike,
  /// clipped to the map, hold a masked one. Halo 1 is a 3x3 convolution, 0 a 1x1 layer.
  ///
  /// - Precondition: `halo >= 0`.
  /// - Complexity: O(area of the mask's bounding box + tiles).
  package init(mask: PixelMask, halo: Int) {
    precondition(halo >= 0, "a window reaches outwards")
    let (tilesX, tilesY) = Self.grid(mask.width, mask.height)
    var flags = [Bool](repeating: false, count: tilesX * tilesY)
    if let box = mask.boundingBox {
      let columns = box.columns.map { Self.tiles(reading: $0, halo: halo, count: tilesX) }
      var touched = [Bool](repeating: false, count: tilesX)
      for y in box.rows {
        for tx in 0..<tilesX { touched[tx] = false }
        for (x, tiles) in zip(box.columns, columns) where mask[x, y] {
          for tx in tiles { touched[tx] = true }
        }
        for ty in Self.tiles(reading: y, halo: halo, count: tilesY) {
          for tx in 0..<tilesX where touched[tx] { flags[ty * tilesX + tx] = true }
        }
      }
    }
    self.init(width: mask.width, height: mask.height, flags: flags)
  }

  /// Makes a set from one flag a tile, row by row.
  ///
  /// - Precondition: `flags.count == ceil(width / 4) * ceil(height / 4)`.
  package init(width: Int, height: Int, flags: [Bool]) {
    let (tilesX, tilesY) = Self.grid(width, height)
    precondition(flags.count == tilesX * tilesY, "one flag a tile")
    self.width = width
    self.height = height
    self.tilesX = tilesX
    self.tilesY = tilesY
    var active: [Int32] = []
    var index = [Int32](repeating: -1, count: flags.count)
    for tile in flags.indices where flags[tile] {
      index[tile] = Int32(active.count)
      active.append(Int32(tile))
    }
    self.active = active
    self.index = index
  }

  /// Every tile of a map.
  package static func all(width: Int, height: Int) -> TileSet {
    let (tilesX, tilesY) = grid(width, height)
    return TileSet(
      width: width, height: height, flags: [Bool](repeating: true, count: tilesX * tilesY))
  }

  /// No tile of a map.
  package static func none(width: Int, height: Int) -> TileSet {
    let (tilesX, tilesY) = grid(width, height)
    return TileSet(
      width: width, height: height, flags: [Bool](repeating: false, count: tilesX * tilesY))
  }

  /// How many tiles are active.
  package var count: Int { active.count }

  /// How many tiles the map has.
  package var total: Int { index.count }

  /// Whether no tile is active.
  package var isEmpty: Bool { active.isEmpty }

  /// Active tiles as a part of all, 0...1; 0 for a map of no cells.
  package var fraction: Double { total == 0 ? 0 : Double(count) / Double(total) }

  /// Whether tile (tx, ty) is active.
  ///
  /// - Precondition: (tx, ty) lies on the grid.
  package func contains(tileX tx: Int, tileY ty: Int) -> Bool { index[ty * tilesX + tx] >= 0 }

  /// Whether cell (x, y) lies in an active tile.
  ///
  /// - Precondition: (x, y) lies in the map.
  package func covers(x: Int, y: Int) -> Bool {
    contains(tileX: x / Self.side, tileY: y / Self.side)
  }

  private static func grid(_ width: Int, _ height: Int) -> (Int, Int) {
    ((width + side - 1) / side, (height + side - 1) / side)
  }

  /// The tiles along one axis, of `count`, whose window reads row `row`: tile i reads
  /// `4i - halo ... 4i + 3 + halo`.
  private static func tiles(reading row: Int, halo: Int, count: Int) -> Range<Int> {
    let last = (row + halo) / side
    // Smallest i with 4i + 3 + halo >= row.
    let missing = row - halo - (side - 1)
    let first = missing <= 0 ? 0 : (missing + side - 1) / side
    return first..<max(first, min(last + 1, count))
  }
}
