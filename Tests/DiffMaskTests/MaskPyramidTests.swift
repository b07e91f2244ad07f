import DiffMask
import Testing

@Suite struct MaskPyramidTests {
  @Test func halvesAndThresholds() {
    // Cells of 3, 2, 1 and 1 pixels: means 0.75, 0.5, 0.25, 0.25; t = 0.3 keeps two of them.
    let m = mask([
      "##..#...",
      "#......#",
      "......#.",
      "#.......",
    ])
    let pyramid = MaskPyramid(mask: m, levels: 2, dilation: 0)
    #expect(pyramid.levels[0] == m)
    #expect(drawing(pyramid.levels[1]) == ["#...", "...."])
    let half = mask(["##..", "....", "..#.", "...#"])
    #expect(drawing(MaskPyramid(mask: half, levels: 2, dilation: 0).levels[1]) == ["#.", ".#"])
  }

  @Test func dilationDoesNotPileUp() {
    let m = mask((0..<16).map { y in y == 8 ? "........#......." : "................" })
    let pyramid = MaskPyramid(mask: m, levels: 3, dilation: 1)
    #expect(pyramid.levels.map(\.count) == [5, 5, 5])
    #expect(drawing(pyramid.levels[2]) == ["....", "..#.", ".###", "..#."])
  }

  @Test(arguments: [(0, 0), (63, 0), (0, 63), (63, 63), (31, 32), (17, 42)])
  func tinyEditNeverVanishes(x: Int, y: Int) {
    var bits = [Bool](repeating: false, count: 64 * 64)
    bits[y * 64 + x] = true
    let pyramid = MaskPyramid(
      mask: PixelMask(width: 64, height: 64, bits: bits), levels: 7, dilation: 0)
    for (level, m) in pyramid.levels.enumerated() {
      #expect(m.count == 1, "level \(level)")
      #expect(m[x >> level, y >> level])
    }
  }

  @Test func emptyMaskStaysEmpty() {
    let pyramid = MaskPyramid(mask: PixelMask(width: 32, height: 16), levels: 4)
    #expect(pyramid.levels.map(\.isEmpty) == [true, true, true, true])
    #expect(pyramid.levels.map(\.width) == [32, 16, 8, 4])
    #expect(pyramid.levels.map(\.height) == [16, 8, 4, 2])
  }

  /// The whole map, no bounding boxes: the rule as the paper's code states it.
  @Test(arguments: [0.001, 0.01, 0.2, 0.7] as [Double])
  func agreesWithWholeMaps(density: Double) {
    for seed in 0..<6 as Range<UInt64> {
      let m = randomMask(width: 48, height: 32, density: density, seed: seed)
      var f = m.bits.map { $0 ? Float(1) : 0 }
      let pyramid = MaskPyramid(mask: m, levels: 4, dilation: 1)
      for level in 0..<4 {
        let (w, h) = (48 >> level, 32 >> level)
        let peak = f.max() ?? 0
        let t = min(0.3, peak - 0.001)
        let bits = f.map { peak > 0 && $0 > t }
        #expect(
          pyramid.levels[level] == PixelMask(width: w, height: h, bits: bits).dilated(by: 1),
          "level \(level), seed \(seed)")
        f = (0..<(h / 2) * (w / 2)).map { cell in
          let (x, y) = (2 * (cell % (w / 2)), 2 * (cell / (w / 2)))
          return (f[y * w + x] + f[y * w + x + 1] + f[(y + 1) * w + x] + f[(y + 1) * w + x + 1]) / 4
        }
      }
    }
  }
}
