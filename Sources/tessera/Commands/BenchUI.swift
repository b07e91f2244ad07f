import ArgumentParser
import Diffusion
import Foundation
import Glibc

/// `tessera bench ui`: how soon the painting program answers a key while its workers compute.
struct BenchUI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui", abstract: "Time the painting program's answers to keys, through a pty.",
    discussion: """
      Opens a picture in a pseudo terminal, starts a dense run of many steps, and moves the cursor: from \
      writing a key to the first byte that comes back. Then runs are started and cancelled at uneven \
      times: from Esc until the screen says so.
      """)

  @Argument(help: "Picture to open; the bundled one when none is named.") var file: String?
  @Option(help: "Keys to time.") var keys = 200
  @Option(help: "Runs to cancel.") var cancels = 20
  @Option(help: "Columns of the terminal.") var columns = 160
  @Option(help: "Rows of the terminal.") var rows = 48
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if !(1...10_000).contains(keys) { throw ValidationError("--keys takes 1 to 10000") }
    if !(1...10_000).contains(cancels) { throw ValidationError("--cancels takes 1 to 10000") }
    if !(32...1000).contains(columns) { throw ValidationError("--columns takes 32 to 1000") }
    if !(8...500).contains(rows) { throw ValidationError("--rows takes 8 to 500") }
  }

  func run() throws {
    let path = try file ?? ModelLoading.bundledPicture()
    guard let pty = HostedProgram([path], columns: columns, rows: rows) else {
      throw CommandError(.io, "no pseudo terminal could be opened; mount /dev/pts")
    }
    defer { pty.end() }
    // A key takes the greeting away, behind which the activity line says how far the program is.
    guard pty.wait(for: "\u{1B}[", seconds: 60), pty.type("H"),
      pty.wait(for: "ready:", seconds: 120)
    else {
      throw CommandError(.io, "the painting program did not start; try `tessera \(path)`")
    }
    let idle = measure(pty)
    pty.type(".:steps 1000\rG")
    guard pty.wait(for: "/1000", seconds: 60) else {
      throw CommandError(.io, "no run began; try `tessera models check`")
    }
    let busy = measure(pty)
    let report = UIBenchReport(
      columns: columns, rows: rows, idle: idle, generating: busy, cancelling: try cancelling(pty))
    if json { try Output.json(report) } else { Output.text(report.text) }
  }

  /// Milliseconds of answers to cursor keys, left and right in turn, at uneven times.
  private func measure(_ pty: HostedProgram) -> UIBenchReport.Times {
    var random = SplitMix(seed: 1)
    var times: [Double] = []
    for index in 0..<keys {
      pty.settle()
      usleep(UInt32.random(in: 20_000...60_000, using: &random))
      pty.drain()
      times.append(pty.answerTime(to: index % 2 == 0 ? "H" : "L"))
    }
    return UIBenchReport.Times(times, limit: 50)
  }

  /// Milliseconds from Esc until the run under way is over, the first run being under way already.
  private func cancelling(_ pty: HostedProgram) throws -> UIBenchReport.Times {
    var random = SplitMix(seed: 2)
    var times: [Double] = []
    for index in 0..<cancels {
      if index > 0 { pty.type("G") }
      guard pty.wait(for: "/1000", seconds: 60) else {
        throw CommandError(.io, "a run did not begin after another was cancelled")
      }
      usleep(UInt32.random(in: 0...500_000, using: &random))
      pty.drain()
      pty.forget()
      times.append(pty.seconds(from: "\u{1B}", to: "cancelled") * 1000)
      pty.settle()
      pty.forget()
    }
    return UIBenchReport.Times(times, limit: 250)
  }
}

/// What `bench ui` found.
struct UIBenchReport: Encodable {
  struct Times: Encodable {
    var medianMs: Double
    var p99Ms: Double
    var largestMs: Double
    /// What answers should keep below.
    var limitMs: Double
    /// Answers that took longer than that.
    var overLimit: Int

