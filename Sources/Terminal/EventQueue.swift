package import Editor
import Glibc
import Synchronization

/// Events from any thread for the one that owns the terminal, with a descriptor to poll.
package final class EventQueue: Sendable {
  private let waiting = Mutex<[Event]>([])
  /// Readable while something waits.
  let readEnd: Int32
  /// Signal handlers write here too.
  let writeEnd: Int32

  /// Opens the pipe; nil when the process has no descriptors left.
  package init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Adds an event and wakes the reader. From any thread; never waits.
  package func post(_ event: Event) {
    waiting.withLock { $0.append(event) }
    var byte: UInt8 = UInt8(ascii: "E")
    // A full pipe already wakes the reader.
    _ = write(writeEnd, &byte, 1)
  }

  /// Takes everything that waits.
  func drain() -> [Event] {
    waiting.withLock { events in
      defer { events.removeAll() }
      return events
    }
  }

  /// Reads the pipe empty and returns the letters in it: `E` a post, `W` a resize, `C` a resumption,
  /// `N` a stop that did not happen.
  func wakeUps() -> Set<UInt8> {
    var letters: Set<UInt8> = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(readEnd, &buffer, buffer.count)
      guard count > 0 else { return letters }
      letters.formUnion(buffer[..<count])
    }
  }
}
