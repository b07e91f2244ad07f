import Raster

/// How far a run is.
package struct RunProgress: Sendable, Equatable {
  /// What a run is at.
  package enum Phase: Sendable, Equatable {
    /// The request is on its way, or waits for a baseline that is under way.
    case waiting
    /// Paint becomes what the model is told to make.
    case hint
    /// A baseline that a step needs is computed.
    case preparing
    /// The network makes picture.
    case denoising
  }

  /// Steps of all parts that are finished.
  package var step: Int
  /// Steps there are.
  package var steps: Int
  /// Tiles of the next step that are done.
  package var tile: Int
  /// Tiles that each step computes.
  package var tiles: Int
  /// What is under way.
  package var phase: Phase
  /// The part of the edit under way, from 0, of `parts`: what lies far apart is computed apart.
  package var part = 0
  /// Parts there are, at least 1.
  package var parts = 1
  /// How far each worker is, 0...1; empty where all work together.
  package var workers: [Double] = []

  /// Makes a progress.
  package init(
    step: Int, steps: Int, tile: Int = 0, tiles: Int, phase: Phase = .denoising
  ) {
    self.step = step
    self.steps = steps
    self.tile = tile
    self.tiles = tiles
    self.phase = phase
  }

  /// Whether this comes later in a run than another.
  package func isAfter(_ other: RunProgress) -> Bool {
    step > other.step || step == other.step && tile > other.tile
  }

  /// A bar of about `width` characters: one for the run, or one for each worker side by side.
  package func bar(width: Int) -> String {
    let shares = workers.count > 1 && 3 * workers.count <= width ? workers : [share]
    let each = max(1, (width - shares.count + 1) / shares.count)
    return "[" + shares.map { Self.bar($0, width: each) }.joined(separator: "|") + "]"
  }

  private var share: Double { Double(step) / Double(max(1, steps)) }

  private static func bar(_ share: Double, width: Int) -> String {
    let done = Int(saturating: Double(width) * max(0, min(1, share))).clamped(to: 0...width)
    return String(repeating: "#", count: done) + String(repeating: "-", count: width - done)
  }
}

/// Tells the time that is left from finished steps only, so that it never grows inside a step.
package struct StepClock: Sendable, Equatable {
  private var newest = 0
  /// When step 1 was finished, and when the newest one was, in milliseconds of the caller's clock.
  private var first: Int?
  /// When the newest step was finished; nil before the first.
  package private(set) var last: Int?

  /// Makes a clock that has seen no step.
  package init() {}

  /// Takes in how many steps are done by now; true where that is news.
  @discardableResult
  package mutating func finish(_ step: Int, at now: Int) -> Bool {
    guard step > newest else { return false }
    newest = step
    if first == nil { first = now }
    last = now
    return true
  }

  /// From the newest step on; nil before two steps are finished.
  package func millisecondsLeft(of steps: Int) -> Int? {
    guard newest >= 2, let first, let last else { return nil }
    return (last - first) * max(0, steps - newest) / (newest - 1)
  }
}
