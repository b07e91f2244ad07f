package import Diffusion
package import Networks
import Synchronization
package import Tensors

/// What the workers of one run did, as counted and timed one after the other on one thread.
package struct SchemeRecord: Sendable {
  /// Every worker's log; empty for schemes that are parallel over steps.
  package var logs: [[ExchangePort.Event]] = []
  /// Bytes that every worker received, by what they carried.
  package var received: [[MessageTag.Kind: Int]] = []
  /// The tasks of schemes that are parallel over steps, and the one that gave the result.
  package var tasks: (graph: TaskGraph, result: Int)?
  /// Seconds of the whole run on one thread.
  package var seconds = 0.0
  /// Iterations that parareal took.
  package var iterations: Int?

  /// Evaluations of the network on the longest chain, with no time for messages.
  ///
  /// - Parameter macs: multiply-adds of one evaluation.
  package func criticalPath(macs: Int) -> Double {
    if let tasks { return tasks.graph.criticalPath(to: tasks.result) }
    return Timeline(logs, link: .ideal) { _, done in Double(done) / Double(macs) }.makespan
  }

  /// Evaluations that the result took, all workers together.
  package func evaluations(macs: Int) -> Double {
    if let tasks {
      return tasks.graph.needed(for: tasks.result).reduce(0) { $0 + tasks.graph.costs[$1] }
    }
    return logs.joined().reduce(0) { sum, event in
      guard case .compute(_, let done) = event else { return sum }
      return sum + Double(done) / Double(macs)
    }
  }

  /// Seconds that the busiest worker computes, where each has its part of the work.
  package var busiest: Double? {
    logs.isEmpty
      ? nil : Timeline(logs, link: .ideal) { seconds, _ in seconds }.busy.max()
  }

  /// Seconds on `workers` machines, simulated from the measured times of the parts.
  package func simulated(workers: Int, link: Link) -> Double {
    guard let tasks else {
      return Timeline(logs, link: link) { seconds, _ in seconds }.makespan
    }
    // All evaluations are alike; what one takes includes its share of the steps' arithmetic.
    let each = seconds / max(1, evaluations(macs: 1))
    return tasks.graph.makespan(to: tasks.result, workers: workers, seconds: each)
  }
}

/// Another scheme whose workers take turns on one thread and are recorded.
package final class RecordingScheme: SamplingScheme {
  private let inner: any SamplingScheme
  private let kept = Mutex(SchemeRecord())

  /// Records `inner`; its number of threads is set aside.
  package init(_ inner: any SamplingScheme) { self.inner = inner }

  /// What the last run did.
  package var record: SchemeRecord { kept.withLock { $0 } }

  package func evaluationsAtOnce(_ workers: Int) -> Int { inner.evaluationsAtOnce(1) }

  package func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState {
    let one = WorkerPool(count: 1)
    var record = SchemeRecord()
    var state: SampleState?
    let seconds = try ContinuousClock().measure {
      switch inner {
      case let strips as StripScheme:
        let layout = StripLayout(count: min(strips.count, run.inputShape.tilesY))
        let exchange = ThreadExchange(workers: layout.count)
        let ports = (0..<layout.count).map { ExchangePort($0, exchange, recording: true) }
        state = try strips.sample(
          run, layout, ports, exchange, workers: one, cancellation: cancellation,
          progress: progress)
        record.take(ports)
      case let parts as AsyncScheme:
        guard
          let plan = ComponentPlan(
            run.network.calls(height: run.height, width: run.width), count: parts.components)
        else { break }
        let exchange = ThreadExchange(workers: parts.workerCount)
        let ports = (0..<parts.workerCount).map { ExchangePort($0, exchange, recording: true) }
        state = try parts.sample(
          run, plan, ports, exchange, workers: one, cancellation: cancellation, progress: progress)
        record.take(ports)
      case let blocks as PararealScheme:
        let plan = PararealPlan(steps: run.timesteps.count, iterations: blocks.iterations)
        let outcome = try blocks.outcome(
          run, plan, workers: one, cancellation: cancellation, progress: progress)
        state = outcome.state
        record.tasks = (plan.graph, outcome.task)
        record.iterations = outcome.iterations
      case let chords as ChordsScheme:
        let plan = ChordsPlan(steps: run.timesteps.count, workers: chords.count)
        let outcome = try chords.outcome(
          run, plan, workers: one, cancellation: cancellation, progress: progress)
        state = outcome.state
        record.tasks = (plan.graph, outcome.task)
      default: break
      }
    }.seconds
    record.seconds = seconds
    kept.withLock { $0 = record }
    if let state { return state }
    return try inner.sample(
      run, workers: one, cancellation: cancellation, progress: progress)
  }
}

extension SchemeRecord {
  fileprivate mutating func take(_ ports: [ExchangePort]) {
    logs = ports.map(\.log)
    received = ports.map(\.received)
  }
}
