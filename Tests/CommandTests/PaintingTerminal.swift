import Foundation
import Glibc

/// A tmux session with a shell in it: a real terminal that a test types at and reads.
///
/// The server is the test's own and ends with the value. Inside, `$T` is the program.
final class PaintingTerminal {
  static let isInstalled = ["/usr/bin", "/bin", "/usr/local/bin"].contains {
    FileManager.default.isExecutableFile(atPath: $0 + "/tmux")
  }

  private let socket = "tessera-\(UUID().uuidString.prefix(8))"
  private let folder: ScratchFolder

  init(in folder: ScratchFolder, columns: Int = 100, rows: Int = 30) throws {
    self.folder = folder
    try tmux([
      "-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", "\(columns)", "-y", "\(rows)",
      "-c", folder.path, "sh",
    ])
    try tmux(["set-option", "-g", "status", "off"])
    // The window keeps its size though no one is attached.
    try tmux(["set-option", "-g", "window-size", "manual"])
  }

  deinit { _ = try? tmux(["kill-server"]) }

  /// Types keys by tmux's names: `Enter`, `Escape`, `C-r`, `a`.
  func press(_ keys: String...) throws { try tmux(["send-keys", "-t", "main"] + keys) }

  /// Types text as it is, escape sequences included.
  func type(_ text: String) throws { try tmux(["send-keys", "-t", "main", "-l", text]) }

  /// Types a line and Enter, to the shell or after the program's `:`.
  func enter(_ line: String) throws {
    try type(line)
    try press("Enter")
  }

  func resize(columns: Int, rows: Int) throws {
    try tmux(["resize-window", "-t", "main", "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// The characters on the screen, lines of a too narrow terminal joined.
  var screen: String { (try? tmux(["capture-pane", "-p", "-J", "-t", "main"])) ?? "" }

  /// The screen with its colours, as SGR sequences; empty cells at the ends of lines included.
  var cells: String { (try? tmux(["capture-pane", "-p", "-e", "-N", "-t", "main"])) ?? "" }

  /// The last two lines: facts, and what is said.
  var status: String {
    screen.split(separator: "\n", omittingEmptySubsequences: true).suffix(2)
      .joined(separator: "\n")
  }

  /// Alternate screen, cursor and mouse as tmux knows them; `0 1 0` in a shell.
  var modes: String {
    let format = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"
    return ((try? tmux(["display-message", "-p", "-t", "main", format])) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Whether the screen shows one of the texts before the time is up.
  @discardableResult
  func wait(for texts: String..., seconds: Double = 90) -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < limit {
      let seen = screen
      if texts.contains(where: seen.contains) { return true }
      usleep(50_000)
    }
    return false
  }

  /// What `stty -g` says; empty where the shell does not come to it.
  func stty(_ name: String) throws -> String {
    try enter("stty -g > \(name).part && mv \(name).part \(name)")
    for _ in 0..<400 where !FileManager.default.fileExists(atPath: folder / name) {
      usleep(50_000)
    }
    return String(decoding: (try? folder.bytes(name)) ?? [], as: UTF8.self)
  }

  /// Runs one tmux command and returns what it prints.
  @discardableResult
  private func tmux(_ arguments: [String]) throws -> String {
    try Spawning.run(
      ["tmux", "-u", "-L", socket] + arguments, environment, output: folder / ".tmux-output")
    return String(decoding: (try? folder.bytes(".tmux-output")) ?? [], as: UTF8.self)
  }

  private var environment: [String: String] {
    [
      "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder.home, "TMUX_TMPDIR": folder.path,
      "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
      "T": Program.path, "TESSERA_ASSETS": Program.repository + "/Assets",
    ]
  }
}
