import Synchronization

/// The workers of one run as far as failing goes: the first to fail stops all and names the cause.
final class Team: Sendable {
  private let exchange: any Exchange
  private let cause = Mutex<(any Error)?>(nil)

  init(_ exchange: any Exchange) { self.exchange = exchange }

  /// Runs one worker's part; where it throws, no other waits for it any longer.
  func work(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      // Those who stop because another failed are not the cause.
      cause.withLock { if $0 == nil && !(error is ExchangeClosed) { $0 = error } }
      exchange.close()
    }
  }

  /// - Throws: what made the first worker fail.
  func check() throws {
    if let error = cause.withLock({ $0 }) { throw error }
  }
}
