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
/// Where a picture is too large for its caches, a window around the edit stands in for it. The window
/// stays while edits fall inside, so there a result may depend on the edits before it.
package final class EditEngine {
  /// The model's configuration.
  package let model: ModelFolder
  /// The model's network.
  package let network: UNet
  /// Where work is done.
  package let workers: WorkerPool
  /// Width of cached activations.
  package let precision: ActivationCache.Precision
  /// Bytes that caches may take.
  package let memoryLimit: Int
  /// The picture edits start from; as large as the first one.
  package private(set) var original: Picture
  private var store: BaselineStore?
  /// The state of the store's whole frame, since all its steps mix the same picture and noise.
  private var untouched: SampleState?

  /// Opens a picture for editing with a model whose weights are loaded already.
  ///
  /// - Parameter memoryLimit: bytes for caches; half of the machine's memory when nil.
  package init(
    model: ModelFolder, network: UNet, original: Picture, workers: WorkerPool,
    precision: ActivationCache.Precision = .byte, memoryLimit: Int? = nil
  ) {
    self.model = model
    self.network = network
    self.original = original
    self.workers = workers
    self.precision = precision
    self.memoryLimit = memoryLimit ?? Int(ProcessInfo.processInfo.physicalMemory / 2)
  }

  /// Bytes of all cached activations.
  package var cacheBytes: Int { store?.byteCount ?? 0 }

  /// Steps whose baselines are ready, and steps that will be prepared, for `settings`.
  package func preparation(for settings: EditSettings) throws -> (ready: Int, total: Int) {
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let timesteps = sampler.timesteps(strength: settings.strength)
    guard let store, store.key.steps == settings.steps, store.key.seed == settings.seed else {
      return (0, timesteps.count)
    }
    let ready = timesteps.filter { store.isReady($0) }.count
    return (ready, store.preparable(timesteps))
  }

  /// The state of the cached activations that `settings` needs; nil before there are any.
  package func cacheStates(for settings: EditSettings) throws -> CacheStates? {
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    guard let store, store.key.steps == settings.steps, store.key.seed == settings.seed else {
      return nil
    }
    return store.states(of: sampler.timesteps(strength: settings.strength))
  }

  /// Prepares the first baselines that `settings` will need and that are not ready.
  ///
  /// New ones are computed one a worker, side by side: they need nothing of each other, so no worker
  /// waits for another inside a layer. One that is out of date is updated by all workers.
  ///
  /// Meant to be called again and again in the background. `near` names the place an edit is
  /// expected at, which matters where the picture is too large for one window.
  /// - Returns: false once there is nothing left to prepare.
  /// - Throws: `StepsError`; `CancellationError`.
  package func prepareNext(
    _ settings: EditSettings, near: PixelRect? = nil, cancellation: Cancellation? = nil
  ) throws -> Bool {
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let centre = PixelRect(x: original.width / 2, y: original.height / 2, width: 1, height: 1)
    let window = chooseWindow(around: near ?? centre, steps: settings.steps)
    let store = openStore(window, settings)
    let timesteps = sampler.timesteps(strength: settings.strength)
    let group = store.nextGroup(Array(timesteps), workers: workers.count)
    switch group.count {
    case 0:
      untouched = nil
      return false
    case 1:
      _ = try baseline(group[0], sampler, store, cancellation)
    default:
      try store.prepare(group, workers: workers, cancellation: cancellation) { timestep, tiles in
        baselineInput(timestep, sampler, store.key)(tiles)
      }
    }
    return true
  }

  /// Turns the painted pixels of `edited` into picture.
  ///
  /// - Parameters:
  ///   - edited: the original with strokes; same size.
  ///   - painted: pixels to regenerate; the difference of the pictures when nil.
  ///   - scheme: how a dense edit is computed; sparse ones do not ask it.
  ///   - progress: called by one thread at a time, before the first step, as tiles get done, after
  ///     every step.
  /// - Returns: nil where nothing is painted.
  /// - Throws: `StepsError`; `CancellationError`, which leaves everything as it was.
  package func edit(
    _ edited: Picture, painted: PixelMask? = nil, settings: EditSettings,
    scheme: any SamplingScheme = SerialScheme(), cancellation: Cancellation? = nil,
    progress: @escaping (EditProgress) -> Void = { _ in }
  ) throws -> EditResult? {
    let started = ContinuousClock.now
    let sampler = try DDIM(model.scheduler, steps: settings.steps)
    let difference = painted ?? original.difference(from: edited)
    guard let blend = BlendMask(painted: difference, feather: settings.feather) else { return nil }
    let window = chooseWindow(around: blend.box, steps: settings.steps)
    let maker = StateMaker(
      model: model, window: window, original: original, seed: settings.seed)
    let run = EditRun(
      maker, network: network, workers: workers, precision: precision, sampler: sampler,
      settings: settings, mask: window.frameMask(blend.mask),
      edited: try model.hint(
        edited, on: original, painted: difference, settings: settings, workers: workers,
        cancellation: cancellation))
    var preparing = 0.0
    let colors = try run.colors(
      scheme: scheme, cancellation: cancellation, progress: progress
    ) { timestep in
      let store = openStore(window, settings)
      let before = ContinuousClock.now
      defer { preparing += (ContinuousClock.now - before).seconds }
      return try baseline(timestep, sampler, store, cancellation)
    }
    let patch = EditPatch(
      box: blend.box, colors: run.crop(colors, to: blend.box), weights: blend.weights)
    return EditResult(
      patch: patch, editFraction: blend.mask.fraction, tilesActive: run.tilesActive,
      tilesTotal: (original.width + 3) / 4 * ((original.height + 3) / 4),
      macsExecuted: run.macs, macsDense: run.macsDense, secondsPreparing: preparing,
      seconds: (ContinuousClock.now - started).seconds - preparing, window: window.rect,
      tiles: run.finestTiles)
  }

  /// Makes a result part of the original; caches follow by sparse passes when next needed.
  package func accept(_ patch: EditPatch) {
    patch.blend(into: &original)
    invalidate(patch.box) { index in patch.weights[index] > 0 }
  }

  /// Replaces the original by a picture of the same size that differs inside `area` only.
  ///
  /// - Precondition: both have the same size.
  package func rebase(_ picture: Picture, area: PixelRect) {
    precondition(picture.width == original.width && picture.height == original.height)
    original = picture
    invalidate(area) { _ in true }
  }

  private func invalidate(_ box: PixelRect, _ isChanged: (Int) -> Bool) {
    untouched = nil
    guard let store else { return }
    let changed = PixelMask(
      width: original.width, height: original.height, region: box,
      bits: (0..<box.width * box.height).map(isChanged))
    let inFrame = store.key.window.frameMask(changed)
    if !inFrame.isEmpty { store.invalidate(inFrame) }
  }

  /// Bytes of one step's cache for a window of this many rows and columns.
  package func bytesPerStep(rows: Int, columns: Int) -> Int {
    let frame = ReflectedFrame(
      height: rows, width: columns, multiple: network.configuration.sizeMultiple)
    return network.cacheBytes(
      height: frame.paddedHeight, width: frame.paddedWidth, precision: precision)
  }

  /// Whether the baselines of all steps of the whole picture fit the memory limit.
  package func fitsWhole(_ settings: EditSettings) -> Bool {
    settings.steps * bytesPerStep(rows: original.height, columns: original.width) <= memoryLimit
  }

  private func chooseWindow(around box: PixelRect, steps: Int) -> WorkWindow {
    if let store,
      store.key.window.rect.contains(
        box.grown(
          by: WorkWindow.context, inWidth: original.width, height: original.height))
    {
      return store.key.window
    }
    return WorkWindow.choose(
      around: box, width: original.width, height: original.height,
      multiple: network.configuration.sizeMultiple
    ) { rows, columns in steps * bytesPerStep(rows: rows, columns: columns) <= memoryLimit }
  }

  private func openStore(_ window: WorkWindow, _ settings: EditSettings) -> BaselineStore {
    let key = BaselineStore.Key(window: window, steps: settings.steps, seed: settings.seed)
    if let store, store.key == key { return store }
    let opened = BaselineStore(
      key, network: network, precision: precision,
      bytesPerStep: bytesPerStep(rows: window.rect.height, columns: window.rect.width),
      limit: memoryLimit)
    store = opened
    untouched = nil
    return opened
  }

  /// Recomputes densely the first baseline that was updated sparsely by accepted edits.
  ///
  /// Meant for idle time: sparse updates leave the statistics of untouched places as they were, so
  /// caches drift by little with every accepted edit.
  /// - Returns: false once there is none.
  /// - Throws: `CancellationError`, which leaves the caches as they were.
  package func refreshNext(cancellation: Cancellation? = nil) throws -> Bool {
    guard let store, let timestep = store.firstDrifted else { return false }
    let sampler = try DDIM(model.scheduler, steps: store.key.steps)
    try store.refresh(
      timestep, workers: workers, cancellation: cancellation,
      input: baselineInput(timestep, sampler, store.key))
    return true
  }

  private func baseline(
    _ timestep: Int, _ sampler: DDIM, _ store: BaselineStore, _ cancellation: Cancellation?
  ) throws -> ActivationCache {
    try store.cache(
      timestep, workers: workers, cancellation: cancellation,
      input: baselineInput(timestep, sampler, store.key))
  }

  /// Makes the input of a baseline pass for any tiles.
  private func baselineInput(_ timestep: Int, _ sampler: DDIM, _ key: BaselineStore.Key)
    -> (TileSet) -> FeatureMap
  {
    let maker = StateMaker(model: model, window: key.window, original: original, seed: key.seed)
    return { [self] tiles in
      let isWhole = tiles.count == tiles.total
      var state = (isWhole ? untouched : nil) ?? maker.baseline(tiles)
      if isWhole { untouched = state }
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

extension PixelRect {
  /// Whether `other` lies inside.
  func contains(_ other: PixelRect) -> Bool {
    other.x >= x && other.y >= y && other.x + other.width <= x + width
      && other.y + other.height <= y + height
  }
}

extension Picture {
  /// Pixels in which two pictures of one size differ by more than rounding.
  package func difference(from other: Picture) -> PixelMask {
    if case .sixteen(let a) = pixels, case .sixteen(let b) = other.pixels {
      return PixelMask(from: a, to: b)
    }
    return PixelMask(from: rgba8, to: other.rgba8)
  }
}
