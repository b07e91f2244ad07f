import Exemplars
import Tensors
import Testing

/// Holes that take on texture from around them.
@Suite struct TextureSynthesisTests {
  /// A picture with texture in its hole.
  private static func textured(
    _ painted: RGBBytes, fill: RGBBytes, hole: [Bool] = Square.middle
  ) throws -> RGBBytes {
    try #require(
      try TextureSynthesis.textured(
        painted, fill: fill, hole: hole, seed: 1, workers: Square.workers))
  }

  /// Woven threads, whose pattern repeats every six pixels, under grey paint; in the small picture
  /// the search begins, and ends, at its own size.
  @Test(arguments: [(96, 36..<60), (32, 10..<22)])
  func goesOnWithAPattern(side: Int, span: Range<Int>) throws {
    let hole = Square.mask(side: side) { span.contains($0) && span.contains($1) }
    let threads = Square.picture(side: side) { x, y in
      let level = (x + y) % 6 < 3 ? 70 : 150
      return [level, level / 2, (x - y + 96) % 6 < 3 ? 60 : 120]
    }
    var painted = threads
    for pixel in hole.indices where hole[pixel] {
      painted.bytes.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [110, 55, 90])
    }
    let made = try Self.textured(painted, fill: painted, hole: hole)
    let right = hole.indices.count { pixel in
      made.bytes[3 * pixel..<3 * pixel + 3] == threads.bytes[3 * pixel..<3 * pixel + 3]
    }
    #expect(right > hole.count - hole.count / 100, "\(right) of \(hole.count)")
  }

  /// A red half and a blue half with the same noise; red paint among the blue becomes red noise.
  @Test func takesWhatIsLikeThePaint() throws {
    func picture(_ color: [Int]) -> RGBBytes {
      Square.picture { x, y in
        if Square.middle[y * Square.side + x] { return color }
        let level = 100 + Square.noise(x, y, 100)
        return x < 24 ? [level, 50, 50] : [50, 50, level]
      }
    }
    let made = try Self.textured(picture([150, 50, 50]), fill: picture([50, 50, 150]))
    let inside = Square.middle.indices.filter { Square.middle[$0] }
    let red = inside.filter { made.bytes[3 * $0] >= 100 }
    #expect(red.count > inside.count * 4 / 5, "\(red.count) of \(inside.count)")
    #expect(Set(red.map { made.bytes[3 * $0] }).count > 30)
  }

  @Test(arguments: [UInt64(0), 7, .max])
  func copiesFromAroundForAnyWorkers(seed: UInt64) throws {
    let painted = Square.picture { x, y in
      Square.middle[y * Square.side + x]
        ? [1, 2, 3] : (0..<3).map { 90 + $0 + Square.noise(x, y, 80) }
    }
    let made = try [1, 2, 3].map { count in
      try #require(
        try TextureSynthesis.textured(
          painted, fill: painted, hole: Square.middle, seed: seed, workers: WorkerPool(count: count)
        ))
    }
    #expect(made[0] == made[1] && made[1] == made[2])
    for pixel in Square.middle.indices {
      let color = Array(made[0].bytes[3 * pixel..<3 * pixel + 3])
      if Square.middle[pixel] {
        #expect(color[0] >= 90 && color[1] == color[0] + 1 && color[2] == color[0] + 2)
      } else {
        #expect(color == Array(painted.bytes[3 * pixel..<3 * pixel + 3]))
      }
    }
  }

  /// In a picture that is large enough for every part of the work to be divided.
  @Test func largePicturesAreTheSameForAnyWorkers() throws {
    let side = 300
    let hole = Square.mask(side: side) { x, y in (100..<160).contains(x) && abs(x - y) < 30 }
    let painted = Square.picture(side: side) { x, y in
      [
        x / 2 + Square.noise(x, y, 60), 40 + (y / 7 % 2) * 80,
        hole[y * side + x] ? 90 : x * y % 200,
      ]
    }
    let fill = Square.picture(side: side) { x, y in [x / 2, 80, y / 2] }
    let made = try [1, 2, 4].map { count in
      let workers = WorkerPool(count: count)
      return (
        try TextureSynthesis.textured(painted, fill: fill, hole: hole, seed: 9, workers: workers),
        try TextureSynthesis.completed(fill, hole: hole, seed: 9, workers: workers)?.picture
      )
    }
    #expect(made.allSatisfy { $0.0 != nil && $0.1 != nil })
    #expect(made.allSatisfy { $0 == made[0] })
  }

  @Test func givesUpWhereNothingIsLeft() throws {
    let grey = Square.picture { _, _ in [90, 90, 90] }
    for hole in [Square.mask { _, _ in true }, Square.mask { x, y in x > 4 || y > 4 }] {
      #expect(
        try TextureSynthesis.textured(
          grey, fill: grey, hole: hole, seed: 1, workers: Square.workers) == nil)
    }
    for (width, height) in [(1, 1), (64, 1), (7, 300)] {
      let small = RGBBytes(
        width: width, height: height, bytes: Array(repeating: 9, count: 3 * width * height))
      let hole = (0..<width * height).map { $0 == 0 }
      _ = try TextureSynthesis.textured(
        small, fill: small, hole: hole, seed: 1, workers: Square.workers)
    }
  }
}
