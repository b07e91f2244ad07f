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
  /// Bytes of activations that a baseline pass over the same maps keeps.
  package private(set) var cachedBytes = 0
  /// Multiply-adds by layer name, in order of evaluation.
  package private(set) var layers: [(name: String, macs: Int)] = []

  /// Id of a layer that is computed whole although the pass is sparse.
  private let wholeLayer: Int?
  private let precision: ActivationCache.Precision

  /// Counts a dense evaluation, or a sparse one over `tiles` beside caches of a precision.
  package init(
    tiles: EditTiles? = nil, wholeLayer: Int? = nil, precision: ActivationCache.Precision = .full
  ) {
    self.tiles = tiles
    self.wholeLayer = wholeLayer
    self.precision = precision
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<MapShape>, residual: Residual<MapShape>?
  ) throws -> MapShape {
    let shape = layer.convolution.outputShape(operand.maps[0], doubled: operand.doubled)
    if let added = residual?.layer {
      add(added.name, pixels(shape) * added.convolution.macsPerPixel)
    }
    let format = keep(layer, shape)
    let isGrown = layer.readers == .nextConvolution && format == nil
    let computed =
      layer.id == wholeLayer ? shape.height * shape.width : pixels(shape, grown: isGrown)
    add(layer.name, computed * layer.convolution.macsPerPixel)
    return shape
  }

  package func attend(_ block: AttentionBlock, _ map: MapShape) throws -> MapShape {
    for layer in [block.query, block.key, block.value, block.output] {
      add(layer.name, pixels(map) * layer.convolution.macsPerPixel)
      _ = keep(layer, map)
    }
    let core = 2 * pixels(map) * map.height * map.width * map.channels
    add("\(block.output.name) attention", core)
    return map
  }

  /// Counts the bytes kept of an output, and returns how it is kept.
  private func keep(_ layer: ConvolutionLayer, _ shape: MapShape) -> CachedMap.Format? {
    let format = precision.format(of: layer.readers, shape)
    cachedBytes += shape.tileCount * (format?.tileBytes(shape.stride) ?? 0)
    return format
  }

  private func add(_ name: String, _ count: Int) {
    macs += count
    layers.append((name, count))
  }

  /// Pixels computed in a map of `shape`.
  private func pixels(_ shape: MapShape, grown: Bool = false) -> Int {
    guard let tiles else { return shape.height * shape.width }
    return tiles.level(of: shape, grown: grown).tiles.active.reduce(0) { sum, tile in
      let extent = shape.extent(ofTile: Int(tile))
      return sum + Int(extent >> 4) * Int(extent & 15)
    }
  }
}

extension UNet {
  /// Multiply-adds of one evaluation on `height` x `width` pixels: dense, or over `tiles` beside
  /// caches of a precision, which decides what is computed again instead of kept.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func macs(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles,
    precision: ActivationCache.Precision = .full
  ) -> Int {
    count(counter(tiles, output, precision), height, width).macs
  }

  private func counter(
    _ tiles: EditTiles?, _ output: SparsePass.Output, _ precision: ActivationCache.Precision
  ) -> CountingPass {
    CountingPass(
      tiles: tiles, wholeLayer: output == .whole ? outputID : nil, precision: precision)
  }

  /// Bytes of the activations that a baseline pass keeps for `height` x `width` pixels.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cacheBytes(height: Int, width: Int, precision: ActivationCache.Precision) -> Int {
    count(CountingPass(precision: precision), height, width).cachedBytes
  }

  /// Multiply-adds of one evaluation after each of its calls, for progress inside a step.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cumulativeMACs(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles,
    precision: ActivationCache.Precision = .full
  ) -> [Int] {
    var sums: [Int] = []
    let counting = counter(tiles, output, precision)
    let pass = ReportingPass(counting) { _ in sums.append(counting.macs) }
    let input = MapShape(height: height, width: width, channels: configuration.inChannels)
    _ = try? self(pass, input, timestep: 0)
    return sums
  }

  private func count(_ pass: CountingPass, _ height: Int, _ width: Int) -> CountingPass {
    let input = MapShape(height: height, width: width, channels: configuration.inChannels)
    _ = try? self(pass, input, timestep: 0)
    return pass
  }
}
