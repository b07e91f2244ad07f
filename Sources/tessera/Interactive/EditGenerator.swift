import Files
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
  private let makeWorkers: @Sendable () throws -> WorkerPool
  private let precision: ActivationCache.Precision
  private let memory: MemoryLedger
  private let queue: JobQueue
  private let isRefreshing = Mutex(false)

  // Used on the job thread only.
  private var engine: EditEngine?
  // Without, `engine` has no weights and makes textures alone.
  private var hasWeights = false
  private var settings: EditSettings?
  private var painted: PixelMask?
  private var hasChanged = false
  private var isWarm = false
  private var latest: (id: Int, patches: EditPatches)?

  /// Makes a generator that loads the model at `modelPath`, or the bundled one, when first asked.
  ///
  /// - Throws: `ThreadError` where it can have no thread of its own.
  init(
    modelPath: String?, precision: ActivationCache.Precision, memory: MemoryLedger,
    makeWorkers: @escaping @Sendable () throws -> WorkerPool
  ) throws(ThreadError) {
    queue = try JobQueue()
    self.modelPath = modelPath
    self.precision = precision
    self.memory = memory
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
      (self.engine, painted, latest, hasChanged) = (engine, nil, nil, false)
      hasWeights = true
      let settings = engine.model.defaultSettings
      self.settings = settings
      let name = engine.model.path.lastPathPart
      var facts = ModelFacts(
        name: name, tileSide: 4, dilation: settings.dilation + wished.feather,
        steps: settings.steps, strength: settings.strength)
      (facts.wholeMACs, facts.seesWhole) = (engine.wholeMACs, engine.seesWhole)
      post(.modelReady(facts))
      queue.setIdle { [weak self] cancellation in self?.prepareStep(cancellation, post) ?? false }
    } catch {
      engine = try? textureEngine(for: Picture(pixels: .eight(original)))
      (painted, latest, hasChanged) = (nil, nil, false)
      post(.modelMissing(CommandError(error)?.message ?? "\(error)"))
    }
  }

  /// An engine for the picture's own textures, which take no weights: of the wished model as far as it
  /// can be read, or of the bundled one.
  private func textureEngine(for original: Picture) throws -> EditEngine {
    let folder = try (try? ModelLoading.folder(at: modelPath)) ?? ModelLoading.folder(at: nil)
    return EditEngine(
      model: folder, network: try folder.outline(), original: original,
      workers: try engine?.workers ?? makeWorkers(), precision: precision, memory: memory)
  }

  /// An engine for a picture, with the model and the workers of the one before where there was one.
  private func makeEngine(for original: Picture) throws -> EditEngine {
    if let engine, hasWeights {
      return EditEngine(
        model: engine.model, network: engine.network, original: original,
        workers: engine.workers, precision: precision, memory: memory)
    }
    let folder = try ModelLoading.folder(at: modelPath)
    let network = try folder.openNetwork(within: memory)
    return EditEngine(
      model: folder, network: network, original: original, workers: try makeWorkers(),
      precision: precision, memory: memory)
  }

  /// Prepares one more baseline; false when there is nothing to do until the next job.
  private func prepareStep(_ cancellation: Cancellation, _ post: EngineSink) -> Bool {
    guard let engine, let settings else { return false }
    do {
      if !engine.seesWhole, !isWarm {
        post(.measured(macsPerSecond: try engine.warmUp(cancellation: cancellation)))
        isWarm = true
        return true
      }
      // Said before as well as after: the first one takes its time.
      let before = postPreparation(engine, settings, post)
      let started = ContinuousClock.now
      guard try engine.prepareNext(settings, for: painted, cancellation: cancellation) else {
        let more = try refreshStep(engine, cancellation)
        postCaches(engine, settings, post)
        return more
      }
      let seconds = (ContinuousClock.now - started).seconds
      let after = postPreparation(engine, settings, post)
      // Once the original has changed, baselines may be updates of older ones.
      if !hasChanged, engine.seesWhole, after > before {
        post(.measured(macsPerSecond: Double((after - before) * engine.wholeMACs) / seconds))
      }
      return true
    } catch {
      post(.preparingStopped)
      return error is CancellationError
    }
  }

  @discardableResult
  private func postPreparation(
    _ engine: EditEngine, _ settings: EditSettings, _ post: EngineSink
  ) -> Int {
    // A large picture is prepared by what edits leave behind.
    guard engine.seesWhole, let (ready, total) = try? engine.preparation(for: settings) else {
      return 0
    }
    post(
      ready < total
        ? .preparing(stepsDone: ready, stepsTotal: total)
        : .prepared(cacheBytes: engine.cacheBytes))
    postCaches(engine, settings, post)
    return ready
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
    queue.cancel(withIdle: false)
    // A baseline that the edit needs is not interrupted; anything else would only delay it.
    if request.settings.mode != .sparse || isRefreshing.withLock({ $0 }) { queue.interruptIdle() }
    queue.add { [self] cancellation in
      if cancellation.isCancelled { return post(.cancelled(id: request.id)) }
      run(request, edited, cancellation, post)
    }
  }

  private func run(
    _ request: GenerateRequest, _ edited: RGBA8, _ cancellation: Cancellation,
    _ post: @escaping EngineSink
  ) {
    guard let engine, hasWeights || request.settings.mode == .texture else {
      return post(.failed(id: request.id, message: "no model is loaded; see the message above"))
    }
    let settings = EditSettings(request.settings, dilation: engine.model.defaultSettings.dilation)
    do {
      if settings.mode == .sparse { self.settings = settings }
      let painted = PixelMask(request.mask, in: PixelRect(request.bounds))
      self.painted = painted
      var window: PixelRect?
      let preview: @Sendable (EditPreview) -> Void = { shown in
        let origin = Point(x: shown.box.x, y: shown.box.y)
        post(.preview(id: request.id, origin: origin, pixels: shown.pixels))
      }
      let progress = { [self] (progress: EditProgress) in
        if progress.window != window {
          window = progress.window
          post(.window(id: request.id, Area(progress.window)))
        }
        // An early edit prepares what it needs itself.
        if progress.phase == .preparing { postPreparation(engine, settings, post) }
        post(.progress(id: request.id, RunProgress(progress)))
      }
      let result = try engine.edit(
        Picture(pixels: .eight(edited)), painted: painted, kinds: request.kinds,
        settings: settings, scheme: try scheme(request.settings, engine),
        cancellation: cancellation,
        progress: progress, preview: request.wantsPreview ? preview : nil)
      guard let result else {
        return post(.failed(id: request.id, message: "nothing is painted yet; paint first"))
      }
      if settings.mode == .sparse { postPreparation(engine, settings, post) }
      latest = (request.id, result.patches)
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

  func cancel() { queue.cancel(withIdle: true) }

  func accept(id: Int, original: RGBA8, post: @escaping EngineSink) {
    queue.add { [self] _ in
      guard let engine else { return }
      hasChanged = true
      if let latest, latest.id == id {
        engine.accept(latest.patches)
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
      hasChanged = true
      engine?.rebase(Picture(pixels: .eight(original)), area: PixelRect(area))
      if let engine, let settings { postCaches(engine, settings, post) }
    }
  }

  func shutDown() { queue.stop() }
}

extension EditSettings {
  /// The editor's settings as the engine takes them.
  fileprivate init(_ wished: GenerationSettings, dilation: Int) {
    self.init(steps: wished.steps)
    mode = EditMode(wished.mode)
    strength = wished.strength
    seed = wished.seed
    feather = wished.feather
    melt = wished.melt
    texture = wished.texture == .on
    ragged = wished.edges == .natural
    self.dilation = dilation
  }
}

extension EditMode {
  fileprivate init(_ mode: GenerationMode) {
    switch mode {
    case .sparse: self = .sparse
    case .dense: self = .dense
    case .texture: self = .texture
    }
  }
}

extension RunProgress {
  fileprivate init(_ progress: EditProgress) {
    self.init(
      step: progress.step, steps: progress.steps, tile: progress.tiles,
      tiles: progress.tilesActive, phase: Phase(progress.phase))
    (part, parts, workers) = (progress.piece, progress.pieces, progress.workers)
  }
}

extension EngineResult {
  /// The pixels of `result` blended over `original`, with what it counted.
  fileprivate init(_ request: GenerateRequest, _ result: EditResult, over original: Picture) {
    let box = result.patches.box
    var blended = original.cropped(to: box).rgba8
    result.patches.blend(into: &blended, from: (box.x, box.y))
    self.init(
      id: request.id, origin: Point(x: box.x, y: box.y),
      pixels: blended, settings: request.settings, editFraction: result.editFraction,
      tilesActive: result.tilesActive, tilesTotal: result.tilesTotal,
      macsExecuted: result.macsExecuted, macsDense: result.macsDense,
      seconds: result.seconds,
      secondsPreparing: result.secondsPreparing,
      tiles: TileMap(result.tiles, from: result.window))
  }
}

extension RunProgress.Phase {
  fileprivate init(_ phase: EditPhase) {
    switch phase {
    case .hint: self = .hint
    case .preparing: self = .preparing
    case .denoising: self = .denoising
    }
  }
}

extension PixelRect {
  fileprivate init(_ area: Area) {
    self.init(x: area.minX, y: area.minY, width: area.width, height: area.height)
  }
}

extension Area {
  fileprivate init(_ rect: PixelRect) {
    self.init(x: rect.x, y: rect.y, width: rect.width, height: rect.height)
  }
}
