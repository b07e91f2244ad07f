import Foundation
import Glibc
import Raster
import Testing

/// Killed in the middle of painting, and opened twice: on a real file in a real terminal.
@Suite(.serialized, .enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
struct RecoverTests {
  private static let start = "sh -c 'echo $$ > pid; exec \"$T\" a.png'"

  /// A folder with a.png, opened in a terminal.
  private func open() throws -> (ScratchFolder, PaintingTerminal) {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 192, height: 128), "a.png")
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter(Self.start)
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    return (folder, terminal)
  }

  private func kill(_ folder: ScratchFolder, _ terminal: PaintingTerminal) throws {
    let text = String(decoding: try folder.bytes("pid"), as: UTF8.self)
    let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    try #require(Glibc.kill(pid, SIGKILL) == 0)
    for _ in 0..<200 where Glibc.kill(pid, 0) == 0 { usleep(50_000) }
    // The terminal is as the program left it: a carriage return ends no line.
    for _ in 0..<20 {
      try terminal.type("stty sane; clear; echo sane$((1 + 1))")
      try terminal.press("C-j")
      if terminal.wait(for: "sane2", seconds: 1) { return }
    }
    Issue.record("the shell does not answer: \(terminal.screen)")
  }

  /// Files of the program's own that are left.
  private func leftovers(_ folder: ScratchFolder) -> [String] {
    let path = folder.home + "/.local/state/tessera/journal"
    return (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }

  @Test func aKilledSessionComesBack() throws {
    let (folder, terminal) = try open()
    let opened = try folder.bytes("a.png")
    // A finished stroke, saved aside for comparing, and one whose pen is still down.
    try terminal.press("Space", "l", "l", "Space", "J", "Space", "l", "l")
    try terminal.enter(":export edited edited.png")
    #expect(terminal.wait(for: "saved the edited"), "\(terminal.screen)")
    try terminal.press("L", "L", "Space", "l", "l", "l")
    // What is promised: two seconds.
    sleep(2)
    try kill(folder, terminal)
    #expect(try folder.bytes("a.png") == opened)

    let list = try Program.run(["recover", "--json"], in: folder)
    let work = try #require((list.json["work"] as? [[String: Any]])?.first)
    #expect((work["picture"] as? String)?.hasSuffix("/a.png") == true)
    #expect(work["picture_unchanged"] as? Bool == true)
    let restored = try Program.run(["recover", "a.png"], in: folder)
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(restored.output == "a-recovered.png\n")
    // Everything the export had is there, and the open stroke to its end.
    let recovered = try folder.picture("a-recovered.png").rgba8
    let (before, edited) = (
      try folder.picture("a.png").rgba8, try folder.picture("edited.png").rgba8
    )
    var (older, newer) = (0, 0)
    for at in before.samples.indices {
      if edited.samples[at] != before.samples[at] {
        older += 1
        #expect(recovered.samples[at] == edited.samples[at])
      } else if recovered.samples[at] != before.samples[at] {
        newer += 1
      }
    }
    #expect(older > 0 && newer > 0)

    // The same from within.
    try terminal.enter(Self.start)
    #expect(terminal.wait(for: "unsaved work of"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "recovered; u takes it back"), "\(terminal.screen)")
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.picture("a.png").rgba8 == recovered)
    try terminal.press("q")
    for _ in 0..<100 where !leftovers(folder).isEmpty { usleep(50_000) }
    #expect(leftovers(folder).isEmpty)
  }

  @Test func whatIsNotWantedIsGivenUp() throws {
    let (folder, terminal) = try open()
    try terminal.press(".")
    sleep(1)
    try kill(folder, terminal)
    try terminal.enter(Self.start)
    #expect(terminal.wait(for: "unsaved work of"), "\(terminal.screen)")
    // To leave is not to decide.
    try terminal.press("q")
    for _ in 0..<200 where !terminal.modes.hasPrefix("0") { usleep(50_000) }
    try terminal.enter(Self.start)
    #expect(terminal.wait(for: "unsaved work of"), "\(terminal.screen)")
    // Nor is one key enough to lose it.
    try terminal.press("n")
    #expect(terminal.wait(for: "drop it for good?"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "given up"), "\(terminal.screen)")
    try terminal.press("q")
    for _ in 0..<200 where !terminal.modes.hasPrefix("0") { usleep(50_000) }
    #expect(leftovers(folder).isEmpty)
    let run = try Program.run(["recover", "a.png"], in: folder)
    #expect(run.status == 66)
    #expect(run.errors.contains("no unsaved work was found"))
  }

  @Test func onePictureIsOpenOnce() throws {
    let (folder, terminal) = try open()
    try folder.write("b/link", [])
    for line in ["\"$T\" a.png", "\"$T\" ../files/a.png"] {
      let second = try PaintingTerminal(in: folder, columns: 160)
      try second.enter("clear; \(line)")
      #expect(second.wait(for: "a.png: is open in process "), "\(second.screen)")
      try second.enter("echo \"code $?\"")
      #expect(second.wait(for: "code 75"), "\(second.screen)")
    }
    let reader = try PaintingTerminal(in: folder)
    try reader.enter("\"$T\" --read-only a.png")
    #expect(reader.wait(for: "read-only: :w NAME.png saves"), "\(reader.screen)")
    try reader.enter(":w!")
    #expect(reader.wait(for: "Save as: a-edited.png"), "\(reader.screen)")
    #expect(reader.screen.contains("opened with --read-only"), "\(reader.screen)")
    try reader.press("Escape")
    #expect(reader.wait(for: "still here, not saved"), "\(reader.screen)")
    try reader.press("q")
    // What is painted now is not lost, and is listed as somebody's.
    try terminal.press(".")
    for _ in 0..<100 where !leftovers(folder).contains(where: { $0.hasSuffix(".journal") }) {
      usleep(50_000)
    }
    #expect(leftovers(folder).contains { $0.hasSuffix(".journal") })
    let list = try Program.run(["recover"], in: folder)
    #expect(list.output.contains(", open in process "), "\(list.output)")
    let told = try Program.run(["recover", "--json"], in: folder)
    let work = try #require((told.json["work"] as? [[String: Any]])?.first)
    #expect((work["open_in"] as? String)?.hasPrefix("process ") == true)
    let recover = try Program.run(["recover", "a.png"], in: folder)
    #expect(recover.status == 75)
    try terminal.press("q", "n")
    for _ in 0..<200 where !leftovers(folder).isEmpty { usleep(50_000) }
    #expect(leftovers(folder).isEmpty)
  }

  @Test(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
  func aJPEGIsSavedAsPNG() throws {
    let folder = try ScratchFolder()
    try folder.write("a.jpg", Drawing.jpeg)
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("\"$T\" a.jpg")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "Save as: a.png"), "\(terminal.screen)")
    #expect(terminal.screen.contains("only PNG is written"), "\(terminal.screen)")
    #expect(try folder.bytes("a.jpg") == [UInt8](Drawing.jpeg))
    try terminal.press("Enter")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.picture("a.png").width == 16)
    let edit = try Program.run(["edit", "a.jpg", "a.png", "-o", "b.JPEG"], in: folder)
    #expect(edit.status == 64)
    #expect(edit.errors.contains("b.JPEG: only PNG is written; name it b.png"))
  }

  @Test func aHomeThatCannotBeWrittenStopsNobody() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(), "a.png")
    let terminal = try PaintingTerminal(in: folder, columns: 120)
    try terminal.enter("HOME=/proc/none \"$T\" a.png")
    #expect(terminal.wait(for: "no folder for the journal"), "\(terminal.screen)")
    try terminal.press(".", "q")
    #expect(terminal.wait(for: "unsaved changes"), "\(terminal.screen)")
    try terminal.press("n")
  }
}
