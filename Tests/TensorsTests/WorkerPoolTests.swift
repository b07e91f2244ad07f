import Dispatch
import Synchronization
import Tensors
import Testing

@Suite struct WorkerPoolTests {
  /// Counts how often each task ran, from any thread.
  final class Tally: Sendable {
    private let counts: Mutex<[Int]>
    init(_ tasks: Int) { counts = Mutex([Int](repeating: 0, count: tasks)) }
    func add(_ task: Int) { counts.withLock { $0[task] += 1 } }
    var all: [Int] { counts.withLock { $0 } }
  }

  @Test(arguments: [0, 1, 2, 3, 8])
  func runsEveryTaskOnce(count: Int) {
    let pool = WorkerPool(count: count)
    #expect(pool.count == max(1, count))
    for tasks in [0, 1, 2, 7, 1000] {
      let tally = Tally(tasks)
      pool.run(tasks) { task, worker in
        precondition((0..<pool.count).contains(worker))
        tally.add(task)
      }
      #expect(tally.all == [Int](repeating: 1, count: tasks))
    }
  }

  @Test(arguments: [nil, 1, 2, 3, 8])
  func spreadsWhatThereIsOnce(count: Int?) {
    let pool = count.map { WorkerPool(count: $0) }
    for (total, grain) in [(0, 1), (1, 1), (7, 3), (100, 1), (100, 0), (100, 33), (1000, 2000)] {
      let tally = Tally(total)
      pool.spread(total, grain: grain) { part in
        precondition(part.count >= min(grain, total), "parts are worth a task")
        for index in part { tally.add(index) }
      }
      #expect(tally.all == [Int](repeating: 1, count: total), "\(total) by \(grain)")
    }
  }

  @Test(arguments: [nil, 1, 2, 5])
  func makesArraysOfLines(count: Int?) {
    let pool = count.map { WorkerPool(count: $0) }
    for (lines, length) in [(0, 5), (5, 0), (1, 1), (3, 50_000), (70_000, 2), (300, 300)] {
      let made = [Int32](lines: lines, of: length, on: pool) { part, elements in
        for index in part.lowerBound * length..<part.upperBound * length {
          elements[index] = Int32(index)
        }
      }
      #expect(made == (0..<lines * length).map { Int32($0) })
    }
  }

  @Test func workersDoNotOverlapThemselves() {
    let pool = WorkerPool(count: 4)
    let busy = Mutex([Bool](repeating: false, count: 4))
    let overlaps = Atomic<Int>(0)
    pool.run(2000) { _, worker in
      let taken = busy.withLock { busy in
        defer { busy[worker] = true }
        return busy[worker]
      }
      if taken { overlaps.add(1, ordering: .relaxed) }
      busy.withLock { $0[worker] = false }
    }
    let count = overlaps.load(ordering: .relaxed)
    #expect(count == 0)
  }

  @Test func aSingleTaskMayRunInsideAnother() {
    // One task needs no helper, so a body may call the pool for it.
    let pool = WorkerPool(count: 3)
    let tally = Tally(50)
    pool.run(50) { task, _ in
      pool.run(1) { _, _ in tally.add(task) }
    }
    #expect(tally.all == [Int](repeating: 1, count: 50))
  }

  @Test func twoThreadsTakeTurns() {
    let pool = WorkerPool(count: 3)
    let total = Atomic<Int>(0)
    let overlap = Atomic<Bool>(false)
    let running = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 2) { caller in
      for run in 0..<300 {
        let tasks = 2 + (run * 7 + caller) % 13
        pool.run(tasks) { task, _ in
          // Running tasks are counted apart for each caller; a mixture would show both at once.
          let unit = caller == 0 ? 1 : 1000
          let now = running.add(unit, ordering: .acquiringAndReleasing).newValue
          if caller == 0 ? now >= 1000 : now % 1000 != 0 {
            overlap.store(true, ordering: .relaxed)
          }
          total.add(task, ordering: .relaxed)
          running.subtract(unit, ordering: .acquiringAndReleasing)
        }
      }
    }
    let expected = (0..<2).reduce(0) { sum, caller in
      (0..<300).reduce(sum) { sum, run in
        let tasks = 2 + (run * 7 + caller) % 13
        return sum + tasks * (tasks - 1) / 2
      }
    }
    let (sum, mixed) = (total.load(ordering: .relaxed), overlap.load(ordering: .relaxed))
    #expect(sum == expected)
    #expect(!mixed)
  }

  @Test func manyPoolsComeAndGo() {
    let total = Atomic<Int>(0)
    for count in 1...40 {
      let pool = WorkerPool(count: count % 4 + 1)
      pool.run(20) { _, _ in total.add(1, ordering: .relaxed) }
    }
    let sum = total.load(ordering: .relaxed)
    #expect(sum == 800)
  }
}
