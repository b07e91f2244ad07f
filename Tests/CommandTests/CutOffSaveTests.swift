import Files
import Foundation
import Raster
import Testing

/// A save into a file in place that was cut off: what the file held before is kept.
@Suite(.serialized) struct CutOffSaveTests {
  /// A folder with a.png half written, and its copy among the program's own files.
  private func folder() throws -> (ScratchFolder, before: [UInt8], copy: String) {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let before = try folder.bytes("a.png")
    try folder.write("a.png", folder.bytes("b.png").prefix(500))
    let path = try #require(FileSystem.resolved(folder / "a.png"))
    let coming = SHA256.hex(try folder.bytes("b.png"))
    let state = folder.home + "/.local/state/tessera/journal"
    let copy = "\(state)/\(SHA256.hex(Array(path.utf8)).prefix(24)).before"
    #expect(FileSystem.makeFolder(state, mode: 0o700))
    let bytes =
      Array("tessera copy 1\n".utf8) + field(path.utf8) + field(coming.utf8) + field(before)
    try Data(bytes).write(to: URL(filePath: copy))
    return (folder, before, copy)
  }

  private func field(_ bytes: some Collection<UInt8>) -> [UInt8] {
    withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) } + bytes
  }

  @Test func commandsTellOfIt() throws {
    let (folder, before, copy) = try folder()
    let info = try Program.run(["info", "a.png"], in: folder)
    #expect(info.status == 65 && info.errors.contains("tessera recover a.png"), "\(info.errors)")
    let list = try Program.run(["recover", "--json"], in: folder)
    #expect((list.json["cut_off"] as? [String])?.first?.hasSuffix("/a.png") == true)
    let run = try Program.run(["recover", "a.png"], in: folder)
    #expect(run.status == 0 && run.output == "a-recovered.png\n", "\(run.errors)")
    try folder.write("before.png", before)
    #expect(try folder.picture("a-recovered.png").pixels == folder.picture("before.png").pixels)
    #expect(FileSystem.exists(copy))
    #expect(try Program.run(["recover", "a.png", "--discard"], in: folder).status == 0)
    #expect(!FileSystem.exists(copy))
    #expect(try Program.run(["recover", "a.png"], in: folder).status == 66)
  }

  /// A file that became whole otherwise needs nothing.
  @Test func aWholeFileIsRead() throws {
    let (folder, before, copy) = try folder()
    try folder.write("a.png", before)
    #expect(try Program.run(["info", "a.png"], in: folder).status == 0)
    #expect(!FileSystem.exists(copy))
  }

  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func theNextSessionHasWhatWasThere() throws {
    let (folder, before, copy) = try folder()
    try folder.write("before.png", before)
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("\"$T\" a.png")
    #expect(terminal.wait(for: "a save into the file was cut off"), "\(terminal.screen)")
    #expect(terminal.screen.contains("* unsaved"), "\(terminal.screen)")
    try terminal.enter(":w")
    #expect(terminal.wait(for: "a.png exists: overwrite it?"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    try terminal.press("q")
    #expect(try folder.picture("a.png").pixels == folder.picture("before.png").pixels)
    #expect(!FileSystem.exists(copy))
  }
}
