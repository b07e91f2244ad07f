import Foundation
import Raster
import Testing

/// Standard streams that are closed, full, or read by nobody.
struct StreamTests {
  /// A command, and whether its result goes to standard output.
  private static let commands: [(words: [String], prints: Bool)] = [
    (["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1"], false),
    (["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1", "--progress", "json"], false),
    (["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1", "--json"], true),
    (["info", "a.png"], true), (["info", "a.png", "--json"], true),
    (["compare", "a.png", "b.png"], true), (["models", "list"], true),
    (["models", "check", Program.bundledModel], true), (["recover"], false),
    (["recover", "--json"], true), (["config"], true), (["manual"], true), (["--help"], true),
    (["help", "edit"], true), (["--version"], true),
    (["--generate-completion-script", "bash"], true), (["edit"], false),
    (["edit", "--unheard-of"], false), (["info", "none.png"], false),
    (["bench", "attention", "--tokens", "128", "--heads", "4", "--runs", "1"], true),
    (["a.png"], false),
  ]

  /// Runs a command in a folder with a scene, its streams redirected by a line of sh.
  private func run(_ words: [String], _ shell: String?) throws -> (Program.Outcome, [UInt8]?) {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(words, in: folder, shell: shell)
    let edited = words.contains("c.png") ? try folder.bytes("c.png") : nil
    #expect(folder.contents.filter { $0.hasSuffix(".tmp") }.isEmpty)
    return (run, edited)
  }

  /// Nobody hears what is said on standard error, and nothing else changes.
  @Test(arguments: commands)
  func standardErrorMayFail(words: [String], prints: Bool) throws {
    let (usual, edited) = try run(words, nil)
    for line in [#"exec "$@" 2>&-"#, #"exec "$@" 2>/dev/full"#, #"exec "$@" <&- 2>&-"#] {
      let (other, editedToo) = try run(words, line)
      #expect(other.status == usual.status, "\(line): \(other.errors)")
      // Apart from times.
      let lines = [usual, other].map { $0.output.split(separator: "\n").count }
      #expect(lines[0] == lines[1], "\(line)")
      #expect(edited == editedToo, "\(line)")
    }
  }

  /// Where the result cannot be printed the status says so; what goes to files is there.
  @Test(arguments: commands)
  func standardOutputMayFail(words: [String], prints: Bool) throws {
    let (usual, edited) = try run(words, nil)
    for line in [#"exec "$@" >&-"#, #"exec "$@" >/dev/full"#, #"exec "$@" <&- >&-"#] {
      let (other, editedToo) = try run(words, line)
      #expect(other.status == (prints ? 74 : usual.status), "\(line): \(other.errors)")
      #expect(edited == editedToo, "\(line)")
      guard prints else { continue }
      let said = "tessera: standard output: could not be written"
      #expect(other.errors.contains(said), "\(line): \(other.errors)")
    }
  }

  /// A reader that is gone is no different from a full disk; no signal ends the program.
  @Test(arguments: commands)
  func nobodyNeedRead(words: [String], prints: Bool) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let usual = try Program.run(words, in: folder)
    try? FileManager.default.removeItem(atPath: folder / "c.png")
    for (line, fails) in [
      (#"{ sleep 0.2; "$@"; echo $? > code; } | true; wait"#, true),
      (#"{ { sleep 0.2; "$@"; echo $? > code; } 2>&1 >&3 | true; } 3>&1"#, false),
    ] {
      try? FileManager.default.removeItem(atPath: folder / "code")
      _ = try Program.run(words, in: folder, shell: line)
      for _ in 0..<1000 where !folder.contents.contains("code") { usleep(10_000) }
      let status = String(decoding: try folder.bytes("code"), as: UTF8.self)
      let expected = fails && prints ? 74 : usual.status
      #expect(status == "\(expected)\n", "\(line)")
      try? FileManager.default.removeItem(atPath: folder / "c.png")
    }
  }

  /// Without any stream, files that are opened get no stream's number: nothing that is said lands in
  /// them.
  @Test func noFileTakesAStreamsPlace() throws {
    let edit = ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "2", "--progress", "json"]
    let (_, usual) = try run(edit, nil)
    let (other, edited) = try run(edit, #""$@" <&- >&- 2>&-; echo $?"#)
    #expect(other.output == "0\n")
    #expect(edited == usual)
  }
}
