import Foundation
import Raster
import Testing

/// The first start, and pictures that take each other's place, in a real terminal.
@Suite(.serialized, .enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
struct OpeningTests {
  private func ended(_ terminal: PaintingTerminal, code: Int) throws -> Bool {
    for _ in 0..<600 where !terminal.modes.hasPrefix("0") { usleep(50_000) }
    try terminal.enter("echo \"code $?\"")
    return terminal.wait(for: "code \(code)", seconds: 30)
  }

  @Test func theFirstStartSaysPressEnterAndLeavesAtOnce() throws {
    let folder = try ScratchFolder()
    let terminal = try PaintingTerminal(in: folder, columns: 80, rows: 24)
    try terminal.enter("\"$T\"")
    #expect(terminal.wait(for: "press Enter"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("* unsaved"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("edit 0.0%"), "\(terminal.screen)")
    try terminal.press("q")
    #expect(try ended(terminal, code: 0), "\(terminal.screen)")
    #expect(folder.contents.filter { $0.hasSuffix(".png") }.isEmpty)
  }

  /// The way of somebody who has read nothing but the last line.
  @Test func theBundledPictureIsSavedUnderANameThatIsAskedFor() throws {
    let folder = try ScratchFolder()
    for overwrites in [false, true] {
      let terminal = try PaintingTerminal(in: folder, columns: 80, rows: 24)
      try terminal.enter("\"$T\"")
      #expect(terminal.wait(for: "press Enter"), "\(terminal.screen)")
      try terminal.press("Enter")
      #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
      try terminal.press("a")
      #expect(terminal.wait(for: ":w NAME saves"), "\(terminal.screen)")
      try terminal.press("q")
      #expect(terminal.wait(for: "y save and quit"), "\(terminal.screen)")
      try terminal.press("y")
      #expect(terminal.wait(for: "Save as: landscape-edited.png"), "\(terminal.screen)")
      try terminal.press("Enter")
      if overwrites {
        #expect(terminal.wait(for: "landscape-edited.png exists: overwrite it? y/n"))
        try terminal.press("n")
        #expect(terminal.wait(for: "Save as: landscape-edited.png"), "\(terminal.screen)")
        try terminal.press("C-u")
        try terminal.enter("other")
      }
      #expect(try ended(terminal, code: 0), "\(terminal.screen)")
    }
    #expect(
      folder.contents.filter { $0.hasSuffix(".png") }.sorted()
        == ["landscape-edited.png", "other.png"])
    #expect(try folder.picture("other.png").rgba8 == folder.picture("landscape-edited.png").rgba8)
  }

  @Test func whatAFileWouldLoseIsSaidAndAskedAbout() throws {
    let folder = try ScratchFolder()
    let file = try Data(contentsOf: URL(filePath: Program.fixture("pictures/apng.png")))
    try folder.write("apng.png", file)
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("\"$T\" --strict apng.png")
    try terminal.enter("echo \"code $?\"")
    #expect(terminal.wait(for: "code 65"), "\(terminal.screen)")
    try terminal.enter("\"$T\" apng.png")
    #expect(terminal.wait(for: "of 2 frames only the first"), "\(terminal.screen)")
    try terminal.press(".")
    try terminal.enter(":w")
    #expect(
      terminal.wait(for: "apng.png exists: overwrite it? y/n; lost then"), "\(terminal.screen)")
    #expect(terminal.screen.contains("of 2 frames"), "\(terminal.screen)")
    try terminal.press("n")
    #expect(try folder.bytes("apng.png") == [UInt8](file))
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "saved apng.png"), "\(terminal.screen)")
    #expect(try folder.picture("apng.png").remarks.isEmpty)
    try terminal.press("q")
    #expect(try ended(terminal, code: 0), "\(terminal.screen)")
  }

  @Test func anotherPictureTakesThePlaceOfThisOne() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 96, height: 64), "a.png")
    try folder.save(Drawing.scene(width: 64, height: 48), "b.png")
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("\"$T\" a.png")
    try #require(terminal.wait(for: "ready: paint-base"), "\(terminal.screen)")
    try terminal.press(".")
    // What cannot be opened leaves everything as it is.
    try terminal.enter(":e none.png")
    #expect(terminal.wait(for: "unsaved changes"), "\(terminal.screen)")
    try terminal.press("n")
    #expect(terminal.wait(for: "none.png: "), "\(terminal.screen)")
    #expect(terminal.screen.contains("* unsaved"), "\(terminal.screen)")
    try terminal.enter(":e! b.png")
    #expect(terminal.wait(for: "64x48"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("* unsaved"), "\(terminal.screen)")
    // The one before is nobody's now, and nothing of it is left over.
    let list = try Program.run(["recover", "a.png"], in: folder)
    #expect(list.status == 66)
    let other = try PaintingTerminal(in: folder)
    try other.enter("\"$T\" a.png")
    #expect(other.wait(for: "96x64"), "\(other.screen)")
    try terminal.enter(":e a.png")
    #expect(terminal.wait(for: "is open in process"), "\(terminal.screen)")
    try other.press("q")
    // The model is still there, and works on the new picture.
    try terminal.press(".", "Enter")
    #expect(terminal.wait(for: "a accept"), "\(terminal.screen)")
    try terminal.press("a")
    try terminal.enter(":w c")
    #expect(terminal.wait(for: "saved c.png"), "\(terminal.screen)")
    #expect(try folder.picture("c.png").width == 64)
    // The same again: the work is given up, the lock stays.
    try terminal.press(".")
    try terminal.enter(":e! b.png")
    #expect(terminal.wait(for: "opened b.png"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("* unsaved"), "\(terminal.screen)")
    try terminal.press("q")
    #expect(try ended(terminal, code: 0), "\(terminal.screen)")
    let journals = folder.home + "/.local/state/tessera/journal"
    #expect(try FileManager.default.contentsOfDirectory(atPath: journals).isEmpty)
  }
}
