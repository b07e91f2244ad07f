import Foundation
import Raster
import Tensors
import Testing

/// The program's outputs, byte for byte, as they were when the calls of a network were recut.
///
/// `Fixtures/outputs.json` holds SHA-256 of tensors and of pixels by instruction set and case, for 1, 2
/// and 3 workers, or once where all agree. Hints are plain, so that a change of how paint is melted
/// or textured is none here. `TESSERA_RECORD_OUTPUTS=FILE` writes what it finds instead of comparing;
/// do that only where outputs are meant to change, and say why in the commit.
@Suite(.serialized)
struct RecordedOutputsTests {
  private static let networks = ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"]
  private static let recording = ProcessInfo.processInfo.environment["TESSERA_RECORD_OUTPUTS"]

  @Test(arguments: Kernels.names)
  func areThoseRecorded(path: String) throws {
    let folder = try ScratchFolder()
    let cases = try Self.forwards(folder) + Self.pictures(folder)
    var found: [String: [String]] = [:]
    for (name, words, workers) in cases {
      let digests = try workers.map { try Self.digest(words, workers: $0, path: path, in: folder) }
      found[name] = Set(digests).count == 1 ? [digests[0]] : digests
    }
    if let recording = Self.recording { return try Self.record(found, path, recording) }
    let table = try JSONDecoder().decode(
      [String: [String: [String]]].self,
      from: Data(contentsOf: URL(filePath: Program.fixture("outputs.json"))))
    let expected = try #require(table[path])
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, digests) in found { #expect(digests == expected[name], "\(path): \(name)") }
  }

  private typealias Case = (name: String, words: [String], workers: [Int])

  /// One evaluation, dense and against a baseline, with caches of each width.
  private static func forwards(_ folder: ScratchFolder) throws -> [Case] {
    var cases: [Case] = []
    for name in networks {
      let model = Program.fixture(name)
      let io = try SafetensorsFile(path: model + "/io.safetensors")
      let (edited, timestep) = (try io.tensor("edited"), try io.tensor("timestep").floats())
      try folder.write(
        "\(name).safetensors",
        Safetensors.encoded([
          ("sample", edited.shape, try edited.floats()), ("timestep", [1], timestep),
        ]))
      let forward = ["forward", model, "--input", "\(name).safetensors", "-o", "out"]
      cases.append(("forward \(name) dense", forward, [1, 2, 3]))
      for precision in ["byte", "half", "f32"] {
        let sparse = ["--baseline", io.path, "--dilation", "2", "--precision", precision]
        cases.append(("forward \(name) sparse \(precision)", forward + sparse, [1, 2, 3]))
      }
    }
    try cases.append(largeForward(folder))
    return cases
  }

  /// A map so large that bytes leave out what is cheap to compute again.
  private static func largeForward(_ folder: ScratchFolder) throws -> Case {
    let side = 264
    let sample = (0..<3 * side * side).map { Float(($0 &* 7919) % 1009) / 504 - 1 }
    let edited = sample.enumerated().map { index, value in
      let (y, x) = (index / side % side, index % side)
      return (100..<130).contains(y) && (90..<140).contains(x) ? 1 - value : value
    }
    for (name, planes) in [("base", sample), ("edit", edited)] {
      try folder.write(
        "\(name).safetensors",
        Safetensors.encoded([("sample", [1, 3, side, side], planes), ("timestep", [1], [300])]))
    }
    let words = [
      "forward", Program.fixture("plain-rgb"), "--input", "edit.safetensors", "--baseline",
      "base.safetensors", "-o", "out",
    ]
    return ("forward plain-rgb sparse byte, 264x264", words, [1, 2, 3])
  }

  /// Edits and regenerations, with the bundled model and with one that attends.
  private static func pictures(_ folder: ScratchFolder) throws -> [Case] {
    let scene = Drawing.scene(width: 64, height: 48)
    try folder.save(scene, "a.png")
    try folder.save(Drawing.painted(scene), "b.png")
    let attending = Program.fixture("ddpm-style")
    for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
      try folder.write(
        "attending/unet/\(name)", Data(contentsOf: URL(filePath: "\(attending)/\(name)")))
    }
    let scheduler = #"{"_class_name": "DDIMScheduler", "beta_schedule": "squaredcos_cap_v2"}"#
    try folder.write("attending/scheduler/scheduler_config.json", scheduler.utf8)
    var cases: [Case] = []
    for (name, model) in [("paint", Program.bundledModel), ("attending", "attending")] {
      let common = ["--model", model, "--steps", "4", "--seed", "7", "-o", "out", "--no-metadata"]
      let edit = ["edit", "a.png", "b.png", "--melt", "0", "--no-texture", "--edges", "smooth"]
      for mode in [["sparse"], ["sparse", "--precision", "f32"], ["dense"]] {
        cases.append(
          (
            "edit \(name) \(mode.joined(separator: " "))", edit + common + ["--mode"] + mode,
            [1, 2, 3]
          ))
      }
      for scheme in ["serial", "patch", "displaced", "partial", "async", "parareal", "chords"] {
        cases.append(
          (
            "regenerate \(name) \(scheme)",
            ["regenerate", "a.png", "--scheme", scheme] + common, [1, 2, 3]
          ))
      }
      cases.append(
        (
          "regenerate \(name) async, stride 2",
          ["regenerate", "a.png", "--scheme", "async", "--stride", "2"] + common, [3]
        ))
    }
    return cases
  }

  /// What a run makes: the digest of its tensors or of its pixels.
  private static func digest(
    _ words: [String], workers: Int, path: String, in folder: ScratchFolder
  ) throws -> String {
    let run = try Program.run(
      words + ["--workers", "\(workers)"] + (words[0] == "forward" ? [] : ["--force"]), in: folder,
      environment: ["TESSERA_KERNELS": path])
    try #require(run.status == 0, "\(words): \(run.errors)")
    let bytes = try folder.bytes("out")
    return SHA256.hex(
      words[0] == "forward" ? bytes : try folder.picture("out").rgba8.samples)
  }

  private static func record(_ found: [String: [String]], _ path: String, _ file: String) throws {
    let known = FileManager.default.contents(atPath: file) ?? Data("{}".utf8)
    var table = try JSONDecoder().decode([String: [String: [String]]].self, from: known)
    table[path] = found
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(table).write(to: URL(filePath: file))
  }
}
