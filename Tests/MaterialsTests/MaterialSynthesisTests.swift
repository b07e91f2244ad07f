import Exemplars
import Materials
import Raster
import Tensors
import Testing

/// Holes that are filled with materials.
@Suite struct MaterialSynthesisTests {
  private static func filled(
    _ picture: RGBBytes, _ hole: [Bool], _ material: Material, seed: UInt64 = 1,
    workers: WorkerPool = Scene.workers, library: MaterialLibrary = Scene.bundled
  ) throws -> RGBBytes {
    try MaterialSynthesis(library, seed: seed, workers: workers)
      .filled(picture, hole: hole, painted: hole, with: material)
  }

  /// Grey of one level, which shows no material.
  private static let grey = Scene.picture { _, _ in [110, 110, 110] }

  @Test(arguments: Material.allCases)
  func fillsTheHoleAndNothingElse(material: Material) throws {
    let hole = Scene.hole()
    let made = try Self.filled(Self.grey, hole, material)
    for pixel in hole.indices where !hole[pixel] {
      #expect(made.bytes[3 * pixel..<3 * pixel + 3].allSatisfy { $0 == 110 })
    }
    #expect(Scene.colors(made, where: hole) > 40)
  }

  /// Which channels of the mean stand out, around neutral grey.
  @Test(arguments: [
    (Material.grass, 1, 2), (.foliage, 1, 2), (.sand, 0, 2), (.brick, 0, 2), (.wood, 0, 2),
    (.soil, 0, 2),
  ])
  func keepsTheHue(material: Material, most: Int, least: Int) throws {
    let hole = Scene.hole()
    for level in [40, 110, 200] {
      let picture = Scene.picture { _, _ in [level, level, level] }
      let mean = Scene.mean(try Self.filled(picture, hole, material), where: hole)
      // Dry grass is nearly yellow.
      #expect(mean[most] + 20 > mean.max() ?? 0 && mean[least] == mean.min(), "\(level): \(mean)")
    }
  }

  /// The same material is darker among the dark, and follows light that falls off.
  @Test(arguments: [Material.rock, .grass, .soil, .snow])
  func takesOnLightAndShade(material: Material) throws {
    let hole = Scene.hole(16..<80)
    func light(_ level: @escaping (Int) -> Int, _ part: Range<Int>) throws -> Double {
      let picture = Scene.picture { x, _ in [level(x), level(x), level(x)] }
      let made = try Self.filled(picture, hole, material)
      let counted = hole.indices.map { hole[$0] && part.contains($0 % Scene.side) }
      return Scene.mean(made, where: counted).reduce(0, +) / 3
    }
    let (dark, bright) = try (light({ _ in 30 }, 0..<96), light({ _ in 220 }, 0..<96))
    #expect(dark + 8 < bright)
    let ramp: (Int) -> Int = { 60 + 2 * $0 }
    let (left, right) = try (light(ramp, 16..<32), light(ramp, 64..<80))
    #expect(left + 4 < right)
  }

  /// The picture shows a swatch, tinted, on its lower part: the hole above takes that, not a swatch.
  @Test(arguments: [Material.grass, .water, .rock])
  func takesThePicturesOwnFirst(material: Material) throws {
    let swatch = try Scene.bundled.swatches(of: material)[0].picture
    let picture = Scene.picture(side: 224) { x, y in
      if y < 72 { return [128, 128, 128] }
      return (0..<3).map { Int(swatch.bytes[3 * (y % 128 * 128 + x % 128) + $0]) / 4 * 4 + 1 }
    }
    let hole = (0..<224 * 224).map { (96..<120).contains($0 % 224) && (24..<48).contains($0 / 224) }
    let made = try Self.filled(picture, hole, material)
    // Sources have levels of 1 modulo 4; light afterwards moves them little.
    let below = Scene.mean(picture, where: (0..<224 * 224).map { $0 / 224 >= 72 })
    let mean = Scene.mean(made, where: hole)
    for channel in 0..<3 { #expect(abs(mean[channel] - below[channel]) < 16, "\(mean) \(below)") }
  }

  @Test(arguments: [Material.grass, .brick])
  func isTheSameForAnyWorkersAndAnotherForAnotherSeed(material: Material) throws {
    let picture = Scene.picture { x, y in [60 + x, 90 + y / 2, 70] }
    let hole = Scene.hole(20..<76)
    let one = try Self.filled(picture, hole, material, workers: WorkerPool(count: 1))
    let three = try Self.filled(picture, hole, material, workers: WorkerPool(count: 3))
    #expect(one == three)
    #expect(try Self.filled(picture, hole, material, seed: 2) != one)
  }

  /// Holes at every side, of a single pixel, of all; pictures smaller than what is compared.
  @Test func anyHoleIsFilled() throws {
    let cases: [(side: Int, isHole: (Int, Int) -> Bool)] = [
      (96, { x, _ in x < 20 }), (96, { x, y in x >= 90 && y >= 90 }),
      (96, { x, y in x == 5 && y == 0 }),
      (40, { _, _ in true }), (1, { _, _ in true }), (9, { x, _ in x > 3 }),
      (15, { _, y in y == 14 }),
      (200, { x, y in (x - 100) * (x - 100) + (y - 100) * (y - 100) < 8100 }),
    ]
    for (side, isHole) in cases {
      let picture = Scene.picture(side: side) { _, _ in [90, 0, 200] }
      let hole = (0..<side * side).map { isHole($0 % side, $0 / side) }
      let made = try Self.filled(picture, hole, .sand)
      let isLeft = hole.indices.contains { pixel in
        hole[pixel] && made.bytes[3 * pixel..<3 * pixel + 3].elementsEqual([90, 0, 200])
      }
      #expect(!isLeft, "side \(side)")
    }
    let none = try Self.filled(Self.grey, Scene.hole(0..<0), .sand)
    #expect(none == Self.grey)
  }

  @Test func stopsWhenCancelled() throws {
    let hole = Scene.hole()
    #expect(throws: CancellationError.self) {
      try MaterialSynthesis(Scene.bundled, seed: 1, workers: Scene.workers, isCancelled: { true })
        .filled(Self.grey, hole: hole, painted: hole, with: .rock)
    }
  }
}
