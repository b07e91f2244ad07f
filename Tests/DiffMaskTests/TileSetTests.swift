import DiffMask
import Testing

@Suite struct TileSetTests {
  /// One masked pixel on a 12x12 map of 3x3 tiles.
  @Test(arguments: [
    (x: 0, y: 0, halo: 1, tiles: [0]),
    (x: 3, y: 0, halo: 1, tiles: [0, 1]),  // its right neighbour reads column 3
    (x: 4, y: 0, halo: 1, tiles: [0, 1]),
    (x: 5, y: 0, halo: 1, tiles: [1]),
    (x: 3, y: 3, halo: 1, tiles: [0, 1, 3, 4]),
    (x: 3, y: 3, halo: 0, tiles: [0]),
    (x: 4, y: 4, halo: 0, tiles: [4]),
    (x: 11, y: 11, halo: 1, tiles: [8]),  // no tile beyond the border
    (x: 8, y: 7, halo: 1, tiles: [4, 5, 7, 8]),
  ])
  func onePixel(x: Int, y: Int, halo: Int, tiles: [Int32]) {
    var bits = [Bool](repeating: false, count: 144)
    bits[y * 12 + x] = true
    let set = TileSet(mask: PixelMask(width: 12, height: 12, bits: bits), halo: halo)
    #expect(set.active == tiles)
    for (position, tile) in tiles.enumerated() { #expect(set.index[Int(tile)] == Int32(position)) }
    #expect(set.index.filter { $0 >= 0 }.count == tiles.count)
  }

  @Test func lastTilesMayBePartial() {
    let all = TileSet.all(width: 9, height: 5)
    #expect((all.tilesX, all.tilesY) == (3, 2))
    #expect(all.active == [0, 1, 2, 3, 4, 5] && all.index == all.active)
    #expect(all.fraction == 1 && all.count == 6 && all.total == 6)
    let none = TileSet.none(width: 9, height: 5)
    #expect(none.isEmpty && none.fraction == 0)
    #expect(none.index == [-1, -1, -1, -1, -1, -1])
    #expect(all.covers(x: 8, y: 4) && !none.covers(x: 8, y: 4))
  }

  @Test(arguments: [0, 1, 2, 3, 4, 9])
  func agreesWithBruteForce(halo: Int) {
    for (width, height) in [(16, 16), (17, 23), (3, 2), (40, 9), (1, 31)] {
      for density in [0.0, 0.004, 0.05, 1.0] {
        for seed in 0..<4 as Range<UInt64> {
          let m = randomMask(width: width, height: height, density: density, seed: seed)
          let set = TileSet(mask: m, halo: halo)
          #expect(set.active == bruteForce(m, halo, set), "\(width)x\(height), seed \(seed)")
        }
      }
    }
  }

  @Test func onePointTilesAreASubsetOfTheWider() {
    let m = randomMask(width: 64, height: 48, density: 0.02, seed: 7)
    let narrow = TileSet(mask: m, halo: 0)
    let wide = TileSet(mask: m, halo: 1)
    #expect(!narrow.isEmpty && wide.count > narrow.count)
    #expect(narrow.active.allSatisfy { wide.index[Int($0)] >= 0 })
  }

  private func bruteForce(_ m: PixelMask, _ halo: Int, _ set: TileSet) -> [Int32] {
    (0..<set.tilesX * set.tilesY).filter { tile in
      let (tx, ty) = (tile % set.tilesX, tile / set.tilesX)
      let first = { (i: Int) in 4 * i - halo }
      let last = { (i: Int) in 4 * i + 3 + halo }
      return (first(ty)...last(ty)).contains { y in
        (first(tx)...last(tx)).contains { x in
          (0..<m.width).contains(x) && (0..<m.height).contains(y) && m[x, y]
        }
      }
    }.map(Int32.init)
  }
}
