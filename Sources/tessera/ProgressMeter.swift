import Raster
import ArgumentParser
import Diffusion
import Editor
import Foundation
import Networks

/// How progress is shown on standard error.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
  /// A bar on a terminal, nothing elsewhere.
  case auto
  /// One line a step.
  case plain
  /// One JSON object a step (NDJSON).
  case json
  case none
}

/// Shows the steps of a long computation, and how far the step under way is.
final class ProgressMeter {
  private let style: ProgressStyle
  private let started = ContinuousClock.now
  private var clock = StepClock()
  private var lastShown: ContinuousClock.Instant?
  private var isDrawn = false

  init(_ style: ProgressStyle) {
    self.style = style == .auto && isatty(STDERR_FILENO) == 0 ? .none : style
  }

  private struct Event: Encodable {
    var phase: String
    var step: Int
    var steps: Int
    /// Tiles of the next step that are done, of how many.
    var tile: Int
    var tiles: Int
    var elapsedMs: Int
    /// Null before two steps are finished.
    var etaMs: Nullable<Int>
  }

  /// Shows an edit's progress: every step that is done, every baseline that has to be prepared for
  /// the next one, and news between them ten times a second at most.
  func show(_ progress: EditProgress) {
    guard style != .none, progress.phase != .hint else { return }
    let isPreparing = progress.phase == .preparing
    let (step, steps) = (progress.step, progress.steps)
    let (tile, tiles) = isPreparing ? (0, 0) : (progress.tiles, progress.tilesActive)
    let phase = isPreparing ? "prepare" : "denoise"
    let now = ContinuousClock.now
    let isStep =
      !isPreparing && clock.finish(step, at: Int(saturating: 1000 * (now - started).seconds))
    let isDue = tile > 0 && lastShown.map { now - $0 >= .milliseconds(100) } ?? true
    guard isStep || isPreparing || isDue else { return }
    lastShown = now
    let left = clock.millisecondsLeft(of: steps)
    switch style {
    case .none: break
    case .auto:
      let filled = 20 * min(step, steps) / max(1, steps)
      let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
      let inner = tile > 0 ? " tile \(tile)/\(tiles)" : ""
      let time = left.map { String(format: " %.1fs left", Double($0) / 1000) } ?? ""
      write("\r[\(bar)] \(phase) \(step)/\(steps)\(inner)\(time)\u{1b}[K")
      isDrawn = true
    case .plain: if isStep { write("\(phase) \(step)/\(steps)\n") }
    case .json:
      Output.event(
        Event(
          phase: phase, step: step, steps: steps, tile: tile, tiles: tiles,
          elapsedMs: Int(saturating: 1000 * (now - started).seconds), etaMs: Nullable(left)))
    }
  }

  /// Removes the bar.
  func finish() {
    if isDrawn { write("\r\u{1b}[K") }
    isDrawn = false
  }

  private func write(_ text: String) { StandardStream.errors.write(text) }
}

/// Turns Ctrl-C into a cancelled computation instead of a half-written file.
enum Interruption {
  private static let cancellation = Cancellation()

  /// A flag that SIGINT raises; a second SIGINT ends the process at once.
  static func watch() -> Cancellation {
    signal(SIGINT) { _ in
      if Interruption.cancellation.isCancelled { _exit(130) }
      Interruption.cancellation.cancel()
    }
    return cancellation
  }
}
