import Foundation
import Raster
import Testing

/// `tessera info`: what it tells of files of several kinds.
struct InfoTests {
  @Test func tellsAllOfARichPNG() throws {
    let folder = try ScratchFolder()
    var picture = Picture(pixels: .sixteen(Drawing.scene(width: 40, height: 30).rgba16))
    if case .sixteen(var bitmap) = picture.pixels {
      bitmap.samples[3] = 1000
      picture.pixels = .sixteen(bitmap)
    }
    picture.metadata.source = .init(container: .png, color: .rgba, bitDepth: 16)
    picture.metadata.gamma = 45455
    picture.metadata.physicalSize = .init(x: 11811, y: 11811, perMetre: true)
    picture.metadata.text = [
      .init(key: "Title", value: "Two\nlines"),
      .init(key: "Comment", value: String(repeating: "a", count: 1000)),
    ]
    try picture.write(to: folder / "rich.png", overwrite: false)
    let run = try Program.run(["info", "rich.png", "--json"], in: folder)
    #expect(run.status == 0)
    let json = run.json
    #expect(json["schema_version"] as? Int == 1)
    #expect(json["container"] as? String == "PNG")
    #expect(json["width"] as? Int == 40)
    #expect(json["height"] as? Int == 30)
    #expect(json["color"] as? String == "RGBA")
    #expect(json["bit_depth"] as? Int == 16)
    #expect(json["interlaced"] as? Bool == false)
    #expect(json["alpha"] as? Bool == true)
    #expect(json["transparent_pixels"] as? Int == 1)
    #expect(json["gamma"] as? Double == 0.45455)
    #expect(json["icc_profile"] is NSNull)
    #expect(json["orientation"] as? Int == 1)
    let size = json["physical_size"] as? [String: Any]
    #expect(size?["x"] as? Int == 11811)
    #expect(size?["unit"] as? String == "metre")
    let texts = try #require(json["text"] as? [[String: String]])
    #expect(texts.map { $0["key"] } == ["Title", "Comment"])
    #expect(texts[0]["value"] == "Two\u{FFFD}lines")
    #expect(texts[1]["value"]?.count == 201)
    let text = try Program.run(["info", "rich.png"], in: folder)
    #expect(text.status == 0)
    #expect(text.output.contains("PNG, RGBA, 16 bit"))
    #expect(text.output.contains("300x300 dots an inch"))
  }

  @Test func tellsOfAPalette() throws {
    let folder = try ScratchFolder()
    try folder.write("p.png", Drawing.palette)
    let json = try Program.run(["info", "p.png", "--json"], in: folder).json
    #expect(json["color"] as? String == "palette")
    #expect(json["bit_depth"] as? Int == 2)
    #expect(json["alpha"] as? Bool == true)
    #expect(json["transparent_pixels"] as? Int == 112)
  }

  @Test(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
  func tellsOfAJPEG() throws {
    let folder = try ScratchFolder()
    try folder.write("p.jpg", Drawing.jpeg)
    let json = try Program.run(["info", "p.jpg", "--json"], in: folder).json
    #expect(json["container"] as? String == "JPEG")
    #expect(json["width"] as? Int == 16)
    #expect(json["height"] as? Int == 8)
    #expect(json["alpha"] as? Bool == false)
  }

  @Test func needsNoModel() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["info", "a.png"], in: folder, environment: ["TESSERA_ASSETS": folder / "none"])
    #expect(run.status == 0)
  }
}
