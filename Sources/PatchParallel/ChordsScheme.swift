package import Diffusion
package import Networks
import Synchronization
package import Tensors

/// CHORDS (Han et al. 2025): a fixed number of workers along the way, the hindmost of which is exact.
package struct ChordsScheme: SamplingScheme {
  /// Workers along the way; at most one for every step is made.
  package var count: Int
  /// Workers' results are compared from the fastest on until two differ by less than this, as a mean
  /// over colours of 8 bits; the fastest worker's result is taken where nil.
  package var tolerance: Double?

  /// Makes a scheme of `count` workers that takes the fastest one's result.
  package init(count: Int) { self.count = count }

  /// What a run came to.
  package struct Outcome: Sendable {
    /// The clean state.
    package let state: SampleState
    /// Task of the plan that gave it.
    package let task: Int
  }

  /// Every worker is at a step of its own.
  package func evaluationsAtOnce(_ workers: Int) -> Int { workers }

  package func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState {
    try outcome(
      run, ChordsPlan(steps: run.timesteps.count, workers: count), workers: workers,
      cancellation: cancellation, progress: progress
    ).state
  }

  /// The same with a plan that the caller keeps.
  package func outcome(
    _ run: SamplerRun, _ plan: ChordsPlan, workers: WorkerPool, cancellation: Cancellation? = nil,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    let enough = Cancellation(parent: cancellation)
    let memory = ChordsMemory(Trajectory(run, enough), plan, tolerance)
    let last = (tolerance == nil ? plan.results.last : plan.results.first) ?? 0
    return try plan.graph.firstResult(
      upTo: last, on: workers, enough: enough, progress: progress, result: { memory.outcome }
    ) { task, worker in
      try memory.perform(task, worker)
      return plan.turns[task].position
    }
  }
}

/// The scores of a run as far as they are still needed.
private final class ChordsMemory: Sendable {
  private struct Contents {
    var scores: [Int: Trajectory.Score] = [:]
    /// Tasks that have yet to read each score.
    var readers: [Int]
    var last: Trajectory.State?
    var outcome: ChordsScheme.Outcome?
  }

  private let trajectory: Trajectory
  private let plan: ChordsPlan
  private let tolerance: Double?
  private let contents: Mutex<Contents>

  init(_ trajectory: Trajectory, _ plan: ChordsPlan, _ tolerance: Double?) {
    self.trajectory = trajectory
    self.plan = plan
    self.tolerance = tolerance
    var readers = plan.turns.map { _ in 0 }
    for input in plan.graph.inputs.joined() { readers[input] += 1 }
    contents = Mutex(Contents(readers: readers))
  }

  var outcome: ChordsScheme.Outcome? { contents.withLock { $0.outcome } }

  func perform(_ task: Int, _ pool: WorkerPool) throws {
    let turn = plan.turns[task]
    let state = state(task)
    guard turn.position == trajectory.count else {
      let score = try trajectory.score(state, at: turn.position, pool: pool)
      return contents.withLock { if $0.readers[task] > 0 { $0.scores[task] = score } }
    }
    finish(state, task)
  }

  /// The state of a turn, from the scores it is made of, which it may be the last to read.
  private func state(_ task: Int) -> Trajectory.State {
    let turn = plan.turns[task]
    let inputs = plan.graph.inputs[task]
    let scores = contents.withLock { contents in
      let scores = inputs.compactMap { contents.scores[$0] }
      for input in inputs {
        contents.readers[input] -= 1
        if contents.readers[input] == 0 { contents.scores[input] = nil }
      }
      return scores
    }
    guard let first = scores.first else { return trajectory.start() }
    let own = trajectory.jump(first, to: turn.position)
    guard turn.anchor != nil, scores.count == 3 else { return own }
    return Trajectory.corrected(
      own, plus: trajectory.jump(scores[1], to: turn.position),
      minus: trajectory.jump(scores[2], to: turn.position))
  }

  private func finish(_ state: Trajectory.State, _ task: Int) {
    let last = contents.withLock { contents in
      defer { contents.last = state }
      return contents.last
    }
    var isGood = plan.turns[task].worker == 0 || tolerance == nil
    if let last, let tolerance { isGood = isGood || trajectory.difference(last, state) < tolerance }
    guard isGood else { return }
    let outcome = ChordsScheme.Outcome(state: trajectory.finish(state), task: task)
    contents.withLock { if $0.outcome == nil { $0.outcome = outcome } }
  }
}
