/// The content of one 64x64 tile of a canvas at some moment, rows clipped at the picture's border.
struct TileContent: Sendable, Equatable {
  var edited: [UInt8]
  var touched: [UInt8]
  /// Only for steps that change the original (accepting a result).
  var original: [UInt8]?

  var bytes: Int { edited.count + touched.count + (original?.count ?? 0) }
}

/// One thing to undo: the tiles it changed, as they look on the other side of it.
struct HistoryStep: Sendable, Equatable {
  var name: String
  var tiles: [Int: TileContent]
  /// The document's revision on the other side.
  var revision: Int
  /// Whether the original changed, so that the engine's caches must follow.
  var changesOriginal: Bool

  var bytes: Int { tiles.values.reduce(0) { $0 + $1.bytes } }
}

/// Undo and redo of tile contents, bounded by a number of steps and by bytes.
///
/// A step is stored once: going over it swaps the tiles with the canvas, so the same memory serves
/// undo and redo. At least `leastSteps` steps stay whatever they weigh.
package struct History: Sendable {
  private(set) var past: [HistoryStep] = []
  private(set) var future: [HistoryStep] = []
  private var bytes = 0

  /// Steps beyond this are forgotten, oldest first.
  package var mostSteps: Int
  /// Bytes of tiles beyond which older steps are forgotten.
  package var mostBytes: Int
  /// So many steps stay even if they are larger than `mostBytes`.
  package var leastSteps = 5

  /// Makes an empty history with its two limits.
  package init(mostSteps: Int = 100, mostBytes: Int = 256 << 20) {
    self.mostSteps = mostSteps
    self.mostBytes = mostBytes
  }

  /// Steps that can be undone.
  package var undoCount: Int { past.count }
  /// Steps that can be redone.
  package var redoCount: Int { future.count }
  /// Bytes of tiles that are kept.
  package var byteCount: Int { bytes }

  /// Adds a finished step; what could be redone is gone.
  mutating func record(_ step: HistoryStep) {
    bytes -= future.reduce(0) { $0 + $1.bytes }
    future.removeAll()
    past.append(step)
    bytes += step.bytes
    while past.count > 1, past.count > mostSteps || (bytes > mostBytes && past.count > leastSteps) {
      bytes -= past.removeFirst().bytes
    }
  }

  mutating func popUndo() -> HistoryStep? {
    guard let step = past.popLast() else { return nil }
    bytes -= step.bytes
    return step
  }

  mutating func popRedo() -> HistoryStep? {
    guard let step = future.popLast() else { return nil }
    bytes -= step.bytes
    return step
  }

  mutating func pushRedo(_ step: HistoryStep) {
    future.append(step)
    bytes += step.bytes
  }

  mutating func pushUndo(_ step: HistoryStep) {
    past.append(step)
    bytes += step.bytes
  }
}
