import DiffMask
import Networks
import Raster
import SIGE
import Tensors

/// Makes the tiles of a sampler run from pictures, for either model family.
struct StateMaker: Sendable {
  let model: ModelFolder
  let window: WorkWindow
  /// The picture, or a part of it that holds the window.
  let original: Picture
  let seed: UInt64
  /// Where in the picture `original` begins.
  var origin: (x: Int, y: Int) = (0, 0)
  /// How much the model counts beside the hint, in coordinates of `original`; wholly where nil.
  var share: ModelShare?

  /// The state of an unedited picture: nothing inside the mask, the hint is the picture.
  func baseline(_ tiles: TileSet, on workers: WorkerPool? = nil) -> SampleState {
    make(tiles, mask: nil, edited: nil, workers)
  }

  /// The state of an edit: regenerated inside `mask`, with `edited`, which is as large as
  /// `original`, as the hint there.
  ///
  /// - Parameter workers: who makes it; the caller where nil, who may be a worker then.
  func edit(
    _ tiles: TileSet, mask: PixelMask, edited: Picture, on workers: WorkerPool? = nil
  ) -> SampleState {
    make(tiles, mask: mask, edited: edited, workers)
  }

  /// Tiles that are worth a task.
  private static let grain = 32

  private func make(
    _ tiles: TileSet, mask: PixelMask?, edited: Picture?, _ workers: WorkerPool?
  ) -> SampleState {
    let inside = pixels(of: tiles, else: false, on: workers) { x, y in mask?[x, y] ?? false }
    var isPaint = false
    if case .paint = model.family { isPaint = true }
    let colors = pixels(of: tiles, else: SIMD4<Float>.zero, on: workers) { x, y in
      let isInside = mask?[x, y] ?? false
      let picture = isInside ? edited ?? original : original
      let color = picture.color(
        x: window.pictureX(x) - origin.x, y: window.pictureY(y) - origin.y)
      return SIMD4(isInside ? 1 : 0, color.x, color.y, color.z)
    }
    return SampleState(
      tiles: tiles, inside: inside,
      signal: colors.map { isPaint ? .zero : SIMD3($0.y, $0.z, $0.w) },
      noise: noise(tiles, on: workers), conditioning: isPaint ? colors : [])
  }

  /// The colour that a clean state of a pixel of `held`, (x, y) of the frame, stands for.
  func color(
    of state: SIMD3<Float>, _ pixel: Int, x: Int, y: Int, in held: SampleState
  ) -> SIMD3<Float> {
    switch model.family {
    case .sdedit: return state
    case .paint(let transform):
      let at = held.input.floats + pixel * held.input.shape.stride
      let share = share?[window.rect.x + x - origin.x, window.rect.y + y - origin.y] ?? 1
      return SIMD3(at[4], at[5], at[6]) + share * transform.difference(state)
    }
  }

  /// Noise by position in the picture, so that it depends on no window, with what the model was trained
  /// to start from beside white noise.
  private func noise(_ tiles: TileSet, on workers: WorkerPool?) -> [SIMD3<Float>] {
    let source = Noise(seed: seed)
    let stride = MemoryLayout<SIMD3<Float>>.stride / MemoryLayout<Float>.stride
    return [SIMD3<Float>](lines: tiles.count, of: 16, grain: Self.grain, on: workers) {
      slots, noise in
      noise.advanced(by: 16 * slots.lowerBound).initialize(
        repeating: .zero, count: 16 * slots.count)
      let floats = UnsafeMutableRawPointer(noise).assumingMemoryBound(to: Float.self)
      for slot in slots {
        let tile = Int(tiles.active[slot])
        let x = window.rect.x + 4 * (tile % tiles.tilesX)
        let y = window.rect.y + 4 * (tile / tiles.tilesX)
        source.fill(
          floats + slot * 16 * stride, PixelRect(x: x, y: y, width: 4, height: 4), channels: 3,
          pixelStride: stride, rowStride: 4 * stride)
      }
      guard model.noisePyramid != .zero else { return }
      var pyramid = NoisePyramid(seed: seed, strengths: model.noisePyramid)
      forEachPixel(slots, of: tiles) { pixel, x, y in
        noise[pixel] += pyramid.value(x: window.rect.x + x, y: window.rect.y + y)
      }
    }
  }

