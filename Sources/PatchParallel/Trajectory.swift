import DiffMask
import Diffusion
import Networks
import Synchronization
import Tensors

/// The steps of a run by position, for schemes that compute several of them at once.
///
/// Position k is the state before step k; position `count` is the clean end.
final class Trajectory: Sendable {
  typealias State = [SIMD3<Float>]

  /// A state with the network's output for it at its position.
  struct Score: Sendable {
    let position: Int
    let state: State
    let output: State
  }

  let run: SamplerRun
  private let tiles: TileSet
  private let cancellation: Cancellation
  /// One for each thread: the tiles with their conditioning, whose state is replaced.
  private let scratch: Mutex<[SampleState]>

  /// Positions before the clean end.
  var count: Int { run.timesteps.count }

  init(_ run: SamplerRun, _ cancellation: Cancellation) {
    self.run = run
    self.cancellation = cancellation
    tiles = run.allTiles
    scratch = Mutex([])
  }

  /// The state that the run begins with.
  func start() -> State { run.makeState(tiles).state }

  /// Evaluates the network on the state of a position, on this thread.
  ///
  /// - Throws: `CancellationError`.
  func score(_ state: State, at position: Int, pool: WorkerPool) throws -> Score {
    var sample = scratch.withLock { $0.popLast() } ?? run.makeState(tiles)
    defer {
      let returned = sample
      scratch.withLock { $0.append(returned) }
    }
    let timestep = run.timesteps[position]
    sample.restore(state)
    sample.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
    let pass = DensePass(workers: pool, cancellation: cancellation)
    let output = try run.network(pass, pass.input(sample.input), timestep: Double(timestep)).map
    return Score(position: position, state: sample.state, output: output.colors)
  }

  /// One step of the sampler from a score's position to a later one.
  func jump(_ score: Score, to position: Int) -> State {
    let move = run.sampler.move(
      at: run.timesteps[score.position], to: run.sampler.previous(run.timesteps[position - 1]))
    return score.state.indices.map { move(score.state[$0], output: score.output[$0]) }
  }

  /// Parareal's correction: a + b - c.
  static func corrected(_ a: State, plus b: State, minus c: State) -> State {
    a.indices.map { a[$0] + (b[$0] - c[$0]) }
  }

  /// Mean absolute difference of two clean states as colours, in steps of 8 bits.
  func difference(_ a: State, _ b: State) -> Double {
    var sum = 0.0
    for index in a.indices {
      let colors = run.colorDifference(a[index] - b[index])
      sum += Double(abs(colors.x) + abs(colors.y) + abs(colors.z))
    }
    return 127.5 * sum / Double(max(1, 3 * a.count))
  }

  /// The run's final state.
  func finish(_ state: State) -> SampleState {
    var result = run.makeState(tiles)
    result.restore(state)
    return result
  }
}

extension FeatureMap {
  /// The first three channels of every pixel, tile by tile.
  fileprivate var colors: [SIMD3<Float>] {
    (0..<tileCount * 16).map { pixel in
      let at = floats + pixel * shape.stride
      return SIMD3(at[0], at[1], at[2])
    }
  }
}
