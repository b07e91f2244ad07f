/// The planes of a canvas that a step of the history has to keep.
struct Planes: OptionSet, Sendable {
  let rawValue: UInt8
  static let edited = Planes(rawValue: 1)
  static let touched = Planes(rawValue: 2)
  static let mask = Planes(rawValue: 4)
  static let original = Planes(rawValue: 8)
  /// What strokes change.
  static let painted: Planes = [.edited, .touched, .mask]
  /// Everything.
  static let all: Planes = [.painted, .original]
}

/// The content of one 64x64 tile of a canvas at some moment, rows clipped at the picture's border;
/// nil for planes that the step leaves alone.
struct TileContent: Sendable, Equatable {
  var edited: [UInt8]?
  var touched: [UInt8]?
  var mask: [UInt8]?
  var original: [UInt8]?

  /// Which planes it holds.
  var planes: Planes {
    var planes: Planes = []
    if edited != nil { planes.insert(.edited) }
    if touched != nil { planes.insert(.touched) }
    if mask != nil { planes.insert(.mask) }
    if original != nil { planes.insert(.original) }
    return planes
  }

  var bytes: Int {
    [edited, touched, mask, original].reduce(0) { $0 + ($1?.count ?? 0) }
  }
}

/// What changes with parts of a canvas, and comes back when the parts do.
struct Revisions: Sendable, Equatable {
  /// Of everything.
  var all = 0
  /// Of the edited picture.
  var picture = 0
  /// Of the original.
  var original = 0
  /// The runs whose results are in the original, oldest first.
  var generations: [RunFacts] = []
}

/// One thing to undo: what it changed, as it is on the other side of it.
struct HistoryStep: Sendable {
  var name: String
  var tiles: [Int: TileContent] = [:]
  /// Nil where the settings stay.
  var settings: GenerationSettings?
  /// Settings of the same name and group are one step; nil groups with nothing.
  var group: Int?
  /// The canvas's numbers on the other side.
  var revisions: Revisions

  var bytes: Int { tiles.values.reduce(0) { $0 + $1.bytes } }
}

/// Undo and redo, bounded by a number of steps and by bytes.
///
/// A step is stored once: going over it swaps its content with the canvas, so the same memory
/// serves undo and redo. At least `leastSteps` steps stay whatever they weigh. What could be redone
/// when something new was done stays reachable as a branch, one deep, as long as there is room.
package struct History: Sendable {
  private(set) var past: [HistoryStep] = []
  private(set) var future: [HistoryStep] = []
  /// The future that the newest fork replaced, and how many steps came before it.
  private(set) var branch: (depth: Int, steps: [HistoryStep])?
  private var bytes = 0

  /// Steps beyond this are forgotten, oldest first.
  package var mostSteps: Int { didSet { trim() } }
  /// Bytes of tiles beyond which older steps are forgotten.
  package var mostBytes: Int { didSet { trim() } }
  /// So many steps stay even if they are larger than `mostBytes`.
  package var leastSteps = 5

  /// Makes an empty history with its two limits.
  package init(mostSteps: Int = 100, mostBytes: Int = 256 << 20) {
    self.mostSteps = mostSteps
    self.mostBytes = mostBytes
  }

  /// Steps that can be undone.
  package var undoCount: Int { past.count }
  /// Bytes of tiles that are kept.
  package var byteCount: Int { bytes }

  /// Adds a finished step; what could be redone becomes the branch.
  mutating func record(_ step: HistoryStep) {
    if !future.isEmpty {
      dropBranch()
      branch = (past.count, future)
      future.removeAll()
    }
    past.append(step)
    bytes += step.bytes
    trim()
  }

  /// Whether the newest step changed settings of this name and group, so one more needs no step.
  func continues(_ name: String, group: Int?) -> Bool {
    guard let last = past.last, let group, future.isEmpty else { return false }
    return last.settings != nil && last.name == name && last.group == group
  }

  /// Makes the branch what redo does; the future there is becomes the branch.
  ///
  /// - Precondition: `past` is as long as it was when the branch was left.
  mutating func exchangeBranch() {
    guard let former = branch else { return }
    branch = future.isEmpty ? nil : (former.depth, future)
    future = former.steps
  }

  mutating func popUndo() -> HistoryStep? { pop(\.past) }
  mutating func popRedo() -> HistoryStep? { pop(\.future) }
  mutating func pushUndo(_ step: HistoryStep) { push(step, to: \.past) }
  mutating func pushRedo(_ step: HistoryStep) { push(step, to: \.future) }

  private mutating func pop(_ steps: WritableKeyPath<History, [HistoryStep]>) -> HistoryStep? {
    guard let step = self[keyPath: steps].popLast() else { return nil }
    bytes -= step.bytes
    return step
  }

  private mutating func push(
    _ step: HistoryStep, to steps: WritableKeyPath<History, [HistoryStep]>
  ) {
    self[keyPath: steps].append(step)
    bytes += step.bytes
  }

  private mutating func dropBranch() {
    bytes -= branch?.steps.reduce(0) { $0 + $1.bytes } ?? 0
    branch = nil
  }

  private mutating func trim() {
    if bytes > mostBytes { dropBranch() }
    while past.count > 1, past.count > mostSteps || (bytes > mostBytes && past.count > leastSteps) {
      bytes -= past.removeFirst().bytes
      branch?.depth -= 1
      if let depth = branch?.depth, depth < 0 { dropBranch() }
    }
  }
}
