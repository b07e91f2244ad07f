import Foundation
import Raster
import Testing

/// Pictures of cameras that were held in any of eight ways, through a whole edit.
@Suite(.enabled(if: Picture.readsJPEG, "this build has no libjpeg"))
struct OrientationTests {
  /// The drawn JPEG with an Exif segment that says `orientation`, after its first marker.
  private func jpeg(_ orientation: UInt8) -> [UInt8] {
    let tiff: [UInt8] =
      [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
      + [0, 0, 0, 0]
    let payload = Array("Exif\0\0".utf8) + tiff
    let segment: [UInt8] = [0xFF, 0xE1, 0, UInt8(payload.count + 2)] + payload
    let file = [UInt8](Drawing.jpeg)
    return file[..<2] + segment + file[2...]
  }

  /// Where the stored top left and top right corners are seen, by Exif's own words for the tag:
  /// what row 0 and column 0 are.
  private static let corners: [UInt8: (left: String, right: String)] = [
    1: ("top left", "top right"), 2: ("top right", "top left"),
    3: ("bottom right", "bottom left"), 4: ("bottom left", "bottom right"),
    5: ("top left", "bottom left"), 6: ("top right", "bottom right"),
    7: ("bottom right", "top right"), 8: ("bottom left", "top left"),
  ]

  private func color(_ corner: String, of picture: RGBA8) -> [UInt8] {
    let x = corner.hasSuffix("left") ? 0 : picture.width - 1
    let y = corner.hasPrefix("top") ? 0 : picture.height - 1
    let at = picture.offset(x: x, y: y)
    return Array(picture.samples[at..<at + 4])
  }

  @Test(arguments: 1...8)
  func isUprightAfterAnEdit(orientation: UInt8) throws {
    let folder = try ScratchFolder()
    try folder.write("stored.jpg", jpeg(1))
    try folder.write("a.jpg", jpeg(orientation))
    let stored = try folder.picture("stored.jpg").rgba8
    // An edit of one corner of what is seen.
    var painted = try folder.picture("a.jpg").rgba8
    let middle = painted.offset(x: painted.width / 2, y: painted.height / 2)
    for channel in 0..<3 { painted.samples[middle + channel] = 0 }
    try folder.save(painted, "b.png")
    let run = try Program.run(
      ["edit", "a.jpg", "b.png", "-o", "c.png", "--steps", "1", "--feather", "0"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let result = try folder.picture("c.png").rgba8
    let swaps = orientation > 4
    #expect(result.width == (swaps ? stored.height : stored.width))
    let corners = try #require(Self.corners[orientation])
    #expect(color(corners.left, of: result) == color("top left", of: stored))
    #expect(color(corners.right, of: result) == color("top right", of: stored))
    // Everything but the painted pixel is as it was seen.
    var differing = 0
    for at in stride(from: 0, to: result.samples.count, by: 4) where at != middle {
      if result.samples[at..<at + 4] != painted.samples[at..<at + 4] { differing += 1 }
    }
    #expect(differing == 0)
    // What is written is upright and says so.
    let info = try Program.run(["info", "c.png", "--json"], in: folder).json
    #expect(info["orientation"] as? Int == 1)
  }
}
