import DiffMask
import Diffusion
import Editor
import Foundation
import Networks
import PatchParallel
import Raster
import SIGE
import Synchronization
import Tensors

/// Joins the editor's wishes to the edit engine, on a thread of its own.
///
/// Jobs run one after the other; between them the thread prepares baselines, step by step, so that
/// an edit made early finds some steps ready and computes the others itself.
final class EditGenerator: Generator, @unchecked Sendable {
  private let modelPath: String?
  private let makeWorkers: @Sendable () -> WorkerPool
  private let precision: ActivationCache.Precision
  private let memoryLimit: Int?
  private let queue = JobQueue()
  private let isRefreshing = Mutex(false)

  // Used on the job thread only.
  private var engine: EditEngine?
  private var settings: EditSettings?
  private var place: PixelRect?
  private var latest: (id: Int, patch: EditPatch)?

  /// Makes a generator that loads the model at `modelPath`, or the bundled one, when first asked.
  init(
    modelPath: String?, precision: ActivationCache.Precision, memoryLimit: Int?,
    makeWorkers: @escaping @Sendable () -> WorkerPool
  ) {
    self.modelPath = modelPath
    self.precision = precision
    self.memoryLimit = memoryLimit
    self.makeWorkers = makeWorkers
  }

  func prepare(
    original: RGBA8, settings: GenerationSettings, post: @escaping EngineSink
  ) {
    queue.add { [self] _ in load(original, settings, post) }
  }

  private func load(_ original: RGBA8, _ wished: GenerationSettings, _ post: @escaping EngineSink) {
    do {
      let engine = try makeEngine(for: Picture(pixels: .eight(original)))
      (self.engine, place, latest) = (engine, nil, nil)
      let settings = engine.model.defaultSettings
      self.settings = settings
      let name = URL(filePath: engine.model.path).lastPathComponent
      post(
        .modelReady(
          ModelFacts(
            name: name, tileSide: 4, dilation: settings.dilation + wished.feather,
            steps: settings.steps, strength: settings.strength)))
      queue.setIdle { [weak self] cancellation in self?.prepareStep(cancellation, post) ?? false }
    } catch {
      post(.modelMissing(CommandError(error)?.message ?? "\(error)"))
    }
  }

  /// An engine for a picture, with the model and the workers of the one before where there was one.
  private func makeEngine(for original: Picture) throws -> EditEngine {
    if let engine {
      return EditEngine(
        model: engine.model, network: engine.network, original: original,
        workers: engine.workers, precision: precision, memoryLimit: memoryLimit)
    }
    let folder = try ModelLoading.folder(at: modelPath)
    let network = try UNet(folder.network.configuration, weights: folder.openWeights())
    return EditEngine(
      model: folder, network: network, original: original, workers: makeWorkers(),
      precision: precision, memoryLimit: memoryLimit)
  }

  /// Prepares one more baseline; false when there is nothing to do until the next job.
  private func prepareStep(_ cancellation: Cancellation, _ post: EngineSink) -> Bool {
    guard let engine, let settings, place != nil || engine.fitsWhole(settings) else { return false }
    do {
      // Said before as well as after: the first one takes its time.
      postPreparation(engine, settings, post)
      guard try engine.prepareNext(settings, near: place, cancellation: cancellation) else {
        let more = try refreshStep(engine, cancellation)
        postCaches(engine, settings, post)
        return more
      }
      postPreparation(engine, settings, post)
      return true
    } catch {
      return error is CancellationError
    }
  }

  private func postPreparation(
    _ engine: EditEngine, _ settings: EditSettings, _ post: EngineSink
  ) {
    guard let (ready, total) = try? engine.preparation(for: settings) else { return }
    post(
      ready < total
        ? .preparing(stepsDone: ready, stepsTotal: total)
        : .prepared(cacheBytes: engine.cacheBytes))
    postCaches(engine, settings, post)
  }

  private func postCaches(_ engine: EditEngine, _ settings: EditSettings, _ post: EngineSink) {
    if let states = (try? engine.cacheStates(for: settings)) ?? nil {
      post(.caches(CacheMap(states)))
    }
  }

  /// Clears the drift of one baseline; an edit that arrives meanwhile does not wait for it.
  private func refreshStep(_ engine: EditEngine, _ cancellation: Cancellation) throws -> Bool {
    isRefreshing.withLock { $0 = true }
    defer { isRefreshing.withLock { $0 = false } }
    return try engine.refreshNext(cancellation: cancellation)
  }

