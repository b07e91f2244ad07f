import Tensors

/// The matches of a field's targets, in memory for their rows only.
package struct MatchRows: Sendable {
  package typealias Match = MatchField.Match

  /// The place that the first entry belongs to.
  let first: Int
  /// A match for each place of the rows; none where there is no target.
  private(set) var entries: [Match]

  /// None yet, for some rows of a picture and a margin around them.
  init(_ rows: Range<Int>, margin: Int, stride: Int) {
    first = rows.lowerBound * stride
    entries = Array(
      repeating: Match(place: -1, cost: 0), count: (rows.count + 2 * margin) * stride)
  }

  /// The match at a place of the grid; none outside of the rows.
  package subscript(place: Int) -> Match {
    let index = place - first
    return entries.indices.contains(index) ? entries[index] : Match(place: -1, cost: 0)
  }

  /// Puts a target's first match in its place.
  mutating func begin(_ target: Int, at source: Int32) { entries[target - first].place = source }

  /// Calls `body` with some targets and their matches, side by side, and keeps what it leaves there.
  ///
  /// - Parameter isCancelled: asked before each task; once it is true nothing more is done.
  mutating func forEach(
    _ targets: [Int32], _ workers: WorkerPool, chunk: Int, _ isCancelled: () -> Bool,
    _ body: (Int, inout Match) -> Void
  ) {
    let first = first
    entries.withUnsafeMutableBufferPointer { entries in
      // Every task writes its own targets' entries only.
      nonisolated(unsafe) let entries = entries
      workers.run((targets.count + chunk - 1) / chunk) { task, _ in
        if isCancelled() { return }
        for target in targets[task * chunk..<min((task + 1) * chunk, targets.count)] {
          body(Int(target), &entries[Int(target) - first])
        }
      }
    }
  }
}
