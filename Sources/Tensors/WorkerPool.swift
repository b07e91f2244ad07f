import CKernels
import Foundation
import Synchronization

/// A fixed number of threads that run the same loop body over task numbers.
///
/// Tasks are handed out dynamically, so which worker runs a task is not determined; bodies must
/// write to places that depend on the task only. The caller is worker 0. One `run` is in progress
/// at a time; further callers wait. Waiting workers spin for some microseconds, then sleep.
package final class WorkerPool: Sendable {
  /// Threads that compute, the caller included.
  package let count: Int
  private let shared: Shared
  private let entrance = NSLock()

  /// Makes a pool of `count` workers, at least one; of fewer where no more threads can be started.
  package init(count: Int) {
    shared = Shared()
    var running = 1
    while running < count, shared.start(running) { running += 1 }
    self.count = running
  }

  /// A pool of exactly so many workers, at least one.
  ///
  /// - Throws: `ThreadError` where not so many threads can be started.
  package static func exactly(_ count: Int) throws(ThreadError) -> WorkerPool {
    let pool = WorkerPool(count: count)
    guard pool.count >= count else { throw ThreadError(wished: count, possible: pool.count) }
    return pool
  }

  deinit { shared.stop() }

  /// As many workers as the machine has cores.
  package static var machineCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Calls `body(task, worker)` for every task in `0..<tasks` and returns when all are done.
  ///
  /// `worker` is in `0..<count` and no two calls of one run with the same worker overlap.
  /// - Precondition: `body` runs at most single tasks on the same pool; more would wait for itself.
  package func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    guard tasks > 1, count > 1 else {
      for task in 0..<max(0, tasks) { body(task, 0) }
      return
    }
    entrance.withLock {
      withoutActuallyEscaping(body) { shared.run(tasks, helpers: count - 1, $0) }
    }
  }
}

extension WorkerPool? {
  /// Calls `body` with parts of `0..<count` that together are all of it, side by side where there are
  /// workers, and returns when all are done.
  ///
  /// - Parameter grain: how many are worth a task; parts are as small only where workers are many.
  /// - Precondition: as of `run`.
  package func spread(_ count: Int, grain: Int, _ body: (_ part: Range<Int>) -> Void) {
    // Two a worker, so that none waits long for one that was held up.
    let parts = Swift.min(count / Swift.max(grain, 1), 2 * (self?.count ?? 1))
    guard let self, self.count > 1, parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    self.run(parts) { part, _ in body(part * count / parts..<(part + 1) * count / parts) }
  }
}

extension Array where Element: BitwiseCopyable {
  /// An array of `lines` lines of `length` elements, made in parts side by side.
  ///
  /// - Parameters:
  ///   - grain: lines that are worth a task; as many as 16384 elements where nil.
  ///   - fill: sets the elements of some lines and no others, none of which holds anything yet.
  package init(
    lines: Int, of length: Int, grain: Int? = nil, on workers: WorkerPool?,
    _ fill: (_ lines: Range<Int>, _ elements: UnsafeMutablePointer<Element>) -> Void
  ) {
    self.init(unsafeUninitializedCapacity: lines * length) { elements, count in
      if let base = elements.baseAddress {
        workers.spread(lines, grain: grain ?? (1 << 14) / Swift.max(length, 1)) { fill($0, base) }
      }
      count = lines * length
    }
  }
}

/// What the threads of one pool have in common.
private final class Shared: @unchecked Sendable {
  private let generation = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let sleepers = NSCondition()
  // Written before `generation` is raised and read after it is seen raised.
  private var tasks = 0
  private var body: ((Int, Int) -> Void)?

  func run(_ tasks: Int, helpers: Int, _ body: @escaping (Int, Int) -> Void) {
    self.tasks = tasks
    self.body = body
    next.store(0, ordering: .relaxed)
    busy.store(helpers, ordering: .relaxed)
    sleepers.lock()
    generation.add(1, ordering: .releasing)
    sleepers.broadcast()
    sleepers.unlock()
    work(0)
    var spins = 0
    while busy.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < 4000 { ck_pause() } else { sched_yield() }
    }
    self.body = nil
  }

  private func work(_ worker: Int) {
    guard let body else { return }
    while true {
      let task = next.add(1, ordering: .relaxed).oldValue
      if task >= tasks { return }
      body(task, worker)
    }
  }

  /// Starts the thread of a worker; false where none can be.
  func start(_ worker: Int) -> Bool {
    SystemThread.start("worker \(worker)") { [self] in serve(worker) }
  }

  private func serve(_ worker: Int) {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen, spins < 4000 {
        spins += 1
        ck_pause()
      }
      sleepers.lock()
      while generation.load(ordering: .acquiring) == seen { sleepers.wait() }
      sleepers.unlock()
      seen = generation.load(ordering: .acquiring)
      if stopped.load(ordering: .acquiring) { return }
      work(worker)
      busy.subtract(1, ordering: .releasing)
    }
  }

  func stop() {
    stopped.store(true, ordering: .releasing)
    sleepers.lock()
    generation.add(1, ordering: .releasing)
    sleepers.broadcast()
    sleepers.unlock()
  }
}
