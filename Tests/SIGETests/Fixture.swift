import DiffMask
import Foundation
import Networks
import SIGE
import Tensors

/// A network of Tests/Fixtures with its reference edit.
struct Fixture {
  static let names = ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"]

  let network: UNet
  let timestep: Double
  /// The unedited input, planes `[C][H][W]`.
  let sample: [Float]
  /// The input with the places of `mask` changed.
  let edited: [Float]
  /// What diffusers computes on `edited`; empty for a part of a fixture.
  let editedOutput: [Float]
  let mask: PixelMask
  let shape: MapShape

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)").path
    let json = try Data(contentsOf: URL(filePath: "\(folder)/config.json"))
    let configuration = try UNetConfiguration(json: Array(json), file: "config.json")
    network = try UNet(
      configuration,
      weights: SafetensorsFile(path: "\(folder)/diffusion_pytorch_model.safetensors"))
    let io = try SafetensorsFile(path: "\(folder)/io.safetensors")
    timestep = Double(try io.tensor("timestep").floats()[0])
    sample = try io.tensor("sample").floats()
    edited = try io.tensor("edited").floats()
    editedOutput = try io.tensor("edited_output").floats()
    let view = try io.tensor("sample")
    shape = MapShape(height: view.shape[2], width: view.shape[3], channels: view.shape[1])
    mask = PixelMask(
      width: shape.width, height: shape.height,
      bits: try io.tensor("mask").floats().map { $0 > 0.5 })
  }

  /// The top left part of another fixture, `height` x `width` pixels.
  init(_ whole: Fixture, height: Int, width: Int) {
    network = whole.network
    timestep = whole.timestep
    shape = MapShape(height: height, width: width, channels: whole.shape.channels)
    func part<Value>(_ planes: [Value]) -> [Value] {
      (0..<planes.count / whole.shape.width).filter { $0 % whole.shape.height < height }
        .flatMap { planes[$0 * whole.shape.width..<$0 * whole.shape.width + width] }
    }
    sample = part(whole.sample)
    edited = part(whole.edited)
    editedOutput = []
    mask = PixelMask(width: width, height: height, bits: part(whole.mask.bits))
  }

  /// The parts of `names` whose coarser levels, and the finest too, end in broken tiles where the
  /// network's strides allow it.
  static func brokenTiles(_ name: String) throws -> Fixture {
    let whole = try Fixture(name)
    let unit = whole.network.configuration.sizeMultiple
    return Fixture(
      whole, height: whole.shape.height - unit, width: whole.shape.width - 3 * unit)
  }

  /// The name of a fixture so large that bytes leave out what is cheap to compute again.
  static let large = "plain-rgb, 272x272"

  /// The fixture of a name, the large one too.
  static func any(_ name: String) throws -> Fixture {
    try name == large ? Fixture(enlarged: Fixture("plain-rgb"), side: 272) : Fixture(name)
  }

  /// The network of another fixture on random pixels, a square in the middle edited.
  init(enlarged fixture: Fixture, side: Int) throws {
    network = fixture.network
    timestep = fixture.timestep
    shape = MapShape(height: side, width: side, channels: fixture.shape.channels)
    let planes = (0..<shape.channels * side * side).map { Float(sin(78.233 * Double($0))) }
    let inside = side / 2 - 16..<side / 2 + 16
    mask = PixelMask(
      width: side, height: side,
      bits: (0..<side * side).map { inside.contains($0 / side) && inside.contains($0 % side) })
    let bits = mask.bits
    sample = planes
    edited = planes.indices.map {
      bits[$0 % (side * side)] ? planes[$0] + Float(3 + cos(12.9898 * Double($0))) : planes[$0]
    }
    editedOutput = []
  }

  var levels: Int { network.configuration.levels }
  var area: Int { shape.height * shape.width }

  /// The tiles of the edit with its mask dilated by `dilation`.
  func tiles(dilation: Int = 5) -> EditTiles {
    EditTiles(mask: mask.dilated(by: dilation), levels: levels)
  }

  /// One set a level, made from that level's size.
  func tiles(_ make: (_ width: Int, _ height: Int) -> TileSet) -> EditTiles {
    EditTiles((0..<levels).map { make(shape.width >> $0, shape.height >> $0) })
  }

  func dense(_ planes: [Float], workers: Int = 2) throws -> [Float] {
    let pass = DensePass(workers: WorkerPool(count: workers))
    return try network(
      pass, pass.input(FeatureMap(shape, planes: planes)), timestep: timestep
    ).map.planes()
  }

  /// A cache of the baseline on the unedited input, and the baseline's output.
  func baseline(_ precision: ActivationCache.Precision, workers: Int = 2) throws
    -> (cache: ActivationCache, output: [Float])
  {
    let cache = ActivationCache(network.graph, precision: precision)
    let pass = BaselinePass(cache, workers: WorkerPool(count: workers))
    let output = try network(
      pass, pass.input(FeatureMap(shape, planes: sample)), timestep: timestep)
    return (cache, output.map.planes())
  }

  /// A sparse evaluation on `planes`: the fresh tiles over `output`, and the result's tile set.
  func sparse(
    _ planes: [Float], _ cache: ActivationCache, _ tiles: EditTiles, over output: [Float],
    as mode: SparsePass.Output = .tiles, workers: Int = 2, writesBack: Bool = false
  ) throws -> (planes: [Float], tiles: TileSet) {
    let pass = SparsePass(
      cache, network: network, tiles: tiles, workers: WorkerPool(count: workers), output: mode,
      writesBack: writesBack)
    let slab = FeatureMap.slab(of: planes, channels: shape.channels, tiles: tiles.input.tiles)
    let result = try network(pass, pass.input(slab), timestep: timestep)
    if writesBack { pass.writeBack() }
    var merged = output
    result.slab.copy(into: &merged, tiles: result.level.tiles)
    return (merged, result.level.tiles)
  }

  /// Every cached activation in floats, by layer.
  func contents(_ cache: ActivationCache) -> [Int: [Float]] {
    var result: [Int: [Float]] = [:]
    for id in 0..<network.graph.layerCount { result[id] = cache.activation(id)?.planes() }
    return result
  }

  /// What the network asks of its passes, in order of evaluation.
  func layers() -> [Layer] {
    network.graph(height: shape.height, width: shape.width).entries.flatMap { entry -> [Layer] in
      guard case .convolve(let call) = entry.call else { return [] }
      let own = Layer(
        convolution: call.layer, inputs: call.operand.maps.map(\.shape), output: entry.shape)
      guard case .projection(let layer, let maps) = call.residual else { return [own] }
      return [Layer(convolution: layer, inputs: maps.map(\.shape), output: entry.shape), own]
    }
  }

  /// A convolution with the sizes of what it reads and gives.
  struct Layer {
    var convolution: ConvolutionLayer
    var inputs: [MapShape]
    var output: MapShape

    var name: String { convolution.name }
    /// Rows and columns of the kernel, by its geometry.
    var taps: Int { convolution.convolution.geometry == .pointwise ? 1 : 9 }
  }
}

/// Norm of the difference over the norm of the reference, at the pixels of `mask` where given.
func relativeError(_ a: [Float], _ reference: [Float], within mask: PixelMask? = nil) -> Double {
  precondition(a.count == reference.count)
  var difference = 0.0
  var norm = 0.0
  for i in a.indices {
    if let mask, !mask.bits[i % mask.bits.count] { continue }
    difference += Double(a[i] - reference[i]) * Double(a[i] - reference[i])
    norm += Double(reference[i]) * Double(reference[i])
  }
  return (difference / norm).squareRoot()
}
