import DiffMask
import Networks
import SIGE
import Tensors
import Testing

/// What an evaluation is said to take is what its buffers come to.
@Suite(.serialized)
struct FootprintTests {
  @Test(arguments: Fixture.names, [1, 2, 5])
  func isWhatBuffersComeTo(name: String, workers: Int) throws {
    let fixture = try Fixture(name)
    let network = fixture.network
    let pool = WorkerPool(count: workers)
    let side = 8 * network.configuration.sizeMultiple
    let input = FeatureMap(
      MapShape(height: side, width: side, channels: network.configuration.inChannels))
    input.floats.update(repeating: 0.1, count: input.tileCount * input.tileStride)
    let said = network.footprint(height: side, width: side, workers: workers)

    func peak(_ run: () throws -> Void) rethrows -> Int {
      BufferPool.shared.forgetPeak()
      let before = BufferPool.shared.use.held
      try run()
      return BufferPool.shared.use.peak - before + input.byteCount
    }
    func dense() throws {
      let pass = DensePass(workers: pool)
      _ = try network(pass, pass.input(input), timestep: 10)
    }
    let first = try peak(dense)
    #expect(first <= said.running + said.packing)
    #expect(network.footprint(height: side, width: side, workers: workers).packing <= said.packing)
    // Weights are packed now.
    let second = try peak(dense)
    #expect(second <= said.running && second > said.running * 6 / 10)
    for precision in ActivationCache.Precision.allCases {
      let cache = ActivationCache(network.graph, precision: precision)
      let third = try peak {
        let pass = BaselinePass(cache, workers: pool)
        _ = try network(pass, pass.input(input), timestep: 10)
      }
      let kept = network.cacheBytes(height: side, width: side, precision: precision)
      #expect(third <= said.running + kept)
    }
  }
}
