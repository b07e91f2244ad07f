package import Networks
import Tensors

/// Computes, for some workers of a run, the rows they own, and reads the rest from the others.
///
/// Patch parallel where every step is synchronous: the same bytes as a dense pass for any number of
/// strips. DistriFusion (Li et al. 2024) and PCPP (Zhang et al. 2024) where steps are displaced. A
/// map holds one strip for each worker the pass is host to: one on a thread of its own, or several,
/// which take turns at every layer, so that one thread gives the bytes of many.
///
/// Halos travel before normalisation and are normalised by the reader. So one message a layer is
/// enough where DistriFusion, which sends normalised rows, would wait for statistics first, and a
/// displaced halo is seen through present statistics instead of those of the step before.
package final class StripPass: Pass {
  private let strips: [Strip]
  private let step: StripStep
  private let cancellation: Cancellation?
  private let outputID: Int

  /// Makes a pass of one step of `network` for the workers of `strips`.
  package init(
    _ strips: [Strip], network: UNet, step: StripStep, cancellation: Cancellation? = nil
  ) {
    self.strips = strips
    outputID = network.outputID
    self.step = step
    self.cancellation = cancellation
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<[StripMap]>, residual: Residual<[StripMap]>?
  ) throws -> [StripMap] {
    try cancellation?.check()
    let operands = strips.indices.map { index in operand.map { $0[index] } }
    for (strip, operand) in zip(strips, operands) {
      strip.sendHalo(layer, operand, at: step)
      strip.port.compute { strip.sendStatistics(operand, at: step) }
    }
    return try strips.indices.map { index in
      let (strip, operand) = (strips[index], operands[index])
      try strip.receiveHalo(layer, operand, at: step)
      let affine = try strip.affine(operand, at: step)
      let macs = strip.macs(layer, operand) + (residual?.layer.map { strip.macs($0, operand) } ?? 0)
      return strip.port.compute(macs: macs) {
        // Nobody reads beside the last layer's strip.
        strip.convolve(
          layer, operand, residual: residual?.map { $0[index] }, affine: affine,
          margin: layer.id == outputID ? 0 : StripLayout.margin)
      }
    }
  }

  package func attend(_ block: AttentionBlock, _ maps: [StripMap]) throws -> [StripMap] {
    try cancellation?.check()
    let operands = maps.map { map in
      var operand = Operand([map])
      operand.normalisation = block.norm
      return operand
    }
    for (strip, operand) in zip(strips, operands) { strip.sendStatistics(operand, at: step) }
    let parts = try zip(strips, operands).map { strip, operand in
      let affine = try strip.affine(operand, at: step)
      return strip.project(block, operand, affine, at: step)
    }
    return try strips.indices.map { index in
      try strips[index].attend(block, maps[index], parts[index], at: step)
    }
  }
}

extension Strip {
  /// Multiply-adds of this worker's rows of a layer.
  func macs(_ layer: ConvolutionLayer, _ operand: Operand<StripMap>) -> Int {
    let shape = layer.convolution.outputShape(operand.maps[0].shape, doubled: operand.doubled)
    return layout.pixelRows(of: worker, shape).count * shape.width
      * layer.convolution.macsPerPixel
  }
}
