import DiffMask
import Networks
import Raster
import SIGE
import Tensors

/// Makes the tiles of a sampler run from pictures, for either model family.
struct StateMaker: Sendable {
  let model: ModelFolder
  let window: WorkWindow
  let original: Picture
  let seed: UInt64

  /// The state of an unedited picture: nothing inside the mask, the hint is the picture.
  func baseline(_ tiles: TileSet) -> SampleState {
    make(tiles, mask: nil, edited: nil)
  }

  /// The state of an edit: regenerated inside `mask`, with `edited` as the hint there.
  func edit(_ tiles: TileSet, mask: PixelMask, edited: Picture) -> SampleState {
    make(tiles, mask: mask, edited: edited)
  }

  private func make(_ tiles: TileSet, mask: PixelMask?, edited: Picture?) -> SampleState {
    let count = tiles.count * 16
    var inside = [Bool](repeating: false, count: count)
    var signal = [SIMD3<Float>](repeating: .zero, count: count)
    var noise = signal
    var conditioning: [SIMD4<Float>] = []
    var isPaint = false
    if case .paint = model.family { isPaint = true }
    if isPaint { conditioning = [SIMD4<Float>](repeating: .zero, count: count) }
    forEachPixel(tiles) { pixel, x, y in
      let (px, py) = (window.pictureX(x), window.pictureY(y))
      let isInside = mask.map { $0[x, y] } ?? false
      inside[pixel] = isInside
      let picture = isInside ? edited ?? original : original
      let color = picture.color(x: px, y: py)
      if isPaint {
        conditioning[pixel] = SIMD4(isInside ? 1 : 0, color.x, color.y, color.z)
      } else {
        signal[pixel] = color
      }
    }
    fillNoise(tiles, &noise)
    if model.noisePyramid != .zero { addPyramid(tiles, &noise) }
    return SampleState(
      tiles: tiles, inside: inside, signal: signal, noise: noise, conditioning: conditioning)
  }

  /// Noise by position in the picture, so that it depends on no window.
  private func fillNoise(_ tiles: TileSet, _ noise: inout [SIMD3<Float>]) {
    let source = Noise(seed: seed)
    let stride = MemoryLayout<SIMD3<Float>>.stride / MemoryLayout<Float>.stride
    noise.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      for (slot, tile) in tiles.active.enumerated() {
        let x = window.rect.x + 4 * (Int(tile) % tiles.tilesX)
        let y = window.rect.y + 4 * (Int(tile) / tiles.tilesX)
        source.fill(
          base + slot * 16 * stride, PixelRect(x: x, y: y, width: 4, height: 4), channels: 3,
          pixelStride: stride, rowStride: 4 * stride)
      }
    }
  }

  /// Adds what the model was trained to start from beside white noise.
  private func addPyramid(_ tiles: TileSet, _ noise: inout [SIMD3<Float>]) {
    var pyramid = NoisePyramid(seed: seed, strengths: model.noisePyramid)
    forEachPixel(tiles) { pixel, x, y in
      noise[pixel] += pyramid.value(x: window.rect.x + x, y: window.rect.y + y)
    }
  }

  private func forEachPixel(_ tiles: TileSet, _ body: (_ pixel: Int, _ x: Int, _ y: Int) -> Void) {
    for (slot, tile) in tiles.active.enumerated() {
      let left = 4 * (Int(tile) % tiles.tilesX)
      let top = 4 * (Int(tile) / tiles.tilesX)
      for offset in 0..<16 {
        let (x, y) = (left + offset % 4, top + offset / 4)
        if x < tiles.width, y < tiles.height { body(slot * 16 + offset, x, y) }
      }
    }
  }
}

