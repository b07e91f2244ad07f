/// Another pass that says after each of a network's calls how many are done.
///
/// Calls come in the same order in every evaluation of a network, whatever the pass, so a number of
/// calls stands for a share of the work (`UNet.cumulativeMACs`).
package final class ReportingPass<Inner: Pass>: Pass {
  package typealias Map = Inner.Map

  private let inner: Inner
  private let report: (Int) -> Void
  private var done = 0

  /// Makes a pass that computes as `inner` does; `report` gets 1, 2, ... on the calling thread.
  package init(_ inner: Inner, report: @escaping (Int) -> Void) {
    self.inner = inner
    self.report = report
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>?
  ) throws -> Map { try counted { try inner.convolve(layer, operand, residual: residual) } }

  package func attend(_ block: AttentionBlock, _ map: Map) throws -> Map {
    try counted { try inner.attend(block, map) }
  }

  private func counted(_ call: () throws -> Map) rethrows -> Map {
    let map = try call()
    done += 1
    report(done)
    return map
  }
}
