import Editor
import Foundation
import Glibc
import Journal
import Raster
import Testing

/// The place of journals: full for a while, not to be written, and with things in it that are none.
@Suite(.serialized) struct JournalPlaceTests {
  /// Whether a disk of our own can be had, which needs the right to mount.
  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "unshare -m mount -t tmpfs tmpfs /mnt 2> /dev/null"]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// A disk of 300 KB that is full until the file `go` is there; what is kept then is copied.
  private static let onAFullDisk = #"""
    mkdir -p disk
    mount -t tmpfs -o size=300k tmpfs disk || exit 1
    mkdir -p disk/tessera/journal
    cat /dev/zero > disk/fill 2> /dev/null
    ( while [ ! -e go ]; do sleep 0.1; done
      rm disk/fill
      while [ ! -e copy ]; do sleep 0.1; done
      cp -r disk/tessera copied; : > done ) &
    XDG_STATE_HOME="$PWD/disk" exec "$T" a.png
    """#

  /// What is listed as work can be restored; what cannot is listed as damaged.
  @Test func damagedWorkIsListedAsSuch() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 128, height: 128), "a.png")
    let journals = folder.home + "/.local/state/tessera/journal"
    try FileManager.default.createDirectory(atPath: journals, withIntermediateDirectories: true)
    let name = String(SHA256.hex(Array((folder / "a.png").utf8)).prefix(24)) + ".journal"
    let header = JournalHeader(
      picture: folder / "a.png", width: 128, height: 128, digest: nil, begun: Date())
    // A tile of one byte is none; one of three empty planes changes nothing.
    let empty = [UInt8](repeating: 0, count: 1 + 3 * 64 * 64 / 8)
    for (payload, isWhole) in [([UInt8(0)], false), (empty, true)] {
      let tile = JournalTile(index: 0, payload: payload)
      let writer = JournalWriter(path: "\(journals)/\(name)", header: header, continuing: nil) {
        _ in
      }
      writer.append(JournalEntry(tiles: [tile], settings: GenerationSettings(), generations: []))
      writer.close(keeping: true)
      let list = try Program.run(["recover"], in: folder)
      #expect(list.status == 0 && list.output.contains("(1 change)"), "\(list.output)")
      #expect(list.output.contains(": damaged, nothing can be read") == !isWhole)
      let told = try Program.run(["recover", "--json"], in: folder)
      let work = try #require((told.json["work"] as? [[String: Any]])?.first)
      #expect(work["readable"] as? Bool == isWhole && work["open_in"] is NSNull)
      let run = try Program.run(["recover", "a.png", "--force"], in: folder)
      #expect(run.status == (isWhole ? 0 : 65), "\(run.errors)")
    }
    #expect(try folder.picture("a-recovered.png").rgba8 == folder.picture("a.png").rgba8)
  }

  @Test(
    .enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"),
    .enabled(if: canMount, "no file system may be mounted here"))
  func aFullDiskIsToldUntilThereIsRoom() throws {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(width: 192, height: 128), "a.png")
    try folder.write("start", Array(Self.onAFullDisk.utf8))
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("unshare -m sh ./start")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("NO JOURNAL"))
    try terminal.press(".")
    #expect(terminal.wait(for: "cannot be written (No space left on device)"), "\(terminal.screen)")
    try terminal.press("L", "L", ".")
    sleep(4)
    #expect(terminal.screen.contains("NO JOURNAL"), "\(terminal.screen)")
    // Room again: without a key, everything is kept.
    try folder.write("go", [])
    #expect(terminal.wait(for: "unsaved work is kept again"), "\(terminal.screen)")
    #expect(!terminal.screen.contains("NO JOURNAL"), "\(terminal.screen)")
    try terminal.press("L", "L", ".")
    try terminal.enter(":export edited edited.png")
    #expect(terminal.wait(for: "saved the edited"), "\(terminal.screen)")
    try folder.write("copy", [])
    for _ in 0..<200 where !folder.contents.contains("done") { usleep(50_000) }
    try terminal.enter(":q!")
    for _ in 0..<200 where !terminal.modes.hasPrefix("0") { usleep(50_000) }

    let state = folder.home + "/.local/state"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder / "copied", toPath: state + "/tessera")
    let restored = try Program.run(["recover", "a.png"], in: folder)
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(
      try folder.picture("a-recovered.png").rgba8 == folder.picture("edited.png").rgba8)

    // In a folder that cannot be written, deleting says what and where.
    try folder.write("ro/x", [])
    try FileManager.default.copyItem(atPath: folder / "copied", toPath: folder / "ro/tessera")
    let shell = #"""
      unshare -m sh -c 'mount --bind ro ro && mount -o remount,ro,bind ro && exec "$@"' sh "$@"
      """#
    let discard = try Program.run(
      ["recover", "--discard", "a.png"], in: folder, shell: shell,
      environment: ["XDG_STATE_HOME": folder / "ro"])
    #expect(discard.status == 74, "\(discard.errors)")
    #expect(discard.errorLines.count == 1)
    #expect(
      discard.errors.contains(
        ".journal: the unsaved work cannot be deleted (Read-only file system)"),
      "\(discard.errors)")
  }

  /// Nothing that lies there is waited for or followed, and the picture opens all the same.
  @Test(arguments: ["mkfifo", "mkdir", "ln -s /dev/zero", "truncate -s 1T"])
  func thingsThatAreNoJournals(make: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let journals = folder.home + "/.local/state/tessera/journal"
    try FileManager.default.createDirectory(atPath: journals, withIntermediateDirectories: true)
    let name = String(SHA256.hex(Array((folder / "a.png").utf8)).prefix(24)) + ".journal"
    let shell = "\(make) '\(journals)/\(name)' && exec \"$@\""
    let list = try Program.run(["recover"], in: folder, shell: shell)
    #expect(list.status == 0 && list.output.isEmpty, "\(list.errors)")
    let recover = try Program.run(["recover", "a.png"], in: folder)
    #expect(recover.status == 66, "\(recover.errors)")
  }
}
