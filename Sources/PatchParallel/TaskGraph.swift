import Foundation
import Networks
import Synchronization
package import Tensors

/// Tasks that wait for the results of earlier ones.
package struct TaskGraph: Sendable {
  /// For each task the tasks whose results it needs, all of smaller number. Where several tasks are
  /// ready, the one of smallest number goes first.
  package private(set) var inputs: [[Int]] = []
  /// For each task its cost in evaluations of the network.
  package private(set) var costs: [Double] = []

  /// Makes a graph without tasks.
  package init() {}

  /// Appends a task and returns its number.
  ///
  /// - Precondition: `inputs` are tasks of the graph.
  package mutating func append(needing inputs: [Int], cost: Double = 1) -> Int {
    precondition(inputs.allSatisfy { (0..<costs.count).contains($0) })
    self.inputs.append(inputs)
    costs.append(cost)
    return costs.count - 1
  }

  /// The tasks that `task` needs, itself included.
  package func needed(for task: Int) -> [Int] {
    var isNeeded = [Bool](repeating: false, count: costs.count)
    isNeeded[task] = true
    for index in stride(from: task, through: 0, by: -1) where isNeeded[index] {
      for input in inputs[index] { isNeeded[input] = true }
    }
    return isNeeded.indices.filter { isNeeded[$0] }
  }

  /// Cost of the longest chain of tasks that ends with `task`.
  package func criticalPath(to task: Int) -> Double {
    var ends: [Double] = []
    for index in 0...task {
      ends.append((inputs[index].map { ends[$0] }.max() ?? 0) + costs[index])
    }
    return ends[task]
  }

  /// When `task` is done on `workers` workers that take the first ready task whenever they are free.
  ///
  /// - Parameter seconds: duration of one evaluation.
  /// - Complexity: O(tasks^2).
  package func makespan(to task: Int, workers: Int, seconds: Double = 1) -> Double {
    var waiting = needed(for: task)
    var ends = [Double](repeating: .infinity, count: costs.count)
    var free = [Double](repeating: 0, count: workers)
    while !waiting.isEmpty {
      let starts = waiting.map { index in inputs[index].map { ends[$0] }.max() ?? 0 }
      let (worker, now) = free.enumerated().min { $0.element < $1.element } ?? (0, 0)
      let time = max(now, starts.min() ?? now)
      guard let at = starts.firstIndex(where: { $0 <= time }) else { break }
      let index = waiting.remove(at: at)
      ends[index] = time + costs[index] * seconds
      free[worker] = ends[index]
    }
    return ends[task]
  }

  /// Runs a task, and all that it needs, on the threads of a pool.
  ///
  /// - Parameter body: computes a task as one of `0..<workers.count`; returns false where nothing more
  ///   is needed. Called by several threads at a time, never twice for one task.
  /// - Throws: the first error of `body`.
  package func run(
    to task: Int, on workers: WorkerPool, _ body: (_ task: Int, _ worker: Int) throws -> Bool
  ) throws {
    let progress = Progress(self, needed(for: task))
    workers.run(workers.count) { worker, _ in
      while let task = progress.next() {
        do {
          progress.finish(task, goesOn: try body(task, worker))
        } catch { progress.fail(error) }
      }
    }
    if let error = progress.error { throw error }
  }

  /// Runs tasks until one of them brings the result that is wanted.
  ///
  /// - Parameters:
  ///   - last: the task at which the result is there at the latest.
  ///   - enough: raised once the result is there, so that evaluations beyond it end early.
  ///   - progress: told the steps done, never fewer than before.
  ///   - result: what is wanted, or nil as long as it is not there.
  ///   - perform: computes a task with a worker of its own; returns the steps done, where it knows.
  /// - Throws: the first error of `perform`; `CancellationError` where no task brought the result.
  func firstResult<Result>(
    upTo last: Int, on workers: WorkerPool, enough: Cancellation,
    progress: (_ steps: Int, _ calls: Int) -> Void, result: () -> Result?,
    perform: (_ task: Int, _ worker: WorkerPool) throws -> Int?
  ) throws -> Result {
    let shown = Mutex(0)
    let pools = (0..<workers.count).map { _ in WorkerPool(count: 1) }
    do {
      try run(to: last, on: workers) { task, worker in
        let steps = try perform(task, pools[worker])
        shown.withLock {
          guard let steps, steps > $0 else { return }
          $0 = steps
          progress(steps, 0)
        }
        let isThere = result() != nil
        if isThere { enough.cancel() }
        return !isThere
      }
    } catch {
      // Evaluations that are ended because the result is there do not fail the run.
      if result() == nil { throw error }
    }
    guard let result = result() else { throw CancellationError() }
    return result
  }

  /// What is done of a graph, for the threads that run it.
  private final class Progress: @unchecked Sendable {
    private let condition = NSCondition()
    private let readers: [[Int]]
    // Guarded by `condition`.
    private var missing: [Int]
    private var ready: [Int]
    private var unfinished: Int
    private var isOver = false
    private var failure: (any Error)?

    init(_ graph: TaskGraph, _ tasks: [Int]) {
      var readers = graph.inputs.map { _ in [Int]() }
      for task in tasks {
        for input in graph.inputs[task] { readers[input].append(task) }
      }
      self.readers = readers
      missing = graph.inputs.map(\.count)
      ready = tasks.filter { graph.inputs[$0].isEmpty }
      unfinished = tasks.count
    }

    var error: (any Error)? { condition.withLock { failure } }

    /// The first ready task, waiting for one; nil when all is done.
    func next() -> Int? {
      condition.withLock {
        while !isOver && unfinished > 0 {
          if let first = ready.min(), let at = ready.firstIndex(of: first) {
            return ready.remove(at: at)
          }
          condition.wait()
        }
        return nil
      }
    }

    func finish(_ task: Int, goesOn: Bool) {
      condition.withLock {
        unfinished -= 1
        if !goesOn { isOver = true }
        for reader in readers[task] {
          missing[reader] -= 1
          if missing[reader] == 0 { ready.append(reader) }
        }
        condition.broadcast()
      }
    }

    func fail(_ error: any Error) {
      condition.withLock {
        // Those that are stopped because all is done do not fail.
        if !isOver { failure = error }
        isOver = true
        condition.broadcast()
      }
    }
  }
}
