package import DiffMask
package import Networks
import SIGE
package import Tensors

/// A dense sampler run: every tile of a frame from the first timestep to the clean end.
package struct SamplerRun: Sendable {
  /// The model's network.
  package let network: UNet
  /// Moves the state by the network's outputs.
  package let sampler: DDIM
  /// The timesteps to go through, noisiest first.
  package let timesteps: [Int]
  /// Columns of the frame, which the network's strides divide.
  package let width: Int
  /// Rows of the frame.
  package let height: Int
  /// Makes the state before the first step for any tiles of the frame.
  package let makeState: @Sendable (TileSet) -> SampleState
  /// The difference of colours that a difference of clean states stands for.
  package let colorDifference: @Sendable (SIMD3<Float>) -> SIMD3<Float>
  /// Who hears more of the run than its progress.
  package var observer: (any RunObserver)?

  /// Makes a run.
  package init(
    network: UNet, sampler: DDIM, timesteps: [Int], width: Int, height: Int,
    colorDifference: @escaping @Sendable (SIMD3<Float>) -> SIMD3<Float> = { $0 },
    makeState: @escaping @Sendable (TileSet) -> SampleState
  ) {
    self.network = network
    self.sampler = sampler
    self.timesteps = timesteps
    self.width = width
    self.height = height
    self.makeState = makeState
    self.colorDifference = colorDifference
  }

  /// Every tile of the frame.
  package var allTiles: TileSet { .all(width: width, height: height) }
  /// Size of the network's input.
  package var inputShape: MapShape {
    MapShape(height: height, width: width, channels: network.configuration.inChannels)
  }
}

/// A way to take a dense sampler run, alone or split over workers.
package protocol SamplingScheme: Sendable {
  /// Takes all steps of `run` and returns the clean state of every tile.
  ///
  /// - Parameter progress: called by one thread at a time, as calls of the network's pass get done
  ///   and with 0 calls after every step.
  /// - Throws: `CancellationError`, `NotFiniteError`, or what made a worker fail.
  func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState

  /// Evaluations of the whole network that run at a time on so many workers, for the memory they
  /// take.
  func evaluationsAtOnce(_ workers: Int) -> Int
}

extension SamplingScheme {
  /// One: all workers are in the same evaluation.
  package func evaluationsAtOnce(_ workers: Int) -> Int { 1 }
}

/// One step after the other, every worker in the same layer.
package struct SerialScheme: SamplingScheme {
  /// Makes the scheme.
  package init() {}

  package func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState {
    var state = run.makeState(run.allTiles)
    for (done, timestep) in run.timesteps.enumerated() {
      try cancellation?.check()
      state.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
      let pass = DensePass(workers: workers, cancellation: cancellation)
      let reporting = WrappedPass(pass) { progress(done, $0) }
      let output = try run.network(
        reporting, pass.input(state.input), timestep: Double(timestep)
      ).map
      run.observer?.step(state, at: timestep, output: output, computed: run.allTiles)
      let isFinite = state.step(
        run.sampler, at: timestep, output: output, computed: run.allTiles)
      guard isFinite else {
        // The network's input is as it was, so a second look finds the place.
        let layer = try run.network.firstNotFinite(
          pass, pass.input(state.input), timestep: Double(timestep)
        ) { $0.map.isFinite }
        throw NotFiniteError(layer: layer, step: done + 1, steps: run.timesteps.count)
      }
      progress(done + 1, 0)
    }
    return state
  }
}
