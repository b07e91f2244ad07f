/// The tasks of CHORDS (Han et al. 2025): workers that start further and further along the way.
///
/// Worker j starts at step i_j from one long jump off worker j - 1's start, and all go on step by step.
/// When worker j - 1 reaches the place where worker j last started, j is corrected by Parareal's
/// formula with the jumps from there, and counts as started anew. Worker j ends after j + N - i_j
/// rounds; worker 0 is the serial run.
package struct ChordsPlan: Sendable {
  /// A state of a worker: made from earlier scores, and evaluated unless it is the clean end.
  package struct Turn: Sendable, Equatable {
    /// Whose state it is.
    package let worker: Int
    /// Steps that lie before it.
    package let position: Int
    /// Last start of the worker, where the step to here is corrected by the jumps from there.
    package let anchor: Int?
  }

  /// First step of each worker.
  package let starts: [Int]
  /// What each task of the graph makes.
  package let turns: [Turn]
  /// Which tasks need which.
  package let graph: TaskGraph
  /// Each worker's clean end.
  package let results: [Int]

  /// Where workers start, as parts of the way; the published ones for 4, 6 and 8 workers.
  private static let published: [Int: [Double]] = [
    4: [0, 0.16, 0.32, 0.64], 6: [0, 0.06, 0.12, 0.24, 0.48, 0.72],
    8: [0, 0.04, 0.08, 0.16, 0.32, 0.48, 0.64, 0.8],
  ]

  /// The first steps of at most `workers` workers over `steps` steps, from 0 on at least 2 apart.
  ///
  /// For numbers of workers without published starts each jump is as long as all before it, and the
  /// last ends at 0.64 of the way as with 4 workers, or at 0.32 with 2.
  package static func starts(workers: Int, steps: Int) -> [Int] {
    let jumps = (0..<max(1, workers)).map { worker -> Double in
      worker == 0
        ? 0 : min(0.64, 0.32 * Double(workers - 1)) / Double(1 << min(62, workers - 1 - worker))
    }
    let parts = published[workers] ?? jumps
    var result: [Int] = []
    for part in parts {
      let start = Int(exactly: (part * Double(steps)).rounded()) ?? steps
      // One step on, a worker would end no earlier than the one before.
      if start < steps, result.last.map({ start >= $0 + 2 }) ?? true { result.append(start) }
    }
    return result
  }

  /// Plans `workers` workers over `steps` steps; fewer where there are fewer steps.
  package init(steps: Int, workers: Int) {
    starts = Self.starts(workers: workers, steps: steps)
    var builder = Builder(starts: starts, steps: steps)
    for round in 0...steps { builder.append(round) }
    turns = builder.turns
    graph = builder.graph
    results = builder.results.compactMap { $0 }
  }

  private struct Builder {
    let starts: [Int]
    let steps: Int
    var turns: [Turn] = []
    var graph = TaskGraph()
    var results: [Int?]
    private var tasks: [[Int]: Int] = [:]
    private var positions: [Int]
    private var anchors: [Int]
    /// The start that the step to each worker's next state is corrected from.
    private var corrections: [Int?]

    init(starts: [Int], steps: Int) {
      self.starts = starts
      self.steps = steps
      positions = starts
      anchors = starts
      corrections = starts.map { _ in nil }
      results = starts.map { _ in nil }
    }

    /// Appends the states at the beginning of a round, the furthest worker's first.
    mutating func append(_ round: Int) {
      let active = starts.indices.filter { $0 <= round && positions[$0] <= steps }
      for worker in active.reversed() {
        let turn = Turn(
          worker: worker, position: positions[worker], anchor: corrections[worker])
        let isEnd = turn.position == steps
        var needed = inputs(of: turn)
        // Results are compared from the furthest worker on.
        if isEnd, worker + 1 < starts.count, let next = results[worker + 1] { needed.append(next) }
        let task = graph.append(needing: needed, cost: isEnd ? 0 : 1)
        turns.append(turn)
        if isEnd { results[worker] = task } else { tasks[[worker, turn.position]] = task }
      }
      let reached = positions
      for worker in active {
        let meets =
          worker > 0 && active.contains(worker - 1) && reached[worker - 1] == anchors[worker]
          && reached[worker] < steps
        corrections[worker] = meets ? anchors[worker] : nil
        positions[worker] += 1
        if meets { anchors[worker] = positions[worker] }
      }
    }

    private func inputs(of turn: Turn) -> [Int] {
      let worker = turn.worker
      if turn.position == starts[worker] {
        return worker == 0 ? [] : [tasks[[worker - 1, starts[worker - 1]]]].compactMap { $0 }
      }
      var places = [[worker, turn.position - 1]]
      if let anchor = turn.anchor { places += [[worker - 1, anchor], [worker, anchor]] }
      return places.compactMap { tasks[$0] }
    }
  }
}
