/// Bytes on their way to a terminal, released no faster than a limit allows.
///
/// A bucket of tokens: it holds what may be sent in a tenth of a second and fills as time passes, so
/// that no second ever carries more than 1.1 times the limit.
package struct OutputLine: Sendable {
  /// Bytes a second; nil is without limit.
  package var limit: Int? {
    didSet { tokens = min(tokens, capacity) }
  }
  private var bytes: [UInt8] = []
  private var sent = 0
  private var tokens = 0.0
  private var filledAt = 0

  /// An empty line.
  package init(limit: Int? = nil) {
    self.limit = limit
    tokens = capacity
  }

  private var capacity: Double { Double(limit ?? 0) / 10 }

  /// Whether everything has been sent.
  package var isEmpty: Bool { sent == bytes.count }
  /// Bytes that wait.
  package var count: Int { bytes.count - sent }

  /// Adds bytes behind those that wait.
  package mutating func append(_ more: some Sequence<UInt8>) {
    if isEmpty { clear() }
    bytes += more
  }

  /// Drops what waits.
  package mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    sent = 0
  }

  /// How many bytes may be sent at `now`, in milliseconds.
  package mutating func allowance(at now: Int) -> Int {
    guard let limit else { return count }
    tokens = min(capacity, tokens + Double(limit) * Double(max(0, now - filledAt)) / 1000)
    filledAt = max(filledAt, now)
    return min(count, Int(exactly: tokens.rounded(.towardZero)) ?? 0)
  }

  /// Milliseconds until a useful part may be sent; 0 when it may be now, nil when nothing waits.
  package mutating func wait(at now: Int) -> Int? {
    guard !isEmpty else { return nil }
    guard let limit else { return 0 }
    let wanted = min(Double(count), capacity / 2)
    _ = allowance(at: now)
    guard tokens < wanted else { return 0 }
    let missing = (wanted - tokens) * 1000 / Double(max(1, limit))
    return (Int(exactly: missing.rounded(.towardZero)) ?? 1000) + 1
  }

  /// Hands what may be sent at `now` to `send`, which returns how much of it went.
  package mutating func release(at now: Int, _ send: (UnsafeBufferPointer<UInt8>) -> Int) {
    let allowed = allowance(at: now)
    guard allowed > 0 else { return }
    let gone = bytes.withUnsafeBufferPointer {
      send(UnsafeBufferPointer(rebasing: $0[sent..<sent + allowed]))
    }
    sent += max(0, min(allowed, gone))
    if limit != nil { tokens -= Double(gone) }
    if isEmpty { clear() }
  }
}
