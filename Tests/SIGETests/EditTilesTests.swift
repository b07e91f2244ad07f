import DiffMask
import SIGE
import Tensors
import Testing

@Suite struct EditTilesTests {
  /// A mask of one pixel.
  static func pixel(x: Int, y: Int, side: Int) -> PixelMask {
    PixelMask(
      width: side, height: side, bits: (0..<side * side).map { $0 == y * side + x })
  }

  @Test func oneSetForEveryLevel() {
    let tiles = EditTiles(mask: Self.pixel(x: 21, y: 9, side: 64), levels: 3)
    #expect(tiles.sets.map(\.width) == [64, 32, 16])
    for level in 0..<3 {
      let shape = MapShape(height: 64 >> level, width: 64 >> level, channels: 5)
      let set = tiles.level(of: shape).tiles
      #expect(set == tiles.sets[level])
      #expect(set.covers(x: 21 >> level, y: 9 >> level))
      #expect(!set.covers(x: 0, y: 15))
    }
  }

  @Test func theInputHasTheNeighboursToo() {
    let tiles = EditTiles([
      TileSet(width: 18, height: 10, flags: (0..<15).map { $0 == 0 || $0 == 9 })
    ])
    // Tiles (0, 0) and (4, 1) of 5 x 3, with what lies around them.
    #expect(tiles.input.tiles.active == [0, 1, 3, 4, 5, 6, 8, 9, 13, 14])
  }

  /// Of a map of 8x8 tiles whose first columns are masked: 6 of 8 columns of tiles are three quarters.
  @Test(arguments: [
    (columns: 0, tiles: 0), (18, 40), (19, 48), (22, 48), (23, 64), (26, 64), (32, 64),
  ])
  func aLargeFractionBecomesTheWhole(columns: Int, tiles: Int) {
    let mask = PixelMask(width: 32, height: 32, bits: (0..<1024).map { $0 % 32 < columns })
    #expect(EditTiles(mask: mask, levels: 1).sets[0].count == tiles)
  }

  @Test func slabsHoldTheirTiles() {
    let set = TileSet(width: 10, height: 6, flags: [false, true, false, true, false, true])
    let planes = (0..<120).map(Float.init)
    let slab = FeatureMap.slab(of: planes, channels: 2, tiles: set)
    #expect(slab.tileCount == 3)
    var copied = [Float](repeating: -1, count: 120)
    slab.copy(into: &copied, tiles: set)
    for i in planes.indices {
      let (x, y) = (i % 10, i % 60 / 10)
      #expect(copied[i] == (set.covers(x: x, y: y) ? planes[i] : -1))
    }
    // Beyond the map and in the padding channels a slab holds zeros.
    let stored = UnsafeBufferPointer(start: slab.floats, count: 3 * slab.tileStride)
    #expect(stored.count { $0 != 0 } == copied.count { $0 > 0 })
  }
}
