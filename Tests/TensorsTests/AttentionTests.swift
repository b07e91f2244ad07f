import Tensors
import Testing

/// Attention over pixels against its definition.
@Suite struct AttentionTests {
  struct Item: CustomTestStringConvertible, Sendable {
    var heads: Int
    var size: Int
    var height: Int
    var width: Int
    var range: ClosedRange<Float> = -1...1
    var testDescription: String { "\(heads) heads of \(size), \(height)x\(width), \(range)" }
  }

  /// Heads off and on the 16-channel grid; token counts off and on multiples of 16.
  static let items = [
    Item(heads: 1, size: 16, height: 4, width: 4), Item(heads: 2, size: 8, height: 5, width: 7),
    Item(heads: 3, size: 24, height: 9, width: 6), Item(heads: 1, size: 20, height: 1, width: 1),
    Item(heads: 4, size: 8, height: 16, width: 12), Item(heads: 1, size: 48, height: 3, width: 21),
    Item(heads: 2, size: 24, height: 6, width: 7, range: -12...12),
  ]

  @Test(arguments: items)
  func matchesTheDefinition(item: Item) {
    let shape = MapShape(
      height: item.height, width: item.width, channels: item.heads * item.size)
    var random = Seeded(11)
    let planes = (0..<3).map { _ in
      random.floats(shape.channels * shape.height * shape.width, in: item.range)
    }
    let maps = planes.map { FeatureMap(shape, planes: $0) }
    let exact = planes.map {
      Reference.Planes(
        channels: shape.channels, height: shape.height, width: shape.width, floats: $0)
    }
    let expected = Reference.attend(
      queries: exact[0], keys: exact[1], values: exact[2], heads: item.heads
    ).floats
    let results = [1, 2, 3].map { count in
      attend(
        queries: maps[0], keys: Source(maps[1]), values: Source(maps[2]), heads: item.heads,
        workers: WorkerPool(count: count)
      ).planes()
    }
    // Scores of a hundred lose digits in the exponent.
    let bound = item.range.upperBound > 1 ? 2e-5 : 1e-6
    #expect(relativeError(results[0], expected) < bound)
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func queriesMayBeASlab() {
    let shape = MapShape(height: 10, width: 13, channels: 24)
    var random = Seeded(12)
    let maps = (0..<3).map { _ in FeatureMap(shape, planes: random.floats(24 * 130)) }
    let workers = WorkerPool(count: 2)
    let whole = attend(
      queries: maps[0], keys: Source(maps[1]), values: Source(maps[2]), heads: 3, workers: workers)
    let tiles = [1, 6, 11]
    let slab = FeatureMap(shape, tiles: tiles.count)
    let size = slab.tileStride
    for (slot, tile) in tiles.enumerated() {
      (slab.floats + slot * size).update(from: maps[0].floats + tile * size, count: size)
    }
    let some = attend(
      queries: slab, keys: Source(maps[1]), values: Source(maps[2]), heads: 3, workers: workers)
    for (slot, tile) in tiles.enumerated() {
      for i in 0..<size { #expect(some.floats[slot * size + i] == whole.floats[tile * size + i]) }
    }
  }
}
