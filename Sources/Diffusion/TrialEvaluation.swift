import DiffMask
package import Networks
package import Tensors

/// What one small evaluation of a network on noise gave.
package struct TrialEvaluation: Sendable, Equatable {
  /// Rows and columns of the noise.
  package let side: Int
  /// The timestep.
  package let timestep: Int
  /// The first layer whose output is not finite; nil where all are.
  package let layer: String?
  /// Smallest and largest output; nil where not all are finite.
  package let range: ClosedRange<Float>?

  /// Whether the output is finite.
  package var isFinite: Bool { range != nil }

  /// Evaluates a network on white noise of at least 64x64 pixels.
  ///
  /// - Throws: `CancellationError` never, since nobody cancels it; what a pass throws.
  /// - Complexity: one evaluation, and a second one where its output is not finite.
  package init(of network: UNet, timestep: Int, workers: WorkerPool) throws {
    let multiple = network.configuration.sizeMultiple
    let channels = network.configuration.inChannels
    side = (64 + multiple - 1) / multiple * multiple
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
      range = nil
      layer = try network.firstNotFinite(pass, pass.input(input), timestep: Double(timestep)) {
        $0.map.isFinite
      }
      return
    }
    (range, layer) = (low...high, nil)
  }
}
