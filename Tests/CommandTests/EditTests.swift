import Foundation
import Raster
import Testing

/// `tessera edit` with the bundled model on a drawn picture.
struct EditTests {
  private let edit = ["edit", "a.png", "b.png", "-o", "c.png"]

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try Picture(Drawing.mask()).write(to: folder / "m.png", overwrite: false)
    return folder
  }

  @Test func changesThePaintedPlaceAndNothingElse() throws {
    let folder = try folder()
    let run = try Program.run(edit + ["--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.isEmpty)
    #expect(folder.contents == ["a.png", "b.png", "c.png", "m.png"])
    let outside = try Program.run(
      ["compare", "a.png", "c.png", "--mask", "m.png", "--grow", "7", "--json"], in: folder)
    #expect(outside.status == 0)
    #expect(outside.json["bytes_changed_outside"] as? Int == 0)
    for before in ["a.png", "b.png"] {
      let inside = try Program.run(["compare", before, "c.png", "--json"], in: folder).json["whole"]
      let bytes = (inside as? [String: Any])?["differing_bytes"] as? Int ?? 0
      #expect(bytes > 24 * 24, "the patch is as in \(before)")
    }
  }

  @Test func tellsWhatItDid() throws {
    let folder = try folder()
    let run = try Program.run(
      edit + ["--json", "--seed", "7", "--steps", "3", "--strength", "0.9"], in: folder)
    let json = run.json
    #expect(json["schema_version"] as? Int == 1)
    #expect(json["mode"] as? String == "sparse")
    #expect(json["seed"] as? Int == 7)
    #expect(json["steps"] as? Int == 3)
    let fraction = try #require(json["edit_fraction"] as? Double)
    // The square, whose outline moves by up to 3 pixels, and at most its feather of 4.
    #expect(fraction > 20 * 20 / 6144.0 && fraction <= 38 * 38 / 6144.0)
    let active = try #require(json["tiles_active"] as? Int)
    #expect(json["tiles_total"] as? Int == 24 * 16)
    #expect(active >= 6 * 6 && active <= 24 * 16)
    let executed = try #require(json["macs_executed"] as? Int)
    let dense = try #require(json["macs_dense"] as? Int)
    #expect(executed > 0 && executed <= dense)
    #expect(json["seconds_prepare"] as? Double ?? 0 > 0)
    #expect(json["seconds_edit"] as? Double ?? 0 > 0)
    #expect(json["peak_cache_bytes"] as? Int ?? 0 > 0)
  }

  @Test func agreesWithADenseEdit() throws {
    let folder = try folder()
    #expect(try Program.run(edit, in: folder).status == 0)
    let dense = try Program.run(
      ["edit", "a.png", "b.png", "-o", "d.png", "--mode", "dense", "--json"], in: folder)
    #expect(dense.status == 0)
    #expect(dense.json["mode"] as? String == "dense")
    #expect(dense.json["macs_executed"] as? Int == dense.json["macs_dense"] as? Int)
    let run = try Program.run(
      ["compare", "c.png", "d.png", "--mask", "m.png", "--json"], in: folder)
    let inside = try #require(run.json["inside"] as? [String: Any])
    // Frozen statistics move the picture a little; another picture is below 25 dB.
    #expect(inside["psnr"] as? Double ?? .infinity > 32, "\(run.output)")
  }

  @Test(arguments: [([], true), (["--melt", "9"], true), (["--melt", "0"], false)])
  func takesTextureOfThePictureUnlessToldNotTo(flags: [String], differs: Bool) throws {
    let folder = try folder()
    for (name, more) in [("c.png", []), ("d.png", ["--no-texture"])] {
      let run = try Program.run(
        ["edit", "a.png", "b.png", "-o", name, "--steps", "1"] + flags + more, in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try (folder.picture("c.png").pixels != folder.picture("d.png").pixels) == differs)
  }

  @Test func writesTheHintWithoutRunningTheModel() throws {
    let folder = try folder()
    let edit = ["edit", "a.png", "b.png", "--edges", "smooth", "-o", "c.png"]
    let run = try Program.run(edit + ["--hint-only", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.json["seconds"] as? Double ?? 0 > 0)
    #expect(run.json["macs_executed"] == nil)
    #expect(
      try Program.run(["compare", "a.png", "c.png", "--mask", "m.png"], in: folder).status == 0)
    let plain = edit.dropLast() + ["d.png", "--hint-only", "--melt", "0"]
    #expect(try Program.run(Array(plain), in: folder).status == 0)
    #expect(try folder.picture("d.png").pixels == folder.picture("b.png").pixels)
    #expect(try folder.picture("c.png").pixels != folder.picture("b.png").pixels)
  }

  @Test func doesNotDependOnWorkers() throws {
    let folder = try folder()
    for workers in ["1", "2", "3"] {
      let run = try Program.run(
        ["edit", "a.png", "b.png", "-o", "\(workers).png", "--workers", workers, "--steps", "4"],
        in: folder)
      #expect(run.status == 0)
    }
    #expect(try folder.bytes("1.png") == folder.bytes("2.png"))
    #expect(try folder.bytes("1.png") == folder.bytes("3.png"))
  }

  @Test func dependsOnTheSeed() throws {
    let folder = try folder()
    for seed in ["1", "2"] {
      _ = try Program.run(
        ["edit", "a.png", "b.png", "-o", "\(seed).png", "--seed", seed, "--steps", "4"], in: folder)
    }
    #expect(try Program.run(["compare", "1.png", "2.png"], in: folder).status == 1)
  }

  @Test func takesAMaskForTheDifference() throws {
    let folder = try folder()
    let run = try Program.run(
      ["edit", "a.png", "a.png", "-o", "c.png", "--mask", "m.png", "--feather", "0"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      try Program.run(["compare", "a.png", "c.png", "--mask", "m.png"], in: folder).status == 0)
    #expect(try Program.run(["compare", "a.png", "c.png"], in: folder).status == 1)
  }

  @Test func overwritesOnlyWhenForced() throws {
    let folder = try folder()
    try folder.write("c.png", "mine".utf8)
    let refused = try Program.run(edit, in: folder)
    #expect(refused.status == 73)
    #expect(refused.errorLines.count == 1)
    #expect(refused.errors.hasPrefix("tessera: c.png: exists already"))
    #expect(refused.errors.contains("--force"))
    #expect(try folder.bytes("c.png") == Array("mine".utf8))
    #expect(try Program.run(edit + ["--force", "--steps", "2"], in: folder).status == 0)
    #expect(try folder.picture("c.png").width == 96)
  }

  @Test func copiesAPictureWithNothingPainted() throws {
    let folder = try folder()
    let run = try Program.run(["edit", "a.png", "a.png", "-o", "c.png", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.json["tiles_active"] as? Int == 0)
    #expect(run.json["edit_fraction"] as? Double == 0)
    #expect(try folder.picture("a.png") == folder.picture("c.png"))
  }

  @Test func refusesAnotherSize() throws {
    let folder = try folder()
    try folder.save(Drawing.scene(height: 65), "b.png")
    let run = try Program.run(edit, in: folder)
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("tessera: b.png: 96x65 pixels, but a.png has 96x64"))
    let mask = try Program.run(
      ["edit", "a.png", "a.png", "-o", "c.png", "--mask", "b.png"], in: folder)
    #expect(mask.status == 65)
    #expect(mask.errors.hasPrefix("tessera: b.png: the mask has 96x65 pixels"))
    #expect(!folder.contents.contains("c.png"))
  }

  /// At full strength both steps are made, at half strength one.
  @Test(arguments: [("1", 2), ("0.5", 1)])
  func streamsProgressAsJSON(strength: String, steps: Int) throws {
    let folder = try folder()
    let run = try Program.run(
      edit + [
        "--progress", "json", "--steps", "2", "--strength", strength, "--workers", "1", "--json",
      ], in: folder)
    let events = run.errorLines.compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
    #expect(events.count == run.errorLines.count)
    #expect(
      events.allSatisfy {
        $0["steps"] as? Int == steps && $0["elapsed_ms"] is Int && $0["eta_ms"] != nil
      })
    // Steps are always told; tiles between them only where a step takes its time.
    // Each has a baseline, which is prepared when the steps before are done.
    let told = events.filter { $0["tile"] as? Int == 0 }.map {
      "\($0["phase"] as? String ?? "") \($0["step"] as? Int ?? -1)"
    }
    #expect(told == (0..<steps).flatMap { ["prepare \($0)", "denoise \($0 + 1)"] })
    #expect(run.json["steps"] as? Int == 2)
  }
}
