import Foundation
import Raster
import Testing

/// `tessera regenerate` and dense edits split over workers, with the bundled model.
struct RegenerateTests {
  private let regenerate = ["regenerate", "a.png", "-o", "c.png", "--steps", "2"]

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    return folder
  }

  @Test func patchIsSerialForAnyNumberOfWorkers() throws {
    let folder = try folder()
    let run = try Program.run(
      regenerate + ["--json", "--scheme", "serial", "--no-metadata"], in: folder)
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.json["scheme"] as? String == "serial")
    #expect(run.json["width"] as? Int == 96)
    let expected = try folder.bytes("c.png")
    for workers in ["1", "2", "5"] {
      let arguments = ["--force", "--workers", workers, "--scheme", "patch", "--no-metadata"]
      #expect(try Program.run(regenerate + arguments, in: folder).status == 0)
      #expect(try folder.bytes("c.png") == expected, "\(workers) workers")
    }
  }

  @Test(arguments: ["displaced", "partial", "async", "parareal", "chords"])
  func everySchemeGivesAPicture(scheme: String) throws {
    let folder = try folder()
    let run = try Program.run(
      regenerate + ["--scheme", scheme, "--workers", "3", "--progress", "json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("\"step\":2"))
    let edit = ["edit", "a.png", "b.png", "-o", "d.png", "--mode", "dense", "--steps", "2"]
    #expect(try Program.run(edit + ["--scheme", scheme], in: folder).status == 0)
    #expect(folder.contents == ["a.png", "b.png", "c.png", "d.png"])
  }

  @Test(arguments: [
    (["--workers", "0"], "--workers takes 1 to 256"),
    (["--scheme", "partial", "--fraction", "0"], "fraction"),
    (["--scheme", "partial", "--fraction", "1.5"], "fraction"),
    (["--scheme", "async", "--components", "500"], "components"),
    (["--scheme", "displaced", "--warm-up", "0"], "warm-up"),
    (["--scheme", "fastest"], "scheme"), (["--steps", "0"], "--steps takes 1 or more"),
  ])
  func refusesWhatCannotBe(flags: [String], says: String) throws {
    let folder = try folder()
    let run = try Program.run(regenerate + flags, in: folder)
    #expect(run.status == 64)
    #expect(run.errors.contains(says), "\(run.errors)")
    #expect(folder.contents == ["a.png", "b.png"])
  }

  @Test func aSchemeIsForDenseEdits() throws {
    let folder = try folder()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--scheme", "patch"], in: folder)
    #expect(run.status == 64 && run.errors.contains("--mode dense"))
  }

  @Test func doesNotOverwriteUnasked() throws {
    let folder = try folder()
    #expect(try Program.run(regenerate, in: folder).status == 0)
    let run = try Program.run(regenerate, in: folder)
    #expect(run.status == 73 && run.errors.contains("--force"))
  }
}
