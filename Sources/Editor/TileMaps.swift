/// A grid of square tiles over a part of the picture.
package struct TileGrid: Sendable, Equatable {
  /// The pixel at the top left of the first tile.
  package var origin: Point
  /// Pixels along the side of a tile, at least 1.
  package var side: Int
  /// Tiles in a row.
  package var across: Int
  /// Rows of tiles.
  package var down: Int

  /// Makes a grid.
  package init(origin: Point, side: Int, across: Int, down: Int) {
    self.origin = origin
    self.side = max(1, side)
    self.across = max(0, across)
    self.down = max(0, down)
  }

  /// The row-major number of the tile that holds a pixel; nil outside the grid.
  package func index(of pixel: Point) -> Int? {
    let x = (pixel.x - origin.x).floorDivided(by: side)
    let y = (pixel.y - origin.y).floorDivided(by: side)
    guard x >= 0, y >= 0, x < across, y < down else { return nil }
    return y * across + x
  }
}

/// Which tiles of a grid a run computed.
package struct TileMap: Sendable, Equatable {
  /// Where the tiles lie.
  package var grid: TileGrid
  /// Row by row, one for each tile.
  package var isComputed: [Bool]

  /// Makes a map; tiles that `isComputed` has no entry for were not computed.
  package init(grid: TileGrid, isComputed: [Bool]) {
    self.grid = grid
    self.isComputed = isComputed
  }

  /// Whether the tile that holds a pixel was computed; nil outside the grid.
  package subscript(pixel: Point) -> Bool? {
    grid.index(of: pixel).map { isComputed.indices.contains($0) && isComputed[$0] }
  }
}

/// How up to date the engine's cached activations are, tile by tile.
package struct CacheMap: Sendable, Equatable {
  /// In how many steps a tile's cached activations are in which state.
  package struct Share: Sendable, Equatable {
    /// As a dense pass over the present picture left them.
    package var fresh: UInt8 = 0
    /// Brought up to date by a sparse pass since.
    package var updated: UInt8 = 0
    /// Of a picture that has changed there since.
    package var stale: UInt8 = 0

    /// Counts of steps; none by default.
    package init(fresh: UInt8 = 0, updated: UInt8 = 0, stale: UInt8 = 0) {
      self.fresh = fresh
      self.updated = updated
      self.stale = stale
    }
  }
  /// Where the tiles lie.
  package var grid: TileGrid
  /// Steps that an edit needs.
  package var steps: Int
  /// Row by row, one for each tile; a tile's counts add up to `steps` at most.
  package var shares: [Share]

  /// Makes a map.
  package init(grid: TileGrid, steps: Int, shares: [Share]) {
    self.grid = grid
    self.steps = steps
    self.shares = shares
  }

  /// The counts of the tile that holds a pixel; nil outside the grid.
  package subscript(pixel: Point) -> Share? {
    grid.index(of: pixel).flatMap { shares.indices.contains($0) ? shares[$0] : nil }
  }
}
