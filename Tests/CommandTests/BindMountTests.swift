import Foundation
import Glibc
import Raster
import Testing

/// Files that are mounts of their own, which nothing can be renamed over.
private enum BindMount {
  /// Whether a test can mount in a name space of its own.
  static let isAllowed: Bool = {
    guard let folder = try? ScratchFolder() else { return false }
    try? folder.write("a", [1])
    let run = try? Program.run([], in: folder, shell: line("a", then: "true"))
    return run?.status == 0
  }()

  /// A line of sh that mounts a file over itself, where nobody else sees it, and runs another.
  static func line(_ name: String, then line: String) -> String {
    "unshare -m sh -c 'mount --bind \(name) \(name) && \(line)' sh \"$@\""
  }
}

/// Saving into a file that is a mount.
@Suite(.serialized, .enabled(if: BindMount.isAllowed, "this user may not mount"))
struct BindMountTests {
  @Test func headlessNeedsToBeTold() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let before = try folder.bytes("a.png")
    let edit = "\"$@\" edit a.png b.png -o a.png --force --steps 1"
    let refused = try Program.run([], in: folder, shell: BindMount.line("a.png", then: edit))
    #expect(refused.status == 73 && refused.errors.contains("--in-place"), "\(refused.errors)")
    #expect(try folder.bytes("a.png") == before)
    let run = try Program.run(
      [], in: folder, shell: BindMount.line("a.png", then: edit + " --in-place"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(try folder.bytes("a.png") != before && folder.picture("a.png").width == 96)
    #expect(folder.contents == ["a.png", "b.png"])
    let kept = folder.home + "/.local/state/tessera/journal"
    #expect(try FileManager.default.contentsOfDirectory(atPath: kept) == [])
  }

  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func aSessionAsksOnce() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 192, height: 128), "a.png")
    var before = try folder.bytes("a.png")
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("set -- \"$T\"; " + BindMount.line("a.png", then: "\"$@\" a.png"))
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.press(".")
    try terminal.enter(":w!")
    #expect(
      terminal.wait(for: "a.png can only be written in place: do it? y/n"), "\(terminal.screen)")
    try terminal.press("n")
    #expect(terminal.wait(for: "not saved"), "\(terminal.screen)")
    #expect(try folder.bytes("a.png") == before)
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "in place: do it?"), "\(terminal.screen)")
    try terminal.press("y")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.bytes("a.png") != before)
    before = try folder.bytes("a.png")
    try terminal.press("l", ".")
    #expect(terminal.wait(for: "unsaved"), "\(terminal.screen)")
    try terminal.enter(":w")
    #expect(terminal.wait(for: "saved a.png"), "\(terminal.screen)")
    #expect(try folder.bytes("a.png") != before)
    try terminal.press("q")
  }
}
