package import DiffMask
package import Tensors

/// The tiles of every resolution that an edit touches, ready for the kernels.
///
/// All layers of one resolution share one set: the tiles whose 6x6 window meets the resolution's
/// mask (SIGE; Li 2022), or all of them where that is cheaper.
package final class EditTiles: Sendable {
  /// One resolution's tiles.
  package final class Level: Sendable {
    /// Tiles to compute.
    package let tiles: TileSet
    /// `tiles.index` as the kernels read it: Int32 for every tile, its slot or -1.
    let index: Buffer

    init(_ tiles: TileSet) {
      self.tiles = tiles
      index = Buffer(byteCount: 4 * max(1, tiles.index.count))
      tiles.index.withUnsafeBytes { bytes in
        index.base.copyMemory(
          from: bytes.baseAddress ?? UnsafeRawPointer(index.base), byteCount: bytes.count)
      }
    }
  }

  private let levels: [Level]
  /// The levels' tiles and their neighbours: all that a 3x3 convolution of the levels' tiles reads.
  private let grown: [Level]
  /// The tiles of the network's input that any fresh tile reads: the finest set and its neighbours.
  package var input: Level { grown[0] }

  /// Plus-shaped dilation of every level's mask, in that level's pixels, as SIGE's.
  private static let dilation = 1
  /// Part of a level's tiles above which it computes all of them.
  private static let denseAbove = 0.75

  /// Makes the tile sets of `count` levels from a mask at the network's input resolution.
  ///
  /// - Precondition: `2^(count - 1)` divides the mask's sides.
  package convenience init(mask: PixelMask, levels count: Int) {
    let pyramid = MaskPyramid(mask: mask, levels: count, dilation: Self.dilation)
    self.init(
      pyramid.levels.map { level in
        let tiles = TileSet(mask: level, halo: 1)
        return tiles.fraction > Self.denseAbove
          ? .all(width: level.width, height: level.height) : tiles
      })
  }

  /// Makes the sets of `count` levels with every tile in them, for a `width` x `height` input.
  package convenience init(all count: Int, width: Int, height: Int) {
    self.init((0..<count).map { .all(width: width >> $0, height: height >> $0) })
  }

  /// Takes one tile set for every level, finest first.
  ///
  /// - Precondition: there is at least one.
  package init(_ sets: [TileSet]) {
    levels = sets.map(Level.init)
    grown = sets.map { Level($0.grown()) }
  }

  /// The tile sets, finest resolution first.
  package var sets: [TileSet] { levels.map(\.tiles) }

  /// The tiles of the resolution of `shape`, with their neighbours where asked for.
  ///
  /// - Precondition: the network has such a resolution.
  package func level(of shape: MapShape, grown isGrown: Bool = false) -> Level {
    for level in isGrown ? grown : levels
    where level.tiles.width == shape.width && level.tiles.height == shape.height {
      return level
    }
    preconditionFailure("no level of \(shape.width)x\(shape.height)")
  }
}

extension EditTiles {
  /// The rows of tiles of a map of `shape` that windows of this edit's tiles reach, whether these are of
  /// the map's own resolution or of the next finer or coarser one; at least one row.
  ///
  /// - Precondition: the network has such a resolution.
  package func rowsRead(of shape: MapShape) -> Range<Int> {
    let own = grown.firstIndex { level in
      level.tiles.width == shape.width && level.tiles.height == shape.height
    }
    guard let own else { preconditionFailure("no level of \(shape.width)x\(shape.height)") }
    var (first, last) = (Int.max, -1)
    func read(_ level: Int, _ rows: (_ first: Int, _ last: Int) -> (Int, Int)) {
      guard grown.indices.contains(level) else { return }
      let tiles = grown[level].tiles
      guard let top = tiles.active.first, let bottom = tiles.active.last else { return }
      let (low, high) = rows(Int(top) / tiles.tilesX, Int(bottom) / tiles.tilesX)
      (first, last) = (min(first, low), max(last, high))
    }
    // A tile's window reaches one tile further; one that halves reads two rows for each of its own, one
    // that doubles reads a row for two.
    read(own) { ($0 - 1, $1 + 1) }
    read(own + 1) { (2 * $0 - 1, 2 * $1 + 2) }
    read(own - 1) { ($0 / 2 - 1, $1 / 2 + 1) }
    guard last >= 0 else { return 0..<1 }
    return max(first, 0)..<min(last + 1, shape.tilesY)
  }
}

extension TileSet {
  /// The set with the eight neighbours of every tile.
  fileprivate func grown() -> TileSet {
    var flags = [Bool](repeating: false, count: index.count)
    for tile in active {
      let (ty, tx) = (Int(tile) / tilesX, Int(tile) % tilesX)
      for y in max(0, ty - 1)...min(tilesY - 1, ty + 1) {
        for x in max(0, tx - 1)...min(tilesX - 1, tx + 1) { flags[y * tilesX + x] = true }
      }
    }
    return TileSet(width: width, height: height, flags: flags)
  }
}
