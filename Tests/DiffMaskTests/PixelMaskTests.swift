import DiffMask
import Raster
import Testing

@Suite struct PixelMaskTests {
  @Test func boundingBoxIsTight() {
    let m = mask([
      "......",
      "..#...",
      "....#.",
      "......",
    ])
    #expect(m.boundingBox == PixelRect(x: 2, y: 1, width: 3, height: 2))
    #expect(m.count == 2)
    #expect(m.fraction == 2.0 / 24)
  }

  @Test func emptyMaskHasNoBox() {
    let m = PixelMask(width: 5, height: 3)
    #expect(m.isEmpty && m.boundingBox == nil && m.count == 0)
    #expect(m.dilated(by: 2) == m)
    #expect(m == PixelMask(width: 5, height: 3, bits: [Bool](repeating: false, count: 15)))
  }

  @Test func unionJoinsBitsAndBoxes() {
    let a = mask(["#...", "....", "...."])
    let b = mask(["#...", "....", "...#"])
    let joined = a.union(b)
    #expect(drawing(joined) == ["#...", "....", "...#"])
    #expect(joined.boundingBox == PixelRect(x: 0, y: 0, width: 4, height: 3))
    #expect(a.union(PixelMask(width: 4, height: 3)) == a)
    #expect(PixelMask(width: 4, height: 3).union(a) == a)
  }

  @Test func windowMayReachPastTheMask() {
    let m = mask(["#..", ".#.", "..#"])
    let cut = m.window(PixelRect(x: 1, y: 1, width: 4, height: 3))
    #expect(drawing(cut) == ["#...", ".#..", "...."])
    let before = m.window(PixelRect(x: -1, y: -1, width: 3, height: 3))
    #expect(drawing(before) == ["...", ".#.", "..#"])
  }

  @Test func coverageIsCutAtTheMinimum() {
    let coverage = Mask(width: 4, height: 1, values: [0, 127, 128, 255])
    #expect(drawing(PixelMask(coverage)) == ["..##"])
    #expect(drawing(PixelMask(coverage, atLeast: 1)) == [".###"])
  }
}

@Suite struct DilationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let radius: Int
    let before: [String]
    let after: [String]
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(
      name: "a pixel becomes a plus", radius: 1,
      before: [".....", ".....", "..#..", ".....", "....."],
      after: [".....", "..#..", ".###.", "..#..", "....."]),
    Case(
      name: "arms are as long as the radius", radius: 2,
      before: [".....", ".....", "..#..", ".....", "....."],
      after: ["..#..", "..#..", "#####", "..#..", "..#.."]),
    Case(
      name: "a corner is clipped", radius: 2,
      before: ["#....", ".....", ".....", "....."],
      after: ["###..", "#....", "#....", "....."]),
    Case(
      name: "the far corner too", radius: 3,
      before: ["....", "....", "...#"],
      after: ["...#", "...#", "####"]),
    Case(
      name: "pixels on one line run together", radius: 1,
      before: [".......", ".#.#...", "......."],
      after: [".#.#...", "#####..", ".#.#..."]),
    Case(
      name: "radius 0 changes nothing", radius: 0,
      before: [".#.", "..."], after: [".#.", "..."]),
    Case(
      name: "a radius past the picture fills row and column", radius: 99,
      before: ["...", ".#.", "..."], after: [".#.", "###", ".#."]),
  ])
  func plusShape(_ c: Case) {
    #expect(drawing(mask(c.before).dilated(by: c.radius)) == c.after)
  }

  @Test(arguments: [1, 2, 5, 9])
  func agreesWithShiftsOfTheOriginal(radius: Int) {
    for seed in 0..<8 as Range<UInt64> {
      let m = randomMask(width: 23, height: 17, density: 0.02, seed: seed)
      let slow = (0..<m.height).map { y in
        String(
          (0..<m.width).map { x in
            (-radius...radius).contains { d in
              ((0..<m.width).contains(x + d) && m[x + d, y])
                || ((0..<m.height).contains(y + d) && m[x, y + d])
            } ? "#" : "."
          })
      }
      #expect(drawing(m.dilated(by: radius)) == slow)
      #expect(m.dilated(by: radius) == mask(slow), "bounding boxes agree as well")
    }
  }
}
