import DiffMask
import Diffusion
import Networks
import Raster
import Tensors
import Testing

/// What becomes of alpha in results, byte by byte.
@Suite struct AlphaTests {
  /// Old alpha, the paint's alpha (0 for none), weight; alpha and colour of a white patch over 100.
  static let rows: [(old: UInt8, paint: UInt8, weight: Float, alpha: UInt8, color: UInt8)] = [
    (255, 0, 1, 255, 255), (255, 255, 0.5, 255, 178), (255, 0, 0.5, 255, 178),
    (0, 255, 1, 255, 255), (0, 128, 1, 128, 255), (0, 255, 0.5, 128, 255),
    // Where it stays transparent all bytes stay.
    (0, 0, 1, 0, 100), (0, 0, 0.5, 0, 100), (128, 0, 1, 128, 255), (128, 0, 0.5, 128, 178),
    (128, 64, 1, 128, 255), (128, 255, 1, 255, 255), (200, 255, 0, 200, 100),
  ]

  @Test(arguments: rows)
  func blendsAtBothDepths(old: UInt8, paint: UInt8, weight: Float, alpha: UInt8, color: UInt8) {
    let box = PixelRect(x: 0, y: 0, width: 1, height: 1)
    let patch = EditPatch(
      box: box, colors: [1, 1, 1], weights: [weight], alphas: paint > 0 ? [Float(paint) / 255] : [])
    var eight = RGBA8(width: 1, height: 1, filledWith: (100, 100, 100, old))
    patch.blend(into: &eight)
    #expect(eight.samples == [color, color, color, alpha])
    var deep = RGBA8(width: 1, height: 1, filledWith: (100, 100, 100, old)).rgba16
    patch.blend(into: &deep)
    #expect(deep.rgba8 == eight || weight == 0.5)
    if paint == 0 || weight == 0 { #expect(deep.samples[3] == UInt16(old) * 257) }
  }

  /// On opaque pictures the alpha of a patch changes no byte: the formula is the plain mixture.
  @Test func opaquePicturesAreAsEver() {
    var random = Seeded(state: 9)
    let box = PixelRect(x: 0, y: 0, width: 64, height: 1)
    let colors = (0..<192).map { _ in Float.random(in: -1.2...1.2, using: &random) }
    let weights = (0..<64).map { _ in Float.random(in: 0...1, using: &random) }
    var bitmap = RGBA8(width: 64, height: 1, filledWith: (0, 0, 0, 255))
    for at in bitmap.samples.indices where at % 4 != 3 {
      bitmap.samples[at] = .random(in: 0...255, using: &random)
    }
    let before = bitmap
    let alphas = [Float](repeating: 1, count: 64)
    EditPatch(box: box, colors: colors, weights: weights, alphas: alphas).blend(into: &bitmap)
    for pixel in 0..<64 {
      for channel in 0..<3 {
        let old = Float(before.samples[4 * pixel + channel])
        let new = min(max((colors[3 * pixel + channel] + 1) / 2, 0), 1) * 255
        let mixed = UInt8((old + (new - old) * weights[pixel]).rounded())
        #expect(bitmap.samples[4 * pixel + channel] == mixed)
      }
      #expect(bitmap.samples[4 * pixel + 3] == 255)
    }
  }

  /// Numbers that are not finite become some colour, and nothing traps.
  @Test(arguments: [Float.nan, .infinity, -.infinity, 3e38, -3e38])
  func noColourTraps(value: Float) {
    let box = PixelRect(x: 0, y: 0, width: 1, height: 1)
    for weight in [Float(1), 0.3, .nan, .infinity] {
      for alphas in [[], [value], [Float(1)]] as [[Float]] {
        let patch = EditPatch(
          box: box, colors: [value, 0, -value], weights: [weight], alphas: alphas)
        for alpha in [0, 9, 255] as [UInt8] {
          var bitmap = RGBA8(width: 1, height: 1, filledWith: (1, 2, 3, alpha))
          patch.blend(into: &bitmap)
        }
      }
    }
  }

  // MARK: Whole edits

  /// A half transparent picture: the right is nothing, with `hidden` behind it.
  private func original(hidden: UInt8 = 0) -> RGBA8 {
    var bitmap = RGBA8(width: 64, height: 48, filledWith: (70, 120, 60, 255))
    for y in 0..<48 {
      for x in 0..<64 {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples[at] = UInt8(60 + (5 * x + 3 * y) % 40)
        if x >= 32 {
          bitmap.samples.replaceSubrange(at..<at + 4, with: [hidden, 255 - hidden, 9, 0])
        }
      }
    }
    return bitmap
  }

  private func painted(_ bitmap: RGBA8, _ rect: PixelRect, _ color: [UInt8]) -> RGBA8 {
    var bitmap = bitmap
    for y in rect.rows {
      for x in rect.columns {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples.replaceSubrange(at..<at + 4, with: color)
      }
    }
    return bitmap
  }

  private func result(
    _ original: Picture, _ edited: Picture, _ mode: EditMode = .sparse, keepsAlpha: Bool = false
  ) throws -> Picture {
    let model = try ModelFolder.load(Fixture.assets("models/paint-base"))
    let network = try UNet(model.network.configuration, weights: model.openWeights())
    let engine = EditEngine(
      model: model, network: network, original: original, workers: WorkerPool(count: 1))
    var settings = EditSettings(steps: 1)
    settings.ragged = false
    (settings.mode, settings.keepsAlpha) = (mode, keepsAlpha)
    let edit = try #require(try engine.edit(edited, settings: settings))
    var after = original
    edit.patches.blend(into: &after)
    engine.accept(edit.patches)
    #expect(engine.original == after)
    return after
  }

  /// Paint over the border of transparency: opaque where it lies, and nowhere else.
  @Test(arguments: EditMode.allCases, [false, true])
  func paintMakesOpaque(mode: EditMode, isDeep: Bool) throws {
    let rect = PixelRect(x: 24, y: 16, width: 20, height: 12)
    let before = original()
    let edited = painted(before, rect, [200, 60, 40, 255])
    func picture(_ bitmap: RGBA8) -> Picture {
      Picture(pixels: isDeep ? .sixteen(bitmap.rgba16) : .eight(bitmap))
    }
    let after = try result(picture(before), picture(edited), mode).rgba8
    let kept = try result(picture(before), picture(edited), mode, keepsAlpha: true).rgba8
    for y in 0..<48 {
      for x in 0..<64 {
        let at = after.offset(x: x, y: y)
        let isPainted = rect.columns.contains(x) && rect.rows.contains(y)
        #expect(after.samples[at + 3] == (isPainted || x < 32 ? 255 : 0), "\(x),\(y)")
        #expect(kept.samples[at + 3] == (x < 32 ? 255 : 0))
        // What nobody sees keeps its bytes.
        if x >= 32, !isPainted {
          #expect(after.samples[at..<at + 4] == before.samples[at..<at + 4])
        }
        if x >= 32 { #expect(kept.samples[at..<at + 4] == before.samples[at..<at + 4]) }
      }
    }
  }

  /// What a file hides in transparent pixels is nothing that a model sees.
  @Test(arguments: EditMode.allCases)
  func hiddenColoursChangeNothingThatIsSeen(mode: EditMode) throws {
    let rect = PixelRect(x: 20, y: 16, width: 20, height: 12)
    let results = try ([0, 255] as [UInt8]).map { hidden in
      let before = original(hidden: hidden)
      let edited = painted(before, rect, [200, 60, 40, 255])
      return try result(Picture(pixels: .eight(before)), Picture(pixels: .eight(edited)), mode)
    }
    #expect(PixelMask(from: results[0].rgba8, to: results[1].rgba8, threshold: 0).isEmpty)
  }

  /// An erased place is filled, as opaque as it was, from what is around it.
  @Test(arguments: EditMode.allCases)
  func anErasedPlaceIsFilled(mode: EditMode) throws {
    let rect = PixelRect(x: 8, y: 12, width: 16, height: 14)
    let before = original()
    let after = try result(
      Picture(pixels: .eight(before)),
      Picture(pixels: .eight(painted(before, rect, [0, 0, 0, 0]))),
      mode
    ).rgba8
    for y in rect.rows {
      for x in rect.columns {
        let at = after.offset(x: x, y: y)
        #expect(after.samples[at + 3] == 255)
        // Grass around it and no black hole.
        #expect(after.samples[at + 1] > 60, "\(x),\(y)")
      }
    }
  }
}
