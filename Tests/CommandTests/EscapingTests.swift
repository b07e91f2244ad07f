import Foundation
import Raster
import Testing

/// Names, arguments and texts of files that a terminal would obey.
struct EscapingTests {
  /// Escape, DEL, CSI of C1, NEL, marks and overrides of bidirectional text, separators.
  private static let hostile =
    "x\u{1B}[31m\u{7}\u{8}\u{7F}\u{9B}2J\u{85}\u{200E}\u{200F}\u{61C}\u{202A}\u{202E}\u{2066}\u{2069}"
    + "\u{2028}\u{2029}y"

  private func expectSafe(_ run: Program.Outcome, _ words: [String]) {
    for text in [run.output, run.errors] {
      let raw = text.unicodeScalars.filter { scalar in
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x206F: true
        default: false
        }
      }
      #expect(raw.isEmpty, "\(words): \(raw.map(\.value))")
    }
  }

  /// Whatever a command says of an argument, nothing of it is obeyed, and it stays on its line.
  @Test(arguments: [
    ["info", hostile], ["info", "--json", hostile], ["compare", hostile, hostile],
    ["compare", "a.png", "a.png", "--mask", hostile], ["edit", hostile, hostile, "-o", hostile],
    ["edit", "a.png", "b.png", "-o", hostile + ".jpg"], ["edit", "a.png", "b.png", "-o", "a.png"],
    ["edit", "a.png", "b.png", "-o", "c.png", "--model", hostile],
    ["edit", "a.png", "b.png", "-o", "c.png", "--mode", hostile],
    ["edit", "a.png", "b.png", "-o", "c.png", "--steps=" + hostile],
    ["edit", "a.png", "b.png", "-o", "c.png", "--memory", hostile],
    ["edit", "a.png", "b.png", "-o", "c.png", "--" + hostile], ["edit", "-" + hostile],
    ["info", "a", hostile], ["models", hostile], ["models", "check", hostile],
    ["models", "check", "--json", hostile], ["recover", hostile], ["help", hostile],
    ["config", hostile], ["bench", "network", "--model", hostile],
    ["forward", hostile, "--input", hostile, "-o", hostile], [hostile],
    ["--generate-completion-script", hostile], ["bench", hostile],
    ["info", "a\nb\u{1B}c"], ["info", "a", "b\n\u{1B}c"],
  ])
  func argumentsAreNotObeyed(words: [String]) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(words, in: folder)
    #expect(run.status > 0 || words.first == "help")
    expectSafe(run, words)
    if run.status > 64 { #expect(run.errorLines.count == 1, "\(run.errors)") }
    #expect(!run.errors.contains("b\n"))
  }

  /// The same of files that are there, and JSON tells their names as they are.
  @Test func namesAndTextsAreNotObeyed() throws {
    let folder = try ScratchFolder()
    let name = Self.hostile + ".png"
    var picture = Picture(pixels: .eight(Drawing.scene()))
    picture.metadata.text = [
      .init(key: "Title", value: Self.hostile),
      .init(
        key: "parameters", value: Self.hostile + "\nSteps: 4, Sampler: \(Self.hostile), Seed: 1"),
      .init(key: "invokeai_metadata", value: "{\"positive_prompt\":\"\\u001b[31m\\u202e\"}"),
    ]
    try picture.write(to: folder / name, overwrite: false)
    try folder.save(Drawing.painted(Drawing.scene()), "b.png")
    let runs = [
      ["info", name], ["info", name, "--json"], ["compare", name, name, "--json"],
      ["compare", name, "b.png"], ["edit", name, "b.png", "-o", "c.png", "--steps", "1"],
      ["edit", name, "b.png", "-o", "1" + name, "--steps", "1", "--json"],
      ["edit", name, "b.png", "-o", "2" + name, "--steps", "1", "--progress", "plain"],
      ["recover", name],
    ]
    for words in runs {
      let run = try Program.run(words, in: folder)
      expectSafe(run, words)
      if words.contains("--json") {
        let names = [run.json["file"], run.json["a"], run.json["output"]].compactMap {
          $0 as? String
        }
        #expect(names.first?.hasSuffix(name) == true, "\(run.output)")
      }
    }
    // A model's name and what is in its files are said too.
    try folder.write("m\(Self.hostile)/config.json", Array("{\"\(Self.hostile)\":1}".utf8))
    for words in [["models", "check", "m" + Self.hostile], ["models", "list"]] {
      let run = try Program.run(
        words, in: folder, environment: ["XDG_DATA_HOME": folder / "m\(Self.hostile)"])
      expectSafe(run, words)
    }
  }

  /// Configurations that say things and lie in places that a terminal would obey. (To a script, not a
  /// terminal, `config --path` gives the bytes of the name.)
  @Test(arguments: [["config"], ["config", "--json"], ["edit"]])
  func configurationsAreNotObeyed(words: [String]) throws {
    let folder = try ScratchFolder()
    let place = "c" + Self.hostile
    for text in [
      "[program]\nmodel = \(Self.hostile)\n[preset \(Self.hostile)]\nsteps = 3\n",
      "[\(Self.hostile)]\n", "[start]\n\(Self.hostile) = 3\n", "[keys]\nx = \(Self.hostile)\n",
      "[program]\nmetadata = \(Self.hostile)\n",
    ] {
      try folder.write("\(place)/tessera/config", Array(text.utf8))
      let run = try Program.run(words, in: folder, environment: ["XDG_CONFIG_HOME": folder / place])
      expectSafe(run, words)
    }
  }
}
