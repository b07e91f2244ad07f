import Foundation
package import Tensors

/// Names one message between two workers: when, what for, and which layer it belongs to.
package struct MessageTag: Hashable, Sendable {
  /// What a message carries.
  package enum Kind: String, Sendable, CaseIterable, Codable {
    /// Rows of pixels beside a strip.
    case halo
    /// Numbers for a normalisation.
    case statistics
    /// Keys and values of attention.
    case keysAndValues
    /// Whole activations between parts of a network.
    case activations
  }

  /// Step, or round of steps, that the message was made in.
  package var step: Int
  /// What it carries.
  package var kind: Kind
  /// Id of the layer, or index of the call, that it is for.
  package var layer: Int

  /// Makes a tag.
  package init(step: Int, kind: Kind, layer: Int) {
    self.step = step
    self.kind = kind
    self.layer = layer
  }
}

/// Carries messages between the workers of one regeneration.
///
/// This is all that workers have in common: a scheme never sees that memory is shared. Threads are
/// one conformer; a message-passing library between machines could be another, with a tag's numbers
/// as its message tag. A message is sent once and received once, and is not changed after sending.
package protocol Exchange: Sendable {
  /// Hands a message over and returns at once.
  func send(_ message: Buffer, from sender: Int, to receiver: Int, tag: MessageTag)
  /// The message with this tag, waiting for it.
  ///
  /// - Throws: `ExchangeClosed` once any worker has failed.
  func receive(from sender: Int, to receiver: Int, tag: MessageTag) throws -> Buffer
  /// Makes every worker that waits, now or later, stop.
  func close()
}

/// Thrown to workers that wait for a message of one that has failed; the cause is with that one.
package struct ExchangeClosed: Error {
  /// Makes the error.
  package init() {}
}

/// Messages between threads: a mailbox for every receiver.
///
/// Threads share memory, so a message is handed over without copying it again.
package final class ThreadExchange: Exchange, @unchecked Sendable {
  private struct Address: Hashable {
    var sender: Int
    var tag: MessageTag
  }

  private final class Mailbox {
    let condition = NSCondition()
    // Guarded by `condition`.
    var messages: [Address: Buffer] = [:]
    var isClosed = false
  }

  private let boxes: [Mailbox]

  /// Makes mailboxes for `workers` workers.
  package init(workers: Int) { boxes = (0..<workers).map { _ in Mailbox() } }

  package func send(_ message: Buffer, from sender: Int, to receiver: Int, tag: MessageTag) {
    let box = boxes[receiver]
    box.condition.withLock {
      box.messages[Address(sender: sender, tag: tag)] = message
      box.condition.signal()
    }
  }

  package func receive(from sender: Int, to receiver: Int, tag: MessageTag) throws -> Buffer {
    let box = boxes[receiver]
    let address = Address(sender: sender, tag: tag)
    return try box.condition.withLock {
      while true {
        if box.isClosed { throw ExchangeClosed() }
        if let message = box.messages.removeValue(forKey: address) { return message }
        box.condition.wait()
      }
    }
  }

  package func close() {
    for box in boxes {
      box.condition.withLock {
        box.isClosed = true
        box.condition.broadcast()
      }
    }
  }
}

/// One worker's end of an exchange: sends and receives, and keeps account of both.
///
/// Used by one thread at a time.
package final class ExchangePort {
  /// Number of the worker.
  package let worker: Int
  private let exchange: any Exchange
  /// Bytes received so far, by what they carry.
  package private(set) var received: [MessageTag.Kind: Int] = [:]
  /// What the worker did, in order; empty unless recorded.
  package private(set) var log: [Event] = []
  private let isRecording: Bool

  /// Something a worker did.
  package enum Event: Sendable, Equatable {
    /// Computed for this long, this many multiply-adds.
    case compute(seconds: Double, macs: Int)
    /// Sent a message of so many bytes.
    case send(to: Int, tag: MessageTag, bytes: Int)
    /// Received a message.
    case receive(from: Int, tag: MessageTag)
  }

  /// Makes the end of `worker`; with `recording`, everything it does is logged.
  package init(_ worker: Int, _ exchange: any Exchange, recording: Bool = false) {
    self.worker = worker
    self.exchange = exchange
    isRecording = recording
  }

  /// Sends a message.
  package func send(_ message: Buffer, to receiver: Int, tag: MessageTag) {
    if isRecording { log.append(.send(to: receiver, tag: tag, bytes: message.byteCount)) }
    exchange.send(message, from: worker, to: receiver, tag: tag)
  }

  /// Receives a message, waiting for it.
  package func receive(from sender: Int, tag: MessageTag) throws -> Buffer {
    if isRecording { log.append(.receive(from: sender, tag: tag)) }
    let message = try exchange.receive(from: sender, to: worker, tag: tag)
    if sender != worker { received[tag.kind, default: 0] += message.byteCount }
    return message
  }

  /// Runs a computation of `macs` multiply-adds, timing it where events are logged.
  package func compute<Result>(macs: Int = 0, _ body: () throws -> Result) rethrows -> Result {
    guard isRecording else { return try body() }
    let start = ContinuousClock.now
    defer {
      let passed = (ContinuousClock.now - start).components
      let seconds = Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
      log.append(.compute(seconds: seconds, macs: macs))
    }
    return try body()
  }
}
