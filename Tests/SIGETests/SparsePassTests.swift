import DiffMask
import Networks
import SIGE
import Tensors
import Testing

/// The laws of sparse passes.
@Suite struct SparsePassTests {
  typealias Precision = ActivationCache.Precision
  typealias Output = SparsePass.Output

  @Test(arguments: Fixture.names, Precision.allCases)
  func baselineEqualsDense(name: String, precision: Precision) throws {
    let fixture = try Fixture(name)
    let (_, output) = try fixture.baseline(precision)
    #expect(try output == fixture.dense(fixture.sample))
  }

  @Test(arguments: Fixture.names, Output.allCases)
  func allTilesOnTheBaselinesInputEqualDense(name: String, mode: Output) throws {
    let fixture = try Fixture(name)
    let all = fixture.tiles { .all(width: $0, height: $1) }
    for precision in Precision.allCases {
      let (cache, output) = try fixture.baseline(precision)
      let nothing = [Float](repeating: .nan, count: output.count)
      let sparse = try fixture.sparse(fixture.sample, cache, all, over: nothing, as: mode)
      // With every tile fresh no cached activation is read, but by the sums that are exchanged
      // before the last layer: what was rounded on the way in is subtracted on the way out.
      let error = relativeError(sparse.planes, output)
      #expect(error < (precision == .full ? 1e-9 : 1e-5), "\(precision): \(error)")
    }
  }

  @Test(arguments: Fixture.names)
  func lawsHoldForBrokenTiles(name: String) throws {
    let fixture = try Fixture.brokenTiles(name)
    #expect((0..<fixture.levels).contains { (fixture.shape.width >> $0) % 4 != 0 })
    let (cache, output) = try fixture.baseline(.full)
    #expect(try output == fixture.dense(fixture.sample))
    let all = fixture.tiles { .all(width: $0, height: $1) }
    let whole = try fixture.sparse(fixture.sample, cache, all, over: output)
    #expect(relativeError(whole.planes, output) < 1e-6)
    let tiles = fixture.tiles(dilation: 0)
    let sparse = try fixture.sparse(fixture.edited, cache, tiles, over: output)
    #expect(sparse.planes != output)
    for i in output.indices where sparse.planes[i] != output[i] {
      let pixel = i % fixture.area
      #expect(tiles.sets[0].covers(x: pixel % fixture.shape.width, y: pixel / fixture.shape.width))
    }
    let expected = try fixture.dense(fixture.edited)
    let ignored = relativeError(output, expected, within: fixture.mask)
    #expect(relativeError(sparse.planes, expected, within: fixture.mask) < ignored / 5)
  }

  @Test(arguments: Fixture.names, Output.allCases)
  func noTileLeavesTheBaselineAsItIs(name: String, mode: Output) throws {
    let fixture = try Fixture(name)
    let none = fixture.tiles { .none(width: $0, height: $1) }
    for precision in Precision.allCases {
      let (cache, output) = try fixture.baseline(precision)
      let before = fixture.contents(cache)
      let sparse = try fixture.sparse(
        fixture.edited, cache, none, over: output, as: mode, writesBack: true)
      #expect(sparse.planes == output)
      #expect(sparse.tiles.isEmpty)
      #expect(fixture.contents(cache) == before)
    }
  }

