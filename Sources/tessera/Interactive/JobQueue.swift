import Foundation
import Glibc
package import Networks
package import Tensors

/// One thread that runs jobs in order, and a background task while there are none.
package final class JobQueue: @unchecked Sendable {
  /// Work with the flag that is raised where it is no longer wanted.
  package typealias Job = @Sendable (Cancellation) -> Void

  /// How far jobs stand back, 0...19.
  private static let niceness: Int32 = 5

  private let condition = NSCondition()
  // Guarded by `condition`.
  private var jobs: [(job: Job, cancellation: Cancellation)] = []
  private var running: Cancellation?
  private var idle: (@Sendable (Cancellation) -> Bool)?
  private var idling: Cancellation?
  private var isIdleDone = false
  private var isStopped = false

  /// Starts the thread.
  ///
  /// - Throws: `ThreadError` where none can be started.
  package init() throws(ThreadError) {
    let isStarted = SystemThread.start("engine") { [weak self] in
      // Keys come before results: this thread, and the workers that it starts, yield to the one that
      // draws. On Linux the value is a thread's own, and is handed on to those it starts.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
      while let work = self?.next() { work() }
    }
    // The caller is one of them.
    guard isStarted else { throw ThreadError(wished: 2, possible: 1) }
  }

  /// Appends a job; the background task gets another chance after it.
  package func add(_ job: @escaping Job) {
    condition.withLock {
      jobs.append((job, Cancellation()))
      isIdleDone = false
      condition.signal()
    }
  }

  /// Sets what runs while no job waits, again and again until it returns false.
  package func setIdle(_ task: @escaping @Sendable (Cancellation) -> Bool) {
    condition.withLock {
      idle = task
      isIdleDone = false
    }
  }

  /// Cancels the running job and those that wait; they still run, with their flag raised.
  ///
  /// - Parameter withIdle: whether a round of the background task that jobs wait for ends early too,
  ///   and where no job is there the background task until the next one.
  package func cancel(withIdle: Bool) {
    condition.withLock {
      running?.cancel()
      for job in jobs { job.cancellation.cancel() }
      guard withIdle, running == nil else { return }
      idling?.cancel()
      if jobs.isEmpty { isIdleDone = true }
    }
  }

  /// Stops the background task's present round.
  package func interruptIdle() { condition.withLock { idling?.cancel() } }

  /// Cancels everything and ends the thread.
  package func stop() {
    condition.withLock {
      isStopped = true
      running?.cancel()
      idling?.cancel()
      jobs.removeAll()
      condition.signal()
    }
  }

  /// The next piece of work, waiting for it; nil once stopped.
  private func next() -> (() -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped {
      if !jobs.isEmpty {
        let (job, cancellation) = jobs.removeFirst()
        running = cancellation
        return { [self] in
          job(cancellation)
          condition.withLock { running = nil }
        }
      }
      if let idle, !isIdleDone {
        let cancellation = Cancellation()
        idling = cancellation
        return { [self] in
          let more = idle(cancellation)
          condition.withLock {
            idling = nil
            if !more { isIdleDone = true }
          }
        }
      }
      condition.wait()
    }
    return nil
  }
}
