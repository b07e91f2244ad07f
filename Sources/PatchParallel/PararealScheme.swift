package import Diffusion
package import Networks
import Synchronization
package import Tensors

/// SRDS (Selvam et al. 2024): blocks of steps in parallel, corrected by coarse sweeps until the
/// result stands still.
package struct PararealScheme: SamplingScheme {
  /// Iterations end when the result changes by less than this, as a mean over colours of 8 bits.
  package var tolerance = 0.1
  /// Iterations at most; as many as there are blocks, which is serial's result, where nil.
  package var iterations: Int?

  /// Makes a scheme that iterates until the result stands still.
  package init() {}

  /// What a run came to.
  package struct Outcome: Sendable {
    /// The clean state.
    package let state: SampleState
    /// Iterations until the result stood still.
    package let iterations: Int
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
      run, PararealPlan(steps: run.timesteps.count, iterations: iterations), workers: workers,
      cancellation: cancellation, progress: progress
    ).state
  }

  /// The same with a plan that the caller keeps.
  package func outcome(
    _ run: SamplerRun, _ plan: PararealPlan, workers: WorkerPool,
    cancellation: Cancellation? = nil,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    let enough = Cancellation(parent: cancellation)
    let memory = PararealMemory(Trajectory(run, enough), plan, tolerance)
    let (state, iteration) = try plan.graph.firstResult(
      upTo: plan.results[plan.results.count - 1], on: workers, enough: enough, progress: progress,
      result: { memory.outcome }, perform: { try memory.perform(plan.work[$0], $1) })
    return Outcome(state: state, iterations: iteration, task: plan.results[iteration])
  }
}

/// The states and scores of a run as far as they are still needed.
private final class PararealMemory: Sendable {
  private struct Place: Hashable {
    var block: Int
    var iteration: Int
  }
  private struct Contents {
    /// G(x_i^p) and F(x_i^p), the latter as far as it has come.
    var coarse: [Place: Trajectory.State] = [:]
    var fine: [Place: Trajectory.State] = [:]
    var last: Trajectory.State?
    var outcome: (SampleState, Int)?
  }

  private let trajectory: Trajectory
  private let plan: PararealPlan
  private let tolerance: Double
  private let start: Trajectory.State
  private let contents = Mutex(Contents())

  init(_ trajectory: Trajectory, _ plan: PararealPlan, _ tolerance: Double) {
    self.trajectory = trajectory
    self.plan = plan
    self.tolerance = tolerance
    start = trajectory.start()
  }

  var outcome: (SampleState, Int)? { contents.withLock { $0.outcome } }

  /// Performs a task; returns the steps done in the last iteration, for results.
  func perform(_ work: PararealPlan.Work, _ pool: WorkerPool) throws -> Int? {
    switch work {
    case .coarse(let block, let iteration):
      let position = plan.bounds[block]
      let score = try trajectory.score(
        state(block, iteration), at: position, pool: pool)
      let place = Place(block: block, iteration: iteration)
      let coarse = trajectory.jump(score, to: plan.bounds[block + 1])
      let fine = trajectory.jump(score, to: position + 1)
      contents.withLock {
        $0.coarse[place] = coarse
        $0.fine[place] = fine
      }
      return iteration == 0 ? position : nil
    case .fine(let block, let iteration, let step):
      let place = Place(block: block, iteration: iteration)
      let position = plan.bounds[block] + step
      let state = contents.withLock { $0.fine[place] } ?? []
      let score = try trajectory.score(state, at: position, pool: pool)
      let next = trajectory.jump(score, to: position + 1)
      contents.withLock { $0.fine[place] = next }
      return nil
    case .result(let iteration):
      finish(state(plan.blocks, iteration), iteration)
      return trajectory.count
    }
  }

  /// x_i^p; forgets what nobody needs after it.
  private func state(_ block: Int, _ iteration: Int) -> Trajectory.State {
    if block == 0 { return start }
    return contents.withLock { contents in
      let now = Place(block: block - 1, iteration: iteration)
      let before = Place(block: block - 1, iteration: iteration - 1)
      if iteration == 0 { return contents.coarse[now] ?? [] }
      let fine = contents.fine.removeValue(forKey: before) ?? []
      let old = contents.coarse.removeValue(forKey: before) ?? []
      if iteration == block { return fine }
      return Trajectory.corrected(fine, plus: contents.coarse[now] ?? [], minus: old)
    }
  }

  private func finish(_ state: Trajectory.State, _ iteration: Int) {
    let last = contents.withLock { contents in
      defer { contents.last = state }
      return contents.last
    }
    let isLast = iteration + 1 == plan.results.count
    let standsStill = last.map { trajectory.difference($0, state) < tolerance } ?? false
    guard isLast || standsStill else { return }
    let result = trajectory.finish(state)
    contents.withLock { if $0.outcome == nil { $0.outcome = (result, iteration) } }
  }
}
