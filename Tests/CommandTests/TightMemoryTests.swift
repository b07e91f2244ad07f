import Foundation
import Glibc
import Raster
import Testing

/// Where memory does not suffice, a command says so in one line and ends with 69; it never aborts, and
/// never waits for ever.
@Suite(.serialized)
struct TightMemoryTests {
  /// A picture of 67 megapixels in eight kilobytes, and one of three megapixels with a stroke on it.
  private static func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let large = Program.fixture("pictures/large-1bit.png")
    try folder.write("large.png", try Data(contentsOf: URL(filePath: large)))
    let scene = Drawing.scene(width: 2048, height: 1536)
    try folder.save(scene, "a.png")
    try folder.save(Drawing.painted(scene), "b.png")
    let small = Drawing.scene()
    try folder.save(small, "s.png")
    try folder.save(Drawing.painted(small), "t.png")
    return folder
  }

  struct Sweep: CustomTestStringConvertible {
    let words: [String]
    /// In thousands of KiB, as `ulimit -v` takes them: from 85 on, since below 83 the runtime's own start
    /// fails before anything of ours runs.
    let limits: [Int]
    /// Statuses of success.
    var good: Set<Int32> = [0]
    var testDescription: String { words.joined(separator: " ") }
  }

  static let sweeps: [Sweep] = [
    Sweep(words: ["info", "large.png"], limits: [85, 88, 90, 100, 200, 300]),
    Sweep(
      words: ["compare", "large.png", "large.png"], limits: [85, 100, 200, 300, 400, 500, 600, 700]),
    Sweep(
      words: ["compare", "a.png", "b.png", "--mask", "b.png"],
      limits: [85, 90, 95, 100, 110, 120, 150, 200],
      good: [0, 1]),
    Sweep(
      words: ["edit", "a.png", "b.png", "-o", "c.png", "--force", "--hint-only", "--no-texture"],
      limits: [85, 90, 100, 120, 150, 200, 300, 500, 800]),
    Sweep(
      words: ["edit", "s.png", "t.png", "-o", "c.png", "--force", "--hint-only"],
      limits: [85, 86, 88, 90, 92, 96, 100, 120, 150, 200]),
    Sweep(
      words: ["edit", "s.png", "t.png", "-o", "c.png", "--force", "--steps", "1"],
      limits: [85, 100, 150, 200, 300, 400, 600]),
    Sweep(
      words: ["edit", "large.png", "large.png", "-o", "c.png", "--force"],
      limits: [300, 500, 600, 700, 900, 1300, 1700]),
    Sweep(
      words: ["regenerate", "s.png", "-o", "c.png", "--force", "--steps", "1"],
      limits: [85, 100, 150, 200, 400, 900]),
    Sweep(
      words: ["models", "check", Program.bundledModel], limits: [85, 90, 110, 130, 150, 180, 300]),
    Sweep(
      words: [
        "forward", Program.fixture("plain-rgb"), "--input",
        Program.fixture("plain-rgb") + "/io.safetensors", "-o", "c.png",
      ], limits: [85, 88, 92, 96, 100, 110, 120, 150]),
  ]

  @Test(arguments: sweeps)
  func endsInALine(sweep: Sweep) throws {
    let folder = try Self.folder()
    var statuses: Set<Int32> = []
    for limit in sweep.limits {
      let run = try Program.run(
        sweep.words, in: folder, shell: "ulimit -v \(limit)000; exec timeout 120 \"$@\"")
      let isLoaded = !run.errors.contains("shared libraries")
      guard isLoaded else { continue }
      statuses.insert(run.status)
      #expect(sweep.good.contains(run.status) || run.status == 69, "\(limit): \(run.errors)")
      guard run.status == 69 else { continue }
      #expect(run.errorLines.count == 1 && run.errors.hasPrefix("tessera: "), "\(run.errors)")
    }
    #expect(!statuses.isDisjoint(with: sweep.good), "the widest limit suffices")
    #expect(folder.contents.allSatisfy { $0.hasSuffix(".png") && !$0.hasPrefix(".") })
  }

  /// What is read for its header takes no memory for its pixels.
  @Test func infoKeepsNoPixels() throws {
    let folder = try Self.folder()
    let run = try Program.run(
      ["info", "large.png"], in: folder, shell: "ulimit -v 150000; exec \"$@\"")
    #expect(run.status == 0 && run.output.contains("16384x4096"), "\(run.errors)")
  }

  @Test func saysWhatAPictureTakes() throws {
    let folder = try Self.folder()
    let run = try Program.run(
      ["compare", "large.png", "large.png"], in: folder, shell: "ulimit -v 300000; exec \"$@\"")
    #expect(run.status == 69)
    let line = try Regex(
      #"tessera: large.png: reading its 16384x4096 pixels takes 257 MiB of memory, and \d+ MiB can "#
        + #"be had; raise the limit of ulimit -v\n"#)
    #expect(try line.wholeMatch(in: run.errors) != nil, "\(run.errors)")
  }

  /// A thread that cannot be started is not waited for.
  @Test(arguments: [
    ["edit", "s.png", "t.png", "-o", "c.png", "--hint-only"],
    ["edit", "s.png", "t.png", "-o", "c.png", "--no-model"],
    ["bench", "attention", "--tokens", "128", "--channels", "16"],
  ])
  func threadsThatCannotBeStarted(words: [String]) throws {
    let folder = try Self.folder()
    let run = try Program.run(
      words + ["--workers", "100"], in: folder,
      shell: "ulimit -v 400000; exec timeout 60 \"$@\"")
    #expect(run.status == 69, "\(run.errors)")
    let line = try Regex(
      #"tessera: only (\d+) of 100 threads can run here; --workers \1 makes do with fewer\n"#)
    #expect(try line.wholeMatch(in: run.errors) != nil, "\(run.errors)")
  }

  /// What is advised is what helps: a limit that can be had, or else to raise what stands in its way.
  @Test func advisesWhatHelps() throws {
    let folder = try Self.folder()
    let words = ["edit", "s.png", "t.png", "-o", "c.png", "--force", "--steps", "1", "--memory"]
    let tight = try Program.run(
      words + ["90M"], in: folder, shell: "ulimit -v 150000; exec \"$@\"")
    #expect(tight.status == 69)
    #expect(tight.errors.contains("raise the limit of ulimit -v"), "\(tight.errors)")
    #expect(!tight.errors.contains("allows it"))
    let wide = try Program.run(words + ["90M"], in: folder)
    #expect(wide.status == 69)
    let advised = try #require(wide.errors.split(separator: "--memory ").last?.prefix { $0 != " " })
    let again = try Program.run(words + [String(advised)], in: folder)
    #expect(again.status == 0 || again.errors.contains("a window of"), "\(again.errors)")
  }

  /// A picture that cannot be painted on is not opened.
  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func aSessionSaysSoBeforeItBegins() throws {
    let folder = try Self.folder()
    let terminal = try PaintingTerminal(in: folder, columns: 160)
    try terminal.enter("clear; (ulimit -v 700000; \"$T\" large.png); echo \"code $?\"")
    #expect(terminal.wait(for: "painting on 16384x4096 pixels takes"), "\(terminal.screen)")
    #expect(terminal.wait(for: "code 69"), "\(terminal.screen)")
  }
}