  /// Edits at corners, borders, in the middle and everywhere, from caches that hold only what they read.
  @Test(arguments: Fixture.names + [Fixture.large], Precision.allCases)
  func aCacheForOneEditHoldsAllThatItReads(name: String, precision: Precision) throws {
    let fixture = try Fixture.any(name)
    let (network, height, width) = (fixture.network, fixture.shape.height, fixture.shape.width)
    let (cache, output) = try fixture.baseline(precision)
    let places = [
      PixelRect(x: 0, y: 0, width: 3, height: 2),
      PixelRect(x: width - 2, y: height - 5, width: 2, height: 5),
      PixelRect(x: width / 2, y: height / 2, width: 1, height: 1),
      PixelRect(x: 0, y: height / 3, width: width, height: 1),
      PixelRect(x: 0, y: 0, width: width, height: height),
    ]
    for rect in places {
      let mask = PixelMask(
        width: width, height: height, region: rect,
        bits: [Bool](repeating: true, count: rect.width * rect.height))
      let tiles = EditTiles(mask: mask, levels: fixture.levels)
      let own = ActivationCache(network.graph, precision: precision, for: tiles)
      let pass = BaselinePass(own, unread: network.graph.outputID, workers: WorkerPool(count: 2))
      let unread = try network(
        pass, pass.input(FeatureMap(fixture.shape, planes: fixture.sample)),
        timestep: fixture.timestep)
      #expect(unread.map.tileCount == 0)
      let made = try fixture.sparse(fixture.edited, own, tiles, over: output)
      let expected = try fixture.sparse(fixture.edited, cache, tiles, over: output)
      #expect(made.planes == expected.planes && made.tiles == expected.tiles)
      #expect(own.byteCount <= cache.byteCount)
      if name == Fixture.large, precision == .byte, rect.height < 6 {
        #expect(own.byteCount < cache.byteCount / 2, "\(rect): \(own.byteCount)")
      }
    }
  }

  @Test(arguments: Fixture.names, Precision.allCases)
  func neverWritesOutsideItsTiles(name: String, precision: Precision) throws {
    let fixture = try Fixture(name)
    let (cache, output) = try fixture.baseline(precision)
    let before = fixture.contents(cache)
    let tiles = fixture.tiles(dilation: 0)
    let sparse = try fixture.sparse(fixture.edited, cache, tiles, over: output)
    #expect(fixture.contents(cache) == before, "the cache changed without write-back")
    #expect(sparse.tiles == tiles.sets[0])
    #expect(!tiles.sets[0].isEmpty && tiles.sets[0].fraction < 1)
    var changed = 0
    for i in output.indices where sparse.planes[i] != output[i] {
      changed += 1
      let pixel = i % fixture.area
      #expect(tiles.sets[0].covers(x: pixel % fixture.shape.width, y: pixel / fixture.shape.width))
    }
    #expect(changed > 0)
  }

  @Test(arguments: Fixture.names)
  func doesNotDependOnWorkers(name: String) throws {
    let fixture = try Fixture(name)
    let tiles = fixture.tiles()
    let results = try [1, 2, 3].map { workers in
      let (cache, output) = try fixture.baseline(.half, workers: workers)
      let planes = try Output.allCases.map { mode in
        try fixture.sparse(
          fixture.edited, cache, tiles, over: output, as: mode, workers: workers, writesBack: true
        ).planes
      }
      return (output, planes, fixture.contents(cache))
    }
    for result in results.dropFirst() {
      #expect(result.0 == results[0].0)
      #expect(result.1 == results[0].1)
      #expect(result.2 == results[0].2)
    }
  }

  /// What bytes leave out of large maps is computed around the tiles, from what the edit made of them.
  @Test func computingAgainIsAsGoodAsKeeping() throws {
    let fixture = try Fixture.any(Fixture.large)
    let tiles = fixture.tiles()
    let expected = try fixture.dense(fixture.edited)
    let errors = try Precision.allCases.map { precision in
      let (cache, output) = try fixture.baseline(precision)
      let sparse = try fixture.sparse(fixture.edited, cache, tiles, over: output)
      return relativeError(sparse.planes, expected, within: fixture.mask)
    }
    let (byte, half, full) = (errors[0], errors[1], errors[2])
    // Half a decibel is a factor of 1.059.
    #expect(half < 1.059 * full && byte < 1.059 * full, "\(errors)")
    let sides = (fixture.shape.height, fixture.shape.width)
    let macs = Precision.allCases.map {
      fixture.network.macs(height: sides.0, width: sides.1, tiles: tiles, precision: $0)
    }
    #expect(macs[0] > macs[1] && macs[1] == macs[2])
  }

