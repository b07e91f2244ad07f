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
/// displaced halo is seen through present statistics instead of those of the step before. What is
/// pixel by pixel (linear maps, layer normalisation, attention to given tokens) sends nothing.
package final class StripPass: Pass {
  private let strips: [Strip]
  private let step: StripStep
  private let cancellation: Cancellation?
  private let graph: Graph
  /// What each strip normalises by; a normalisation that several layers read is told of once.
  private var statistics: [[Int: ChannelAffine?]]

  /// Makes a pass of one step of `network` for the workers of `strips`.
  package init(
    _ strips: [Strip], network: some Network, step: StripStep, cancellation: Cancellation? = nil
  ) {
    self.strips = strips
    graph = network.graph
    self.step = step
    self.cancellation = cancellation
    statistics = strips.map { _ in [:] }
  }

  package func run(_ call: Call<[StripMap]>) throws -> [StripMap] {
    try cancellation?.check()
    let calls = strips.indices.map { index in call.map { $0[index] } }
    for (index, strip) in strips.enumerated() { send(calls[index], of: index, strip) }
    return try strips.indices.map { index in
      let strip = strips[index]
      switch calls[index] {
      case .convolve(let call): return try convolve(call, index, strip)
      case .attend(let call): return try strip.attend(call, at: step)
      }
    }
  }

  /// Sends what others need of a strip for a call.
  private func send(_ call: Call<StripMap>, of index: Int, _ strip: Strip) {
    switch call {
    case .convolve(let call):
      strip.sendHalo(call.layer, call.operand, at: step)
      guard let layer = call.operand.group, statistics[index][layer.id] == nil else { return }
      strip.port.compute { strip.sendStatistics(layer, call.operand.maps, at: step) }
    case .attend(let call): strip.sendTokens(call, at: step)
    }
  }

  private func convolve(_ call: Convolving<StripMap>, _ index: Int, _ strip: Strip) throws
    -> StripMap
  {
    try strip.receiveHalo(call.layer, call.operand, at: step)
    if let layer = call.operand.group, statistics[index][layer.id] == nil {
      statistics[index][layer.id] = .some(
        try strip.affine(layer, call.operand.maps, at: step))
    }
    return strip.port.compute(macs: strip.macs(.convolve(call))) {
      strip.convolve(call, margin: margin(of: call.layer.id)) {
        statistics[index][$0.id] ?? nil
      }
    }
  }

  /// Nobody reads beside the last layer's strip, nor beside a query's.
  private func margin(of id: Int) -> Int {
    id == graph.outputID || graph.isAttended(id) ? 0 : StripLayout.margin
  }
}

extension Strip {
  /// Multiply-adds of this worker's rows of a call.
  func macs(_ call: Call<StripMap>) -> Int {
    let shape = call.shape(\.shape)
    return layout.pixelRows(of: worker, shape).count * shape.width
      * call.work(\.shape).reduce(0) { $0 + $1.macsPerPixel }
  }
}
