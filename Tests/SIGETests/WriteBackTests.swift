import DiffMask
import Networks
import SIGE
import Tensors
import Testing

/// Accepting an edit: the cache takes over the fresh tiles, or stays as it was.
@Suite struct WriteBackTests {
  @Test(arguments: Fixture.names + [Fixture.large], ActivationCache.Precision.allCases)
  func aFurtherPassGivesTheSameOutput(name: String, precision: ActivationCache.Precision) throws {
    let fixture = try Fixture.any(name)
    let tiles = fixture.tiles()
    for mode in SparsePass.Output.allCases {
      let (cache, output) = try fixture.baseline(precision)
      let before = fixture.contents(cache)
      let bytes = cache.byteCount
      let first = try fixture.sparse(
        fixture.edited, cache, tiles, over: output, as: mode, writesBack: true)
      #expect(fixture.contents(cache) != before)
      #expect(cache.byteCount == bytes)
      let second = try fixture.sparse(fixture.edited, cache, tiles, over: output, as: mode)
      // Only the last statistics are formed anew, from sums over tiles that were rounded once more.
      let error = relativeError(second.planes, first.planes)
      #expect(error < (precision == .full ? 1e-9 : 1e-5), "\(error)")
    }
  }

  @Test(arguments: Fixture.names)
  func changesOnlyActiveTiles(name: String) throws {
    let fixture = try Fixture(name)
    let tiles = fixture.tiles(dilation: 0)
    let (cache, output) = try fixture.baseline(.half)
    let before = fixture.contents(cache)
    _ = try fixture.sparse(fixture.edited, cache, tiles, over: output, writesBack: true)
    let after = fixture.contents(cache)
    #expect(after.keys == before.keys)
    for (id, old) in before {
      let new = try #require(after[id])
      let map = try #require(cache.activation(id)?.shape)
      let set = try #require(
        tiles.sets.first { $0.width == map.width && $0.height == map.height })
      for i in old.indices where old[i].bitPattern != new[i].bitPattern {
        let pixel = i % (map.height * map.width)
        #expect(set.covers(x: pixel % map.width, y: pixel / map.width), "layer \(id)")
      }
    }
  }

  @Test(arguments: [0, 1, 5, 11])
  func aCancelledPassLeavesTheCacheAsItWas(layers: Int) throws {
    let fixture = try Fixture("attention-heads")
    let (cache, _) = try fixture.baseline(.full)
    let before = fixture.contents(cache)
    let tiles = fixture.tiles()
    let cancellation = Cancellation()
    let pass = SparsePass(
      cache, network: fixture.network, tiles: tiles, workers: WorkerPool(count: 2),
      cancellation: cancellation, writesBack: true)
    let slab = FeatureMap.slab(
      of: fixture.edited, channels: fixture.shape.channels, tiles: tiles.input.tiles)
    var remaining = layers
    let cancelling = WrappedPass(pass) { _, compute in
      if remaining == 0 { cancellation.cancel() }
      remaining -= 1
      return try compute()
    }
    #expect(throws: CancellationError.self) {
      try fixture.network(cancelling, pass.input(slab), timestep: fixture.timestep)
    }
    #expect(fixture.contents(cache) == before)
  }

  @Test func withoutTheOptionNothingIsWritten() throws {
    let fixture = try Fixture("plain-rgb")
    let (cache, _) = try fixture.baseline(.full)
    let before = fixture.contents(cache)
    let tiles = fixture.tiles()
    let pass = SparsePass(
      cache, network: fixture.network, tiles: tiles, workers: WorkerPool(count: 1))
    let slab = FeatureMap.slab(
      of: fixture.edited, channels: fixture.shape.channels, tiles: tiles.input.tiles)
    _ = try fixture.network(pass, pass.input(slab), timestep: fixture.timestep)
    pass.writeBack()
    #expect(fixture.contents(cache) == before)
  }

  @Test(arguments: Fixture.names + [Fixture.large], ActivationCache.Precision.allCases)
  func takesTheMemoryThatWasCounted(name: String, precision: ActivationCache.Precision) throws {
    let fixture = try Fixture.any(name)
    let (cache, _) = try fixture.baseline(precision)
    let (height, width) = (fixture.shape.height, fixture.shape.width)
    let counted = ActivationCache.Precision.allCases.map {
      fixture.network.cacheBytes(height: height, width: width, precision: $0)
    }
    #expect(
      cache.byteCount
        == fixture.network.cacheBytes(
          height: height, width: width, precision: precision))
    // byte, half, full.
    #expect(2 * counted[1] == counted[2])
    #expect(Double(counted[0]) < 0.7 * Double(counted[1]))
  }
}
