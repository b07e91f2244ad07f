package import DiffMask
import Foundation
package import Networks
package import Raster
package import SIGE
package import Tensors

/// Regenerates painted places of one picture with a diffusion model, reusing everything it can.
///
/// The engine owns the original picture and its baseline caches. It is used by one thread at a time;
/// its methods block until done or cancelled, and a cancelled call leaves everything as it was.
///
/// Pictures up to `EditPieces.largestWindow` are seen whole. Of larger ones only what lies around an
/// edit is, in windows that are a function of picture and edit alone; there results do not depend
/// on edits before, nor anywhere on workers or memory. In a small picture baselines follow accepted
/// edits by sparse passes, which differ slightly from new ones until `refreshNext` has been over them.
package final class EditEngine {
  /// The model's configuration.
  package let model: ModelFolder
  /// The model's network.
  package let network: UNet
  /// Where work is done.
  package let workers: WorkerPool
  /// Width of cached activations.
  package let precision: ActivationCache.Precision
  /// What the process may hold.
  package let memory: MemoryLedger
  /// Whether there will be one edit only, which keeps no baseline longer than it reads it.
  let isOneShot: Bool
  /// Bytes that the caches of windows of a large picture take at most: they serve one seed and one
  /// place only, so many of them are seldom worth their memory.
  static let windowBytes = 1 << 30
  /// The picture edits start from; as large as the first one.
  package private(set) var original: Picture
  /// What the model sees of a part of it that is not opaque, the one used last.
  private var seenPart: (region: PixelRect, picture: Picture)?
  /// Baselines by window, the one used last at the end; of a small picture there is one.
  var stores: [BaselineStore] = []
  /// Bytes that caches may take in what is under way.
  var cacheLimit = 0
  /// The most that cached activations have come to.
  package private(set) var peakCacheBytes = 0
  /// The state of a store's whole frame, since all its steps mix the same picture and noise.
  private var untouched: (key: BaselineStore.Key, state: SampleState)?

  /// Opens a picture for editing with a model whose weights are loaded already.
  ///
  /// - Parameters:
  ///   - memory: what the process may hold; half of what it could take where nil.
  ///   - isOneShot: whether there will be one edit only.
  package init(
    model: ModelFolder, network: UNet, original: Picture, workers: WorkerPool,
    precision: ActivationCache.Precision = .byte, memory: MemoryLedger? = nil,
    isOneShot: Bool = false
  ) {
    self.model = model
    self.network = network
    self.original = original
    self.workers = workers
    self.precision = precision
    self.memory = memory ?? MemoryLedger(limit: SystemMemory().available / 2)
    self.isOneShot = isOneShot
  }

  /// Whether the whole picture is the window of every edit.
  package var seesWhole: Bool {
    EditPieces.isWhole(width: original.width, height: original.height)
  }

  /// Multiply-adds of one dense step over the whole picture, in as many windows as that takes.
  package var wholeMACs: Int {
    let (width, height) = (original.width, original.height)
    let all = PixelRect(x: 0, y: 0, width: width, height: height)
    let pieces = EditPieces.plan(
      PixelMask(
        width: width, height: height, region: all,
        bits: [Bool](repeating: true, count: width * height)), feather: 0,
      multiple: network.configuration.sizeMultiple)
    return pieces.reduce(0) { sum, piece in
      let frame = piece.window.frame
      return sum
        + network.macs(
          height: frame.paddedHeight, width: frame.paddedWidth, tiles: nil, precision: precision)
    }
  }

  /// Bytes of all cached activations.
  package var cacheBytes: Int { stores.reduce(0) { $0 + $1.byteCount } }

  /// The store used last, if it is of these settings.
  private func store(for settings: EditSettings) -> BaselineStore? {
    stores.last { $0.key.steps == settings.steps && $0.key.seed == settings.seed }
  }

  /// Steps whose baselines are ready, and steps that will be prepared, for `settings`, in the window
  /// used last.
  package func preparation(for settings: EditSettings) throws -> (ready: Int, total: Int) {
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let timesteps = sampler.timesteps(strength: settings.strength)
    guard let store = store(for: settings) else { return (0, timesteps.count) }
    let ready = timesteps.filter { store.isReady($0) }.count
    return (ready, store.preparable(timesteps))
  }

  /// The state of the cached activations that `settings` needs; nil before there are any.
  package func cacheStates(for settings: EditSettings) throws -> CacheStates? {
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    return store(for: settings)?.states(of: sampler.timesteps(strength: settings.strength))
  }

  /// Prepares the first baseline that `settings` will need and that is not ready.
  ///
  /// All workers are in the same one: side by side they would take as many sets of maps, all of fresh
  /// pages, which cost more than what workers wait for each other.
  ///
  /// Meant to be called again and again in the background. In a picture that is not seen whole there
  /// is something to prepare only for `painted` pixels, and only where a sparse run pays.
  /// - Returns: false once there is nothing left to prepare.
  /// - Throws: `StepsError`; `CancellationError`.
  package func prepareNext(
    _ settings: EditSettings, for painted: PixelMask? = nil, cancellation: Cancellation? = nil
  ) throws -> Bool {
    guard settings.mode != .texture else { return false }
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let timesteps = Array(sampler.timesteps(strength: settings.strength))
    for window in windows(for: painted, settings) {
      if try prepareNext(timesteps, window, settings, sampler, cancellation) { return true }
    }
    untouched = nil
    return false
  }

  /// Prepares the first of some steps of a window that is not ready; false where none is left that could
  /// be kept.
  private func prepareNext(
    _ timesteps: [Int], _ window: WorkWindow, _ settings: EditSettings, _ sampler: DDIM,
    _ cancellation: Cancellation?
  ) throws -> Bool {
    makeRoom(for: window, evaluations: 1, keeping: true)
    let store = openStore(window, settings)
    guard let timestep = store.next(timesteps) else { return false }
    _ = try baseline(timestep, sampler, store, cancellation)
    peakCacheBytes = max(peakCacheBytes, cacheBytes)
    return true
  }

  /// The windows whose baselines an edit will need, as far as all of them can be kept.
  private func windows(for painted: PixelMask?, _ settings: EditSettings) -> [WorkWindow] {
    if seesWhole {
      let whole = PixelRect(x: 0, y: 0, width: original.width, height: original.height)
      return [WorkWindow(whole, multiple: network.configuration.sizeMultiple)]
    }
    guard let painted else { return [] }
    var bytes = 0
    let most = min(Self.windowBytes, memory.room(caches: cacheBytes))
    return pieces(of: painted, settings).filter { piece in
      let material = PieceMaterial(
        piece, painted: painted, original: original, feather: settings.feather)
      let levels = network.configuration.levels
      guard material?.sparseTiles(settings, levels: levels) != nil else { return false }
      bytes += storeBytes(piece.window, steps: settings.steps)
      return bytes <= most
    }.map(\.window)
  }

  func pieces(of painted: PixelMask, _ settings: EditSettings) -> [EditPiece] {
    EditPieces.plan(
      painted, feather: settings.feather, multiple: network.configuration.sizeMultiple)
  }

  /// Turns the painted pixels of `edited` into picture.
  ///
  /// - Parameters:
  ///   - edited: the original with strokes; same size.
  ///   - painted: pixels to regenerate, in which the result's alpha may rise; those that were edited, by `findEdit`, when nil.
  ///   - coverage: how much each painted pixel is inside, as large as the picture; wholly where nil.
  ///   - kinds: what each painted pixel is to become, as bytes of `PaintKind`; its colour where nil.
  ///   - scheme: how a dense edit is computed; sparse ones do not ask it.
  ///   - progress: called by one thread at a time, before the first step, as tiles get done, after
  ///     every step.
  ///   - preview: takes what the result will look like, of one piece after the other, by any thread
  ///     and not more often than every 250 ms; costs nothing where nil.
  /// - Returns: nil where nothing is painted.
  /// - Throws: `StepsError`; `MemoryError` before anything is computed; `CancellationError` and
  ///   `NotFiniteError`, which leave everything as it was.
  /// - Complexity: O(area of the windows), and O(area of the painted box) to find them.
  package func edit(
    _ edited: Picture, painted: PixelMask? = nil, coverage: Mask? = nil, kinds: Mask? = nil,
    settings: EditSettings, scheme: any SamplingScheme = SerialScheme(),
    cancellation: Cancellation? = nil,
    progress: @escaping (EditProgress) -> Void = { _ in },
    preview: (@Sendable (EditPreview) -> Void)? = nil
  ) throws -> EditResult? {
    let started = ContinuousClock.now
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let found = painted ?? original.findEdit(in: edited).mask
    if !found.isEmpty { try admitCopies(found, settings, scheme) }
    let place = PaintedPlace(edited: edited, painted: found, kinds: kinds)
      .ragged(on: original, settings, coverage: coverage)
    let (edited, painted, kinds) = (place.edited, place.painted, place.kinds)
    let pieces = pieces(of: painted, settings)
    guard !pieces.isEmpty else { return nil }
    try admit(pieces, settings, scheme)
    var account = EditAccount(original)
    for (index, piece) in pieces.enumerated() {
      try cancellation?.check()
      let meter = PieceMeter(
        index: index, of: pieces, steps: sampler.timesteps(strength: settings.strength).count,
        report: progress)
      guard
        let material = PieceMaterial(
          piece, painted: painted, coverage: coverage, kinds: kinds, original: original,
          feather: settings.feather)
      else { continue }
      try take(
        material, edited, settings, sampler, scheme, cancellation, preview, meter, &account)
    }
    let result = account.result(seconds: (ContinuousClock.now - started).seconds)
    guard !settings.keepsAlpha, original.hasTransparency else { return result }
    return result.map { result in
      var raised = result
      raised.patches = result.patches.raisingAlpha(of: original, to: edited, painted: painted)
      return raised
    }
  }

  /// Computes one piece of an edit.
  private func take(
    _ material: PieceMaterial, _ edited: Picture, _ settings: EditSettings,
    _ sampler: DDIM, _ scheme: any SamplingScheme, _ cancellation: Cancellation?,
    _ preview: (@Sendable (EditPreview) -> Void)?, _ meter: PieceMeter,
    _ account: inout EditAccount
  ) throws {
    makeRoom(for: material.piece.window, settings, scheme)
    meter.tell(.hint)
    let piece = material.piece
    let seen = seen(material.region)
    let paint = edited.cropped(to: material.region)
    let hint = try model.hint(
      paint, on: material.original, painted: material.painted,
      kinds: material.kinds, settings: settings, workers: workers, cancellation: cancellation)
    let maker = material.maker(model, seen: seen, hint: hint, seed: settings.seed)
    let sparse = material.sparseTiles(settings, levels: network.configuration.levels)
    let run = EditRun(
      maker, network: network, workers: workers, precision: precision, sampler: sampler,
      settings: settings, mask: material.mask, edited: hint, sparse: sparse)
    let (weights, isAlone) = (material.weights, meter.pieces == 1)
    guard settings.mode != .texture else {
      let (x0, y0) = (material.region.x, material.region.y)
      account.add(piece, weights, isAlone: isAlone) { hint.color(x: $0 - x0, y: $1 - y0) }
      return account.add(costOf: run, isComputed: false)
    }
    let observer = PieceObserver(
      maker, sampler, core: piece.core, weights: weights,
      original: material.coreOriginal(paintedAs: edited, keepsAlpha: settings.keepsAlpha),
      show: preview)
    meter.follow(run, observer)
    // A run that is dense because that pays is computed by all workers together.
    let scheme: any SamplingScheme = settings.mode == .dense ? scheme : SerialScheme()
    let colors = try run.colors(
      scheme: scheme, cancellation: cancellation, observer: observer,
      progress: { meter.tell(.denoising, step: $0, tiles: $1) }
    ) { step, timestep in
      let store = openStore(piece.window, settings)
      let before = ContinuousClock.now
      if !store.isReady(timestep) { meter.tell(.preparing, step: step) }
      defer { account.secondsPreparing += (ContinuousClock.now - before).seconds }
      let cache = try baseline(timestep, sampler, store, for: sparse, cancellation)
      peakCacheBytes = max(peakCacheBytes, store.isReady(timestep) ? cacheBytes : cache.byteCount)
      return cache
    }
    let made = material.made(colors, hint: maker.share == nil ? nil : hint, paint: paint)
    account.add(piece, weights, isAlone: isAlone) {
      made($0 - material.region.x, $1 - material.region.y)
    }
    account.add(costOf: run, isComputed: true)
  }

  /// Makes a result part of the original; caches follow by sparse passes when next needed.
  package func accept(_ patches: EditPatches) {
    followingHidden {
      patches.blend(into: &original)
      for patch in patches.parts {
        invalidate(patch.box) { index in patch.weights[index] > 0 }
      }
    }
  }

  /// Replaces the original by a picture of the same size that differs inside `area` only.
  ///
  /// - Precondition: both have the same size.
  package func rebase(_ picture: Picture, area: PixelRect) {
    precondition(picture.width == original.width && picture.height == original.height)
    followingHidden {
      original = picture
      invalidate(area) { _ in true }
    }
  }

  /// What the model sees of a part of the original.
  private func seen(_ region: PixelRect) -> Picture {
    if let known = seenPart, known.region == region { return known.picture }
    let part = original.cropped(to: region)
    guard part.hasTransparency else { return part }
    seenPart = (region, part.opaque)
    return seenPart?.picture ?? part
  }

  /// Changes the original, and tells the caches of what is filled in for transparent places: one
  /// changed pixel at their border changes all of them.
  private func followingHidden(_ change: () -> Void) {
    guard seesWhole, original.hasTransparency else {
      seenPart = nil
      return change()
    }
    let whole = PixelRect(x: 0, y: 0, width: original.width, height: original.height)
    let before = seen(whole)
    seenPart = nil
    change()
    let changed = before.difference(from: seen(whole), above: 0)
    guard let box = changed.boundingBox else { return }
    invalidate(box) { changed[box.x + $0 % box.width, box.y + $0 / box.width] }
  }

  private func invalidate(_ box: PixelRect, _ isChanged: (Int) -> Bool) {
    untouched = nil
    guard seesWhole else {
      // New baselines cost little more than updates of a window, and they forget nothing.
      stores.removeAll { $0.key.window.rect.intersection(box) != nil }
      return
    }
    guard let store = stores.last else { return }
    let changed = PixelMask(
      width: original.width, height: original.height, region: box,
      bits: (0..<box.width * box.height).map(isChanged))
    let inFrame = store.key.window.frameMask(changed)
    if !inFrame.isEmpty { store.invalidate(inFrame) }
  }

  /// The store of a window, which becomes the one used last; older ones go where memory ends.
  private func openStore(_ window: WorkWindow, _ settings: EditSettings) -> BaselineStore {
    let key = BaselineStore.Key(window: window, steps: settings.steps, seed: settings.seed)
    if let index = stores.firstIndex(where: { $0.key == key }) {
      let store = stores.remove(at: index)
      stores.append(store)
      return store
    }
    stores.removeAll { $0.key.steps != key.steps || $0.key.seed != key.seed }
    var room = cacheLimit - storeBytes(window, steps: key.steps)
    let kept = stores.reversed().prefix { store in
      room -= storeBytes(store.key.window, steps: key.steps)
      return room >= 0
    }
    let opened = BaselineStore(
      key, network: network, precision: precision,
      bytesPerStep: bytesPerStep(rows: window.rect.height, columns: window.rect.width),
      limit: cacheLimit)
    stores = kept.reversed() + [opened]
    return opened
  }

  /// Runs the network once over a small frame, so that its weights are in memory when an edit
  /// comes, and tells how quick a second such run is.
  ///
  /// - Returns: multiply-adds a second.
  /// - Throws: `CancellationError`.
  @discardableResult
  package func warmUp(cancellation: Cancellation? = nil) throws -> Double {
    // A multiple of what all networks here need, and large enough for the rate of larger ones.
    let side = 16 * network.configuration.sizeMultiple
    let input = FeatureMap(
      MapShape(height: side, width: side, channels: network.configuration.inChannels))
    input.floats.update(repeating: 0, count: input.tileCount * input.tileStride)
    var seconds = 0.0
    for _ in 0..<2 {
      let started = ContinuousClock.now
      let pass = DensePass(workers: workers, cancellation: cancellation)
      _ = try network(pass, pass.input(input), timestep: 0)
      seconds = (ContinuousClock.now - started).seconds
    }
    let macs = network.macs(height: side, width: side, tiles: nil, precision: precision)
    return Double(macs) / max(seconds, 1e-6)
  }

  /// Recomputes densely the first baseline that was updated sparsely by accepted edits.
  ///
  /// Meant for idle time: sparse updates leave the statistics of untouched places as they were, so
  /// caches drift by little with every accepted edit.
  /// - Returns: false once there is none.
  /// - Throws: `CancellationError`, which leaves the caches as they were.
  package func refreshNext(cancellation: Cancellation? = nil) throws -> Bool {
    guard let store = stores.first(where: { $0.firstDrifted != nil }),
      let timestep = store.firstDrifted
    else { return false }
    let sampler = try DDIM(model.scheduler, steps: store.key.steps)
    try store.refresh(
      timestep, workers: workers, cancellation: cancellation,
      input: baselineInput(timestep, sampler, store.key))
    return true
  }

  private func baseline(
    _ timestep: Int, _ sampler: DDIM, _ store: BaselineStore, for edit: EditTiles? = nil,
    _ cancellation: Cancellation?
  ) throws -> ActivationCache {
    try store.cache(
      timestep, for: edit, workers: workers, cancellation: cancellation,
      input: baselineInput(timestep, sampler, store.key))
  }

  /// Makes the input of a baseline pass for any tiles.
  private func baselineInput(_ timestep: Int, _ sampler: DDIM, _ key: BaselineStore.Key)
    -> (TileSet) -> FeatureMap
  {
    let region = PieceMaterial.region(around: key.window, of: original)
    let maker = StateMaker(
      model: model, window: key.window, original: seen(region), seed: key.seed,
      origin: (region.x, region.y))
    return { [self] tiles in
      let isWhole = tiles.count == tiles.total
      let known = isWhole && untouched?.key == key ? untouched?.state : nil
      var state = known ?? maker.baseline(tiles, on: workers)
      if isWhole { untouched = (key, state) }
      state.prepare(mixture: sampler.schedule.mixture(at: timestep))
      return state.input
    }
  }
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
