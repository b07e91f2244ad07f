/// A connection between workers, for simulations.
package struct Link: Sendable, Equatable {
  /// Bytes that a worker can send in a second.
  package var bytesPerSecond: Double
  /// Seconds from the end of sending to arrival.
  package var latency: Double

  /// Makes a link.
  package init(bytesPerSecond: Double, latency: Double) {
    self.bytesPerSecond = bytesPerSecond
    self.latency = latency
  }

  /// Messages take no time.
  package static let ideal = Link(bytesPerSecond: .infinity, latency: 0)
}

/// What recorded workers would have taken on a machine, or on machines, with a core for each.
///
/// Every worker's log is replayed in order: computing takes time, sending goes on beside it, one
/// message after the other, and receiving waits for the message to arrive.
package struct Timeline: Sendable {
  /// When the last worker is done.
  package let makespan: Double
  /// Time each worker computes.
  package let busy: [Double]

  private struct Address: Hashable {
    var sender: Int
    var receiver: Int
    var tag: MessageTag
  }

  /// Replays logs.
  ///
  /// - Parameter cost: time that a computation takes, from the event's seconds and multiply-adds.
  /// - Precondition: every message that is received is sent in one of the logs.
  /// - Complexity: O(events * workers).
  package init(
    _ logs: [[ExchangePort.Event]], link: Link, cost: (_ seconds: Double, _ macs: Int) -> Double
  ) {
    var clocks = logs.map { _ in 0.0 }
    var busy = clocks
    var links = clocks
    var positions = logs.map { _ in 0 }
    var arrivals: [Address: Double] = [:]
    var advances = true
    while advances {
      advances = false
      for worker in logs.indices {
        events: while positions[worker] < logs[worker].count {
          switch logs[worker][positions[worker]] {
          case .compute(let seconds, let macs):
            let time = cost(seconds, macs)
            clocks[worker] += time
            busy[worker] += time
          case .send(let receiver, let tag, let bytes):
            links[worker] =
              max(links[worker], clocks[worker]) + Double(bytes) / link.bytesPerSecond
            arrivals[Address(sender: worker, receiver: receiver, tag: tag)] =
              links[worker] + (receiver == worker ? 0 : link.latency)
          case .receive(let sender, let tag):
            let address = Address(sender: sender, receiver: worker, tag: tag)
            guard let arrival = arrivals.removeValue(forKey: address) else { break events }
            clocks[worker] = max(clocks[worker], arrival)
          }
          positions[worker] += 1
          advances = true
        }
      }
    }
    makespan = clocks.max() ?? 0
    self.busy = busy
  }
}
