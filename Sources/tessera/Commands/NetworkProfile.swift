import Foundation
import Networks
import SIGE

/// Times each call of an evaluation; an attention block is one call.
final class ProfilingPass<Inner: Pass>: Pass {
  typealias Map = Inner.Map

  private let inner: Inner
  /// Names of the calls in order, with their seconds.
  private(set) var calls: [(name: String, seconds: Double)] = []

  /// Makes a pass that computes as `inner` does.
  init(_ inner: Inner) { self.inner = inner }

  func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>?
  ) throws -> Map {
    try timed(layer.name) { try inner.convolve(layer, operand, residual: residual) }
  }

  func attend(_ block: AttentionBlock, _ map: Map) throws -> Map {
    let name = block.output.name.split(separator: ".").prefix { !$0.hasPrefix("to_") }
    return try timed(name.joined(separator: ".")) { try inner.attend(block, map) }
  }

  private func timed(_ name: String, _ call: () throws -> Map) rethrows -> Map {
    var result: Map?
    let seconds = try Stopwatch.seconds { result = try call() }
    calls.append((name, seconds))
    guard let result else { preconditionFailure("a call that returned has a result") }
    return result
  }
}

/// Where the time of an evaluation goes, layer by layer in order.
struct NetworkProfile: Encodable {
  struct Layer: Encodable {
    var name: String
    var seconds: Double
    /// Counted as direct convolution, whatever algorithm ran.
    var macs: Int
    /// 2 * macs / seconds: above the machine's peak where Winograd saves multiplications.
    var gigaflops: Double
    /// Of the sum of all layers' seconds.
    var share: Double
  }

  var layers: [Layer]

  /// Takes the calls of several evaluations, and the multiply-adds done after each call.
  init(_ runs: [[(name: String, seconds: Double)]], cumulativeMACs: [Int]) {
    let medians = (runs.first ?? []).indices.map { call in
      runs.map { $0[call].seconds }.sorted()[runs.count / 2]
    }
    let total = medians.reduce(0, +)
    let before = [0] + cumulativeMACs
    layers = zip(runs.first ?? [], medians).enumerated().map { index, entry in
      let macs = cumulativeMACs[index] - before[index]
      return Layer(
        name: entry.0.name, seconds: entry.1, macs: macs,
        gigaflops: 2e-9 * Double(macs) / entry.1, share: entry.1 / total)
    }
  }

  var text: String {
    let rows = layers.map { layer in
      String(
        format: "%9.3f ms %9.3f GMACs %8.1f GFLOP/s %5.1f %%  ", 1000 * layer.seconds,
        Double(layer.macs) / 1e9, layer.gigaflops, 100 * layer.share) + layer.name
    }
    return rows.joined(separator: "\n")
  }
}