/// One edit in one window: the sampler loop over sparse or dense passes.
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

  init(
    _ maker: StateMaker, network: UNet, workers: WorkerPool,
    precision: ActivationCache.Precision, sampler: DDIM, settings: EditSettings, mask: PixelMask,
    edited: Picture
  ) {
    self.maker = maker
    self.network = network
    self.workers = workers
    self.precision = precision
    self.sampler = sampler
    self.settings = settings
    self.mask = mask
    self.edited = edited
    let levels = network.configuration.levels
    switch settings.mode {
    case .sparse:
      tiles = EditTiles(mask: mask.dilated(by: settings.dilation), levels: levels)
    case .dense:
      tiles = EditTiles(all: levels, width: mask.width, height: mask.height)
    }
  }

  /// Tiles computed at each step.
  var tilesActive: Int { finestTiles.count }
  /// Which tiles those are.
  var finestTiles: TileSet { tiles.sets[0] }

  private var timesteps: ArraySlice<Int> { sampler.timesteps(strength: settings.strength) }

  /// Multiply-adds of all steps.
  var macs: Int { timesteps.count * macsPerStep(settings.mode == .sparse ? tiles : nil) }
  /// Multiply-adds of as many dense steps.
  var macsDense: Int { timesteps.count * macsPerStep(nil) }

  private lazy var cumulativeMACs = network.cumulativeMACs(
    height: mask.height, width: mask.width, tiles: settings.mode == .sparse ? tiles : nil)

  private func macsPerStep(_ tiles: EditTiles?) -> Int {
    network.macs(
      height: mask.height, width: mask.width, tiles: tiles, precision: precision)
  }

  /// Runs the sampler and returns the colours of the held tiles by frame position.
  ///
  /// In sparse mode `cache` supplies the baseline of a timestep; a dense run is taken by `scheme`.
  func colors(
    scheme: any SamplingScheme, cancellation: Cancellation?,
    progress: @escaping (EditProgress) -> Void, cache: (Int) throws -> ActivationCache
  ) throws -> (Int, Int) -> SIMD3<Float> {
    let run = samplerRun()
    let report = { [self] (step: Int, calls: Int) in
      progress(
        EditProgress(
          step: step, steps: run.timesteps.count, tiles: tiles(after: calls),
          tilesActive: tilesActive))
    }
    report(0, 0)
    let state =
      switch settings.mode {
      case .dense:
        try scheme.sample(
          run, workers: workers, cancellation: cancellation, progress: report)
      case .sparse: try sparse(run, cancellation, report, cache)
      }
    return finishing(state)
  }

  /// The run that makes this edit.
  private func samplerRun() -> SamplerRun {
    let (maker, sampler, mask, edited) = (maker, sampler, mask, edited)
    let timesteps = Array(timesteps)
    return SamplerRun(
      network: network, sampler: sampler, timesteps: timesteps, width: mask.width,
      height: mask.height, colorDifference: maker.model.family.colorDifference
    ) { tiles in
      var state = maker.edit(tiles, mask: mask, edited: edited)
      if let first = timesteps.first { state.begin(mixture: sampler.schedule.mixture(at: first)) }
      return state
    }
  }

  private func sparse(
    _ run: SamplerRun, _ cancellation: Cancellation?,
    _ report: @escaping (_ step: Int, _ calls: Int) -> Void,
    _ cache: (Int) throws -> ActivationCache
  ) throws -> SampleState {
    var state = run.makeState(tiles.input.tiles)
    for (done, timestep) in run.timesteps.enumerated() {
      try cancellation?.check()
      state.prepare(mixture: sampler.schedule.mixture(at: timestep))
      let pass = SparsePass(
        try cache(timestep), network: run.network, tiles: tiles, workers: workers,
        cancellation: cancellation)
      let reporting = ReportingPass(pass) { report(done, $0) }
      let output = try run.network(
        reporting, pass.input(state.input), timestep: Double(timestep)
      ).slab
      state.step(sampler, at: timestep, output: output, computed: tiles.sets[0])
      report(done + 1, 0)
    }
    return state
  }

  /// Tiles that stand for the work of a step's first `calls` calls.
  private func tiles(after calls: Int) -> Int {
    guard let all = cumulativeMACs.last, all > 0, (1...cumulativeMACs.count).contains(calls)
    else { return 0 }
    return Int(Double(tilesActive) * Double(cumulativeMACs[calls - 1]) / Double(all))
  }

  /// From the final state to colours: the state itself, or the hint plus the residual, unchequered.
  private func finishing(_ state: SampleState) -> (Int, Int) -> SIMD3<Float> {
    let family = maker.model.family
    let stride = state.input.shape.stride
    return { x, y in
      guard let pixel = state.index(x: x, y: y) else { return .zero }
      switch family {
      case .sdedit: return state.state[pixel]
      case .paint(let transform):
        let at = state.input.floats + pixel * stride
        return SIMD3(at[4], at[5], at[6]) + transform.difference(state.unchequered(x: x, y: y))
      }
    }
  }

  /// Colours of the pixels of `box`, given in the picture's coordinates, interleaved.
  func crop(_ colors: (Int, Int) -> SIMD3<Float>, to box: PixelRect) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(3 * box.width * box.height)
    for y in box.rows {
      for x in box.columns {
        let color = colors(x - maker.window.rect.x, y - maker.window.rect.y)
        result += [color.x, color.y, color.z]
      }
    }
    return result
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
