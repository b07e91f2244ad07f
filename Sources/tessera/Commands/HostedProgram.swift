import Diffusion
import Foundation
import Glibc

/// This program painting in a pseudo terminal whose near end is ours.
final class HostedProgram {
  private let near: Int32
  private var child: pid_t = 0
  private var seen: [UInt8] = []
  /// Keeps the journal of a program that is killed in the end away from the user's own.
  private let state = FileManager.default.temporaryDirectory.appending(
    path: "tessera-bench-\(UUID().uuidString)")

  /// What the terminal answers when it is asked what it can; empty once it has.
  private var answers: String
  /// The end of a drawing, where drawings have one.
  private let frameEnd: [UInt8]

  init?(_ arguments: [String], columns: Int, rows: Int, graphics: BenchUI.Graphics) {
    switch graphics {
    case .cells: answers = ""
    case .kitty: answers = "\u{1B}[?2026;2$y\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62c"
    case .sixel: answers = "\u{1B}[?2026;2$y\u{1B}[?1;0;256S\u{1B}[?62;4c"
    }
    frameEnd = graphics == .cells ? [] : Array("\u{1B}[?2026l".utf8)
    near = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // Unlock the far end and ask for its number; glibc's names for this are not visible to Swift.
    let (unlock, numberOf): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    var zero: Int32 = 0
    var number: UInt32 = 0
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: UInt16(columns * 9),
      ws_ypixel: UInt16(rows * 18))
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
    if !answers.isEmpty, String(decoding: seen, as: UTF8.self).contains("\u{1B}[c") {
      type(answers)
      answers = ""
    }
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

  /// Milliseconds from writing a key to the first byte that comes back, or to the end of the drawing
  /// where drawings have one; 1000 when it does not come.
  func answerTime(to key: String) -> Double {
    forget()
    let start = ContinuousClock.now
    type(key)
    repeat {
      guard read(within: 1000) else { return 1000 }
    } while !frameEnd.isEmpty && !hasFrameEnd
    return (ContinuousClock.now - start).seconds * 1000
  }

  private var hasFrameEnd: Bool { seen.suffix(frameEnd.count).elementsEqual(frameEnd) }

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