  func generate(
    _ request: GenerateRequest, original: RGBA8, edited: RGBA8, post: @escaping EngineSink
  ) {
    queue.cancel()
    // A baseline that the edit needs is not interrupted; anything else would only delay it.
    if request.settings.mode == .dense || isRefreshing.withLock({ $0 }) { queue.interruptIdle() }
    queue.add { [self] cancellation in
      if cancellation.isCancelled { return post(.cancelled(id: request.id)) }
      run(request, edited, cancellation, post)
    }
  }

  private func run(
    _ request: GenerateRequest, _ edited: RGBA8, _ cancellation: Cancellation,
    _ post: @escaping EngineSink
  ) {
    guard let engine else {
      return post(.failed(id: request.id, message: "no model is loaded; see the message above"))
    }
    let settings = EditSettings(request.settings, dilation: engine.model.defaultSettings.dilation)
    do {
      if settings.mode == .sparse { self.settings = settings }
      let painted = PixelMask(request.mask)
      place = painted.boundingBox ?? place
      let result = try engine.edit(
        Picture(pixels: .eight(edited)), painted: painted, settings: settings,
        scheme: try scheme(request.settings, engine), cancellation: cancellation
      ) { [self] in
        // An early edit prepares what it needs itself.
        if settings.mode == .sparse, $0.tiles == 0 { postPreparation(engine, settings, post) }
        post(.progress(id: request.id, RunProgress($0)))
      }
      guard let result else {
        return post(.failed(id: request.id, message: "nothing is painted yet; paint first"))
      }
      latest = (request.id, result.patch)
      post(.finished(EngineResult(request, result, over: engine.original)))
    } catch is CancellationError {
      post(.cancelled(id: request.id))
    } catch {
      post(.failed(id: request.id, message: CommandError(error)?.message ?? "\(error)"))
    }
  }

  /// How a dense run is split over the engine's workers.
  private func scheme(_ wished: GenerationSettings, _ engine: EditEngine) throws
    -> any SamplingScheme
  {
    var settings = SchemeSettings()
    settings.name = wished.scheme.flatMap { SchemeName(rawValue: $0.rawValue) } ?? settings.name
    settings.workers = engine.workers.count
    return try settings.scheme(for: engine.network)
  }

  func cancel() { queue.cancel() }

  func accept(id: Int, original: RGBA8, post: @escaping EngineSink) {
    queue.add { [self] _ in
      guard let engine else { return }
      if let latest, latest.id == id {
        engine.accept(latest.patch)
      } else {
        let whole = PixelRect(x: 0, y: 0, width: original.width, height: original.height)
        engine.rebase(Picture(pixels: .eight(original)), area: whole)
      }
      latest = nil
      if let settings { postCaches(engine, settings, post) }
    }
  }

  func discard() { queue.add { [self] _ in latest = nil } }

  func rebase(original: RGBA8, area: Area, post: @escaping EngineSink) {
    queue.add { [self] _ in
      let rect = PixelRect(
        x: area.minX, y: area.minY, width: area.maxX - area.minX, height: area.maxY - area.minY)
      engine?.rebase(Picture(pixels: .eight(original)), area: rect)
      if let engine, let settings { postCaches(engine, settings, post) }
    }
  }

  func shutDown() { queue.stop() }
}

extension EditSettings {
  /// The editor's settings as the engine takes them.
  fileprivate init(_ wished: GenerationSettings, dilation: Int) {
    self.init(steps: wished.steps)
    mode = wished.mode == .dense ? .dense : .sparse
    strength = wished.strength
    seed = wished.seed
    feather = wished.feather
    melt = wished.melt
    texture = wished.texture == .on
    self.dilation = dilation
  }
}

extension RunProgress {
  fileprivate init(_ progress: EditProgress) {
    self.init(
      step: progress.step, steps: progress.steps, tile: progress.tiles,
      tiles: progress.tilesActive)
  }
}

extension EngineResult {
  /// The pixels of `result` blended over `original`, with what it counted.
  fileprivate init(_ request: GenerateRequest, _ result: EditResult, over original: Picture) {
    var blended = original.rgba8
    result.patch.blend(into: &blended)
    let box = result.patch.box
    var samples: [UInt8] = []
    samples.reserveCapacity(4 * box.width * box.height)
    for y in box.rows {
      let first = blended.offset(x: box.x, y: y)
      samples += blended.samples[first..<first + 4 * box.width]
    }
    self.init(
      id: request.id, origin: Point(x: box.x, y: box.y),
      pixels: RGBA8(width: box.width, height: box.height, samples: samples),
      settings: request.settings, editFraction: result.editFraction,
      tilesActive: result.tilesActive, tilesTotal: result.tilesTotal,
      macsExecuted: result.macsExecuted, macsDense: result.macsDense,
      seconds: result.seconds,
      secondsPreparing: result.secondsPreparing,
      tiles: TileMap(result.tiles, from: result.window))
  }
}
