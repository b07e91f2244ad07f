import Foundation
import Networks
import Synchronization
import Testing
import tessera

/// Jobs, and the task of idle time between them.
@Suite struct JobQueueTests {
  /// Work that ends when its flag is raised, or after ten seconds.
  private static func wait(for cancellation: Cancellation) {
    let end = Date.now + 10
    while !cancellation.isCancelled, Date.now < end { Thread.sleep(forTimeInterval: 0.002) }
  }

  private final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func wait(for line: String) -> Bool {
      let end = Date.now + 5
      while Date.now < end {
        if lines.withLock({ $0.contains(line) }) { return true }
        Thread.sleep(forTimeInterval: 0.002)
      }
      return false
    }
    func count(_ line: String) -> Int { lines.withLock { $0.count { $0 == line } } }
  }

  @Test func aJobThatWaitsForIdleWorkIsCancelledAtOnce() throws {
    let (queue, notes) = (try JobQueue(), Notes())
    queue.setIdle { cancellation in
      notes.add("idle")
      Self.wait(for: cancellation)
      return true
    }
    queue.add { _ in }
    #expect(notes.wait(for: "idle"))
    queue.add { notes.add($0.isCancelled ? "cancelled" : "done") }
    queue.cancel(withIdle: false)
    Thread.sleep(forTimeInterval: 0.05)
    #expect(notes.count("cancelled") == 0)
    queue.cancel(withIdle: true)
    #expect(notes.wait(for: "cancelled"))
    queue.stop()
  }

  @Test func idleWorkThatIsCalledOffStaysSoUntilTheNextJob() throws {
    let (queue, notes) = (try JobQueue(), Notes())
    queue.setIdle { cancellation in
      notes.add("idle")
      Self.wait(for: cancellation)
      notes.add("stopped")
      return true
    }
    queue.add { _ in }
    #expect(notes.wait(for: "idle"))
    queue.cancel(withIdle: true)
    #expect(notes.wait(for: "stopped"))
    Thread.sleep(forTimeInterval: 0.05)
    #expect(notes.count("idle") == 1)
    queue.add { notes.add($0.isCancelled ? "cancelled" : "done") }
    #expect(notes.wait(for: "done"))
    let end = Date.now + 5
    while notes.count("idle") < 2, Date.now < end { Thread.sleep(forTimeInterval: 0.002) }
    #expect(notes.count("idle") == 2)
    queue.stop()
  }
}
