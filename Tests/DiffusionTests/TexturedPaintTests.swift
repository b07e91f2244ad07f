import DiffMask
import Diffusion
import Networks
import Raster
import Tensors
import Testing

/// Paint that takes on texture of the picture, before a model sees it.
@Suite struct TexturedPaintTests {
  private static let side = 128
  private static let square = PixelRect(x: 44, y: 40, width: 40, height: 48)

  /// Whether a pixel lies in the square, `margin` pixels or more from its border.
  private static func isInside(_ pixel: Int, margin: Int = 0) -> Bool {
    let (x, y) = (pixel % side, pixel / side)
    return (square.x + margin..<square.x + square.width - margin).contains(x)
      && (square.y + margin..<square.y + square.height - margin).contains(y)
  }

  /// Levels of grey around 120 in a checked pattern of four pixels, up to `contrast` away.
  private static func checks(contrast: Int) -> [Int] {
    (0..<side * side).map { pixel in
      120 + ((pixel % side / 4 + pixel / side / 4) % 2 == 0 ? contrast : -contrast)
    }
  }

  private static func picture(_ levels: [Int]) -> RGBA8 {
    RGBA8(
      width: side, height: side,
      samples: levels.flatMap { level in [UInt8(level), UInt8(level), UInt8(level), 255] })
  }

  /// The red levels once the square of a picture is painted in one level.
  private static func hint(
    on levels: [Int], painted level: Int, texture: Bool = true, workers: Int = 2
  ) throws -> [Int] {
    let painted = levels.indices.map { isInside($0) ? level : levels[$0] }
    let mask = PixelMask(
      width: side, height: side, bits: levels.indices.map { isInside($0) })
    let hint = try Picture(pixels: .eight(picture(painted))).melted(
      into: Picture(pixels: .eight(picture(levels))), within: mask, width: 6,
      texture: texture
        ? TexturedPaint(seed: 1, workers: WorkerPool(count: workers)) : nil
    ).rgba8
    return levels.indices.map { Int(hint.samples[4 * $0]) }
  }

  /// Mean level and mean distance from it, well inside the square.
  private static func figures(_ levels: [Int]) -> (mean: Double, contrast: Double) {
    let inside = levels.indices.filter { isInside($0, margin: 8) }.map { Double(levels[$0]) }
    let mean = inside.reduce(0, +) / Double(inside.count)
    return (mean, inside.reduce(0) { $0 + abs($1 - mean) } / Double(inside.count))
  }

  /// The picture's contrast is 40; what paint takes of it falls as its level leaves the picture's.
  @Test(arguments: [(120, 38.0, 42.0), (135, 28, 41), (150, 25, 38), (235, 0, 10)])
  func takesOnTheContrastOfWhatIsLikeIt(level: Int, least: Double, most: Double) throws {
    let made = Self.figures(try Self.hint(on: Self.checks(contrast: 40), painted: level))
    #expect((least...most).contains(made.contrast), "\(made)")
    #expect(abs(made.mean - Double(level)) < 3, "\(made)")
  }

  /// Checks in the light and dark stripes in the shade, where grey paint is as light as neither.
  @Test func takesTextureFromTheLightIntoTheShade() throws {
    let levels = (0..<Self.side * Self.side).map { pixel in
      let (x, y) = (pixel % Self.side, pixel / Self.side)
      return x < 36 ? ((x / 4 + y / 4) % 2 == 0 ? 140 : 200) : x % 2 * 80
    }
    let made = try Self.hint(on: levels, painted: 110)
    let inside = levels.indices.filter { Self.isInside($0, margin: 8) }
    // Stripes stay the same all the way down.
    let checked = inside.count { abs(made[$0] - made[$0 + 4 * Self.side]) > 30 }
    #expect(checked > inside.count * 3 / 4, "\(checked) of \(inside.count)")
  }

  @Test func staysFlatInAFlatPicture() throws {
    let made = Self.figures(try Self.hint(on: Self.checks(contrast: 0), painted: 130))
    #expect(made.contrast < 1 && abs(made.mean - 130) < 1, "\(made)")
  }

  @Test func staysAsPaintedWithoutTexture() throws {
    let levels = try Self.hint(on: Self.checks(contrast: 40), painted: 150, texture: false)
    #expect(levels.indices.allSatisfy { !Self.isInside($0, margin: 8) || levels[$0] == 150 })
  }

  @Test func stopsWhereCancelled() {
    let cancellation = Cancellation()
    cancellation.cancel()
    let picture = Picture(
      pixels: .eight(Self.picture(Array(repeating: 111, count: Self.side * Self.side))))
    let levels = Self.checks(contrast: 9).indices.map { Self.isInside($0) ? 90 : 111 }
    let paint = Picture(pixels: .eight(Self.picture(levels)))
    #expect(throws: CancellationError.self) {
      _ = try paint.melted(
        into: picture, within: picture.difference(from: paint), width: nil,
        texture: TexturedPaint(
          seed: 1, workers: WorkerPool(count: 2), cancellation: cancellation))
    }
  }

  @Test func changesNothingOutsideAndIsTheSameForAnyWorkers() throws {
    let before = Self.checks(contrast: 25)
    let made = try (1...3).map { try Self.hint(on: before, painted: 125, workers: $0) }
    #expect(made[0] == made[1] && made[1] == made[2])
    #expect(before.indices.allSatisfy { Self.isInside($0) || made[0][$0] == before[$0] })
  }
}
