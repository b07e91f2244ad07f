import Foundation
import Raster
import Testing

/// What is said of tiles: never more than there are.
struct TileCountTests {
  /// Sizes that networks have to fill up, below and above one of their tiles.
  @Test(
    arguments: [(60, 20), (100, 12), (17, 9), (4, 300), (96, 64), (33, 65)], ["sparse", "dense"])
  func noMoreThanThereAre(size: (width: Int, height: Int), mode: String) throws {
    let folder = try ScratchFolder()
    let scene = Drawing.scene(width: size.width, height: size.height)
    var painted = scene
    for y in 0..<min(8, size.height) {
      for x in 0..<min(8, size.width) { painted.samples[painted.offset(x: x, y: y)] ^= 0x80 }
    }
    try folder.save(scene, "a.png")
    try folder.save(painted, "b.png")
    let run = try Program.run(
      [
        "edit", "a.png", "b.png", "-o", "c.png", "--steps", "1", "--mode", mode, "--progress",
        "json", "--json",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let total = (size.width + 3) / 4 * ((size.height + 3) / 4)
    let active = try #require(run.json["tiles_active"] as? Int)
    #expect(run.json["tiles_total"] as? Int == total)
    #expect(mode == "dense" ? active == total : (1...total).contains(active))
    var tiles = 0
    for line in run.errors.split(separator: "\n") where line.contains("\"denoise\"") {
      let event = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let (done, all) = (event["tile"] as? Int ?? -1, event["tiles"] as? Int ?? -1)
      #expect((0...all).contains(done) && all == active, "\(line)")
      tiles += 1
    }
    #expect(tiles > 0)
  }
}
