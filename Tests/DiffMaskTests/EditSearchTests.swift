import DiffMask
import Glibc
import Raster
import Testing

/// Edits among what coding with loss leaves.
@Suite struct EditSearchTests {
  /// Hills under a sky: smooth places, hard edges, and fine grain.
  private static func scene(width: Int = 192, height: Int = 144) -> RGBA8 {
    var random = SeededGenerator(state: 21)
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    for y in 0..<height {
      for x in 0..<width {
        let ridge = 60 + 14 * sin(Double(x) / 17) + 6 * sin(Double(x) / 5)
        let isSky = Double(y) < ridge
        let grain = isSky ? 0 : Double.random(in: -22...22, using: &random)
        let base = isSky ? [120 + 0.5 * Double(y), 160 + 0.4 * Double(y), 225] : [78, 104, 58]
        for channel in 0..<3 {
          let wave = isSky ? 0 : 16 * sin(Double(x + 2 * y) / 9)
          picture.samples[picture.offset(x: x, y: y) + channel] = UInt8(
            saturating: base[channel] + grain + wave)
        }
      }
    }
    return picture
  }

  /// What is painted, as a function of a place.
  private static let shapes: [(name: String, inside: @Sendable (Int, Int) -> Bool)] = [
    ("disc", { ($0 - 80) * ($0 - 80) + ($1 - 80) * ($1 - 80) < 30 * 30 }),
    ("strokes", { abs($0 - $1 - 20) < 3 || abs($0 + $1 - 200) < 3 }),
    ("dot", { ($0 - 150) * ($0 - 150) + ($1 - 30) * ($1 - 30) < 5 * 5 }),
    ("most of it", { $0 > 60 || $1 > 120 }),
  ]

  private static func painted(_ picture: RGBA8, _ inside: (Int, Int) -> Bool) -> RGBA8 {
    var picture = picture
    for y in 0..<picture.height {
      for x in 0..<picture.width where inside(x, y) {
        let at = picture.offset(x: x, y: y)
        picture.samples.replaceSubrange(at..<at + 3, with: [205, 60, 45])
      }
    }
    return picture
  }

  private static let codings: [Coding] = [
    .jpeg(quality: 60, halvesChroma: true), .jpeg(quality: 75, halvesChroma: true),
    .jpeg(quality: 85, halvesChroma: false), .jpeg(quality: 95, halvesChroma: false),
    .jpeg(quality: 100, halvesChroma: false), .palette(dithered: false), .palette(dithered: true),
  ]

