import Exemplars
import Materials
import Raster
import Testing

/// Swatches as files.
@Suite struct MaterialLibraryTests {
  @Test(arguments: Material.allCases)
  func everyMaterialHasSwatches(material: Material) throws {
    let swatches = try Scene.bundled.swatches(of: material)
    #expect((5...10).contains(swatches.count))
    for swatch in swatches {
      #expect(swatch.picture.width == 128 && swatch.picture.height == 128)
    }
    // They differ in colour, not in name only.
    let means = swatches.map { [Int($0.mean.x / 4), Int($0.mean.y / 4), Int($0.mean.z / 4)] }
    #expect(Set(means).count >= swatches.count - 1, "\(means)")
  }

  /// Steps over the side of a swatch are hardly larger than those inside of it.
  @Test(arguments: Material.allCases)
  func oppositeSidesFitTogether(material: Material) throws {
    for swatch in try Scene.bundled.swatches(of: material) {
      let (bytes, side) = (swatch.picture.bytes, swatch.picture.width)
      func step(_ pixel: Int, _ other: Int) -> Int {
        (0..<3).reduce(0) { $0 + abs(Int(bytes[3 * pixel + $1]) - Int(bytes[3 * other + $1])) }
      }
      func across(_ x: Int) -> Int {
        (0..<side).reduce(0) { $0 + step($1 * side + x, $1 * side + (x + 1) % side) }
      }
      func down(_ y: Int) -> Int {
        (0..<side).reduce(0) { $0 + step(y * side + $1, (y + 1) % side * side + $1) }
      }
      let last = side - 1
      let (most, mostDown) = ((0..<last).map(across).max() ?? 0, (0..<last).map(down).max() ?? 0)
      #expect(10 * across(last) <= 11 * most, "\(material) \(swatch.name)")
      #expect(10 * down(last) <= 11 * mostDown, "\(material) \(swatch.name)")
    }
  }

  @Test func takesFilesInTheOrderOfTheirNamesUpToTen() throws {
    let folder = try SwatchFolder()
    for number in (10..<24).reversed() {
      try folder.write("\(number).png", width: 32, height: 40, (UInt8(number), 2, 3))
    }
    try folder.write("notes.txt", Array("no swatch".utf8))
    try folder.write(".hidden.png", Array("no swatch".utf8))
    let library = MaterialLibrary(folder: folder.path)
    let swatches = try library.swatches(of: .grass)
    #expect(swatches.map(\.name) == (10..<20).map { "\($0).png" })
    #expect(swatches.map { $0.mean.x } == (10..<20).map { Float($0) })
    #expect(library.files(of: .rock).isEmpty)
  }

  @Test func saysWhatIsWrongInOneLine() throws {
    let cases:
      [(name: String, bytes: [UInt8]?, size: (Int, Int), kind: PictureError.Kind, says: String)] = [
        ("small.png", nil, (31, 64), .badData, "31x64"),
        ("large.png", nil, (64, 513), .badData, "64x513"),
        ("broken.png", Array("\u{89}PNG".utf8), (0, 0), .badData, "broken.png"),
      ]
    for (name, bytes, size, kind, says) in cases {
      let folder = try SwatchFolder()
      if let bytes {
        try folder.write(name, bytes)
      } else {
        try folder.write(name, width: size.0, height: size.1, (1, 2, 3))
      }
      let error = #expect(throws: PictureError.self) {
        try MaterialLibrary(folder: folder.path).swatches(of: .grass)
      }
      #expect(error?.kind == kind)
      #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("\n") == false)
    }
    let none = #expect(throws: PictureError.self) {
      try MaterialLibrary(folder: "/nowhere").swatches(of: .sky)
    }
    #expect(none?.kind == .missing && none?.path == "/nowhere/sky")
  }
}
