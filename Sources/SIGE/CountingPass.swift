import DiffMask
package import Networks
package import Tensors

/// Counts multiply-adds without computing anything; a map is its shape.
///
/// Convolutions count kernel^2 * inputs * outputs for every output pixel inside the map, whatever
/// algorithm runs; attention counts queries * tokens * channels twice, and its projections.
package final class CountingPass: Pass {
  private let tiles: EditTiles?
  /// Multiply-adds so far.
  package private(set) var macs = 0
  /// Numbers that a baseline pass over the same maps keeps.
  package private(set) var cachedNumbers = 0
  /// Multiply-adds by layer name, in order of evaluation.
  package private(set) var layers: [(name: String, macs: Int)] = []

  /// Id of a layer that is computed whole although the pass is sparse.
  private let wholeLayer: Int?

  /// Counts a dense evaluation, or a sparse one over `tiles`.
  package init(tiles: EditTiles? = nil, wholeLayer: Int? = nil) {
    self.tiles = tiles
    self.wholeLayer = wholeLayer
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<MapShape>, residual: MapShape?
  ) throws -> MapShape {
    let shape = layer.convolution.outputShape(operand.maps[0], doubled: operand.doubled)
    let computed = layer.id == wholeLayer ? shape.height * shape.width : pixels(shape)
    add(layer.name, computed * layer.convolution.macsPerPixel)
    if layer.convolution.geometry != .pointwise { cachedNumbers += storage(shape) }
    return shape
  }

  package func attend(_ block: AttentionBlock, _ map: MapShape) throws -> MapShape {
    for layer in [block.query, block.key, block.value, block.output] {
      add(layer.name, pixels(map) * layer.convolution.macsPerPixel)
    }
    let core = 2 * pixels(map) * map.height * map.width * map.channels
    add("\(block.output.name) attention", core)
    cachedNumbers += 3 * storage(map)
    return map
  }

  private func storage(_ shape: MapShape) -> Int { shape.tileCount * 16 * shape.stride }

  private func add(_ name: String, _ count: Int) {
    macs += count
    layers.append((name, count))
  }

  /// Pixels computed in a map of `shape`.
  private func pixels(_ shape: MapShape) -> Int {
    guard let tiles else { return shape.height * shape.width }
    return tiles.level(of: shape).tiles.active.reduce(0) { sum, tile in
      let extent = shape.extent(ofTile: Int(tile))
      return sum + Int(extent >> 4) * Int(extent & 15)
    }
  }
}

extension UNet {
  /// Multiply-adds of one evaluation on `height` x `width` pixels, dense or over `tiles`.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func macs(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles
  ) -> Int { count(height, width, tiles, output).macs }

  /// Bytes of the activations that a baseline pass keeps for `height` x `width` pixels.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cacheBytes(height: Int, width: Int, precision: ActivationCache.Precision) -> Int {
    let output = MapShape(height: height, width: width, channels: configuration.outChannels)
    let last = output.tileCount * 16 * output.stride
    let others = count(height, width, nil, .tiles).cachedNumbers - last
    return 4 * last + (precision == .half ? 2 : 4) * others
  }

  /// Multiply-adds of one evaluation after each of its calls, for progress inside a step.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cumulativeMACs(height: Int, width: Int, tiles: EditTiles? = nil) -> [Int] {
    var sums: [Int] = []
    let counting = CountingPass(tiles: tiles)
    let pass = ReportingPass(counting) { _ in sums.append(counting.macs) }
    let input = MapShape(height: height, width: width, channels: configuration.inChannels)
    _ = try? self(pass, input, timestep: 0)
    return sums
  }

  private func count(
    _ height: Int, _ width: Int, _ tiles: EditTiles?, _ output: SparsePass.Output
  ) -> CountingPass {
    let pass = CountingPass(tiles: tiles, wholeLayer: output == .whole ? outputID : nil)
    let input = MapShape(height: height, width: width, channels: configuration.inChannels)
    _ = try? self(pass, input, timestep: 0)
    return pass
  }
}