  /// Every edit that covers less than half is found, nearly to the pixel, and nothing else is.
  @Test(arguments: codings, 0..<3)
  func findsTheEditAndNotTheCoding(coding: Coding, shape: Int) {
    let original = Self.scene()
    let truth = PixelMask(from: original, to: Self.painted(original, Self.shapes[shape].inside))
    var edited = Picture(
      pixels: .eight(coding.applied(to: Self.painted(original, Self.shapes[shape].inside))))
    edited.metadata.source = coding.source
    let found = Picture(pixels: .eight(original)).findEdit(in: edited)
    #expect(found.hasNoise)
    let hits = truth.bits.indices.count { truth.bits[$0] && found.mask.bits[$0] }
    #expect(Double(hits) > 0.97 * Double(truth.count), "\(coding): \(hits) of \(truth.count)")
    let near = truth.dilated(by: 6).bits
    let misses = near.indices.count { found.mask.bits[$0] && !near[$0] }
    #expect(misses <= max(8, found.mask.count / 50), "\(coding): \(misses) of \(found.mask.count)")
    // Without knowing where the file came from, as after a detour through PNG.
    edited.metadata.source = .init(container: .png, color: .rgb, bitDepth: 8)
    let blind = Picture(pixels: .eight(original)).findEdit(in: edited)
    if blind.hasNoise { #expect(blind == found) }
  }

  @Test(arguments: codings)
  func aCodedCopyIsNoEdit(coding: Coding) {
    let original = Self.scene()
    var copy = Picture(pixels: .eight(coding.applied(to: original)))
    copy.metadata.source = coding.source
    let found = Picture(pixels: .eight(original)).findEdit(in: copy)
    #expect(found.mask.fraction < 0.002, "\(coding): \(found.mask.fraction)")
  }

  /// Files without loss are as they always were, however much of them is painted over.
  @Test(arguments: 0..<4, [false, true])
  func exactFilesAreExact(shape: Int, isPalette: Bool) {
    let coding = Coding.palette(dithered: false)
    let original = isPalette ? coding.applied(to: Self.scene()) : Self.scene()
    let after = Self.painted(original, Self.shapes[shape].inside)
    var edited = Picture(pixels: .eight(after))
    edited.metadata.source = .init(
      container: .png, color: isPalette ? .palette : .rgb, bitDepth: 8)
    let found = Picture(pixels: .eight(original)).findEdit(in: edited)
    #expect(!found.hasNoise && found.mask == PixelMask(from: original, to: after))
  }

  /// A lighter copy is no noise: all of it differs, and to one side.
  @Test(arguments: [3, 6, 20])
  func aLighterCopyIsAnEdit(by levels: Int) {
    let original = Self.scene()
    var lighter = original
    for at in lighter.samples.indices where at % 4 != 3 {
      lighter.samples[at] = UInt8(clamping: Int(lighter.samples[at]) + levels)
    }
    let found = Picture(pixels: .eight(original)).findEdit(in: Picture(pixels: .eight(lighter)))
    #expect(!found.hasNoise && found.mask.fraction > 0.99)
  }

  @Test(arguments: [
    (0, [false, true, true, true]), (1, [false, false, true, true]),
    (9, [false, false, false, true]), (254, [false, false, false, false]),
  ])
  func aThresholdByHandIsTaken(threshold: Int, changed: [Bool]) {
    let a = RGBA8(width: 4, height: 1, filledWith: (100, 100, 100, 255))
    var b = a
    for (x, levels) in [0, 1, 9, 10].enumerated() { b.samples[4 * x + 1] += UInt8(levels) }
    let (before, after) = (Picture(pixels: .eight(a)), Picture(pixels: .eight(b)))
    #expect(before.findEdit(in: after, threshold: threshold).mask.bits == changed)
    let deep = (Picture(pixels: .sixteen(a.rgba16)), Picture(pixels: .sixteen(b.rgba16)))
    #expect(deep.0.findEdit(in: deep.1, threshold: threshold).mask.bits == changed)
  }

  /// Alpha is compared even among noise.
  @Test func anErasedPlaceAmongNoiseIsAnEdit() {
    let original = Self.scene()
    var after = Coding.jpeg(quality: 85, halvesChroma: false).applied(to: original)
    let hole = PixelRect(x: 40, y: 50, width: 9, height: 7)
    for y in hole.rows { for x in hole.columns { after.samples[after.offset(x: x, y: y) + 3] = 0 } }
    let found = Picture(pixels: .eight(original)).findEdit(in: Picture(pixels: .eight(after)))
    #expect(found.hasNoise && found.mask.boundingBox == hole && found.mask.count == 63)
  }

  @Test(arguments: [(1, 1), (3, 2), (9, 40), (11, 11)])
  func smallPicturesTrapNowhere(width: Int, height: Int) {
    var random = SeededGenerator(state: 4)
    let original = RGBA8(width: width, height: height, filledWith: (90, 120, 30, 255))
    var after = original
    for at in after.samples.indices { after.samples[at] &+= .random(in: 0...3, using: &random) }
    var edited = Picture(pixels: .eight(after))
    edited.metadata.source = .init(container: .jpeg, color: .rgb, bitDepth: 8)
    let found = Picture(pixels: .eight(original)).findEdit(in: edited)
    #expect(found.mask.width == width && found.mask.height == height)
  }
}
