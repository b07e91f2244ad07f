import DiffMask
import Diffusion
import Networks
import Raster
import Tensors
import Testing

/// What the network sees of an edit, as a function of picture and edit alone.
@Suite struct EditPiecesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let picture: (Int, Int)
    let strokes: [PixelRect]
    let windows: [PixelRect]
    var testDescription: String { "\(picture) \(strokes.count)" }
  }

  static let rows: [Row] = [
    // Small pictures are seen whole, up to the last pixel of the limit.
    Row(
      picture: (768, 512), strokes: [rect(300, 200, 9, 9)], windows: [rect(0, 0, 768, 512)]),
    Row(
      picture: (1024, 1024), strokes: [rect(0, 0, 9, 9), rect(1000, 1000, 9, 9)],
      windows: [rect(0, 0, 1024, 1024)]),
    // Of larger ones the edit with its context, on the grid of 64 pixels.
    Row(
      picture: (1024, 1025), strokes: [rect(300, 300, 9, 9)], windows: [rect(192, 192, 192, 192)]),
    Row(
      picture: (6000, 4000), strokes: [rect(3000, 2000, 270, 270)],
      windows: [rect(2880, 1920, 512, 448)]),
    Row(
      picture: (6000, 4000), strokes: [rect(0, 0, 40, 40)], windows: [rect(0, 0, 128, 128)]),
    Row(
      picture: (6000, 4000), strokes: [rect(5990, 3990, 10, 10)],
      windows: [rect(5888, 3904, 112, 96)]),
    // What is far apart is seen apart, what is near together.
    Row(
      picture: (6000, 4000), strokes: [rect(100, 100, 20, 20), rect(5000, 3000, 20, 20)],
      windows: [rect(0, 0, 192, 192), rect(4928, 2880, 192, 256)]),
    Row(
      picture: (6000, 4000), strokes: [rect(1000, 1000, 60, 60), rect(1100, 1000, 60, 60)],
      windows: [rect(896, 896, 384, 256)]),
  ]

  static func rect(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> PixelRect {
    PixelRect(x: x, y: y, width: width, height: height)
  }

  static func mask(_ size: (Int, Int), _ strokes: [PixelRect]) -> PixelMask {
    strokes.reduce(PixelMask(width: size.0, height: size.1)) { mask, rect in
      mask.union(
        PixelMask(
          width: size.0, height: size.1, region: rect,
          bits: [Bool](repeating: true, count: rect.width * rect.height)))
    }
  }

  @Test(arguments: rows)
  func windows(row: Row) {
    let pieces = EditPieces.plan(Self.mask(row.picture, row.strokes), feather: 4, multiple: 16)
    #expect(pieces.map(\.window.rect) == row.windows)
  }

  /// A stroke across all of a picture, a ring, dots, everything.
  static let large: [(String, PixelMask)] = [
    ("line", stroke { abs($0 - $1) < 6 }),
    (
      "ring",
      stroke {
        let (x, y) = ($0 - 1500, $1 - 1000)
        return abs(Double(x * x + y * y).squareRoot() - 700) < 8
      }
    ),
    ("dots", stroke { $0 % 400 < 12 && $1 % 300 < 12 }),
    ("all", stroke { _, _ in true }),
    ("edge", stroke { x, _ in x > 2990 }),
  ]

  private static func stroke(_ isPainted: (Int, Int) -> Bool) -> PixelMask {
    PixelMask(
      width: 3000, height: 2000,
      bits: (0..<3000 * 2000).map { isPainted($0 % 3000, $0 / 3000) })
  }

  @Test(arguments: large.indices, [0, 4, 40])
  func piecesShareTheEditAmongThem(index: Int, feather: Int) throws {
    let painted = Self.large[index].1
    let pieces = EditPieces.plan(painted, feather: feather, multiple: 16)
    let changed = try #require(BlendMask(painted: painted, feather: feather)).mask
    var owners = [UInt8](repeating: 0, count: 3000 * 2000)
    for piece in pieces {
      let (core, window) = (piece.core, piece.window.rect)
      for y in core.rows { for x in core.columns { owners[y * 3000 + x] += 1 } }
      // Whole context on every side that is not the picture's.
      let needed = core.grown(by: WorkWindow.context, inWidth: 3000, height: 2000)
      #expect(window.union(needed) == window)
      #expect(window.width * window.height <= EditPieces.largestWindow)
    }
    #expect(owners.allSatisfy { $0 <= 1 })
    let bits = changed.bits
    #expect(bits.indices.allSatisfy { !bits[$0] || owners[$0] == 1 })
  }

  /// Thin strokes cost what lies along them, not the box around them.
  @Test(arguments: [(0, 0.45), (1, 0.55), (3, 1.6)])
  func piecesCostLittle(index: Int, most: Double) {
    let pieces = EditPieces.plan(Self.large[index].1, feather: 4, multiple: 16)
    let seen = pieces.reduce(0) { $0 + $1.window.rect.width * $1.window.rect.height }
    #expect(Double(seen) <= most * 3000 * 2000)
  }
}

