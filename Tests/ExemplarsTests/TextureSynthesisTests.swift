import Exemplars
import Tensors
import Testing

/// Holes that take on texture from around them.
@Suite struct TextureSynthesisTests {
  private static let side = 96
  private static let workers = WorkerPool(count: 2)

  private static func picture(_ color: (_ x: Int, _ y: Int) -> [Int]) -> RGBBytes {
    let bytes = (0..<side).flatMap { y in (0..<side).flatMap { color($0, y).map { UInt8($0) } } }
    return RGBBytes(width: side, height: side, bytes: bytes)
  }

  private static func mask(_ isHole: (_ x: Int, _ y: Int) -> Bool) -> [Bool] {
    (0..<side * side).map { isHole($0 % side, $0 / side) }
  }

  /// A number from 0 to `count` - 1 without any pattern.
  private static func noise(_ x: Int, _ y: Int, _ count: Int) -> Int {
    Int(MatchField.hash(UInt32(y * side + x)) % UInt32(count))
  }

  private static let middle = mask { (36..<60).contains($0) && (36..<60).contains($1) }

  /// A picture with texture in its middle.
  private static func textured(_ painted: RGBBytes, fill: RGBBytes) throws -> RGBBytes {
    try #require(
      try TextureSynthesis.textured(painted, fill: fill, hole: middle, seed: 1, workers: workers))
  }

  /// Woven threads, whose pattern repeats every six pixels, under grey paint.
  @Test func goesOnWithAPattern() throws {
    let threads = Self.picture { x, y in
      let level = (x + y) % 6 < 3 ? 70 : 150
      return [level, level / 2, (x - y + 96) % 6 < 3 ? 60 : 120]
    }
    var painted = threads
    for pixel in Self.middle.indices where Self.middle[pixel] {
      painted.bytes.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [110, 55, 90])
    }
    let made = try Self.textured(painted, fill: painted)
    let right = Self.middle.indices.count { pixel in
      made.bytes[3 * pixel..<3 * pixel + 3] == threads.bytes[3 * pixel..<3 * pixel + 3]
    }
    #expect(right > Self.side * Self.side * 99 / 100, "\(right) of \(Self.side * Self.side)")
  }

  /// A red half and a blue half with the same noise; red paint among the blue becomes red noise.
  @Test func takesWhatIsLikeThePaint() throws {
    func picture(_ color: [Int]) -> RGBBytes {
      Self.picture { x, y in
        if Self.middle[y * Self.side + x] { return color }
        let level = 100 + Self.noise(x, y, 100)
        return x < 24 ? [level, 50, 50] : [50, 50, level]
      }
    }
    let made = try Self.textured(picture([150, 50, 50]), fill: picture([50, 50, 150]))
    let inside = Self.middle.indices.filter { Self.middle[$0] }
    let red = inside.filter { made.bytes[3 * $0] >= 100 }
    #expect(red.count > inside.count * 4 / 5, "\(red.count) of \(inside.count)")
    #expect(Set(red.map { made.bytes[3 * $0] }).count > 30)
  }

  @Test(arguments: [UInt64(0), 7, .max])
  func copiesFromAroundForAnyWorkers(seed: UInt64) throws {
    let painted = Self.picture { x, y in
      Self.middle[y * Self.side + x] ? [1, 2, 3] : (0..<3).map { 90 + $0 + Self.noise(x, y, 80) }
    }
    let made = try [1, 2, 3].map { count in
      try #require(
        try TextureSynthesis.textured(
          painted, fill: painted, hole: Self.middle, seed: seed, workers: WorkerPool(count: count)))
    }
    #expect(made[0] == made[1] && made[1] == made[2])
    for pixel in Self.middle.indices {
      let color = Array(made[0].bytes[3 * pixel..<3 * pixel + 3])
      if Self.middle[pixel] {
        #expect(color[0] >= 90 && color[1] == color[0] + 1 && color[2] == color[0] + 2)
      } else {
        #expect(color == Array(painted.bytes[3 * pixel..<3 * pixel + 3]))
      }
    }
  }

  @Test func givesUpWhereNothingIsLeft() throws {
    let grey = Self.picture { _, _ in [90, 90, 90] }
    for hole in [Self.mask { _, _ in true }, Self.mask { x, y in x > 4 || y > 4 }] {
      #expect(
        try TextureSynthesis.textured(
          grey, fill: grey, hole: hole, seed: 1, workers: Self.workers) == nil)
    }
    for (width, height) in [(1, 1), (64, 1), (7, 300)] {
      let small = RGBBytes(
        width: width, height: height, bytes: Array(repeating: 9, count: 3 * width * height))
      let hole = (0..<width * height).map { $0 == 0 }
      _ = try TextureSynthesis.textured(
        small, fill: small, hole: hole, seed: 1, workers: Self.workers)
    }
  }
}
