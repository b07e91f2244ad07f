import Foundation
import Glibc
import Raster
import Testing

/// Targets that cannot be written, full disks, and interruption: one line, nothing left behind.
struct OutputTests {
  @Test(arguments: ["none/c.png", "folder", "folder/", "", "a.png/c.png", "/proc/none/c.png"])
  func refusesATarget(target: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try folder.write("folder/x", [])
    let before = folder.contents
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", target, "--force", "--steps", "1"], in: folder)
    #expect(run.status == 73, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: \(target): "), "\(run.errors)")
    #expect(folder.contents == before)
  }

  /// Before anything is read, let alone computed: there are no pictures here.
  @Test(arguments: [
    ("", "is not the name of a file"), ("none/c.png", "make the folder first"),
    ("a.png/c.png", "no file can be made in the folder a.png"), ("folder", "is a folder"),
    ("circle.png", "is a circle of symbolic links"), ("pipe", "is not an ordinary file"),
    (String(repeating: "x", count: 252) + ".png", "its name is too long"),
  ])
  func refusesATargetAtOnce(target: String, problem: String) throws {
    let folder = try ScratchFolder()
    try folder.write("a.png", "x".utf8)
    try folder.write("folder/x", [])
    symlink("circle.png", folder / "circle.png")
    mkfifo(folder / "pipe", 0o600)
    let before = folder.contents
    for words in [["edit", "1.png", "2.png"], ["regenerate", "1.png"]] {
      let run = try Program.run(words + ["-o", target, "--force"], in: folder)
      #expect(run.status == 73, "\(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(problem), "\(run.errors)")
      #expect(!run.errors.contains("untouched"))
    }
    #expect(folder.contents == before)
  }

  @Test(arguments: ["none/o.safetensors", "folder", "", "/proc/none/o.safetensors", "/dev/null"])
  func refusesATargetOfTensors(target: String) throws {
    let folder = try ScratchFolder()
    try folder.write("folder/x", [])
    let before = folder.contents
    let model = Program.fixture("plain-rgb")
    let run = try Program.run(
      ["forward", model, "--input", model + "/io.safetensors", "-o", target], in: folder)
    #expect(run.status == 73, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: \(target): "), "\(run.errors)")
    #expect(folder.contents == before)
  }

  /// A limit on file sizes ends a write as a full disk does: some bytes fit, then no more.
  @Test func leavesNothingOnAFullDisk() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try folder.write("c.png", "mine".utf8)
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--force", "--steps", "1"], in: folder,
      shell: #"ulimit -f 2; exec "$@""#)
    #expect(run.status == 74, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: c.png: could not be written"), "\(run.errors)")
    #expect(try folder.bytes("c.png") == Array("mine".utf8))
    #expect(folder.contents == ["a.png", "b.png", "c.png"])
  }

  @Test func leavesNoTensorsOnAFullDisk() throws {
    let folder = try ScratchFolder()
    let model = Program.fixture("plain-rgb")
    let run = try Program.run(
      ["forward", model, "--input", model + "/io.safetensors", "-o", "out.safetensors"],
      in: folder, shell: #"ulimit -f 2; exec "$@""#)
    #expect(run.status == 74, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: out.safetensors: "), "\(run.errors)")
    #expect(!run.errors.contains("untouched"), "there was no file")
    #expect(folder.contents.isEmpty)
  }

  @Test(arguments: [
    ["info", "a.png"], ["info", "a.png", "--json"], ["compare", "a.png", "a.png"],
    ["models", "list", "--json"],
  ])
  func saysThatStandardOutputIsFull(arguments: [String]) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(arguments, in: folder, shell: #"exec "$@" > /dev/full"#)
    #expect(run.status == 74)
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: standard output: "), "\(run.errors)")
  }

  @Test(arguments: ["sparse", "dense"])
  func leavesNothingWhenInterrupted(mode: String) throws {
    let folder = try ScratchFolder()
    let scene = Drawing.scene(width: 256, height: 256)
    try folder.save(scene, "a.png")
    try folder.save(Drawing.painted(scene), "b.png")
    let process = try Program.start(
      [
        "edit", "a.png", "b.png", "-o", "c.png", "--steps", "500", "--mode", mode, "--progress",
        "plain", "--memory", "2G",
      ], in: folder)
    // Not before it computes; 500 steps take minutes.
    while process.isRunning, !folder.streamText("stderr").contains(" 1/500") { usleep(10_000) }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 130)
    #expect(folder.streamText("stderr").hasSuffix("\ntessera: interrupted\n"))
    #expect(folder.contents == ["a.png", "b.png"])
  }
}
