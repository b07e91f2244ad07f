import Foundation
import Glibc
import Raster
import Testing

/// The whole program in a real terminal, with the bundled model and a real file.
@Suite(.serialized, .enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
struct PaintingTests {
  /// A folder with a.png, opened in a terminal whose modes are in `stty`.
  private func open(
    width: Int = 96, height: Int = 64
  ) throws -> (ScratchFolder, PaintingTerminal, stty: String) {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: width, height: height), "a.png")
    let terminal = try PaintingTerminal(in: folder)
    let before = try terminal.stty("before")
    try #require(!before.isEmpty)
    try terminal.enter("sh -c 'echo $$ > pid; exec \"$T\" a.png'")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    return (folder, terminal, before)
  }

  /// The program has ended with `code`, and left nothing behind in the terminal.
  private func expectRestored(_ terminal: PaintingTerminal, code: Int, stty before: String) throws {
    // What is typed while the program still has the terminal is not the shell's.
    for _ in 0..<600 where !terminal.modes.hasPrefix("0") { usleep(50_000) }
    // A line of its own: an interrupt ends the rest of the shell's line too.
    try terminal.enter("echo \"code $?\"")
    #expect(terminal.wait(for: "code \(code)", seconds: 30), "\(terminal.screen)")
    #expect(terminal.modes == "0 1 0")
    #expect(try terminal.stty("after") == before)
  }

  /// Takes the result that is there, saves it as out.png and leaves.
  private func acceptSaveAndQuit(_ terminal: PaintingTerminal, stty before: String) throws {
    try terminal.press("a")
    #expect(terminal.wait(for: "accepted"), "\(terminal.screen)")
    try terminal.enter(":w out.png")
    #expect(terminal.wait(for: "saved out.png"), "\(terminal.screen)")
    try terminal.press("q")
    try expectRestored(terminal, code: 0, stty: before)
  }

  @Test func paintsRegeneratesTogglesAcceptsAndSaves() throws {
    let (folder, terminal, stty) = try open()
    // Any key clears the greeting; what remains is the model's own line.
    try terminal.press("h")
    #expect(terminal.wait(for: "ready: paint-base"), "\(terminal.screen)")
    // A stroke by keys in the middle, and one by the mouse above it.
    try terminal.press("Space", "l", "l", "l", "l", "Space")
    try terminal.type("\u{1B}[<0;40;10M\u{1B}[<32;45;10M\u{1B}[<0;45;10m")
    try terminal.enter(":export mask mask.png")
    #expect(terminal.wait(for: "saved the mask to mask.png"), "\(terminal.screen)")
    try terminal.enter(":export edited edited.png")
    #expect(terminal.wait(for: "saved the edited to edited.png"), "\(terminal.screen)")

    try terminal.press("Enter")
    #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
    expectFacts(terminal.status, mode: "SPARSE", seconds: ["sparse"])
    try terminal.press("t")
    #expect(terminal.wait(for: "DENSE"), "\(terminal.screen)")
    try terminal.press("Enter")
    #expect(terminal.wait(for: "t sparse"), "\(terminal.screen)")
    expectFacts(terminal.status, mode: "DENSE", seconds: ["sparse", "dense"])
    try terminal.press("t")
    #expect(terminal.wait(for: "SPARSE"), "\(terminal.screen)")

    for (key, said) in [("a", "accepted"), ("u", "undid"), ("C-r", "redid")] {
      try terminal.press(key)
      #expect(terminal.wait(for: said), "\(terminal.screen)")
    }
    try terminal.enter(":w out.png")
    #expect(terminal.wait(for: "saved out.png"), "\(terminal.screen)")
    try terminal.press("q")
    try expectRestored(terminal, code: 0, stty: stty)
    try expectChange(in: folder)
  }

  /// The status line has the mode, part of the tiles where it is sparse, and the times.
  private func expectFacts(_ status: String, mode: String, seconds: [String]) {
    #expect(status.contains(" \(mode) "), "\(status)")
    #expect(status.contains("MACs "), "\(status)")
    for name in seconds { #expect(status.contains("  \(name) "), "\(status)") }
    guard let tiles = status.firstMatch(of: /tiles (\d+)\/(\d+)/), let active = Int(tiles.1),
      let total = Int(tiles.2)
    else {
      Issue.record("no tiles in \(status)")
      return
    }
    #expect(active > 0)
    #expect(mode == "DENSE" ? active == total : active < total, "\(status)")
  }

  /// out.png differs from a.png only where mask.png, grown by the feather, is white.
  private func expectChange(in folder: ScratchFolder) throws {
    let before = try folder.picture("a.png").rgba8
    let after = try folder.picture("out.png").rgba8
    let mask = try folder.picture("mask.png").rgba8
    let edited = try folder.picture("edited.png").rgba8
    try #require(after.width == before.width && after.height == before.height)
    func isPainted(_ x: Int, _ y: Int) -> Bool { mask.samples[mask.offset(x: x, y: y)] > 0 }
    // Both strokes: one through the middle, one in the upper half.
    #expect(isPainted(48, 32) && isPainted(51, 32))
    #expect((0..<28).contains { y in (0..<96).contains { isPainted($0, y) } })
    let feather = 4
    var (changed, strayed) = (0, 0)
    for y in 0..<before.height {
      for x in 0..<before.width {
        let at = before.offset(x: x, y: y)
        guard before.samples[at..<at + 4] != after.samples[at..<at + 4] else { continue }
        changed += 1
        let isNear = (max(0, y - feather)...min(before.height - 1, y + feather)).contains { row in
          (max(0, x - feather)...min(before.width - 1, x + feather)).contains { isPainted($0, row) }
        }
        if !isNear { strayed += 1 }
      }
    }
    #expect(changed > 0)
    #expect(strayed == 0)
    #expect(after != edited, "the model made nothing of the strokes")
  }

  /// A tint is there at once and stays; without a network only the paint becomes picture.
  @Test func tintsAndUsesThePicturesOwnTextures() throws {
    let (folder, terminal, stty) = try open()
    try terminal.enter(":color #c03020")
    try terminal.enter(":tint")
    try terminal.enter(":size 9")
    try terminal.enter(":go 20 20")
    try terminal.press(".")
    try terminal.enter(":export edited tinted.png")
    #expect(terminal.wait(for: "saved the edited to tinted.png"), "\(terminal.screen)")
    try terminal.enter(":tool brush")
    try terminal.enter(":material grass")
    try terminal.enter(":edges smooth")
    try terminal.enter(":go 70 40")
    try terminal.press("P", ".", "Enter")
    #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
    #expect(terminal.status.contains(" TEXTURE "), "\(terminal.screen)")
    try terminal.enter(":w out.png")
    #expect(terminal.wait(for: "not accepted yet, to out.png"), "\(terminal.screen)")
    try terminal.press("q")
    try expectRestored(terminal, code: 0, stty: stty)
    let (before, tinted, after) = (
      try folder.picture("a.png").rgba8, try folder.picture("tinted.png").rgba8,
      try folder.picture("out.png").rgba8
    )
    func changed(_ picture: RGBA8, _ x: Int, _ y: Int) -> Bool {
      let at = before.offset(x: x, y: y)
      return picture.samples[at..<at + 4] != before.samples[at..<at + 4]
    }
    #expect(changed(tinted, 20, 20) && changed(after, 70, 40))
    for y in 0..<30 {
      for x in 0..<40 {
        let at = before.offset(x: x, y: y)
        #expect(after.samples[at..<at + 4] == tinted.samples[at..<at + 4])
      }
    }
    let read = try #require(try Program.generation(of: "out.png", in: folder))
    let note = try #require((read["generations"] as? [[String: Any]])?.last)
    #expect(note["mode"] as? String == "texture" && note["edges"] as? String == "smooth")
  }

  /// Where the model cannot be had, the picture's own textures can.
  @Test func makesTexturesWithoutAModel() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 96, height: 64), "a.png")
    let terminal = try PaintingTerminal(in: folder)
    let before = try terminal.stty("before")
    try terminal.enter("$T a.png --model none")
    #expect(terminal.wait(for: "none: no such"), "\(terminal.screen)")
    try terminal.press("h", ".", "Enter")
    #expect(terminal.wait(for: "none: no such"), "\(terminal.screen)")
    try terminal.press("P", "Enter")
    #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
    #expect(terminal.status.contains(" TEXTURE "), "\(terminal.screen)")
    try acceptSaveAndQuit(terminal, stty: before)
    #expect(try folder.picture("out.png").rgba8 != folder.picture("a.png").rgba8)
  }

  /// How the model is told of paint can be set, and is written into the picture.
  @Test func tellsTheModelOfPaintAsItIs() throws {
    let (folder, terminal, stty) = try open()
    for (line, said) in [("texture off", "without texture"), ("melt 2", "paint melts over 2 px")] {
      try terminal.enter(":" + line)
      #expect(terminal.wait(for: said), "\(terminal.screen)")
    }
    try terminal.press(".", "Enter")
    #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
    try acceptSaveAndQuit(terminal, stty: stty)
    let read = try #require(try Program.generation(of: "out.png", in: folder))
    let note = try #require((read["generations"] as? [[String: Any]])?.last)
    #expect(note["melt"] as? Int == 2)
    #expect(note["texture"] as? Bool == false)
  }

  @Test func asksBeforeOverwritingAndBeforeLosing() throws {
    let (folder, terminal, stty) = try open()
    let opened = try folder.bytes("a.png")
    try terminal.press(".", "q")
    #expect(terminal.wait(for: "unsaved changes"), "\(terminal.screen)")
    try terminal.press("Escape")
    #expect(terminal.wait(for: "still here"), "\(terminal.screen)")
    try terminal.press("C-s")
    #expect(terminal.wait(for: "exists: overwrite it?"), "\(terminal.screen)")
    try terminal.press("n")
    #expect(terminal.wait(for: "not saved"), "\(terminal.screen)")
    #expect(try folder.bytes("a.png") == opened)
    try terminal.enter(":w /proc/none/x.png")
    #expect(terminal.wait(for: "/proc/none/x.png: "), "\(terminal.screen)")
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.bytes("a.png") != opened)
    try terminal.press("q")
    try expectRestored(terminal, code: 0, stty: stty)
  }

  @Test(arguments: ["Escape", "C-c"])
  func cancels(key: String) throws {
    let (folder, terminal, stty) = try open(width: 192, height: 128)
    try terminal.press(".")
    try terminal.enter(":steps 1000")
    try terminal.press("G")
    #expect(terminal.wait(for: "/1000"), "\(terminal.screen)")
    try terminal.press(key)
    #expect(terminal.wait(for: "cancelled; nothing was changed"), "\(terminal.screen)")
    try terminal.press("a")
    #expect(terminal.wait(for: "no result to accept"), "\(terminal.screen)")
    try terminal.enter(":export original original.png")
    #expect(terminal.wait(for: "saved the original"), "\(terminal.screen)")
    #expect(try folder.picture("original.png").rgba8 == folder.picture("a.png").rgba8)
    try terminal.press("q")
    #expect(terminal.wait(for: "unsaved changes"), "\(terminal.screen)")
    try terminal.press("n")
    try expectRestored(terminal, code: 0, stty: stty)
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func restoresTheTerminalWhenKilled(signal: Int32) throws {
    let (folder, terminal, stty) = try open(width: 192, height: 128)
    try terminal.press(".")
    try terminal.enter(":steps 1000")
    try terminal.press("G")
    #expect(terminal.wait(for: "/1000"), "\(terminal.screen)")
    let text = String(decoding: try folder.bytes("pid"), as: UTF8.self)
    let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    try #require(kill(pid, signal) == 0)
    try expectRestored(terminal, code: 128 + Int(signal), stty: stty)
    #expect(folder.contents.filter { $0.hasSuffix(".png") } == ["a.png"])
  }

  @Test(arguments: [
    ("TERM=unknown-thing \"$T\" a.png", 69, "the terminal type \"unknown-thing\" is unknown here"),
    ("TERM=dumb \"$T\" a.png", 69, "the terminal type \"dumb\" cannot place its cursor"),
    ("TERM= \"$T\" a.png", 69, "TERM is not set"),
    ("\"$T\" a.png < /dev/null", 69, "standard input is not one"),
    ("\"$T\" a.png | cat", 0, "standard output is not one"),
    ("\"$T\" none.png", 66, "none.png"),
  ])
  func saysWhyItCannotPaint(line: String, code: Int, says: String) throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(), "a.png")
    let terminal = try PaintingTerminal(in: folder, columns: 200)
    let before = try terminal.stty("before")
    try terminal.enter("clear; \(line)")
    try expectRestored(terminal, code: code, stty: before)
    let lines = terminal.screen.split(separator: "\n").filter { $0.hasPrefix("tessera: ") }
    #expect(lines.count == 1, "\(terminal.screen)")
    #expect(lines.first?.contains(says) == true, "\(terminal.screen)")
  }

  @Test func growsOutOfATinyTerminal() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(), "a.png")
    let terminal = try PaintingTerminal(in: folder, columns: 20, rows: 5)
    let before = try terminal.stty("before")
    try terminal.enter("\"$T\" a.png")
    #expect(terminal.wait(for: "32x8"), "\(terminal.screen)")
    try terminal.resize(columns: 80, rows: 24)
    #expect(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.resize(columns: 1, rows: 1)
    try terminal.resize(columns: 80, rows: 24)
    #expect(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.press("q")
    try expectRestored(terminal, code: 0, stty: before)
  }
}
