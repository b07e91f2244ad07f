import Foundation
import Raster
import Testing

/// `tessera compare`: figures and exit status.
struct CompareTests {
  /// The scene as a.png, painted as b.png, its mask as m.png.
  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try Picture(Drawing.mask()).write(to: folder / "m.png", overwrite: false)
    return folder
  }

  @Test func findsAPictureEqualToItself() throws {
    let folder = try folder()
    let run = try Program.run(["compare", "a.png", "a.png", "--json"], in: folder)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.json["schema_version"] as? Int == 1)
    #expect(run.json["equal"] as? Bool == true)
    #expect(run.json["inside"] is NSNull)
    #expect(run.json["bytes_changed_outside"] is NSNull)
    let whole = try #require(run.json["whole"] as? [String: Any])
    #expect(whole["psnr"] is NSNull)
    #expect(whole["psnr_infinite"] as? Bool == true)
    #expect(whole["ssim"] as? Double == 1)
    #expect(whole["max_error"] as? Double == 0)
    #expect(whole["differing_bytes"] as? Int == 0)
    #expect(whole["pixels"] as? Int == 96 * 64)
  }

  @Test func tellsHowFarPicturesAreApart() throws {
    let folder = try ScratchFolder()
    // 4 of 256 pixels differ by 51 = 255 / 5 in red alone: MSE = 51^2 4 / (3 256).
    var picture = RGBA8(width: 16, height: 16, filledWith: (100, 100, 100, 255))
    try folder.save(picture, "a.png")
    for x in 0..<4 { picture.samples[picture.offset(x: x, y: 0)] = 151 }
    try folder.save(picture, "b.png")
    let run = try Program.run(["compare", "a.png", "b.png", "--json"], in: folder)
    #expect(run.status == 1)
    #expect(run.errors.isEmpty)
    #expect(run.json["equal"] as? Bool == false)
    let whole = try #require(run.json["whole"] as? [String: Any])
    let psnr = try #require(whole["psnr"] as? Double)
    #expect(abs(psnr - 10 * log10(25.0 * 3 * 256 / 4)) < 1e-9)
    #expect(whole["differing_bytes"] as? Int == 4)
    #expect(whole["max_error"] as? Double == 0.2)
    let text = try Program.run(["compare", "a.png", "b.png"], in: folder)
    #expect(text.status == 1)
    #expect(text.output.contains("36.81 dB"), "\(text.output)")
    #expect(text.output.contains("4 bytes differ"))
  }

  @Test func letsBytesOutsideTheMaskDecide() throws {
    let folder = try folder()
    let run = try Program.run(
      ["compare", "a.png", "b.png", "--mask", "m.png", "--json"], in: folder)
    #expect(run.status == 0)
    #expect(run.json["equal"] as? Bool == false)
    #expect(run.json["bytes_changed_outside"] as? Int == 0)
    let inside = try #require(run.json["inside"] as? [String: Any])
    let outside = try #require(run.json["outside"] as? [String: Any])
    #expect(inside["pixels"] as? Int == 24 * 24)
    #expect(outside["pixels"] as? Int == 96 * 64 - 24 * 24)
    #expect(inside["psnr"] is Double)
    #expect(outside["psnr_infinite"] as? Bool == true)
  }

  @Test(arguments: [(2, 0, 1), (3, 0, 0), (3, 1, 1), (4, 1, 0)])
  func widensTheMask(grow: Int, off: Int, status: Int32) throws {
    let folder = try folder()
    var moved = Drawing.scene()
    // A pixel three columns right of the patch's end, or one further, and two rows below it.
    let corner = (x: Drawing.patch.x.upperBound + 2 + off, y: Drawing.patch.y.upperBound + 1)
    moved.samples[moved.offset(x: corner.x, y: corner.y)] ^= 1
    try folder.save(moved, "b.png")
    let run = try Program.run(
      ["compare", "a.png", "b.png", "--mask", "m.png", "--grow", "\(grow)"], in: folder)
    #expect(run.status == status)
  }

  @Test func comparesPixelsNotFiles() throws {
    let folder = try folder()
    try Picture(pixels: .sixteen(Drawing.scene().rgba16)).write(
      to: folder / "deep.png", overwrite: false)
    #expect(try Program.run(["compare", "a.png", "deep.png"], in: folder).status == 0)
  }

  @Test func refusesOtherSizes() throws {
    let folder = try folder()
    try folder.save(Drawing.scene(width: 95), "narrow.png")
    let pictures = try Program.run(["compare", "a.png", "narrow.png"], in: folder)
    #expect(pictures.status == 65)
    #expect(pictures.errors.hasPrefix("tessera: narrow.png: 95x64 pixels, but a.png has 96x64"))
    let mask = try Program.run(["compare", "a.png", "b.png", "--mask", "narrow.png"], in: folder)
    #expect(mask.status == 65)
    #expect(mask.errors.hasPrefix("tessera: narrow.png: the mask has 95x64 pixels"))
    #expect(mask.errorLines.count == 1)
  }
}
