import Editor
import Foundation
import Glibc
import Raster
import Terminal
import Testing

/// Windows larger than any screen, and descriptions of terminals that are none.
@Suite(.serialized) struct HostileTerminalTests {
  private static let damaged = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/terminfo/damaged").path

  /// A folder of descriptions with one in it, under a name that no terminal is asked anything by.
  private static func folder(_ bytes: [UInt8], as name: String = "linux-mine") throws -> String {
    let folder = NSTemporaryDirectory() + "tessera-terminfo-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(name.prefix(1))", withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: "\(folder)/\(name.prefix(1))/\(name)"))
    return folder
  }

  /// A description that is installed; nil where it is not.
  static func installed(_ name: String) -> [UInt8]? {
    ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"].lazy
      .compactMap { FileManager.default.contents(atPath: "\($0)/\(name.prefix(1))/\(name)") }
      .first.map { [UInt8]($0) }
  }

  /// Claims a terminal of its own, draws an editor twice and gives it back; the error where it does
  /// not come to that.
  static func visit(
    _ environment: [String: String], columns: Int = 40, rows: Int = 12, then next: (Int, Int)? = nil
  ) throws -> TerminalError? {
    let pty = try #require(Pty(columns: columns, rows: rows))
    defer { pty.finish() }
    let (terminal, _) = try pty.terminal(environment)
    do { try terminal.claim() } catch { return error }
    var state = EditorState(
      picture: RGBA8(width: 64, height: 48, filledWith: (90, 120, 150, 255)), name: "a.png")
    func draw() {
      _ = state.handle(.resize(columns: terminal.size.columns, rows: terminal.size.rows))
      terminal.draw(Editor.draw(state))
      for _ in 0..<3 where !terminal.isReady { _ = terminal.events(within: 10) }
    }
    draw()
    #expect(terminal.size.columns <= CursesTerminal.mostCells.columns)
    #expect(terminal.size.rows <= CursesTerminal.mostCells.rows)
    if let next {
      pty.resize(columns: next.0, rows: next.1)
      kill(getpid(), SIGWINCH)
      var sizes: [Event] = []
      for _ in 0..<50 where !sizes.contains(where: { if case .resize = $0 { true } else { false } })
      {
        sizes += terminal.events(within: 100)
      }
      #expect(!sizes.isEmpty)
    }
    _ = state.handle(.key(.character(".")))
    draw()
    terminal.restore()
    return nil
  }

  @Test(arguments: [
    (80, 33_000, 65_535, 30), (65_535, 24, 80, 65_535), (65_535, 65_535, 1, 1),
    (80, 24, 32_768, 24),
    (1, 1, 32_767, 32_767),
  ])
  func windowsOfAnySize(columns: Int, rows: Int, columnsThen: Int, rowsThen: Int) async throws {
    await #expect(processExitsWith: .success) {
      [
        columns = columns as Int, rows = rows as Int, columnsThen = columnsThen as Int,
        rowsThen = rowsThen as Int
      ] in
      let error = try HostileTerminalTests.visit(
        Pty.trueColor, columns: columns, rows: rows, then: (columnsThen, rowsThen))
      exit(error == nil ? 0 : 1)
    }
  }

  /// What the environment says of the size does not count.
  @Test func linesAndColumnsDoNotCount() async throws {
    await #expect(processExitsWith: .success) {
      setenv("LINES", "2147483647", 1)
      setenv("COLUMNS", "99999", 1)
      exit(try HostileTerminalTests.visit(Pty.environment) == nil ? 0 : 1)
    }
  }

  /// One that ends ncurses does us no harm; one that cannot be read is passed over where there is
  /// another, and else named.
  @Test func damagedDescriptions() async throws {
    let fatal = [UInt8](try Data(contentsOf: URL(filePath: Self.damaged)))
    let folders = try [
      Self.folder(fatal, as: "xterm-256color"),
      Self.folder(Array(fatal.prefix(200)), as: "xterm-256color"),
      Self.folder(Array(fatal.prefix(200)), as: "linux-none"),
    ]
    defer { for path in folders { try? FileManager.default.removeItem(atPath: path) } }
    await #expect(processExitsWith: .success) { [folders = folders as [String]] in
      for folder in folders.prefix(2) {
        let error = try HostileTerminalTests.visit(
          Pty.environment.merging(["TERMINFO": folder]) { $1 })
        #expect(error == nil)
      }
      let error = try HostileTerminalTests.visit(["TERM": "linux-none", "TERMINFO": folders[2]])
      #expect(error == .damaged("linux-none", path: folders[2] + "/l/linux-none"))
      #expect(error?.exitCode == 69)
      exit(0)
    }
  }

  /// Hundreds of changed descriptions: each is used or refused, and none ends the program.
  @Test(arguments: [UInt64(1), 2, 3]) func changedDescriptions(seed: UInt64) async throws {
    await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
      alarm(300)
      var random = Seeded(seed)
      let bases = ["xterm-256color", "linux", "vt220", "screen-256color", "xterm"].compactMap(
        HostileTerminalTests.installed)
      #expect(!bases.isEmpty)
      let fields = [0, 2, 4, 6, 8, 10]
      var used = 0
      for _ in 0..<150 {
        var bytes = try #require(bases.randomElement(using: &random))
        for _ in 0...Int.random(in: 0...4, using: &random) {
          let at = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<6, using: &random) {
          case 0: bytes[at] = .random(in: 0...255, using: &random)
          case 1: bytes[at] = 0xFF
          case 2:
            // Directives of every kind where strings are.
            let text =
              ["%s", "%p1%s", "%{999999999}%99999999d", "%'", "%?", "$<99999999/>", "%p9%l"]
              .randomElement(using: &random) ?? ""
            for (offset, byte) in text.utf8.enumerated() where at + offset < bytes.count {
              bytes[at + offset] = byte
            }
          case 3:
            let field = fields.randomElement(using: &random) ?? 0
            bytes[field] = .random(in: 0...255, using: &random)
          case 4: bytes = Array(bytes.prefix(max(12, at)))
          default: bytes[at] &+= 1
          }
        }
        let folder = try HostileTerminalTests.folder(bytes)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = ["TERM": "linux-mine", "LANG": "C.UTF-8", "TERMINFO": folder]
        if try HostileTerminalTests.visit(environment) == nil { used += 1 }
      }
      // Most changes matter little.
      #expect(used > 40 && used < 150, "\(used)")
      exit(0)
    }
  }

  /// What lies under the name may be anything.
  @Test(arguments: [
    "mkfifo l/linux-mine", "mkdir l/linux-mine", "ln -s /dev/zero l/linux-mine", ": > l/linux-mine",
    "truncate -s 1G l/linux-mine",
  ])
  func noFileOfADescription(command: String) throws {
    let folder = try Self.folder([])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.removeItem(atPath: folder + "/l/linux-mine")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(filePath: folder)
    try process.run()
    process.waitUntilExit()
    let error = try Self.visit(["TERM": "linux-mine", "TERMINFO": folder])
    #expect(error == .damaged("linux-mine", path: folder + "/l/linux-mine"))
  }

  /// The place of a description is never left by a name.
  @Test(arguments: ["../x", "a/b", ".", "..", "/etc/passwd"]) func namesThatArePaths(name: String)
    throws
  {
    #expect(try Self.visit(["TERM": name]) == .unknown(name))
  }
}