/// Edits of pictures that are not seen whole.
@Suite struct LargePictureTests {
  private let model: ModelFolder
  private let network: UNet

  init() throws {
    model = try ModelFolder.load(Fixture.assets("models/paint-base"))
    network = try UNet(model.network.configuration, weights: model.openWeights())
  }

  /// A wavy picture whose top left is the same at any size.
  private static func picture(_ width: Int, _ height: Int) -> Picture {
    var samples: [UInt8] = []
    samples.reserveCapacity(4 * width * height)
    for y in 0..<height {
      for x in 0..<width {
        samples += [UInt8(60 + (3 * x + y) % 90), UInt8(90 + (x + 2 * y) % 70), 150, 255]
      }
    }
    return Picture(pixels: .eight(RGBA8(width: width, height: height, samples: samples)))
  }

  private static func painted(_ picture: Picture, _ strokes: [PixelRect]) -> Picture {
    var bitmap = picture.rgba8
    for rect in strokes {
      for y in rect.rows {
        for x in rect.columns {
          let at = bitmap.offset(x: x, y: y)
          bitmap.samples.replaceSubrange(at..<at + 3, with: [110, 150, 70])
        }
      }
    }
    return Picture(pixels: .eight(bitmap))
  }

  private func engine(_ picture: Picture, workers: Int = 2, limit: Int = 1 << 30) -> EditEngine {
    EditEngine(
      model: model, network: network, original: picture, workers: WorkerPool(count: workers),
      memory: MemoryLedger(limit: limit) { _, _ in 0 })
  }

  private func settings(_ mode: EditMode = .sparse) -> EditSettings {
    var settings = EditSettings(steps: 2)
    settings.ragged = false
    (settings.mode, settings.texture) = (mode, false)
    return settings
  }

  /// A blob, which fills its window, a thin line, which does not, and both.
  static let strokes: [[PixelRect]] = [
    [EditPiecesTests.rect(300, 300, 80, 70)],
    [EditPiecesTests.rect(200, 640, 500, 5)],
    [EditPiecesTests.rect(80, 80, 60, 60), EditPiecesTests.rect(900, 700, 100, 4)],
  ]

  @Test(arguments: strokes)
  func costIsThatOfTheSurroundings(strokes: [PixelRect]) throws {
    let results = try [(1100, 960), (1700, 1500)].map { width, height in
      let picture = Self.picture(width, height)
      let edited = Self.painted(picture, strokes)
      return try #require(
        try engine(picture).edit(
          edited, painted: EditPiecesTests.mask((width, height), strokes), settings: settings()))
    }
    #expect(results[0].windows == results[1].windows)
    #expect(results[0].macsExecuted == results[1].macsExecuted)
    #expect(results[0].patches == results[1].patches)
    let seen = results[0].windows.reduce(0) { $0 + $1.width * $1.height }
    #expect(seen < 1100 * 960 / 2)
  }

  @Test(arguments: strokes, EditMode.allCases)
  func bytesDependOnNothingElse(strokes: [PixelRect], mode: EditMode) throws {
    let picture = Self.picture(1100, 960)
    let edited = Self.painted(picture, strokes)
    let painted = EditPiecesTests.mask((1100, 960), strokes)
    let settings = settings(mode)
    let reference = try #require(
      try engine(picture, workers: 1).edit(edited, painted: painted, settings: settings)
    ).patches
    // With as little memory as there has to be, which leaves none for caches.
    let error = #expect(throws: MemoryError.self) {
      try engine(picture, workers: 3, limit: 0).edit(edited, painted: painted, settings: settings)
    }
    let least = try #require(error).needed
    #expect(
      try engine(picture, workers: 3, limit: least).edit(
        edited, painted: painted, settings: settings)?.patches == reference)
    let prepared = engine(picture)
    while try prepared.prepareNext(settings, for: painted) {}
    #expect(
      try prepared.edit(edited, painted: painted, settings: settings)?.patches == reference)
    // Nor on edits before, made over this one, accepted and taken back.
    let veteran = engine(picture)
    let other = try #require(
      try veteran.edit(edited, painted: painted, settings: settings)?.patches)
    veteran.accept(other)
    veteran.rebase(picture, area: other.box)
    #expect(
      try veteran.edit(edited, painted: painted, settings: settings)?.patches == reference)
  }

  @Test func onlyTheEditChanges() throws {
    let picture = Self.picture(1100, 960)
    let line = EditPiecesTests.rect(40, 500, 1000, 40)
    let painted = EditPiecesTests.mask((1100, 960), [line])
    let result = try #require(
      try engine(picture).edit(
        Self.painted(picture, [line]), painted: painted, settings: settings(.dense)))
    var after = picture
    result.patches.blend(into: &after)
    let changed = try #require(BlendMask(painted: painted, feather: 4)).mask
    #expect(picture.difference(from: after).union(changed) == changed)
    #expect(result.tilesActive <= result.tilesTotal)
  }
}
