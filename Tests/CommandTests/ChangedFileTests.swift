import Foundation
import Glibc
import Raster
import Testing

/// Files that another program changes while this one works on them.
@Suite(.serialized) struct ChangedFileTests {
  /// Waits until a process sleeps in a read of its standard input.
  private func waitForReading(_ process: Process) {
    for _ in 0..<600 {
      let call = try? String(
        contentsOfFile: "/proc/\(process.processIdentifier)/syscall", encoding: .utf8)
      if call?.hasPrefix("0 0x0 ") == true { return }
      usleep(20_000)
    }
    Issue.record("the program does not read its standard input")
  }

  /// Commands whose output is the picture they read first; the second comes on standard input. Who
  /// changes it is another program, underway.
  @Test(arguments: [false, true])
  func anInputIsReplacedOnlyAsItWasRead(changes: Bool) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try folder.write("other.png", folder.bytes("b.png"))
    let pipe = folder / "pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let process = try Program.start(
      ["edit", "a.png", "-", "-o", "./a.png", "--force", "--steps", "1"], in: folder,
      shell: "exec \"$@\" <pipe")
    let writer = open(pipe, O_WRONLY)
    waitForReading(process)
    let theirs = try folder.bytes(changes ? "other.png" : "a.png")
    if changes { #expect(rename(folder / "other.png", folder / "a.png") == 0) }
    let painted = try folder.bytes("b.png")
    #expect(write(writer, painted, painted.count) == painted.count)
    close(writer)
    process.waitUntilExit()
    let errors = folder.streamText("stderr")
    #expect(process.terminationStatus == (changes ? 73 : 0), "\(errors)")
    #expect(errors.contains("another program has changed it meanwhile") == changes, "\(errors)")
    #expect(try (folder.bytes("a.png") == theirs) == changes)
    #expect(!folder.contents.contains { $0.hasPrefix(".tessera") })
  }

  /// The second save of a session, and the save over a name saved before.
  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func aSessionAsksBeforeItOverwritesAnothersChange() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 192, height: 128), "a.png")
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("\"$T\" a.png")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.press(".")
    try terminal.enter(":w")
    #expect(terminal.wait(for: "a.png exists: overwrite it? y/n"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    // Nobody has changed it: nothing is asked.
    try terminal.press("l", ".")
    try terminal.enter(":w")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    try terminal.enter(":w c.png")
    #expect(terminal.wait(for: "saved c.png"), "\(terminal.screen)")
    for (command, name) in [
      (":w", "a.png"), (":w c.png", "c.png"), (":export mask c.png", "c.png"),
    ] {
      let theirs = Array("of another program".utf8)
      try folder.write("new", theirs)
      #expect(rename(folder / "new", folder / name) == 0)
      try terminal.press("l", ".")
      try terminal.enter(command)
      #expect(
        terminal.wait(for: "\(name) was changed by another program: overwrite it? y/n"),
        "\(command): \(terminal.screen)")
      try terminal.press("n")
      #expect(terminal.wait(for: "not saved"), "\(terminal.screen)")
      #expect(try folder.bytes(name) == theirs)
    }
    try terminal.enter(":w")
    #expect(terminal.wait(for: "a.png was changed"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.picture("a.png").width == 192)
    try terminal.press("q")
  }
}
