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
  /// Whether it stays in one component with the next call: attention with what it alone reads and
  /// what alone reads it. A cut there would have queries, keys and values sent instead of one map.
  package var joinsNext = false

  /// Describes a call.
  package init(reads: [Int], macs: Int, shape: MapShape) {
    self.reads = reads
    self.macs = macs
    self.shape = shape
  }
}

extension Network {
  /// The calls of one evaluation on `height` x `width` pixels, in order.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func calls(height: Int, width: Int) -> [NetworkCall] {
    let entries = graph(height: height, width: width).entries
    var calls = entries.map { entry in
      NetworkCall(
        reads: entry.reads, macs: entry.shape.height * entry.shape.width * entry.macsPerPixel,
        shape: entry.shape)
    }
    var readers = [[Int]](repeating: [], count: calls.count)
    for (index, call) in calls.enumerated() {
      for read in call.reads { readers[read].append(index) }
    }
    for (index, entry) in entries.enumerated() {
      guard case .attend = entry.call else { continue }
      let first = calls[index].reads.filter { readers[$0] == [index] }.min() ?? index
      let last = readers[index] == [index + 1] ? index + 1 : index
      for joined in first..<last { calls[joined].joinsNext = true }
    }
    return calls
  }
}

extension [NetworkCall] {
  /// The most components that the calls can be cut into.
  package var mostComponents: Int { count { !$0.joinsNext } }
}
