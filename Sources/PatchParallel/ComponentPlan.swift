import Tensors

/// How a network is cut into components of consecutive calls, and what they read of one another.
package struct ComponentPlan: Sendable, Equatable {
  /// The calls of one evaluation.
  package let calls: [NetworkCall]
  /// The calls of each component; together all of them, none empty.
  package let components: [Range<Int>]

  /// Cuts calls into `count` components whose largest is as cheap as possible.
  ///
  /// AsyncDiff cuts each model by a table made by hand (Chen et al. 2024); here any network is cut
  /// by its multiply-adds.
  /// - Returns: nil unless `count` lies in 1 to `mostComponents`.
  /// - Complexity: O(count * calls^2).
  package init?(_ calls: [NetworkCall], count: Int) {
    guard count >= 1, count <= calls.mostComponents else { return nil }
    self.calls = calls
    var before = [0]
    for call in calls { before.append(before[before.count - 1] + call.macs) }
    // largest[k][j]: the cheapest largest part where the first j calls make k + 1 components.
    var largest = [before]
    var cuts: [[Int]] = [[Int](repeating: 0, count: before.count)]
    for k in 1..<max(1, count) {
      var costs = [Int](repeating: .max, count: before.count)
      var from = [Int](repeating: 0, count: before.count)
      for end in k + 1..<before.count {
        for cut in k..<end where !calls[cut - 1].joinsNext {
          let cost = max(largest[k - 1][cut], before[end] - before[cut])
          if cost < costs[end] { (costs[end], from[end]) = (cost, cut) }
        }
      }
      largest.append(costs)
      cuts.append(from)
    }
    var ends = [calls.count]
    for k in stride(from: count - 1, to: 0, by: -1) { ends.insert(cuts[k][ends[0]], at: 0) }
    components = zip([0] + ends, ends).map { $0..<$1 }
  }

  /// Multiply-adds of a component.
  package func macs(of component: Int) -> Int {
    calls[components[component]].reduce(0) { $0 + $1.macs }
  }

  /// Calls of `owner` whose results `reader` reads, ascending.
  package func results(of owner: Int, readBy reader: Int) -> [Int] {
    guard owner != reader else { return [] }
    let read = calls[components[reader]].flatMap(\.reads)
    return Set(read).filter { components[owner].contains($0) }.sorted()
  }

  /// Bytes of a call's result as a message: its tiles and the sums of its channels.
  package func bytes(of call: Int) -> Int {
    let shape = calls[call].shape
    return 4 * shape.tileCount * 16 * shape.stride + 8 * 2 * shape.stride
  }
}
