/// Which input rows and columns an output tile of a layer reads.
///
/// Output row y reads input rows `stride * y - before ... stride * y + after`.
package struct TileWindow: Sendable, Hashable {
  /// Input rows an output row.
  package let stride: Int
  /// Rows read above the output row's first.
  package let before: Int
  /// Rows read below it.
  package let after: Int

  /// Makes a window; all in input rows, `stride >= 1`, the others not negative.
  package init(stride: Int = 1, before: Int, after: Int) {
    precondition(stride >= 1 && before >= 0 && after >= 0, "a window reads forward")
    self.stride = stride
    self.before = before
    self.after = after
  }

  /// A 1x1 layer: a tile reads its own 4x4 cells.
  package static let pointwise = TileWindow(before: 0, after: 0)
  /// A 3x3 convolution of stride 1, padding 1: a tile reads 6x6 cells.
  package static let convolution3x3 = TileWindow(before: 1, after: 1)
  /// A 3x3 convolution of stride 2, padding 1: a tile reads 9x9 cells of the finer map.
  package static let downsample3x3 = TileWindow(stride: 2, before: 1, after: 1)
  /// A 3x3 convolution of stride 2 that pads the bottom and right only.
  package static let downsample3x3PaddedAfter = TileWindow(stride: 2, before: 0, after: 2)
}

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
  /// - Complexity: O(area of the mask's bounding box + tiles).
  package init(mask: PixelMask, halo: Int) {
    self.init(mask: mask, window: TileWindow(before: halo, after: halo))
  }

  /// The tiles of a layer's output whose input window touches the mask of its input.
  ///
  /// The output is `ceil(width / stride)` by `ceil(height / stride)` of the mask's size.
  ///
  /// - Complexity: O(area of the mask's bounding box + tiles).
  package init(mask: PixelMask, window: TileWindow) {
    let width = (mask.width + window.stride - 1) / window.stride
    let height = (mask.height + window.stride - 1) / window.stride
    let (tilesX, tilesY) = Self.grid(width, height)
    var flags = [Bool](repeating: false, count: tilesX * tilesY)
    if let box = mask.boundingBox {
      let columns = box.columns.map { window.tiles(reading: $0, count: tilesX) }
      var touched = [Bool](repeating: false, count: tilesX)
      for y in box.rows {
        for tx in 0..<tilesX { touched[tx] = false }
        for (x, tiles) in zip(box.columns, columns) where mask[x, y] {
          for tx in tiles { touched[tx] = true }
        }
        for ty in window.tiles(reading: y, count: tilesY) {
          for tx in 0..<tilesX where touched[tx] { flags[ty * tilesX + tx] = true }
        }
      }
    }
    self.init(width: width, height: height, flags: flags)
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

  /// The tiles active in either set.
  ///
  /// - Precondition: both sets are of maps of one size.
  /// - Complexity: O(tiles).
  package func union(_ other: TileSet) -> TileSet {
    precondition(width == other.width && height == other.height, "tile sets of one map size")
    let flags = index.indices.map { index[$0] >= 0 || other.index[$0] >= 0 }
    return TileSet(width: width, height: height, flags: flags)
  }

  private static func grid(_ width: Int, _ height: Int) -> (Int, Int) {
    ((width + side - 1) / side, (height + side - 1) / side)
  }
}

extension TileWindow {
  /// The tiles along one axis, of `count`, whose window reads input row `row`.
  ///
  /// Tile i reads `stride * 4i - before ... stride * (4i + 3) + after`.
  fileprivate func tiles(reading row: Int, count: Int) -> Range<Int> {
    let step = stride * TileSet.side
    let last = (row + before) / step
    // Smallest i with stride * (4i + 3) + after >= row.
    let missing = row - after - stride * (TileSet.side - 1)
    let first = missing <= 0 ? 0 : (missing + step - 1) / step
    return first..<max(first, min(last + 1, count))
  }
}
