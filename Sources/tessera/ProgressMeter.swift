import ArgumentParser
import Diffusion
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

/// Shows the steps of a long computation.
final class ProgressMeter {
  private let style: ProgressStyle
  private let started = ContinuousClock.now
  private var isDrawn = false

  init(_ style: ProgressStyle) {
    self.style = style == .auto && isatty(STDERR_FILENO) == 0 ? .none : style
  }

  private struct Event: Encodable {
    var phase: String
    var step: Int
    var steps: Int
    var elapsedMs: Int
  }

  /// Shows that `step` of `steps` steps of `phase` are done.
  func show(_ phase: String, _ step: Int, _ steps: Int) {
    switch style {
    case .none: break
    case .auto:
      let filled = 20 * min(step, steps) / max(1, steps)
      let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
      write("\r[\(bar)] \(phase) \(step)/\(steps) ")
      isDrawn = true
    case .plain: write("\(phase) \(step)/\(steps)\n")
    case .json:
      let elapsed = Int(1000 * (ContinuousClock.now - started).seconds)
      let event = Event(phase: phase, step: step, steps: steps, elapsedMs: elapsed)
      Output.event(event)
    }
  }

  /// Removes the bar.
  func finish() {
    if isDrawn { write("\r\u{1b}[K") }
    isDrawn = false
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
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