  /// Statistics follow an accepted edit also where the tiles that it replaced were not kept.
  @Test func writtenBackStatisticsAreThoseOfTheEdit() throws {
    let fixture = try Fixture.any(Fixture.large)
    let expected = try fixture.dense(fixture.edited)
    let all = fixture.tiles { .all(width: $0, height: $1) }
    let errors = try Precision.allCases.map { precision in
      let (cache, output) = try fixture.baseline(precision)
      let before = try fixture.sparse(fixture.edited, cache, all, over: output)
      _ = try fixture.sparse(
        fixture.edited, cache, fixture.tiles(), over: output, writesBack: true)
      // With every tile fresh only the statistics tell one cache from another.
      let after = try fixture.sparse(fixture.edited, cache, all, over: output)
      let improvement =
        relativeError(before.planes, expected) / relativeError(after.planes, expected)
      #expect(improvement > 3, "\(precision)")
      return relativeError(after.planes, expected)
    }
    #expect(errors[0] < 1.059 * errors[2] && errors[1] < 1.059 * errors[2], "\(errors)")
  }

  /// Convolutions without a normalisation before them, so that nothing is frozen: conv_in alone,
  /// and conv_in followed by the first strided convolution.
  @Test(arguments: Fixture.names, Precision.allCases)
  func oneConvolutionEqualsDenseInActiveTiles(name: String, precision: Precision) throws {
    let fixture = try Fixture(name)
    let (cache, _) = try fixture.baseline(precision)
    let first = fixture.layers()[0].convolution
    let tiles = fixture.tiles(dilation: 0)
    let workers = WorkerPool(count: 2)

    let pass = SparsePass(cache, network: fixture.network, tiles: tiles, workers: workers)
    let slab = FeatureMap.slab(
      of: fixture.edited, channels: fixture.shape.channels, tiles: tiles.input.tiles)
    let fresh = try pass.convolve(first, Operand([pass.input(slab)]), residual: nil)
    let dense = DensePass(workers: workers)
    func whole(_ planes: [Float]) throws -> DenseMap {
      let map = FeatureMap(fixture.shape, planes: planes)
      return try dense.convolve(first, Operand([dense.input(map)]), residual: nil)
    }
    let expected = try whole(fixture.edited).map.planes()
    // Outside the tiles stands the unedited map, and there the edited one equals it.
    var merged = try whole(fixture.sample).map.planes()
    fresh.slab.copy(into: &merged, tiles: fresh.level.tiles)
    #expect(fresh.level.tiles == tiles.sets[0])
    #expect(relativeError(merged, expected) < 1e-6)
    #expect(try whole(fixture.sample).map.planes() != expected)
  }

  @Test(arguments: Fixture.names)
  func strideTwoReadsFreshTilesAndTheBase(name: String) throws {
    let fixture = try Fixture(name)
    let (cache, _) = try fixture.baseline(.full)
    let layers = fixture.layers().map(\.convolution)
    let first = layers[0]
    let strided = try #require(layers.first { $0.convolution.step == 2 })
    // The edit's tiles at the finest level, every tile below: all that the edit can reach.
    let sets = fixture.tiles(dilation: 0).sets
    let tiles = EditTiles(
      [sets[0]] + sets.dropFirst().map { TileSet.all(width: $0.width, height: $0.height) })
    let workers = WorkerPool(count: 2)
    let pass = SparsePass(cache, network: fixture.network, tiles: tiles, workers: workers)
    let slab = FeatureMap.slab(
      of: fixture.edited, channels: fixture.shape.channels, tiles: tiles.input.tiles)
    let inner = try pass.convolve(first, Operand([pass.input(slab)]), residual: nil)
    let fresh = try pass.convolve(strided, Operand([inner]), residual: nil)
    let dense = DensePass(workers: workers)
    let map = FeatureMap(fixture.shape, planes: fixture.edited)
    let whole = try dense.convolve(first, Operand([dense.input(map)]), residual: nil)
    let expected = try dense.convolve(strided, Operand([whole]), residual: nil).map.planes()
    var merged = [Float](repeating: .nan, count: expected.count)
    fresh.slab.copy(into: &merged, tiles: fresh.level.tiles)
    #expect(relativeError(merged, expected) < 1e-6)
  }
}