    init(_ times: [Double], limit: Double) {
      let sorted = times.sorted()
      func at(_ share: Double) -> Double { sorted[Int(Double(sorted.count - 1) * share)] }
      (medianMs, p99Ms, largestMs) = (at(0.5), at(0.99), at(1))
      (limitMs, overLimit) = (limit, times.count { $0 > limit })
    }
  }
  var columns: Int
  var rows: Int
  var idle: Times
  var generating: Times
  var cancelling: Times

  var text: String {
    func line(_ name: String, _ times: Times) -> String {
      String(
        format: "%@  median %.1f ms  p99 %.1f ms  largest %.1f ms  over %.0f ms: %d",
        name, times.medianMs, times.p99Ms, times.largestMs, times.limitMs, times.overLimit)
    }
    return "\(columns)x\(rows)\n" + line("idle       ", idle) + "\n"
      + line("generating ", generating) + "\n" + line("cancelling ", cancelling)
  }
}

/// This program painting in a pseudo terminal whose near end is ours.
private final class HostedProgram {
  private let near: Int32
  private var child: pid_t = 0
  private var seen: [UInt8] = []
  /// Keeps the journal of a program that is killed in the end away from the user's own.
  private let state = FileManager.default.temporaryDirectory.appending(
    path: "tessera-bench-\(UUID().uuidString)")

  init?(_ arguments: [String], columns: Int, rows: Int) {
    near = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // Unlock the far end and ask for its number; glibc's names for this are not visible to Swift.
    let (unlock, numberOf): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    var zero: Int32 = 0
    var number: UInt32 = 0
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard near >= 0, ioctl(near, unlock, &zero) == 0, ioctl(near, numberOf, &number) == 0,
      ioctl(near, UInt(TIOCSWINSZ), &size) == 0, spawn(arguments, far: "/dev/pts/\(number)")
    else { return nil }
  }

  private func spawn(_ arguments: [String], far: String) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, far, O_RDWR, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A session of its own, so that the far end becomes its terminal.
    posix_spawnattr_setflags(&attributes, 0x80)
    var variables = ProcessInfo.processInfo.environment
    variables.merge(["TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"]) {
      $1
    }
    variables["XDG_STATE_HOME"] = state.path
    for name in ["SSH_CONNECTION", "SSH_TTY", "TMUX", "NO_COLOR"] { variables[name] = nil }
    let words = (["tessera"] + arguments).map { strdup($0) } + [nil]
    let lines = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + lines { free(text) } }
    return posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, lines) == 0
  }

  @discardableResult
  func type(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return write(near, bytes, bytes.count) == bytes.count
  }

  /// Reads what comes within a time; false when nothing did.
  @discardableResult
  private func read(within milliseconds: Int32) -> Bool {
    var check = pollfd(fd: near, events: Int16(POLLIN), revents: 0)
    guard poll(&check, 1, milliseconds) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(near, &buffer, buffer.count)
    guard count > 0 else { return false }
    seen = Array((seen + buffer[..<count]).suffix(200_000))
    return true
  }

  func wait(for text: String, seconds: Int) -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < limit {
      if String(decoding: seen, as: UTF8.self).contains(text) { return true }
      read(within: 100)
    }
    return false
  }

  /// Waits for a pause in what comes, 200 ms at most.
  func settle() {
    let limit = ContinuousClock.now + .milliseconds(200)
    while ContinuousClock.now < limit, read(within: 40) {}
  }

  func drain() { while read(within: 0) {} }

  /// Forgets what came so far.
  func forget() { seen = [] }

  /// Milliseconds from writing a key to the first byte that comes back; 1000 when none does.
  func answerTime(to key: String) -> Double {
    let start = ContinuousClock.now
    type(key)
    guard read(within: 1000) else { return 1000 }
    return (ContinuousClock.now - start).seconds * 1000
  }

  /// Seconds from writing a key until a text comes; 10 when it does not.
  func seconds(from key: String, to text: String) -> Double {
    let start = ContinuousClock.now
    type(key)
    return wait(for: text, seconds: 10) ? (ContinuousClock.now - start).seconds : 10
  }

  func end() {
    kill(child, SIGTERM)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    close(near)
    try? FileManager.default.removeItem(at: state)
  }
}
