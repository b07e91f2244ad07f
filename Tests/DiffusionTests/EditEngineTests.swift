import DiffMask
import Diffusion
import Foundation
import Networks
import Raster
import SIGE
import Synchronization
import Tensors
import Testing

/// Whole edits with the bundled model on small drawn pictures.
@Suite struct EditEngineTests {
  @Test(arguments: [(96, 64), (50, 37), (7, 90), (1, 1)])
  func changesOnlyTheBlendMask(width: Int, height: Int) throws {
    let scene = try Scene(width: width, height: height)
    for mode in EditMode.allCases {
      let engine = try scene.engine()
      let result = try #require(
        try engine.edit(
          scene.edited, painted: scene.painted, settings: scene.settings(mode, steps: 2)))
      var after = scene.original
      result.patches.blend(into: &after)
      let blend = try #require(BlendMask(painted: scene.painted, feather: 4))
      for y in 0..<height {
        for x in 0..<width where !blend.mask[x, y] {
          #expect(after.rgba8.pixel(x, y) == scene.original.rgba8.pixel(x, y))
        }
      }
      #expect(after != scene.original)
      #expect(result.macsExecuted <= result.macsDense)
    }
  }

  /// Paint 20 pixels high ends up to 2 pixels from where it was painted, and the result fades over 4 more.
  @Test func naturalEdgesStayNearThePaint() throws {
    let scene = try Scene(width: 128, height: 96)
    var settings = scene.settings(.texture)
    let smooth = try scene.after(try scene.engine(), scene.edited, scene.painted, settings)
    settings.ragged = true
    let natural = try scene.after(try scene.engine(), scene.edited, scene.painted, settings)
    #expect(natural != smooth)
    let box = try #require(scene.painted.boundingBox)
    for y in 0..<96 {
      for x in 0..<128 where x < box.x - 6 || x >= box.x + box.width + 6 || y < box.y - 6 {
        #expect(natural.rgba8.pixel(x, y) == scene.original.rgba8.pixel(x, y))
      }
    }
    // A soft mask says itself where paint ends.
    let soft = scene.coverage(scene.painted)
    let masked = try #require(
      try scene.engine().edit(
        scene.edited, painted: scene.painted, coverage: soft, settings: settings))
    var after = scene.original
    masked.patches.blend(into: &after)
    #expect(after == smooth)
  }

  @Test func sparseIsCloseToDense() throws {
    let scene = try Scene(width: 128, height: 96)
    let sparse = try scene.result(.sparse, of: try scene.engine())
    let dense = try scene.result(.dense, of: try scene.engine())
    let difference = try PictureDifference(sparse, dense, in: .inside(scene.mask))
    // 43.6 dB were measured; a wrong halo or a stale tile costs more than 10 dB.
    #expect(try #require(difference.psnr) > 38)
    #expect(sparse != scene.original)
  }

  @Test func bytesDoNotDependOnWorkersOrPreparation() throws {
    let scene = try Scene(width: 96, height: 96)
    let reference = try scene.result(.sparse, of: try scene.engine(workers: 1))
    #expect(try scene.result(.sparse, of: try scene.engine(workers: 3)) == reference)
    // A step at a time, whose layers all workers share.
    for workers in 1...3 {
      let prepared = try scene.engine(workers: workers)
      var done = 0
      while try prepared.prepareNext(scene.settings(.sparse)) { done += 1 }
      #expect(done == 8)
      #expect(try scene.result(.sparse, of: prepared) == reference)
    }
    let forgetful = try scene.engine(workers: 2, cacheLimit: 0)
    #expect(try scene.result(.sparse, of: forgetful) == reference)
    #expect(forgetful.cacheBytes == 0)
  }

  /// Without its pyramid of noise the same model makes another picture than with a strong one, in the
  /// same place only.
  @Test(arguments: [EditMode.sparse, .dense])
  func startsFromTheNoiseThatTheModelNames(mode: EditMode) throws {
    let scene = try Scene(width: 96, height: 64)
    let plain = try scene.model(pyramid: nil)
    let uneven = try scene.model(pyramid: [0.2, 0.06, 0.06])
    #expect(plain.noisePyramid == .zero && scene.model.noisePyramid != .zero)
    #expect(uneven.noisePyramid == SIMD3(0.2, 0.06, 0.06))

    let made = try scene.result(mode, of: try scene.engine(model: plain))
    let other = try scene.result(mode, of: try scene.engine(model: uneven))
    let difference = try PictureDifference(made, other, in: .inside(scene.mask))
    #expect(try #require(difference.psnr) < 40)
    #expect(try #require(difference.psnr) > 15)
  }

  @Test func cachesStayWithinTheLimit() throws {
    let scene = try Scene(width: 64, height: 64)
    let step = try scene.engine().bytesPerStep(rows: 64, columns: 64)
    let reference = try scene.result(.sparse, of: try scene.engine())
    let engine = try scene.engine(cacheLimit: 3 * step + 1)
    #expect(try scene.result(.sparse, of: engine) == reference)
    #expect(engine.cacheBytes == 3 * step)
  }

  @Test func preparingEndsWhereMemoryEnds() throws {
    let scene = try Scene(width: 64, height: 64)
    let step = try scene.engine().bytesPerStep(rows: 64, columns: 64)
    // Packs the weights.
    _ = try scene.result(.sparse, of: try scene.engine())
    let engine = try scene.engine(workers: 2, cacheLimit: 3 * step + 1)
    var settings = scene.settings(.sparse)
    for (strength, ready, rounds) in [(1.0, 3, 3), (0.5, 0, 0)] {
      settings.strength = strength
      var done = 0
      while try engine.prepareNext(settings), done < 10 { done += 1 }
      #expect(done == rounds)
      let state = try engine.preparation(for: settings)
      #expect(state.ready == ready && state.total == ready)
    }
  }

  /// Pictures, strokes kept for undoing and other programs come and go: so does what caches may take.
  @Test(arguments: 1...6)
  func bytesDoNotDependOnMemoryThatComesAndGoes(seed: UInt64) throws {
    let scene = try Scene(width: 64, height: 64)
    let reference = try scene.result(.sparse, of: try scene.engine())
    let plenty = try scene.engine(workers: 3)
    let step = plenty.bytesPerStep(rows: 64, columns: 64)
    let least = plenty.leastBytes(rows: 64, columns: 64)
    let random = Mutex(seed)
    let engine = EditEngine(
      model: scene.model, network: scene.network, original: scene.original,
      workers: WorkerPool(count: 3),
      memory: MemoryLedger(limit: least + 8 * step) { _, _ in
        random.withLock {
          $0 = $0 &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Int($0 >> 40) % 9 * step
        }
      })
    for _ in 0..<4 {
      for _ in 0..<3 { _ = try engine.prepareNext(scene.settings(.sparse)) }
      #expect(try scene.result(.sparse, of: engine) == reference)
      #expect(engine.cacheBytes <= 8 * step)
    }
    #expect(engine.peakCacheBytes >= engine.cacheBytes)
  }

  @Test(arguments: EditMode.allCases)
  func saysBeforehandThatMemoryDoesNotSuffice(mode: EditMode) throws {
    let scene = try Scene(width: 64, height: 64)
    let plenty = try scene.engine()
    let least = plenty.leastBytes(
      rows: 64, columns: 64, evaluations: mode == .texture ? 0 : 1, keeping: mode == .sparse)
    let engine = { (limit: Int) in
      EditEngine(
        model: scene.model, network: scene.network, original: scene.original,
        workers: WorkerPool(count: 2), memory: MemoryLedger(limit: limit) { _, _ in 1000 })
    }
    var progress = 0
    let error = #expect(throws: MemoryError.self) {
      try engine(least + 999).edit(
        scene.edited, painted: scene.painted, settings: scene.settings(mode)
      ) { _ in progress += 1 }
    }
    #expect(error?.needed == least + 1000 && progress == 0)
    #expect(
      error?.kind
        == .allowed(limit: least + 999, ceiling: MemoryRoom(bytes: .max, bound: .machine)))
    #expect(
      try scene.result(mode, of: engine(least + 1000)) == scene.result(mode, of: plenty))
  }

  @Test func oneShotsKeepNothing() throws {
    let scene = try Scene(width: 64, height: 64)
    let engine = EditEngine(
      model: scene.model, network: scene.network, original: scene.original,
      workers: WorkerPool(count: 2), memory: MemoryLedger(limit: 1 << 30) { _, _ in 0 },
      isOneShot: true)
    let plenty = try scene.engine()
    #expect(
      try scene.result(.sparse, of: engine) == scene.result(.sparse, of: plenty))
    #expect(engine.cacheBytes == 0)
    #expect(engine.peakCacheBytes == engine.bytesPerStep(rows: 64, columns: 64))
  }

  @Test func cancelledEditsLeaveEverythingAsItWas() throws {
    let scene = try Scene(width: 64, height: 64)
    let engine = try scene.engine()
    let reference = try scene.result(.sparse, of: try scene.engine())
    for stop in 1...3 {
      let cancellation = Cancellation()
      #expect(throws: CancellationError.self) {
        _ = try engine.edit(
          scene.edited, painted: scene.painted, settings: scene.settings(.sparse),
          cancellation: cancellation
        ) { if $0.step == stop { cancellation.cancel() } }
      }
      #expect(engine.original == scene.original)
    }
    #expect(try scene.result(.sparse, of: engine) == reference)
  }

  /// A limit decides how much is kept of a picture, not what is seen of it.
  @Test func memoryDecidesOverNoWindow() throws {
    let scene = try Scene(width: 96, height: 80)
    for limit in [0, 1 << 20, 1 << 30] {
      let result = try #require(
        try scene.engine(cacheLimit: limit).edit(
          scene.edited, painted: scene.painted, settings: scene.settings(.sparse, steps: 1)))
      #expect(result.window == PixelRect(x: 0, y: 0, width: 96, height: 80))
    }
  }

  @Test(arguments: [(96, 64), (50, 37), (7, 90), (1, 1)], [EditMode.sparse, .dense])
  func progressGoesForwardAndCountsTiles(size: (Int, Int), mode: EditMode) throws {
    let scene = try Scene(width: size.0, height: size.1)
    var seen: [EditProgress] = []
    let result = try #require(
      try scene.engine().edit(
        scene.edited, painted: scene.painted, settings: scene.settings(mode, steps: 3)
      ) { seen.append($0) })
    #expect(seen.first?.phase == .hint && seen.last?.step == 3)
    #expect(seen.contains { $0.phase == .preparing } == (mode == .sparse))
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.step <= $1.step })
    let denoising = seen.filter { $0.phase == .denoising }
    #expect(
      zip(denoising, denoising.dropFirst()).allSatisfy {
        ($0.step, $0.tiles) <= ($1.step, $1.tiles)
      })
    #expect(denoising.allSatisfy { $0.tiles <= $0.tilesActive && $0.steps == 3 })
    #expect(result.tilesActive <= result.tilesTotal)
    #expect(denoising.allSatisfy { $0.tilesActive == result.tilesActive })
  }

  /// With one step the clean estimate is all there is, but for chequerboards, which it keeps.
  @Test(arguments: [EditMode.sparse, .dense])
  func previewsAreWhatTheStepImplies(mode: EditMode) throws {
    let scene = try Scene(width: 96, height: 64)
    let previews = Mutex<[EditPreview]>([])
    let result = try #require(
      try scene.engine().edit(
        scene.edited, painted: scene.painted, settings: scene.settings(mode, steps: 1),
        preview: { shown in previews.withLock { $0.append(shown) } }))
    let preview = try #require(previews.withLock { $0.first })
    #expect(previews.withLock { $0.count } == 1)
    #expect(preview.box == result.patches.box)
    var own = scene.original.cropped(to: preview.box).rgba8
    result.patches.blend(into: &own, from: (preview.box.x, preview.box.y))
    #expect(try #require(preview.pixels.psnr(to: own)) > 30)
    #expect(
      try #require(preview.pixels.psnr(to: scene.edited.cropped(to: preview.box).rgba8)) < 30)
  }

  @Test func nothingPaintedMeansNoResult() throws {
    let scene = try Scene(width: 48, height: 48)
    let engine = try scene.engine()
    #expect(try engine.edit(scene.original, settings: scene.settings(.sparse)) == nil)
  }

  @Test func keepsSixteenBitsAndAlpha() throws {
    let scene = try Scene(width: 48, height: 48)
    var deep = scene.original.rgba16
    for index in stride(from: 3, to: deep.samples.count, by: 4) {
      deep.samples[index] = UInt16(index % 65536)
    }
    let original = Picture(pixels: .sixteen(deep))
    let engine = try scene.engine(original: original)
    for keepsAlpha in [false, true] {
      var settings = scene.settings(.sparse, steps: 2)
      settings.keepsAlpha = keepsAlpha
      let result = try #require(
        try engine.edit(
          Picture(pixels: .sixteen(scene.edited.rgba16)), painted: scene.painted,
          settings: settings))
      var after = original
      result.patches.blend(into: &after)
      let alphas = stride(from: 3, to: deep.samples.count, by: 4)
      // The paint is opaque; everywhere else alpha stays to the last bit.
      let wrong = alphas.filter { index in
        let isPainted = scene.painted[index / 4 % 48, index / 4 / 48]
        return after.rgba16.samples[index]
          != (isPainted && !keepsAlpha ? 65535 : deep.samples[index])
      }
      #expect(wrong.isEmpty)
      #expect(after != original)
    }
  }

  /// Twenty edits of 3 % each, all accepted, against the same edits made with fresh caches.
  @Test func twentyAcceptedEditsDoNotDrift() throws {
    let scene = try Scene(width: 160, height: 128)
    let settings = scene.settings(.sparse, steps: 3)
    let (hasty, patient) = (try scene.engine(), try scene.engine())
    for round in 0..<20 {
      let rect = PixelRect(x: 8 + 37 * round % 110, y: 8 + 61 * round % 90, width: 28, height: 20)
      let painted = PixelMask(
        width: 160, height: 128, region: rect, bits: [Bool](repeating: true, count: 28 * 20))
      let edited = scene.paint(patient.original, rect, shade: UInt8(40 + 9 * round))
      let fresh = try scene.engine(original: patient.original)
      let mask = scene.coverage(painted)
      let dense = try scene.after(fresh, edited, painted, scene.settings(.dense, steps: 3))
      func distance(_ engine: EditEngine) throws -> Double {
        let own = try scene.after(engine, edited, painted, settings)
        return try #require(try PictureDifference(own, dense, in: .inside(mask)).psnr)
      }
      // With its idle time, an engine is as good as new; without, old statistics move fine texture.
      #expect(try distance(patient) > distance(fresh) - 1)
      #expect(try distance(hasty) > 35)
      let patch = try #require(
        try patient.edit(edited, painted: painted, settings: settings)?.patches)
      patient.accept(patch)
      hasty.accept(patch)
      while try patient.prepareNext(settings) {}
      while try patient.refreshNext() {}
    }
  }

  @Test func rebasedCachesServeLikeFreshOnes() throws {
    let scene = try Scene(width: 96, height: 96)
    let rect = PixelRect(x: 60, y: 10, width: 20, height: 20)
    let moved = scene.paint(scene.original, rect, shade: 200)
    let engine = try scene.engine()
    while try engine.prepareNext(scene.settings(.sparse)) {}
    engine.rebase(moved, area: rect)
    let own = try scene.result(.sparse, of: engine)
    let fresh = try scene.result(.sparse, of: try scene.engine(original: moved))
    let difference = try PictureDifference(own, fresh, in: .inside(scene.mask))
    #expect(try #require(difference.psnr) > 40)
  }
}

