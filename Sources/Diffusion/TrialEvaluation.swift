import DiffMask
package import Networks
import SIGE
package import Tensors

/// What one small evaluation of a network on noise gave.
package struct TrialEvaluation: Sendable, Equatable {
  /// Rows and columns of the noise.
  package let side: Int
  /// The timestep.
  package let timestep: Int
  /// The first layer whose output is not finite; nil where all are.
  package let layer: String?
  /// Whether all are finite until tiles are computed from a cache, whose halves hold less.
  package let isSparse: Bool
  /// Smallest and largest output; nil where not all are finite.
  package let range: ClosedRange<Float>?

  /// What is not finite, a clause that follows the name of the weights; nil where all is.
  package var problem: String? {
    if isFinite { return nil }
    guard isSparse else { return NotFiniteError(layer: layer).problem }
    let place = layer.map { " from layer \($0) on" } ?? ""
    return "a sparse edit gives numbers that are not finite\(place), since caches hold up to 65504"
  }

  /// Whether the output is finite.
  package var isFinite: Bool { range != nil }

  /// Rows and columns of the noise that a network is tried on: 64, or the next that it takes.
  package static func side(of network: UNet) -> Int {
    let multiple = network.configuration.sizeMultiple
    return (64 + multiple - 1) / multiple * multiple
  }

  /// Evaluates a network on white noise of at least 64x64 pixels, as a whole, and then some tiles of it
  /// as an edit does, with what it keeps.
  ///
  /// - Throws: `CancellationError` never, since nobody cancels it; what a pass throws.
  /// - Complexity: two evaluations, and a third one where an output is not finite.
  package init(of network: UNet, timestep: Int, workers: WorkerPool) throws {
    let channels = network.configuration.inChannels
    side = Self.side(of: network)
    self.timestep = timestep
    let shape = MapShape(height: side, width: side, channels: channels)
    let (noise, side) = (Noise(seed: 1), side)
    let planes = (0..<channels * side * side).map { index in
      let pixel = index % (side * side)
      return noise.value(x: pixel % side, y: pixel / side, channel: index / (side * side))
    }
    let input = FeatureMap(shape, planes: planes)
    let pass = DensePass(workers: workers)
    let output = try network(pass, pass.input(input), timestep: Double(timestep)).map.planes()
    guard output.allSatisfy(\.isFinite), let low = output.min(), let high = output.max() else {
      (range, isSparse) = (nil, false)
      layer = try network.firstNotFinite(pass, pass.input(input), timestep: Double(timestep)) {
        $0.map.isFinite
      }
      return
    }
    let fault = try Self.sparseFault(network, input, timestep: Double(timestep), workers)
    (isSparse, layer) = (fault != nil, fault?.layer)
    range = fault == nil ? low...high : nil
  }

  /// Does what an edit does: fills a cache of the usual width, and computes some tiles from it.
  ///
  /// - Returns: nil where the tiles are finite; else the first layer whose are not, where one is known.
  private static func sparseFault(
    _ network: UNet, _ input: FeatureMap, timestep: Double, _ workers: WorkerPool
  ) throws -> SparseFault? {
    let cache = ActivationCache(network.graph, precision: .byte)
    let baseline = BaselinePass(cache, workers: workers)
    _ = try network(baseline, baseline.input(input), timestep: timestep)
    let (width, height) = (input.shape.width, input.shape.height)
    let spot = PixelRect(x: width / 2, y: height / 2, width: 4, height: 4)
    let mask = PixelMask(
      width: width, height: height, region: spot, bits: [Bool](repeating: true, count: 16))
    let tiles = EditTiles(mask: mask, levels: network.configuration.levels)
    let channels = network.configuration.inChannels
    let slab = FeatureMap.slab(of: input.planes(), channels: channels, tiles: tiles.input.tiles)
    let pass = SparsePass(cache, network: network, tiles: tiles, workers: workers)
    let output = try network(pass, pass.input(slab), timestep: timestep).slab
    if output.isFinite { return nil }
    return SparseFault(
      layer: try network.firstNotFinite(pass, pass.input(slab), timestep: timestep) {
        $0.slab.isFinite
      })
  }

  private struct SparseFault { var layer: String? }
}
