import DiffMask
import Diffusion
import PatchParallel
import Synchronization
import Tensors
import Testing

/// What schemes tell of each worker beside the progress of the run.
@Suite struct WorkerProgressTests {
  private final class Listener: RunObserver {
    let shares = Mutex<[[Double]]>([])
    let steps = Mutex<[Int: Int]>([:])

    func worker(_ worker: Int, of count: Int, did share: Double) {
      shares.withLock { shares in
        if shares.isEmpty { shares = [[Double]](repeating: [], count: count) }
        shares[worker].append(share)
      }
    }

    func step(_ state: SampleState, at timestep: Int, output: FeatureMap, computed: TileSet) {
      steps.withLock { $0[timestep, default: 0] += computed.count }
    }
  }

  @Test(
    arguments: [
      ("serial", SerialScheme(), 0), ("patch", StripScheme(count: 3), 3),
      ("displaced", StripScheme(count: 3, warmUp: 1), 3), ("async", AsyncScheme(components: 3), 3),
    ] as [(String, any SamplingScheme, Int)])
  func everyWorkerGetsToTheEnd(name: String, scheme: any SamplingScheme, workers: Int) throws {
    let scene = try Scene("ddpm-style", width: 64, height: 64, steps: 3)
    let listener = Listener()
    var run = scene.run
    run.observer = listener
    _ = try scheme.sample(run, workers: WorkerPool(count: 3), cancellation: nil) { _, _ in }
    let shares = listener.shares.withLock { $0 }
    #expect(shares.count == workers)
    for one in shares {
      #expect(zip(one, one.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(one.allSatisfy { (0...1).contains($0) } && one.last == 1)
    }
    // Every step is told of every tile once.
    #expect(listener.steps.withLock { Set($0.values) } == [run.allTiles.count])
    #expect(listener.steps.withLock { Set($0.keys) } == Set(run.timesteps))
  }
}