/// A drawn picture, its painted copy and the bundled model.
private struct Scene {
  let original: Picture
  let edited: Picture
  let painted: PixelMask
  let model: ModelFolder
  let network: UNet

  init(width: Int, height: Int) throws {
    var bitmap = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    for y in 0..<height {
      for x in 0..<width {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples[at] = UInt8(60 + (x * 3 + y) % 90)
        bitmap.samples[at + 1] = UInt8(90 + (x + y * 2) % 70)
        bitmap.samples[at + 2] = UInt8(120 + (x * y / 7) % 60)
      }
    }
    original = Picture(pixels: .eight(bitmap))
    let (w, h) = (max(1, min(24, width / 3)), max(1, min(20, height / 3)))
    let rect = PixelRect(x: width / 3, y: height / 3, width: w, height: h)
    painted = PixelMask(
      width: width, height: height, region: rect, bits: [Bool](repeating: true, count: w * h))
    model = try ModelFolder.load(Fixture.assets("models/paint-base"))
    network = try UNet(model.network.configuration, weights: model.openWeights())
    edited = Scene.painting(original, rect, shade: 110)
  }

  var mask: Mask { coverage(painted) }

  /// The model as if its folder named these strengths of the noise pyramid, or none.
  func model(pyramid: [Double]?) throws -> ModelFolder {
    let folder = try ScratchFolder()
    for part in ["unet", "scheduler"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(part)", withDestinationPath: "\(model.path)/\(part)")
    }
    let data = try Data(contentsOf: URL(filePath: model.path + "/model_index.json"))
    var index = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    index["noise_pyramid"] = pyramid
    try JSONSerialization.data(withJSONObject: index).write(
      to: URL(filePath: folder.path + "/model_index.json"))
    return try ModelFolder.load(folder.path)
  }

