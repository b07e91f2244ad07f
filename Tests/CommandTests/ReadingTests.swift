import Foundation
import Raster
import Testing

/// Picture files that are more, less or other than their pixels, through the whole program.
struct ReadingTests {
  private func folder(with names: String...) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    for name in names {
      try folder.write(
        name, try Data(contentsOf: URL(filePath: Program.fixture("pictures/\(name)"))))
    }
    return folder
  }

  /// 16,000 letters where pairs of keys and values could be; within five seconds of computing.
  @Test func longTextsAreReadFromFrontToBack() throws {
    let folder = try folder(with: "long-text.png")
    let run = try Program.run(
      ["info", "long-text.png"], in: folder, shell: "ulimit -t 5; exec \"$@\"")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("parameters: aaaa"))
  }

  /// Texts that are hard to take apart, a megabyte each.
  @Test(arguments: [
    "a", "a:", "aa:", "aa:\"", "aa: \"x\\", "aa:\"\\\",", "\"", ",", "\n", "Negative prompt:", "\\",
    "aa \u{301}", "aa: 1,", "\u{301}", "[", "{\"a\":", "{\"a\":1,", "\"a\",",
  ])
  func hardTextsToo(piece: String) throws {
    let folder = try ScratchFolder()
    var picture = Picture(pixels: .eight(Drawing.scene(width: 8, height: 8)))
    let text = String(repeating: piece, count: (1 << 20) / piece.utf8.count)
    picture.metadata.text = [
      .init(key: "parameters", value: text), .init(key: "tessera", value: text),
      .init(key: "invokeai_metadata", value: text), .init(key: "parameters before", value: text),
    ]
    try picture.write(to: folder / "a.png", overwrite: false)
    let run = try Program.run(
      ["info", "a.png", "--json"], in: folder, shell: "ulimit -t 10; exec \"$@\"")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.utf8.count < 8 << 20)
  }

  /// Twenty texts of four megabytes each in a file of 82 kilobytes.
  @Test func manyTextsAreBounded() throws {
    let folder = try folder(with: "twenty-texts.png")
    let info = try Program.run(
      ["info", "twenty-texts.png", "--json"], in: folder,
      shell: "ulimit -t 5; ulimit -v 600000; exec \"$@\"")
    #expect(info.status == 0, "\(info.errors)")
    #expect((info.json["text"] as? [Any])?.count == 2)
    let warnings = try #require(info.json["warnings"] as? [String])
    #expect(warnings.first?.contains("(18) are past the limit of 8 MiB") == true, "\(warnings)")
    let edit = try Program.run(
      ["edit", "twenty-texts.png", "twenty-texts.png", "-o", "c.png"], in: folder)
    #expect(edit.status == 0)
    #expect(edit.errors.hasPrefix("tessera: twenty-texts.png: warning: "), "\(edit.errors)")
  }

  /// A chunk that claims two gigabytes of a file of a hundred bytes, alone and after a header.
  @Test(arguments: ["IHDR", "PLTE", "IDAT", "tRNS", "iCCP", "zTXt", "iTXt", "eXIf", "abcD"])
  func aLengthIsNotBelieved(type: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let header = try folder.bytes("a.png").prefix(8 + 25)
    let claim = Data([0x79, 0x44, 0, 0x15]) + Data(type.utf8) + Data(count: 30)
    for (name, start) in [("first.png", header.prefix(8)), ("second.png", header)] {
      try folder.write(name, start + claim)
      let run = try Program.run(
        ["info", name], in: folder, shell: "ulimit -t 5; ulimit -v 600000; exec \"$@\"")
      #expect(run.status == 65, "\(run.errors)")
      #expect(run.errors.contains("not a readable PNG picture"), "\(run.errors)")
    }
  }

  /// 16384x4096 pixels of one bit in eight kilobytes: two pictures of 256 MB, and little more.
  @Test func comparingTakesLittleMoreThanThePictures() throws {
    let folder = try folder(with: "large-1bit.png")
    let run = try Program.run(
      ["compare", "large-1bit.png", "large-1bit.png", "--json"], in: folder,
      shell: "ulimit -v 1200000; exec \"$@\"")
    #expect(run.status == 0, "\(run.errors)")
    #expect((run.json["whole"] as? [String: Any])?["ssim"] as? Double == 1)
  }

  @Test func aWarningIsGivenAndStrictRefuses() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let sound = try folder.bytes("a.png")
    try folder.write("appended.png", sound + [65, 66, 67])
    for arguments in [
      ["compare", "appended.png", "a.png"], ["edit", "appended.png", "a.png", "-o", "c.png"],
      ["edit", "a.png", "b.png", "--mask", "appended.png", "-o", "d.png", "--hint-only"],
    ] {
      let refused = try Program.run(arguments + ["--strict"], in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.hasPrefix("tessera: appended.png: 3 bytes follow its end"))
      #expect(refused.errorLines.count == 1)
      let warned = try Program.run(arguments, in: folder)
      #expect(warned.status == 0, "\(warned.errors)")
      #expect(
        warned.errorLines.first
          == "tessera: appended.png: warning: 3 bytes follow its end, not kept")
    }
    let info = try Program.run(["info", "appended.png", "--json"], in: folder)
    #expect(info.status == 0 && info.errors.isEmpty)
    #expect(info.json["warnings"] as? [String] == ["3 bytes follow its end, not kept"])
    let remarks = try #require(info.json["remarks"] as? [[String: String]])
    #expect(remarks.map { $0["kind"] } == ["loss"])
    let strict = try Program.run(["info", "appended.png", "--strict"], in: folder)
    #expect(strict.status == 65 && strict.output.isEmpty)
  }

  /// What saving over a file would lose is said, and is not done without being asked for.
  @Test func anAnimationIsNotLostInSilence() throws {
    let folder = try folder(with: "apng.png")
    var painted = try folder.picture("apng.png").rgba8
    for x in 4..<12 { painted.samples[painted.offset(x: x, y: 9)] ^= 128 }
    try folder.save(painted, "b.png")
    let before = try folder.bytes("apng.png")
    let edit = ["edit", "apng.png", "b.png", "--steps", "1", "-o", "apng.png"]
    let refused = try Program.run(edit, in: folder)
    #expect(refused.status == 73 && refused.errors.contains("--force"))
    #expect(try folder.bytes("apng.png") == before)
    let forced = try Program.run(edit + ["--force"], in: folder)
    #expect(forced.status == 0)
    #expect(forced.errors.contains("of 2 frames only the first image is kept"), "\(forced.errors)")
    #expect(try folder.picture("apng.png").remarks.isEmpty)
  }

  @Test(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
  func anOrientationHoldsInBothFormats() throws {
    let folder = try folder(with: "turned.png", "turned.jpg", "turned-converted.png")
    for (name, width, height) in [
      ("turned.png", 24, 32), ("turned.jpg", 64, 96), ("turned-converted.png", 64, 96),
    ] {
      let run = try Program.run(["info", name, "--json"], in: folder)
      #expect(run.json["orientation"] as? Int == 6)
      #expect((run.json["width"] as? Int, run.json["height"] as? Int) == (width, height))
      let copy = try Program.run(["edit", name, name, "-o", "copy-\(name).png"], in: folder)
      #expect(copy.status == 0, "\(copy.errors)")
      let compared = try Program.run(["compare", name, "copy-\(name).png"], in: folder)
      #expect(compared.status == 0, "\(compared.output)")
    }
    let upright = try Program.run(["compare", "turned.jpg", "turned-converted.png"], in: folder)
    #expect(upright.status == 0, "\(upright.output)")
  }

  @Test(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
  func anotherProgramsTextsBecomeHistory() throws {
    let folder = try folder(with: "usercomment.jpg")
    let read = try #require(try Program.generation(of: "usercomment.jpg", in: folder))
    #expect(read["family"] as? String == "a1111")
    #expect(read["prompt"] as? String == "a cat")
    #expect(read["negative_prompt"] as? String == "dog")
    #expect(read["seed"] as? Int == 42)
    try folder.save(try folder.picture("usercomment.jpg").rgba8, "o.png")
    var picture = try folder.picture("o.png")
    picture.metadata.text = [
      .init(
        key: "parameters", value: "a cat\nSteps: 20, Sampler: Euler a, Seed: 42, Size: 256x192"),
      .init(key: "workflow", value: "{}"),
    ]
    try picture.write(to: folder / "o.png", overwrite: true)
    var painted = picture.rgba8
    for x in 40..<60 { painted.samples[painted.offset(x: x, y: 90)] ^= 128 }
    try folder.save(painted, "e.png")
    for (original, keys) in [
      ("usercomment.jpg", ["parameters before", "parameters", "tessera"]),
      ("o.png", ["workflow", "parameters before", "parameters", "tessera"]),
    ] {
      for (from, to) in [(original, "1.png"), ("1.png", "2.png")] {
        let run = try Program.run(
          ["edit", from, "e.png", "-o", to, "--steps", "1", "--force"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let made = try folder.picture(to).metadata
        // Ours are replaced by ours, and what was before them stays.
        #expect(made.text.map(\.key).sorted() == keys.sorted(), "\(from)")
        #expect(made.userComment == nil, "\(from)")
        let read = try #require(try Program.generation(of: to, in: folder))
        #expect(read["family"] as? String == "tessera")
        let earlier = try #require(read["earlier"] as? [[String: Any]])
        #expect(earlier.map { $0["prompt"] as? String } == ["a cat"])
      }
    }
    let kept = try Program.run(
      ["edit", "usercomment.jpg", "e.png", "-o", "3.png", "--steps", "1", "--no-metadata"],
      in: folder)
    #expect(kept.status == 0)
    #expect(try folder.picture("3.png").metadata.userComment?.hasPrefix("a cat") == true)
  }
}
