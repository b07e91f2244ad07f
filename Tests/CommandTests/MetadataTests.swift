import Foundation
import Raster
import Testing

/// How results were made: written by `edit`, read back by `info`, ours and others'.
struct MetadataTests {
  @Test func editWritesWhatInfoReads() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let edit = ["edit", "a.png", "b.png", "-o", "c.png"]
    let run = try Program.run(
      edit + ["--seed", "18446744073709551615", "--steps", "4", "--strength", "0.75", "--json"],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let read = try #require(try Program.generation(of: "c.png", in: folder))
    #expect(read["family"] as? String == "tessera")
    #expect((read["seed"] as? NSNumber)?.uint64Value == .max)
    #expect(read["steps"] as? Int == 4)
    #expect(read["strength"] as? Double == 0.75)
    #expect(read["sampler"] as? String == "DDIM")
    #expect(read["model"] as? String == "paint-base")
    let weights = Program.repository + "/Assets/models/paint-base/unet"
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: weights).first {
        $0.hasSuffix(".safetensors")
      })
    let digest = SHA256.hex(ofFile: weights + "/" + file)
    #expect(read["model_hash"] as? String == digest)
    let results = try #require(read["generations"] as? [[String: Any]])
    #expect(results.count == 1)
    for key in ["tiles_active", "tiles_total", "macs_executed", "macs_dense"] {
      #expect(results[0][key] as? Int == run.json[key] as? Int)
    }
    // The same, for programs that know nothing of us.
    let texts = try folder.picture("c.png").metadata.text
    let line = try #require(texts.first { $0.key == "parameters" }).value
    let start = "Steps: 4, Sampler: DDIM, Seed: 18446744073709551615, Size: 96x64, Model hash: "
    #expect(
      line == start + (digest ?? "").prefix(10)
        + ", Model: paint-base, Denoising strength: 0.75, Mode: sparse, Version: tessera 0.1.0")
  }

  /// What the model was told is named where it is not the default.
  @Test(arguments: [
    ([], nil, nil), (["--melt", "3"], 3, nil), (["--no-texture"], nil, false),
    (["--no-texture", "--melt", "0"], 0, false),
  ])
  func namesWhatWasToldOtherwise(flags: [String], melt: Int?, texture: Bool?) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1"] + flags, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let read = try #require(try Program.generation(of: "c.png", in: folder))
    let note = try #require((read["generations"] as? [[String: Any]])?.first)
    #expect(note["melt"] as? Int == melt)
    #expect(note["texture"] as? Bool == texture)
  }

  /// Where no network was asked, none is named.
  @Test func namesNoNetworkWhereNoneWasAsked() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--mode", "texture", "--seed", "3"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let read = try #require(try Program.generation(of: "c.png", in: folder))
    #expect(read["sampler"] as? String == "none" && read["steps"] as? Int == 0)
    #expect(read["model"] == nil && read["model_hash"] == nil)
    let note = try #require((read["generations"] as? [[String: Any]])?.first)
    #expect(note["mode"] as? String == "texture" && note["seed"] as? Int == 3)
    #expect(note["edges"] == nil && note["model"] == nil)
    let line = try #require(
      try folder.picture("c.png").metadata.text.first { $0.key == "parameters" }
    ).value
    #expect(line.hasPrefix("Steps: 0, Sampler: none, Seed: 3, Size: 96x64, Denoising strength: "))
    #expect(line.contains("Mode: texture"))
  }

  @Test func resultsAddUp() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    for (seed, input, output) in [("1", "a.png", "c.png"), ("2", "c.png", "d.png")] {
      let run = try Program.run(
        ["edit", input, "b.png", "-o", output, "--seed", seed, "--steps", "1"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
    let read = try #require(try Program.generation(of: "d.png", in: folder))
    let results = try #require(read["generations"] as? [[String: Any]])
    #expect(results.map { $0["seed"] as? Int } == [1, 2])
    #expect(read["seed"] as? Int == 2)
    let keys = try folder.picture("d.png").metadata.text.map(\.key)
    #expect(keys == ["parameters", "tessera"])
  }

  /// A scheme is named where it changes the result.
  @Test(arguments: [
    ("serial", nil), ("patch", nil), ("displaced", "displaced"), ("async", "async"),
  ])
  func regenerateWritesWhatInfoReads(scheme: String, noted: String?) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["regenerate", "a.png", "-o", "c.png", "--steps", "2", "--seed", "7", "--workers", "2"]
        + ["--scheme", scheme], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let read = try #require(try Program.generation(of: "c.png", in: folder))
    #expect(read["seed"] as? Int == 7)
    #expect(read["steps"] as? Int == 2)
    let results = try #require(read["generations"] as? [[String: Any]])
    #expect(results.map { $0["mode"] as? String } == ["dense"])
    #expect(results.map { $0["scheme"] as? String } == [noted])
  }

  @Test func nothingIsWrittenWhereNotWanted() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1", "--no-metadata"], in: folder)
    #expect(run.status == 0)
    #expect(try folder.picture("c.png").metadata.text.isEmpty)
    // An edit of nothing says nothing either.
    _ = try Program.run(["edit", "a.png", "a.png", "-o", "d.png"], in: folder)
    #expect(try folder.picture("d.png").metadata.text.isEmpty)
  }

  /// Texts that no Latin-1 chunk can hold come back whole.
  @Test(arguments: ["Tür", "горы", "山 🏔", "a, b: \"c\""])
  func readsTheWebUIsText(prompt: String) throws {
    let folder = try ScratchFolder()
    var picture = Picture(pixels: .eight(Drawing.scene()))
    picture.metadata.text = [
      .init(
        key: "parameters",
        value: """
          \(prompt)
          second line
          Negative prompt: blurry, bad
          Steps: 20, Sampler: DPM++ 2M, CFG scale: 7.5, Seed: 3141592653, Size: 512x768, \
          Model hash: 6ce0161689, Model: v1-5, Lora hashes: "a: 1, b: \\"2\\"", Version: v1.6.0
          """)
    ]
    try picture.write(to: folder / "p.png", overwrite: false)
    let read = try #require(try Program.generation(of: "p.png", in: folder))
    #expect(read["family"] as? String == "a1111")
    #expect(read["prompt"] as? String == prompt + "\nsecond line")
    #expect(read["negative_prompt"] as? String == "blurry, bad")
    #expect(read["steps"] as? Int == 20)
    #expect(read["seed"] as? Int == 3_141_592_653)
    #expect(read["sampler"] as? String == "DPM++ 2M")
    #expect(read["guidance"] as? Double == 7.5)
    #expect(read["model"] as? String == "v1-5")
    #expect(read["model_hash"] as? String == "6ce0161689")
    let other = read["other"] as? [String: String]
    #expect(other == ["Size": "512x768", "Lora hashes": "a: 1, b: \"2\""])
  }

  @Test func readsInvokeAIsJSON() throws {
    let folder = try ScratchFolder()
    var picture = Picture(pixels: .eight(Drawing.scene()))
    picture.metadata.text = [
      .init(
        key: "invokeai_metadata",
        value: """
          {"app_version":"5.4.0","generation_mode":"txt2img","positive_prompt":"a hill",\
          "negative_prompt":"fog","width":512,"seed":99,"cfg_scale":7.5,"steps":30,\
          "scheduler":"euler","strength":0.6,"model":{"key":"x","hash":"blake3:ab",\
          "name":"dream","base":"sd-1"},"loras":[]}
          """)
    ]
    try picture.write(to: folder / "p.png", overwrite: false)
    let read = try #require(try Program.generation(of: "p.png", in: folder))
    #expect(read["family"] as? String == "invokeai")
    #expect(read["program"] as? String == "InvokeAI 5.4.0")
    #expect(read["prompt"] as? String == "a hill")
    #expect(read["negative_prompt"] as? String == "fog")
    #expect(read["seed"] as? Int == 99)
    #expect(read["sampler"] as? String == "euler")
    #expect(read["strength"] as? Double == 0.6)
    #expect(read["model"] as? String == "dream")
    #expect(read["model_hash"] as? String == "blake3:ab")
  }

  @Test(arguments: [
    ("parameters", "just words"), ("parameters", ""), ("parameters", "Steps: 1, Seed: 2"),
    ("invokeai_metadata", "[1]"), ("invokeai_metadata", "{"), ("tessera", "{}"),
    ("tessera", "{\"schema_version\":1,\"program\":\"x\",\"generations\":[]}"), ("Title", "Steps"),
  ])
  func otherTextsTellNothing(key: String, value: String) throws {
    let folder = try ScratchFolder()
    var picture = Picture(pixels: .eight(Drawing.scene()))
    picture.metadata.text = [.init(key: key, value: value)]
    try picture.write(to: folder / "p.png", overwrite: false)
    #expect(try Program.generation(of: "p.png", in: folder) == nil)
  }
}