  func coverage(_ painted: PixelMask) -> Mask {
    Mask(
      width: painted.width, height: painted.height, values: painted.bits.map { $0 ? 255 : 0 })
  }

  func engine(
    workers: Int = 2, cacheLimit: Int? = nil, original: Picture? = nil, model: ModelFolder? = nil
  ) throws -> EditEngine {
    // Once weights are packed, what a run takes stays the same.
    let make = { [self] (limit: Int) in
      EditEngine(
        model: model ?? self.model, network: network, original: original ?? self.original,
        workers: WorkerPool(count: workers), memory: MemoryLedger(limit: limit) { _, _ in 0 })
    }
    guard let cacheLimit else { return make(1 << 30) }
    let size = (self.original.height, self.original.width)
    return make(make(0).leastBytes(rows: size.0, columns: size.1) + cacheLimit)
  }

  func settings(_ mode: EditMode, steps: Int = 8) -> EditSettings {
    var settings = EditSettings(steps: steps)
    settings.mode = mode
    settings.seed = 5
    // Results are compared with what was painted, pixel by pixel.
    settings.ragged = false
    return settings
  }

  func result(_ mode: EditMode, of engine: EditEngine) throws -> Picture {
    try after(engine, edited, painted, settings(mode))
  }

  func after(
    _ engine: EditEngine, _ edited: Picture, _ painted: PixelMask, _ settings: EditSettings
  ) throws -> Picture {
    let result = try #require(try engine.edit(edited, painted: painted, settings: settings))
    var picture = engine.original
    result.patches.blend(into: &picture)
    return picture
  }

  func paint(_ picture: Picture, _ rect: PixelRect, shade: UInt8) -> Picture {
    Scene.painting(picture, rect, shade: shade)
  }

  private static func painting(_ picture: Picture, _ rect: PixelRect, shade: UInt8) -> Picture {
    var bitmap = picture.rgba8
    for y in rect.rows {
      for x in rect.columns {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples[at] = shade
        bitmap.samples[at + 1] = 150
        bitmap.samples[at + 2] = 70
      }
    }
    return Picture(pixels: .eight(bitmap))
  }
}

extension Bitmap {
  fileprivate func pixel(_ x: Int, _ y: Int) -> [Sample] {
    let at = offset(x: x, y: y)
    return Array(samples[at..<at + 4])
  }
}
