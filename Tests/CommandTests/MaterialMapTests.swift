import Foundation
import Raster
import Testing

/// `tessera edit --material-map` and `tessera materials`.
struct MaterialMapTests {
  private let edit = ["edit", "a.png", "a.png", "--material-map", "map.png", "-o", "c.png"]

  private func folder(_ map: [UInt8]? = nil) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try folder.write("map.png", map ?? Self.map { _, _ in 4 })
    return folder
  }

  /// A map of the scene's size with a number in the patch.
  private static func map(
    palette: Bool = true, width: Int = 96, _ number: (Int, Int) -> Int
  ) -> [UInt8] {
    let numbers = (0..<64).map { y in
      (0..<width).map { x in
        Drawing.patch.x.contains(x) && Drawing.patch.y.contains(y) ? number(x, y) : 0
      }
    }
    return StoredPNG.file(numbers, palette: palette)
  }

  private func bytesOutside(_ folder: ScratchFolder, grown: Int) throws -> Int? {
    try Picture(Drawing.mask()).write(to: folder / "m.png", overwrite: true)
    return try Program.run(
      ["compare", "a.png", "c.png", "--mask", "m.png", "--grow", "\(grown)", "--json"], in: folder
    ).json["bytes_changed_outside"] as? Int
  }

  /// Palette or grey, the number counts and no colour does.
  @Test func paintsWhatTheMapNames() throws {
    var results: [RGBA8] = []
    for palette in [true, false] {
      let folder = try folder(Self.map(palette: palette) { _, _ in 4 })
      let run = try Program.run(edit + ["--steps", "1", "--json"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.isEmpty)
      // 24 pixels wide: outlines move by up to 3 pixels, and the result fades over 4.
      #expect(try bytesOutside(folder, grown: 7) == 0)
      results.append(try folder.picture("c.png").rgba8)
    }
    #expect(results[0] == results[1])
    #expect(results[0] != Drawing.scene())
  }

  @Test func smoothEdgesKeepToTheMap() throws {
    let folder = try folder()
    let run = try Program.run(edit + ["--steps", "1", "--edges", "smooth"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try bytesOutside(folder, grown: 4) == 0)
  }

  /// What the hint shows in the middle of the patch: red over blue for brick, the reverse for water.
  @Test(arguments: [(10, true), (6, false)])
  func theHintShowsTheMaterial(number: Int, isWarm: Bool) throws {
    let folder = try folder(Self.map { _, _ in number })
    let run = try Program.run(edit + ["--hint-only", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let hint = try folder.picture("c.png").rgba8
    var sum = [0, 0, 0]
    for y in 24..<32 {
      for x in 32..<40 {
        for channel in 0..<3 {
          sum[channel] += Int(hint.samples[hint.offset(x: x, y: y) + channel])
        }
      }
    }
    #expect((sum[0] > sum[2]) == isWarm, "\(sum)")
  }

  /// A map and paint: both places change, and each alone does not.
  @Test func goesWithThePaintOfEDITED() throws {
    let folder = try folder(Self.map { _, _ in 5 })
    var painted = Drawing.scene()
    for y in 4..<12 {
      for x in 70..<90 { painted.samples[painted.offset(x: x, y: y)] = 250 }
    }
    try folder.save(painted, "b.png")
    let run = try Program.run(
      ["edit", "a.png", "b.png", "--material-map", "map.png", "-o", "c.png", "--hint-only"],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let (before, after) = (Drawing.scene(), try folder.picture("c.png").rgba8)
    for (x, y) in [(36, 28), (80, 8)] {
      let at = before.offset(x: x, y: y)
      #expect(before.samples[at..<at + 3] != after.samples[at..<at + 3], "(\(x), \(y))")
    }
  }

  /// Materials show on transparency, and what is not named stays transparent.
  @Test func aMaterialIsOpaque() throws {
    let folder = try folder()
    var clear = Drawing.scene()
    for pixel in 0..<96 * 64 { clear.samples[4 * pixel + 3] = pixel % 96 < 60 ? 0 : 255 }
    try folder.save(clear, "a.png", alpha: true)
    for (flags, alpha) in [([], 255), (["--keep-alpha"], 0)] as [([String], UInt8)] {
      let run = try Program.run(edit + ["--steps", "1", "--force"] + flags, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let made = try folder.picture("c.png").rgba8
      #expect(made.samples[made.offset(x: 36, y: 28) + 3] == alpha)
      #expect(made.samples[made.offset(x: 8, y: 8) + 3] == 0)
    }
  }

  @Test func badMapsEndInOneLine() throws {
    let cases: [(map: [UInt8], status: Int32, says: String)] = [
      (Self.map { x, _ in x == 30 ? 13 : 1 }, 65, "13 at pixel (30, 16)"),
      (Self.map { _, _ in 253 }, 65, "253 at pixel (24, 16)"),
      (Self.map(width: 95) { _, _ in 1 }, 65, "95x64"),
      (Array("P5 1 1".utf8), 65, "no PNG"),
      (try Picture(pixels: .eight(Drawing.scene())).encodedPNG(), 65, "neither a palette nor grey"),
    ]
    for (map, status, says) in cases {
      let folder = try folder(map)
      let run = try Program.run(edit, in: folder)
      #expect(run.status == status, "\(says)")
      #expect(run.errorLines.count == 1 && run.errors.contains(says), "\(run.errors)")
      #expect(run.errors.hasPrefix("tessera: map.png: "))
      #expect(!folder.contents.contains("c.png"))
    }
    let folder = try folder()
    let run = try Program.run(
      ["edit", "a.png", "a.png", "--material-map", "none.png", "-o", "c.png"], in: folder)
    #expect(run.status == 66 && run.errorLines.count == 1, "\(run.errors)")
  }

  /// Without swatches a line says so, and names a cure.
  @Test func missingSwatchesEndInOneLine() throws {
    let folder = try folder()
    try folder.write("assets/readme", "".utf8)
    let run = try Program.run(
      edit + ["--model", Program.bundledModel], in: folder,
      environment: ["TESSERA_ASSETS": folder / "assets"])
    #expect(run.status == 66 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.contains("materials/grass: there is no swatch"), "\(run.errors)")
  }

  @Test func listsMaterials() throws {
    let folder = try ScratchFolder()
    let text = try Program.run(["materials"], in: folder)
    let lines = text.output.split(separator: "\n")
    #expect(text.status == 0 && lines.count == Material.allCases.count)
    let run = try Program.run(["materials", "--json"], in: folder)
    let materials = try #require(run.json["materials"] as? [[String: Any]])
    #expect(run.json["schema_version"] as? Int == 1)
    #expect(materials.map { $0["number"] as? Int } == Array(1...12))
    #expect(materials.map { $0["name"] as? String } == Material.allCases.map(\.name))
    for (material, line) in zip(materials, lines) {
      let files = try #require(material["swatches"] as? [String])
      #expect(files.count >= 5 && files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
      let words = line.split(separator: " ").map(String.init)
      let color = try #require(material["color"] as? String)
      #expect(words[1] == material["name"] as? String && words[2] == color)
      #expect(words[3] == "\(files.count)")
      #expect(color.count == 7 && color.hasPrefix("#"))
    }
  }
}

/// PNG files of numbers, grey or with a palette that says nothing about them.
enum StoredPNG {
  static func file(_ numbers: [[Int]], palette: Bool) -> [UInt8] {
    let (height, width) = (numbers.count, numbers.first?.count ?? 0)
    let header: [UInt8] =
      bigEndian(width) + bigEndian(height) + [8, palette ? 3 : 0, 0, 0, 0]
    var rows: [UInt8] = []
    for row in numbers {
      rows.append(0)
      for number in row { rows.append(UInt8(number)) }
    }
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += chunk("IHDR", header)
    if palette { bytes += chunk("PLTE", (0..<768).map { UInt8(255 - $0 / 3) }) }
    bytes += chunk("IDAT", zlib(rows))
    return bytes + chunk("IEND", [])
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) }
  }

  private static func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + payload
    var crc: UInt32 = .max
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return bigEndian(payload.count) + body + bigEndian(Int(~crc))
  }

  /// One stored block; at most 65535 bytes.
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    let (low, high) = (UInt8(bytes.count & 255), UInt8(bytes.count >> 8))
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    return [0x78, 1, 1, low, high, ~low, ~high] + bytes + bigEndian(b << 16 | a)
  }
}