  /// A value for every pixel of some tiles, `rest` beyond the frame.
  private func pixels<Value: BitwiseCopyable>(
    of tiles: TileSet, else rest: Value, on workers: WorkerPool?,
    _ value: (_ x: Int, _ y: Int) -> Value
  ) -> [Value] {
    [Value](lines: tiles.count, of: 16, grain: Self.grain, on: workers) { slots, values in
      values.advanced(by: 16 * slots.lowerBound).initialize(
        repeating: rest, count: 16 * slots.count)
      forEachPixel(slots, of: tiles) { pixel, x, y in values[pixel] = value(x, y) }
    }
  }

  private func forEachPixel(
    _ slots: Range<Int>, of tiles: TileSet, _ body: (_ pixel: Int, _ x: Int, _ y: Int) -> Void
  ) {
    for slot in slots {
      let left = 4 * (Int(tiles.active[slot]) % tiles.tilesX)
      let top = 4 * (Int(tiles.active[slot]) / tiles.tilesX)
      for offset in 0..<16 {
        let (x, y) = (left + offset % 4, top + offset / 4)
        if x < tiles.width, y < tiles.height { body(slot * 16 + offset, x, y) }
      }
    }
  }
}

/// One piece of an edit: the sampler loop over sparse or dense passes in its window.
final class EditRun {
  private let maker: StateMaker
  private let network: UNet
  private let workers: WorkerPool
  private let precision: ActivationCache.Precision
  private let sampler: DDIM
  private let settings: EditSettings
  private let mask: PixelMask
  private let edited: Picture
  private let tiles: EditTiles
  /// Whether only touched tiles are computed.
  let isSparse: Bool

  /// Makes a run.
  ///
  /// - Parameters:
  ///   - mask: pixels of the frame to regenerate.
  ///   - edited: the hint, as large as the maker's original.
  ///   - sparse: the tiles to compute; all of them where nil.
  init(
    _ maker: StateMaker, network: UNet, workers: WorkerPool,
    precision: ActivationCache.Precision, sampler: DDIM, settings: EditSettings, mask: PixelMask,
    edited: Picture, sparse: EditTiles?
  ) {
    self.maker = maker
    self.network = network
    self.workers = workers
    self.precision = precision
    self.sampler = sampler
    self.settings = settings
    self.mask = mask
    self.edited = edited
    isSparse = sparse != nil
    tiles =
      sparse
      ?? EditTiles(all: network.configuration.levels, width: mask.width, height: mask.height)
  }

  /// Which tiles are computed at each step; those of a frame may lie beyond the picture.
  var finestTiles: TileSet { tiles.sets[0] }
  /// Tiles computed at each step that hold pixels of the picture.
  lazy var tilesActive = finestTiles.count(
    width: maker.window.rect.width, height: maker.window.rect.height)

  private var timesteps: ArraySlice<Int> { sampler.timesteps(strength: settings.strength) }

  /// Multiply-adds of all steps.
  var macs: Int { timesteps.count * macsPerStep(isSparse ? tiles : nil) }
  /// Multiply-adds of as many dense steps.
  var macsDense: Int { timesteps.count * macsPerStep(nil) }

  private lazy var cumulativeMACs = network.cumulativeMACs(
    height: mask.height, width: mask.width, tiles: isSparse ? tiles : nil)

  private func macsPerStep(_ tiles: EditTiles?) -> Int {
    network.macs(
      height: mask.height, width: mask.width, tiles: tiles, precision: precision)
  }

  /// Runs the sampler and returns the colours of the held tiles by frame position.
  ///
  /// In sparse mode `cache` supplies the baseline of a timestep; a dense run is taken by `scheme`.
  /// - Parameter progress: told the steps done and the tiles of the next one, never more than
  ///   `tilesActive`.
  /// - Throws: `CancellationError`; `NotFiniteError`; what the scheme throws.
  func colors(
    scheme: any SamplingScheme, cancellation: Cancellation?, observer: any RunObserver,
    progress: @escaping (_ step: Int, _ tiles: Int) -> Void,
    cache: (_ step: Int, _ timestep: Int) throws -> ActivationCache
  ) throws -> (Int, Int) -> SIMD3<Float> {
    var run = samplerRun()
    run.observer = observer
    let report = { [self] (step: Int, calls: Int) in progress(step, tiles(after: calls)) }
    report(0, 0)
    do {
      let state =
        isSparse
        ? try sparse(run, cancellation, report, cache)
        : try scheme.sample(run, workers: workers, cancellation: cancellation, progress: report)
      if !state.isFinite { throw try failure(of: run, cancellation) }
      return finishing(state)
    } catch var error as NotFiniteError {
      error.model = maker.model.path
      throw error
    }
  }

