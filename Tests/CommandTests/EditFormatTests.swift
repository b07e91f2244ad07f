import Foundation
import Raster
import Testing

/// `tessera edit` on pictures of every depth and kind: what the file says stays.
struct EditFormatTests {
  @Test func keepsSixteenBits() throws {
    let folder = try ScratchFolder()
    var scene = Drawing.scene().rgba16
    // Low bytes that an 8-bit detour would lose.
    for i in scene.samples.indices where i % 4 != 3 { scene.samples[i] ^= UInt16(i % 251) }
    var picture = Picture(pixels: .sixteen(scene))
    picture.metadata.source = .init(container: .png, color: .rgb, bitDepth: 16)
    picture.metadata.physicalSize = .init(x: 3000, y: 3000, perMetre: true)
    try picture.write(to: folder / "a.png", overwrite: false)
    for y in Drawing.patch.y {
      for x in Drawing.patch.x { scene.samples[scene.offset(x: x, y: y)] = 40000 }
    }
    picture.pixels = .sixteen(scene)
    try picture.write(to: folder / "b.png", overwrite: false)
    try expectKept(folder, color: .rgb, depth: 16)
    #expect(try folder.picture("c.png").metadata.physicalSize == picture.metadata.physicalSize)
  }

  @Test func keepsAlpha() throws {
    let folder = try ScratchFolder()
    var scene = Drawing.scene()
    for pixel in 0..<96 * 64 { scene.samples[4 * pixel + 3] = UInt8(pixel % 256) }
    try folder.save(scene, "a.png", alpha: true)
    try folder.save(Drawing.painted(scene), "b.png", alpha: true)
    try expectKept(folder, color: .rgba, depth: 8)
    let result = try folder.picture("c.png").rgba8
    #expect((0..<96 * 64).allSatisfy { result.samples[4 * $0 + 3] == UInt8($0 % 256) })
  }

  @Test func keepsAPalettesTransparency() throws {
    let folder = try ScratchFolder()
    try folder.write("a.png", Drawing.palette)
    var painted = try folder.picture("a.png").rgba8
    for y in 4..<12 { for x in 8..<16 { painted.samples[painted.offset(x: x, y: y)] ^= 128 } }
    try folder.save(painted, "b.png", alpha: true)
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "2", "--feather", "3"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let before = try folder.picture("a.png").rgba8
    let after = try folder.picture("c.png").rgba8
    #expect(after != before)
    for pixel in 0..<24 * 16 {
      #expect(before.samples[4 * pixel + 3] == after.samples[4 * pixel + 3])
    }
    // The feather ends in the second row.
    #expect(after.samples.prefix(4 * 24) == before.samples.prefix(4 * 24))
  }

  @Test(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
  func readsAJPEG() throws {
    let folder = try ScratchFolder()
    try folder.write("a.jpg", Drawing.jpeg)
    var painted = try folder.picture("a.jpg").rgba8
    for y in 2..<6 { for x in 2..<6 { painted.samples[painted.offset(x: x, y: y) + 1] = 200 } }
    try folder.save(painted, "b.png")
    let run = try Program.run(
      ["edit", "a.jpg", "b.png", "-o", "c.png", "--steps", "2", "--feather", "1"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let result = try folder.picture("c.png")
    #expect(result.metadata.source?.container == .png)
    let (before, after) = (try folder.picture("a.jpg").rgba8, result.rgba8)
    #expect(before != after)
    // Right of column 7 neither paint nor feather reaches.
    for y in 0..<8 {
      let row = (before.offset(x: 7, y: y)..<before.offset(x: 16, y: y))
      #expect(before.samples[row] == after.samples[row])
    }
  }

  @Test(arguments: [(17, 9), (50, 51), (8, 8), (1, 1), (300, 3)])
  func editsPicturesOfAnySize(width: Int, height: Int) throws {
    let folder = try ScratchFolder()
    var scene = Drawing.scene(width: width, height: height)
    try folder.save(scene, "a.png")
    let corner = scene.offset(x: width - 1, y: height - 1)
    scene.samples[corner] ^= 128
    try folder.save(scene, "b.png")
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let result = try folder.picture("c.png")
    #expect(result.width == width && result.height == height)
  }

  /// Edits a.png towards b.png: the result has the original's format, and its bytes off the patch.
  private func expectKept(
    _ folder: ScratchFolder, color: PictureMetadata.SourceFormat.Color, depth: Int
  ) throws {
    try Picture(Drawing.mask()).write(to: folder / "m.png", overwrite: false)
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "2"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let source = try #require(try folder.picture("c.png").metadata.source)
    #expect(source.color == color)
    #expect(source.bitDepth == depth)
    let compared = try Program.run(
      ["compare", "a.png", "c.png", "--mask", "m.png", "--grow", "7", "--json"], in: folder)
    #expect(compared.status == 0)
    #expect(compared.json["equal"] as? Bool == false)
  }
}
