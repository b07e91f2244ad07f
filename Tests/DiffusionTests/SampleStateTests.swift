import DiffMask
import Diffusion
import Testing

/// What a final state loses on its way to colours.
@Suite struct SampleStateTests {
  private static let side = 16

  /// A state of the function `value`, regenerated where `isInside`, in the tiles around that alone.
  private static func state(
    inside isInside: (_ x: Int, _ y: Int) -> Bool = { _, _ in true },
    _ value: (_ x: Int, _ y: Int) -> Float
  ) -> SampleState {
    let places = (0..<side * side).map { (x: $0 % side, y: $0 / side) }
    let mask = PixelMask(width: side, height: side, bits: places.map { isInside($0.x, $0.y) })
    let tiles = TileSet(mask: mask, halo: 0)
    let held = tiles.pixels
    let none = [SIMD3<Float>](repeating: .zero, count: held.count)
    var state = SampleState(
      tiles: tiles, inside: held.map { isInside($0.x, $0.y) }, signal: none, noise: none,
      conditioning: [])
    state.restore(held.map { SIMD3(value($0.x, $0.y), 2 * value($0.x, $0.y), -1) })
    return state
  }

  /// A chequerboard of single pixels is gone, one of squares of two loses a quarter, lines stay.
  @Test(arguments: [
    ("flat", 1), ("columns", 1), ("rows", 1), ("chequerboard", 0), ("squares of two", 0.75),
  ])
  func leavesOutChequerboards(pattern: String, share: Float) {
    func value(_ x: Int, _ y: Int) -> Float {
      switch pattern {
      case "columns": x % 2 == 0 ? 1 : -1
      case "rows": y % 2 == 0 ? 1 : -1
      case "chequerboard": (x + y) % 2 == 0 ? 1 : -1
      case "squares of two": (x / 2 + y / 2) % 2 == 0 ? 1 : -1
      default: 1
      }
    }
    let state = Self.state(value)
    for y in 1..<Self.side - 1 {
      for x in 1..<Self.side - 1 {
        let left = state.unchequered(x: x, y: y)
        #expect(left == SIMD3(share * value(x, y), 2 * share * value(x, y), -1))
      }
    }
  }

  /// At the border of the frame rows and columns repeat; outside the mask all is 0, held or not.
  @Test func endsAtFrameAndMask() {
    let columns = Self.state { x, _ in Float(x * x) }
    #expect(columns.unchequered(x: 0, y: 0).x == 0)
    #expect(columns.unchequered(x: 15, y: 7).x == 225)
    let corner = Self.state(inside: { x, y in x < 4 && y < 6 }) { _, _ in 16 }
    // On one side 1 -2 1 sixteenths are missing, which come to nothing; at a corner 1 is left of all.
    #expect(corner.unchequered(x: 1, y: 1).x == 16)
    #expect(corner.unchequered(x: 3, y: 1).x == 16)
    #expect(corner.unchequered(x: 3, y: 5).x == 15)
  }
}
