import Glibc
import Synchronization
import Terminal
import Testing

/// A pseudo terminal: the program under test gets the far end, the test reads and types at the near one.
final class Pty: Sendable {
  let near: Int32
  let far: Int32
  let path: String
  private let received = Mutex<[UInt8]>([])
  private let isDone = Atomic<Bool>(false)

  /// - Parameters:
  ///   - cell: pixels in a cell, which the tty then tells; 0 where it does not know.
  ///   - reads: whether what the program writes is read from the start.
  init?(columns: Int, rows: Int, cell: (width: Int, height: Int) = (0, 0), reads: Bool = true) {
    near = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // Unlock the far end and ask for its number; glibc's names for this are not visible to Swift.
    let (unlock, numberOf): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    var zero: Int32 = 0
    var number: UInt32 = 0
    guard near >= 0, ioctl(near, unlock, &zero) == 0, ioctl(near, numberOf, &number) == 0 else {
      return nil
    }
    path = "/dev/pts/\(number)"
    far = open(path, O_RDWR | O_NOCTTY)
    guard far >= 0 else { return nil }
    resize(columns: columns, rows: rows, cell: cell)
    _ = fcntl(near, F_SETFL, O_NONBLOCK)
    if reads { startReader() }
  }

  deinit {
    close(near)
    close(far)
  }

  /// Reads all the time, so that a full pipe never stops the program under test.
  func startReader() {
    let reader = Unmanaged.passRetained(self)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Pty>.fromOpaque(argument).takeRetainedValue().readUntilDone()
        return nil
      }, reader.toOpaque())
    pthread_detach(thread)
  }

  private func readUntilDone() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isDone.load(ordering: .relaxed) {
      var check = pollfd(fd: near, events: Int16(POLLIN), revents: 0)
      guard poll(&check, 1, 20) > 0 else { continue }
      let count = read(near, &buffer, buffer.count)
      if count > 0 { received.withLock { $0 += buffer[..<count] } } else { usleep(2000) }
    }
  }

  /// Stops the reader thread after everything has arrived.
  func finish() {
    usleep(60_000)
    isDone.store(true, ordering: .relaxed)
  }

  /// The line is cut: the program under test reads its end.
  func hangUp() {
    finish()
    // The number stays taken, so that closing it again does no harm.
    let nowhere = open("/dev/null", O_RDWR)
    dup2(nowhere, near)
    close(nowhere)
  }

  /// Bytes written so far.
  var byteCount: Int { received.withLock { $0.count } }

  /// Everything the program has written so far.
  var output: String { String(decoding: received.withLock { $0 }, as: UTF8.self) }

  /// Waits until the output holds a text, at most ten seconds.
  func wait(for text: String) -> Bool {
    for _ in 0..<1000 {
      if output.contains(text) { return true }
      usleep(10_000)
    }
    return false
  }

  /// Types bytes as fast as they are read; false when nobody reads for ten seconds.
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(near, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      var check = pollfd(fd: near, events: Int16(POLLOUT), revents: 0)
      if poll(&check, 1, 10_000) <= 0 { return false }
    }
    return true
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(near, bytes, bytes.count)
  }

  func resize(columns: Int, rows: Int, cell: (width: Int, height: Int) = (0, 0)) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: UInt16(columns * cell.width),
      ws_ypixel: UInt16(rows * cell.height))
    _ = ioctl(far, UInt(TIOCSWINSZ), &size)
  }

  /// The far end's modes, as numbers that can be compared.
  var modes: [UInt32] {
    var modes = termios()
    tcgetattr(far, &modes)
    let characters = withUnsafeBytes(of: modes.c_cc) { $0.map(UInt32.init) }
    return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag] + characters
  }
}

extension Pty {
  /// What the environment says of a terminal with 256 colours.
  static let environment = ["TERM": "xterm-256color", "LANG": "C.UTF-8"]
  /// The same of one that shows all colours.
  static let trueColor = environment.merging(["COLORTERM": "truecolor"]) { $1 }

  /// The terminal at `path`, claimed, as a process finds it that was given no descriptors of it.
  static func claim(_ path: String, _ queue: EventQueue) throws -> CursesTerminal {
    let descriptor = open(path, O_RDWR | O_NOCTTY)
    let terminal = CursesTerminal(
      input: descriptor, output: descriptor, queue: queue, environment: trueColor)
    try terminal.claim()
    return terminal
  }

  /// A terminal at the far end, not claimed yet, and the queue it takes events from beside its input.
  func terminal(
    _ environment: [String: String] = Pty.environment
  ) throws -> (CursesTerminal, EventQueue) {
    let queue = try #require(EventQueue())
    let terminal = CursesTerminal(input: far, output: far, queue: queue, environment: environment)
    return (terminal, queue)
  }
}
