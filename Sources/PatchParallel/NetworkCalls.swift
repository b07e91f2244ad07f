package import Networks
package import Tensors

/// One call that a network makes of its pass: what it reads, costs and gives.
package struct NetworkCall: Sendable, Equatable {
  /// Earlier calls whose results it reads, ascending; the network's input is not among them.
  package var reads: [Int]
  /// Multiply-adds.
  package var macs: Int
  /// Size of the result.
  package var shape: MapShape

  /// Describes a call.
  package init(reads: [Int], macs: Int, shape: MapShape) {
    self.reads = reads
    self.macs = macs
    self.shape = shape
  }
}

extension UNet {
  /// The calls of one evaluation on `height` x `width` pixels, in order.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func calls(height: Int, width: Int) -> [NetworkCall] {
    let pass = CallRecorder()
    let shape = MapShape(height: height, width: width, channels: configuration.inChannels)
    _ = try? self(pass, CallRecorder.Result(call: nil, shape: shape), timestep: 0)
    return pass.calls
  }
}

/// Records calls without computing anything.
private final class CallRecorder: Pass {
  struct Result {
    /// Nil for the network's input.
    var call: Int?
    var shape: MapShape
  }

  private(set) var calls: [NetworkCall] = []

  func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Result>, residual: Residual<Result>?
  ) throws -> Result {
    let shape = layer.convolution.outputShape(operand.maps[0].shape, doubled: operand.doubled)
    let layers = [layer] + (residual?.layer.map { [$0] } ?? [])
    let macs = layers.reduce(0) { $0 + shape.height * shape.width * $1.convolution.macsPerPixel }
    return record(operand.maps + (residual?.maps ?? []), macs, shape)
  }

  func attend(_ block: AttentionBlock, _ map: Result) throws -> Result {
    let pixels = map.shape.height * map.shape.width
    let projections = [block.query, block.key, block.value, block.output].reduce(0) {
      $0 + $1.convolution.macsPerPixel
    }
    return record([map], pixels * (projections + 2 * pixels * map.shape.channels), map.shape)
  }

  private func record(_ maps: [Result], _ macs: Int, _ shape: MapShape) -> Result {
    let reads = Set(maps.compactMap(\.call)).sorted()
    calls.append(NetworkCall(reads: reads, macs: macs, shape: shape))
    return Result(call: calls.count - 1, shape: shape)
  }
}