  /// Why the result of a run is not finite, as far as a run in which all workers work together shows.
  private func failure(of run: SamplerRun, _ cancellation: Cancellation?) throws -> NotFiniteError {
    _ = try SerialScheme().sample(run, workers: workers, cancellation: cancellation) { _, _ in }
    return NotFiniteError(layer: nil, step: run.timesteps.count, steps: run.timesteps.count)
  }

  /// The run that makes this edit.
  private func samplerRun() -> SamplerRun {
    let timesteps = Array(timesteps)
    let makeState = stateMaker(timesteps)
    return SamplerRun(
      network: network, sampler: sampler, timesteps: timesteps, width: mask.width,
      height: mask.height, colorDifference: maker.model.family.colorDifference
    ) { makeState($0, nil) }
  }

  /// Makes the state before the first of some timesteps, for any tiles, on the workers given.
  private func stateMaker(
    _ timesteps: [Int]
  ) -> @Sendable (TileSet, WorkerPool?) -> SampleState {
    let (maker, sampler, mask, edited) = (maker, sampler, mask, edited)
    return { tiles, workers in
      var state = maker.edit(tiles, mask: mask, edited: edited, on: workers)
      if let first = timesteps.first { state.begin(mixture: sampler.schedule.mixture(at: first)) }
      return state
    }
  }

  private func sparse(
    _ run: SamplerRun, _ cancellation: Cancellation?,
    _ report: @escaping (_ step: Int, _ calls: Int) -> Void,
    _ cache: (_ step: Int, _ timestep: Int) throws -> ActivationCache
  ) throws -> SampleState {
    var state = stateMaker(run.timesteps)(tiles.input.tiles, workers)
    for (done, timestep) in run.timesteps.enumerated() {
      try cancellation?.check()
      state.prepare(mixture: sampler.schedule.mixture(at: timestep))
      let pass = SparsePass(
        try cache(done, timestep), network: run.network, tiles: tiles, workers: workers,
        cancellation: cancellation)
      let reporting = WrappedPass(pass) { report(done, $0) }
      let output = try run.network(
        reporting, pass.input(state.input), timestep: Double(timestep)
      ).slab
      run.observer?.step(state, at: timestep, output: output, computed: tiles.sets[0])
      guard state.step(sampler, at: timestep, output: output, computed: tiles.sets[0]) else {
        let layer = try run.network.firstNotFinite(
          pass, pass.input(state.input), timestep: Double(timestep)
        ) { $0.slab.isFinite }
        throw NotFiniteError(layer: layer, step: done + 1, steps: run.timesteps.count)
      }
      report(done + 1, 0)
    }
    return state
  }

  /// Tiles that stand for the work of a step's first `calls` calls.
  private func tiles(after calls: Int) -> Int {
    guard let all = cumulativeMACs.last, all > 0, (1...cumulativeMACs.count).contains(calls)
    else { return 0 }
    return Int(saturating: Double(tilesActive) * Double(cumulativeMACs[calls - 1]) / Double(all))
  }

  /// From the final state to colours: the state itself, or the hint plus the residual, unchequered.
  private func finishing(_ state: SampleState) -> (Int, Int) -> SIMD3<Float> {
    let maker = maker
    let isPaint = if case .paint = maker.model.family { true } else { false }
    return { x, y in
      guard let pixel = state.index(x: x, y: y) else { return .zero }
      let clean = isPaint ? state.unchequered(x: x, y: y) : state.state[pixel]
      return maker.color(of: clean, pixel, x: x, y: y, in: state)
    }
  }
}

extension ModelFolder.Family {
  /// From differences of clean states to differences of colours.
  fileprivate var colorDifference: @Sendable (SIMD3<Float>) -> SIMD3<Float> {
    switch self {
    case .sdedit: { $0 }
    case .paint(let transform): { transform.difference($0) }
    }
  }
}

extension TileSet {
  /// Active tiles that hold pixels of the first columns and rows.
  fileprivate func count(width: Int, height: Int) -> Int {
    active.count { tile in
      TileSet.side * (Int(tile) % tilesX) < width && TileSet.side * (Int(tile) / tilesX) < height
    }
  }
}
