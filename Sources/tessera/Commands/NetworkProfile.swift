import Foundation

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
