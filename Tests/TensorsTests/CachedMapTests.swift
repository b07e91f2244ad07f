import CKernels
import Tensors
import Testing

/// Maps kept as bytes: the kernels against the definition, bit by bit.
@Suite struct CachedMapTests {
  /// One channel of a tile by the definition: the step, and every value as a multiple of it.
  static func bytes(_ values: [Float]) -> [Float] {
    let top = values.map(\.magnitude).max() ?? 0
    let step = Float(Float16(min(top * (1 / 127), 65504)))
    let inverse = 1 / max(step, 0x1p-24)
    return values.map { step * min(max($0 * inverse, -127), 127).rounded(.toNearestOrEven) }
  }

  /// A tile of 32 channels whose channel c has values up to `scale(c)` in magnitude.
  static func tile(_ random: inout Seeded, _ scale: (Int) -> Float) -> [Float] {
    var tile = random.floats(16 * 32)
    for i in tile.indices { tile[i] *= scale(i % 32) }
    return tile
  }

  static let scales: [(name: String, scale: @Sendable (Int) -> Float)] = [
    ("ordinary", { Float(1 + $0) / 8 }),
    (
      "from the smallest to the largest",
      { Float(sign: .plus, exponent: 6 * $0 - 100, significand: 1) }
    ),
    ("nothing", { _ in 0 }),
  ]

  @Test(arguments: kernelNames, 0..<3)
  func followsTheDefinition(name: String, scale: Int) throws {
    let kernels = try #require(Kernels(named: name))
    var random = Seeded(11)
    let tiles = (0..<3).flatMap { _ in Self.tile(&random, Self.scales[scale].scale) }
    let format = CachedMap.Format.byte
    var stored = [UInt8](repeating: 0xAA, count: 3 * format.tileBytes(32) + 1)
    var widened = [Float](repeating: untouched, count: tiles.count + 1)
    kernels.table.store_tiles(tiles, 3, 32, format.rawValue, &stored)
    kernels.table.load_tiles(stored, 3, 32, format.rawValue, &widened)
    #expect(stored.last == 0xAA && widened.last == untouched)
    for tile in 0..<3 {
      for c in 0..<32 {
        let at = (0..<16).map { tile * 512 + $0 * 32 + c }
        #expect(at.map { widened[$0] } == Self.bytes(at.map { tiles[$0] }), "channel \(c)")
      }
    }
  }

  /// Numbers that no float holds do not reach other channels, other tiles or memory next door.
  @Test(arguments: kernelNames, CachedMap.Format.allCases)
  func whatIsNotFiniteStaysInItsChannel(name: String, format: CachedMap.Format) throws {
    let kernels = try #require(Kernels(named: name))
    var random = Seeded(14)
    let sane = (0..<2).flatMap { _ in Self.tile(&random) { _ in 2 } }
    for bad in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    {
      var tiles = sane
      for pixel in [0, 7, 15] { tiles[pixel * 32 + 5] = bad }
      var (before, after) = (
        [Float](repeating: 0, count: sane.count), [Float](repeating: 0, count: sane.count)
      )
      var stored = [UInt8](repeating: 0xAA, count: 2 * format.tileBytes(32) + 1)
      kernels.table.store_tiles(sane, 2, 32, format.rawValue, &stored)
      kernels.table.load_tiles(stored, 2, 32, format.rawValue, &before)
      kernels.table.store_tiles(tiles, 2, 32, format.rawValue, &stored)
      kernels.table.load_tiles(stored, 2, 32, format.rawValue, &after)
      #expect(stored.last == 0xAA)
      for index in sane.indices where index >= 512 || index % 32 != 5 {
        #expect(after[index] == before[index], "\(bad) at \(index)")
      }
    }
  }

  @Test func errsByLessThanHalfAStep() {
    var random = Seeded(12)
    let values = random.floats(16, in: -3...3)
    let top = values.map(\.magnitude).max() ?? 0
    for (value, byte) in zip(values, Self.bytes(values)) {
      // Half a step, and the step's own rounding to half.
      #expect((value - byte).magnitude <= top * (0.5 / 127 + 0x1p-11))
    }
  }

  @Test(arguments: CachedMap.Format.allCases)
  func storingWhatWasReadChangesNothing(format: CachedMap.Format) {
    let shape = MapShape(height: 10, width: 7, channels: 24)
    let workers = WorkerPool(count: 2)
    var random = Seeded(13)
    let map = FeatureMap(shape, planes: random.floats(24 * 70))
    let once = CachedMap(map, as: format, workers: workers)
    let twice = CachedMap(once.widened(), as: format, workers: workers)
    #expect(once.widened().planes() == twice.widened().planes())
    #expect(once.byteCount == 6 * [64, 32, 18][Int(format.rawValue)] * 32)
  }
}
