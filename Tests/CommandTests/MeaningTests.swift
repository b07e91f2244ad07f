import Foundation
import Raster
import Testing

/// What pictures, masks and numbers of other programs mean to `edit`.
struct MeaningTests {
  private let edit = ["edit", "a.png", "b.png", "-o", "c.png", "--json", "--progress", "none"]

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    return folder
  }

  /// A mask of the patch in two colours.
  private func mask(_ outside: [UInt8], _ inside: [UInt8]) -> RGBA8 {
    var bitmap = RGBA8(width: 96, height: 64, filledWith: (0, 0, 0, 0))
    for (pixel, value) in Drawing.mask().values.enumerated() {
      bitmap.samples.replaceSubrange(
        4 * pixel..<4 * pixel + 4, with: value > 0 ? inside : outside)
    }
    return bitmap
  }

  private static let masks: [(name: String, outside: [UInt8], inside: [UInt8])] = [
    ("white", [0, 0, 0, 255], [255, 255, 255, 255]), ("red", [0, 0, 0, 255], [255, 0, 0, 255]),
    ("0 and 1", [0, 0, 0, 255], [1, 1, 1, 255]), ("grey", [0, 0, 0, 255], [60, 60, 60, 255]),
    ("black on nothing", [0, 0, 0, 0], [0, 0, 0, 255]),
  ]

  /// All of them mark the same place, for every command.
  @Test(arguments: 0..<5)
  func masksOfAllKindsAreOne(index: Int) throws {
    let folder = try folder()
    let kind = Self.masks[index]
    try folder.save(mask(kind.outside, kind.inside), "m.png", alpha: true)
    try folder.save(mask([0, 0, 0, 255], [255, 255, 255, 255]), "plain.png")
    for (name, output) in [("m.png", "c.png"), ("plain.png", "d.png")] {
      let run = try Program.run(
        ["edit", "a.png", "b.png", "-o", output, "--mask", name, "--no-metadata"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try folder.bytes("c.png") == folder.bytes("d.png"))
    let compared = try Program.run(
      ["compare", "a.png", "b.png", "--mask", "m.png", "--json"], in: folder)
    #expect(compared.status == 0 && compared.json["bytes_changed_outside"] as? Int == 0)
  }

  /// A soft mask blends softly: the nearer to black, the nearer to the picture.
  @Test func softMasksAreSoft() throws {
    let folder = try folder()
    var soft = RGBA8(width: 96, height: 64, filledWith: (0, 0, 0, 255))
    for y in 8..<56 {
      for x in 8..<88 {
        let at = soft.offset(x: x, y: y)
        soft.samples.replaceSubrange(at..<at + 3, with: repeatElement(UInt8(3 * (x - 7)), count: 3))
      }
    }
    try folder.save(soft, "soft.png")
    var flat = soft
    for at in flat.samples.indices where at % 4 != 3 && flat.samples[at] > 0 {
      flat.samples[at] = 255
    }
    try folder.save(flat, "flat.png")
    for name in ["soft", "flat"] {
      let run = try Program.run(
        ["edit", "a.png", "b.png", "-o", name + "-out.png", "--mask", name + ".png"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
    let before = try folder.picture("a.png").rgba8
    func change(_ file: String, _ columns: Range<Int>) throws -> Int {
      let after = try folder.picture(file).rgba8
      return (16..<48).reduce(0) { sum, y in
        columns.reduce(sum) { sum, x in
          let at = before.offset(x: x, y: y)
          return (0..<3).reduce(sum) {
            $0 + abs(Int(before.samples[at + $1]) - Int(after.samples[at + $1]))
          }
        }
      }
    }
    // At the left end a tenth is inside, at the right nearly all.
    #expect(try change("soft-out.png", 8..<20) * 4 < change("flat-out.png", 8..<20))
    #expect(try change("soft-out.png", 80..<88) * 4 > 3 * change("flat-out.png", 80..<88))
  }

  @Test(arguments: ["edit", "compare"])
  func anEmptyMaskIsAnError(command: String) throws {
    let folder = try folder()
    try folder.save(RGBA8(width: 96, height: 64, filledWith: (0, 0, 0, 255)), "m.png")
    let run = try Program.run(
      [command, "a.png", "b.png", "--mask", "m.png"] + (command == "edit" ? ["-o", "c.png"] : []),
      in: folder)
    #expect(run.status == 65 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: m.png: the mask is black all over"), "\(run.errors)")
    #expect(!folder.contents.contains("c.png"))
  }

  @Test func pixelsThatDifferALittleAreTakenByHand() throws {
    let folder = try folder()
    var nudged = Drawing.painted(Drawing.scene())
    for x in 60..<90 { nudged.samples[nudged.offset(x: x, y: 50)] += 4 }
    try folder.save(nudged, "b.png")
    func fraction(_ flags: [String]) throws -> Double {
      let run = try Program.run(
        edit + flags + ["--force", "--feather", "0", "--edges", "smooth"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      return try #require(run.json["edit_fraction"] as? Double) * 96 * 64
    }
    #expect(try fraction([]).rounded() == 24 * 24 + 30)
    #expect(try fraction(["--threshold", "4"]).rounded() == 24 * 24)
    for wrong in [
      ["--threshold", "255"], ["--threshold", "-1"], ["--threshold", "1", "--mask", "b.png"],
    ] {
      #expect(try Program.run(edit + wrong + ["--force"], in: folder).status == 64)
    }
  }

  /// Where most of a picture differs, it is said.
  @Test func wholesaleChangesAreSaid() throws {
    let folder = try folder()
    try folder.save(RGBA8(width: 96, height: 64, filledWith: (200, 30, 60, 255)), "b.png")
    let run = try Program.run(edit.filter { $0 != "--json" }, in: folder)
    #expect(run.status == 0)
    #expect(run.errors.contains("100 % of the picture differs"), "\(run.errors)")
    #expect(run.errors.contains("--mask") && run.errors.contains("--threshold"))
    let json = try Program.run(edit + ["--force"], in: folder)
    #expect((json.json["note"] as? String)?.contains("100 %") == true)
  }

  /// A photo saved as JPEG by another program after an ellipse was painted on it.
  @Test(.enabled(if: Picture.readsJPEG))
  func theNoiseOfJPEGIsNoEdit() throws {
    let folder = try ScratchFolder()
    let fixtures = Program.fixture("coded")
    let run = try Program.run(
      [
        "edit", fixtures + "/photo.jpg", fixtures + "/photo-painted-q100.jpg", "-o", "c.png",
        "--json", "--progress", "none",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let fraction = try #require(run.json["edit_fraction"] as? Double)
    // 7.72 % is what the two pictures without loss give, feather and all; coding smears the rim by a
    // pixel.
    #expect(fraction > 0.0772 && fraction < 0.092, "\(fraction)")
    #expect((run.json["note"] as? String)?.contains("saving with loss") == true)
    // Far from the ellipse all bytes are the original's.
    let (before, after) = (try Picture.read(fixtures + "/photo.jpg"), try folder.picture("c.png"))
    #expect(before.rgba8.samples.prefix(4 * 256 * 20) == after.rgba8.samples.prefix(4 * 256 * 20))
  }

  // MARK: Seeds

  @Test(arguments: ["edit", "regenerate"])
  func aPickedSeedIsSaidAndKept(command: String) throws {
    let folder = try folder()
    let arguments =
      (command == "edit" ? ["edit", "a.png", "b.png"] : ["regenerate", "a.png"])
      + ["--progress", "none", "--steps", "1", "--seed", "-1"]
    let run = try Program.run(arguments + ["-o", "c.png", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let seed = try #require(run.json["seed"] as? Int)
    let note = try #require(try Program.generation(of: "c.png", in: folder))
    #expect("\(note)".contains("\(seed)"))
    // The same seed by hand makes the same picture, and the next pick another.
    let again = try Program.run(
      arguments.dropLast() + ["\(seed)", "-o", "d.png", "--json"], in: folder)
    #expect(again.status == 0)
    #expect(try folder.picture("c.png").pixels == folder.picture("d.png").pixels)
    let said = try Program.run(arguments + ["-o", "e.png"], in: folder)
    #expect(said.errors.hasPrefix("seed "), "\(said.errors)")
    #expect(!said.errors.hasPrefix("seed \(seed)\n"))
  }

  @Test(arguments: ["-2", "1.5", "x", "18446744073709551616", ""])
  func otherSeedsAreRefused(seed: String) throws {
    let run = try Program.run(edit + ["--seed", seed], in: try folder())
    #expect(run.status == 64 && run.output.isEmpty)
  }

  // MARK: Alpha

  @Test(arguments: [false, true])
  func paintOnTransparencyShows(keepsAlpha: Bool) throws {
    let folder = try folder()
    var scene = Drawing.scene()
    for pixel in 0..<96 * 64 where pixel % 96 >= 36 { scene.samples[4 * pixel + 3] = 0 }
    try folder.save(scene, "a.png", alpha: true)
    var painted = Drawing.painted(scene)
    for y in Drawing.patch.y {
      for x in Drawing.patch.x { painted.samples[painted.offset(x: x, y: y) + 3] = 255 }
    }
    try folder.save(painted, "b.png", alpha: true)
    let run = try Program.run(
      edit + ["--edges", "smooth"] + (keepsAlpha ? ["--keep-alpha"] : []), in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let after = try folder.picture("c.png").rgba8
    let expected = keepsAlpha ? scene : painted
    for pixel in 0..<96 * 64 {
      #expect(after.samples[4 * pixel + 3] == expected.samples[4 * pixel + 3])
    }
  }
}
