import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import Raster
import SIGE
import Tensors

/// `tessera forward`: one evaluation of a network on tensors.
struct Forward: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a network once on tensors.",
    discussion: """
      IN holds `sample` [1,C,H,W] and `timestep` [1]; OUT gets `output` [1,C,H,W]. With --baseline, \
      the network is evaluated on BASE first and then sparsely on IN, in the tiles that --mask \
      (bright is edited) or the difference of the two samples touches.
      """)

  enum Mode: String, ExpressibleByArgument, CaseIterable { case dense, sparse }

  @Argument(help: "Model folder.") var model: String
  @Option(help: "Safetensors file with sample and timestep.") var input: String
  @Option(name: .shortAndLong, help: "Safetensors file to write.") var output: String
  @Option(help: "Safetensors file with the unedited sample.") var baseline: String?
  @Option(help: "Picture of the sample's size; bright pixels mark the edit, as in edit.") var mask:
    String?
  @Option(help: "Pixels by which the mask is grown.") var dilation = 5
  @Option(help: "dense or sparse (default: sparse with --baseline).") var mode: Mode?
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    if mode == .sparse && baseline == nil {
      throw ValidationError("--mode sparse needs --baseline with the unedited sample")
    }
    if !(0...1024).contains(dilation) { throw ValidationError("--dilation takes 0 to 1024 pixels") }
  }

  func run() throws {
    try AtomicFile.rehearse(output, replacing: .always)
    let network = try ModelLoading.network(at: model)
    let workers = try engine.pool()
    let sample = try Sample(input, for: network)
    try admit(network, sample.frame, workers)
    let planes: [Float]
    if let baseline, mode != .dense {
      let base = try Sample(baseline, for: network)
      guard base.frame == sample.frame else {
        throw CommandError(.badData, "\(baseline): sample has another size than that of \(input)")
      }
      planes = try sparse(network, base, sample, workers)
    } else {
      let pass = DensePass(workers: workers)
      planes = try network(pass, pass.input(sample.map()), timestep: sample.timestep).map.planes()
    }
    guard planes.allSatisfy(\.isFinite) else {
      let pass = DensePass(workers: workers)
      let layer = try network.firstNotFinite(
        pass, pass.input(sample.map()), timestep: sample.timestep
      ) { $0.map.isFinite }
      throw NotFiniteError(model: model, layer: layer)
    }
    let channels = network.configuration.outChannels
    let bytes = Safetensors.encoded([
      (
        "output", [1, channels, sample.frame.height, sample.frame.width],
        sample.frame.crop(planes, channels: channels)
      )
    ])
    try AtomicFile.write(bytes, to: output, overwrite: true)
  }

  /// Sees that there is memory to evaluate a sample, and to cache it where it is a baseline.
  private func admit(_ network: UNet, _ frame: ReflectedFrame, _ workers: WorkerPool)
    throws(MemoryError)
  {
    let (height, width) = (frame.paddedHeight, frame.paddedWidth)
    let (running, packing) = network.footprint(
      height: height, width: width, workers: workers.count)
    let cache =
      mode == .dense
      ? 0 : network.cacheBytes(height: height, width: width, precision: engine.precision)
    try SystemMemory.admit(running + packing + cache, "a sample of \(width)x\(height) pixels")
  }

  private func sparse(_ network: UNet, _ base: Sample, _ sample: Sample, _ workers: WorkerPool)
    throws -> [Float]
  {
    let cache = ActivationCache(network.graph, precision: engine.precision)
    let full = BaselinePass(cache, workers: workers)
    var planes = try network(full, full.input(base.map()), timestep: base.timestep).map.planes()
    let changed = try editMask(base, sample).dilated(by: dilation)
    let tiles = EditTiles(mask: changed, levels: network.configuration.levels)
    let pass = SparsePass(
      cache, network: network, tiles: tiles, workers: workers, output: .whole)
    let slab = FeatureMap.slab(
      of: sample.padded, channels: sample.channels, tiles: tiles.input.tiles)
    let result = try network(pass, pass.input(slab), timestep: sample.timestep)
    result.slab.copy(into: &planes, tiles: result.level.tiles)
    return planes
  }

  private func editMask(_ base: Sample, _ sample: Sample) throws -> PixelMask {
    let frame = sample.frame
    guard let mask else {
      return PixelMask(
        planes: base.padded, and: sample.padded, channels: sample.channels,
        width: frame.paddedWidth,
        height: frame.paddedHeight)
    }
    let picture = try PictureLoading.mask(
      at: mask, width: frame.width, height: frame.height, limits: reading.limits)
    return PixelMask(
      width: frame.paddedWidth, height: frame.paddedHeight,
      bits: (0..<frame.paddedHeight * frame.paddedWidth).map { index in
        let y = ReflectedFrame.mirrored(index / frame.paddedWidth, frame.height)
        let x = ReflectedFrame.mirrored(index % frame.paddedWidth, frame.width)
        return picture.values[y * frame.width + x] > 0
      })
  }
}

/// The tensors of one evaluation's input file.
private struct Sample {
  let timestep: Double
  let channels: Int
  let frame: ReflectedFrame
  /// Planes `[C][H][W]` of the padded size.
  let padded: [Float]

  init(_ path: String, for network: UNet) throws {
    let file = try SafetensorsFile(path: path)
    let sample = try file.tensor("sample")
    channels = network.configuration.inChannels
    guard sample.shape.count == 4, sample.shape[0] == 1, sample.shape[1] == channels else {
      throw CommandError(
        .badData,
        "\(path): sample has shape \(sample.shape); this model takes [1, \(channels), H, W]")
    }
    guard sample.shape[2] > 0, sample.shape[3] > 0 else {
      throw CommandError(.badData, "\(path): sample is empty; give it at least one pixel")
    }
    let planes = try sample.floats()
    guard planes.allSatisfy(\.isFinite) else {
      throw CommandError(.badData, "\(path): sample holds NaN or infinite values; write it again")
    }
    guard let step = try file.tensor("timestep").floats().first, step.isFinite else {
      throw CommandError(.badData, "\(path): timestep must hold one finite number")
    }
    timestep = Double(step)
    frame = ReflectedFrame(
      height: sample.shape[2], width: sample.shape[3],
      multiple: network.configuration.sizeMultiple)
    padded = frame.pad(planes, channels: channels)
  }

  func map() -> FeatureMap {
    let shape = MapShape(
      height: frame.paddedHeight, width: frame.paddedWidth, channels: channels)
    return FeatureMap(shape, planes: padded)
  }
}
