/// The tasks of SRDS (Selvam et al. 2024): Parareal over the steps of a sampler, pipelined.
///
/// N steps make blocks of B = ceil(N / ceil(sqrt N)). x_i^p is the state at the start of block i
/// after p iterations, F goes through a block step by step, G in one step:
///
///     x_(i+1)^0 = G(x_i^0),   x_(i+1)^p = F(x_i^(p-1)) + G(x_i^p) - G(x_i^(p-1))
///
/// After p iterations the first p blocks are exact, so x_i^p is computed for p <= i only. The first
/// step of F and G need the same evaluation, which is made once.
package struct PararealPlan: Sendable {
  /// What a task computes.
  package enum Work: Sendable, Equatable {
    /// x_i^p and the network on it: gives G(x_i^p) and the first step of F(x_i^p).
    case coarse(block: Int, iteration: Int)
    /// Step `step` of F(x_i^p), counted in the block.
    case fine(block: Int, iteration: Int, step: Int)
    /// The clean state after `iteration` iterations.
    case result(iteration: Int)
  }

  /// First step of each block, and at the end the number of steps.
  package let bounds: [Int]
  /// What each task of the graph computes.
  package let work: [Work]
  /// Which tasks need which.
  package let graph: TaskGraph
  /// The task of each iteration's result, from iteration 0 on.
  package let results: [Int]

  /// Blocks.
  package var blocks: Int { bounds.count - 1 }

  /// Plans `iterations` iterations over `steps` steps; as many as there are blocks where nil.
  package init(steps: Int, iterations: Int? = nil) {
    let side = (1...max(1, steps)).first { $0 * $0 >= steps } ?? 1
    // Blocks of one step would leave nothing to correct.
    let length = max(min(2, steps), (steps + side - 1) / side)
    let bounds = Array(stride(from: 0, to: steps, by: length)) + [steps]
    let blocks = bounds.count - 1
    var builder = Builder(bounds: bounds)
    for iteration in 0...min(iterations ?? blocks, blocks) { builder.append(iteration) }
    self.bounds = bounds
    work = builder.work
    graph = builder.graph
    results = builder.results
  }

  private struct Builder {
    let bounds: [Int]
    var work: [Work] = []
    var graph = TaskGraph()
    var results: [Int] = []
    /// Tasks that give G(x_i^p), and those that give F(x_i^p), by block and iteration.
    private var coarse: [[Int]: Int] = [:]
    private var fine: [[Int]: Int] = [:]

    init(bounds: [Int]) { self.bounds = bounds }

    private var blocks: Int { bounds.count - 1 }

    private mutating func add(_ work: Work, needing inputs: [Int], cost: Double = 1) -> Int {
      self.work.append(work)
      return graph.append(needing: inputs, cost: cost)
    }

    /// The tasks that x_i^p is made of.
    private func inputs(_ block: Int, _ iteration: Int) -> [Int] {
      if block == 0 { return [] }
      if iteration == 0 { return [coarse[[block - 1, 0]]].compactMap { $0 } }
      let from = fine[[block - 1, iteration - 1]]
      if iteration == block { return [from].compactMap { $0 } }
      return [from, coarse[[block - 1, iteration]], coarse[[block - 1, iteration - 1]]]
        .compactMap { $0 }
    }

    /// Appends an iteration: fine steps of the one before, then the sweep.
    mutating func append(_ iteration: Int) {
      if iteration > 0 {
        for block in iteration - 1..<blocks { appendFine(block, iteration - 1) }
      }
      // Of each block, and of results, the iterations before are done first: what they read may then
      // be forgotten. On unlimited workers nothing ever waits for that.
      for block in iteration..<max(iteration, blocks) {
        let before = [coarse[[block, iteration - 1]]].compactMap { $0 }
        coarse[[block, iteration]] = add(
          .coarse(block: block, iteration: iteration), needing: inputs(block, iteration) + before)
      }
      results.append(
        add(
          .result(iteration: iteration), needing: inputs(blocks, iteration) + results.suffix(1),
          cost: 0))
    }

    private mutating func appendFine(_ block: Int, _ iteration: Int) {
      guard var last = coarse[[block, iteration]] else { return }
      for step in 1..<max(1, bounds[block + 1] - bounds[block]) {
        last = add(.fine(block: block, iteration: iteration, step: step), needing: [last])
      }
      fine[[block, iteration]] = last
    }
  }
}
