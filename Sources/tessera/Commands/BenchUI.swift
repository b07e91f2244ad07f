import Raster
import ArgumentParser
import Diffusion
import Foundation
import Glibc

/// `tessera bench ui`: how soon the painting program answers a key while its workers compute.
struct BenchUI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui", abstract: "Time the painting program's answers to keys, through a pty.",
    discussion: """
      Opens a picture in a pseudo terminal, starts a dense run of many steps, and moves the cursor: from \
      writing a key to the first byte that comes back; where the terminal is said to show pixels, to \
      the last byte of the drawing. The same with the pen down. Then runs are started and cancelled at \
      uneven times: from Esc until the screen says so.
      """)

  @Argument(help: "Picture to open; the bundled one when none is named.") var file: String?
  @Option(help: "Keys to time.") var keys = 200
  @Option(help: "Runs to cancel.") var cancels = 20
  @Option(help: "Columns of the terminal.") var columns = 160
  @Option(help: "Rows of the terminal.") var rows = 48
  @Option(help: "How pictures are sent: \(Graphics.allValueStrings.joined(separator: ", ")).")
  var graphics = Graphics.cells
  @Flag(help: "Print one JSON object.") var json = false

  /// What the terminal says that it can show.
  enum Graphics: String, Encodable, ExpressibleByArgument, CaseIterable { case cells, kitty, sixel }

  func validate() throws {
    if !(1...10_000).contains(keys) { throw ValidationError("--keys takes 1 to 10000") }
    if !(1...10_000).contains(cancels) { throw ValidationError("--cancels takes 1 to 10000") }
    if !(32...1000).contains(columns) { throw ValidationError("--columns takes 32 to 1000") }
    if !(8...500).contains(rows) { throw ValidationError("--rows takes 8 to 500") }
  }

  func run() throws {
    let path = try file ?? ModelLoading.bundledPicture()
    guard let pty = HostedProgram([path], columns: columns, rows: rows, graphics: graphics) else {
      throw CommandError(.io, "no pseudo terminal could be opened; mount /dev/pts")
    }
    defer { pty.end() }
    // A key takes the greeting away, behind which the activity line says how far the program is.
    guard pty.wait(for: "\u{1B}[", seconds: 60), pty.type("H"),
      pty.wait(for: "ready:", seconds: 120)
    else {
      throw CommandError(.io, "the painting program did not start; try `tessera \(path)`")
    }
    let idle = measure(pty)
    pty.type(".:steps 1000\rG")
    guard pty.wait(for: "/1000", seconds: 60) else {
      throw CommandError(.io, "no run began; try `tessera models check`")
    }
    let busy = measure(pty)
    pty.type(" ")
    let painting = measure(pty)
    pty.type(" ")
    let report = UIBenchReport(
      columns: columns, rows: rows, graphics: graphics, idle: idle, generating: busy,
      painting: painting, cancelling: try cancelling(pty))
    if json { try Output.json(report) } else { Output.text(report.text) }
  }

  /// Milliseconds of answers to cursor keys, left and right in turn, at uneven times.
  private func measure(_ pty: HostedProgram) -> UIBenchReport.Times {
    var random = SplitMix(seed: 1)
    var times: [Double] = []
    for index in 0..<keys {
      pty.settle()
      usleep(UInt32.random(in: 20_000...60_000, using: &random))
      pty.drain()
      times.append(pty.answerTime(to: index % 2 == 0 ? "H" : "L"))
    }
    return UIBenchReport.Times(times, limit: 50)
  }

  /// Milliseconds from Esc until the run under way is over, the first run being under way already.
  private func cancelling(_ pty: HostedProgram) throws -> UIBenchReport.Times {
    var random = SplitMix(seed: 2)
    var times: [Double] = []
    for index in 0..<cancels {
      if index > 0 { pty.type("G") }
      guard pty.wait(for: "/1000", seconds: 60) else {
        throw CommandError(.io, "a run did not begin after another was cancelled")
      }
      usleep(UInt32.random(in: 0...500_000, using: &random))
      pty.drain()
      pty.forget()
      times.append(pty.seconds(from: "\u{1B}", to: "cancelled") * 1000)
      pty.settle()
      pty.forget()
    }
    return UIBenchReport.Times(times, limit: 250)
  }
}

/// What `bench ui` found.
struct UIBenchReport: Encodable {
  struct Times: Encodable {
    var medianMs: Double
    var p99Ms: Double
    var largestMs: Double
    /// What answers should keep below.
    var limitMs: Double
    /// Answers that took longer than that.
    var overLimit: Int

    init(_ times: [Double], limit: Double) {
      let sorted = times.sorted()
      func at(_ share: Double) -> Double {
        sorted[Int(saturating: Double(sorted.count - 1) * share)]
      }
      (medianMs, p99Ms, largestMs) = (at(0.5), at(0.99), at(1))
      (limitMs, overLimit) = (limit, times.count { $0 > limit })
    }
  }
  var columns: Int
  var rows: Int
  var graphics: BenchUI.Graphics
  var idle: Times
  var generating: Times
  /// The same with the pen down.
  var painting: Times
  var cancelling: Times

  var text: String {
    func line(_ name: String, _ times: Times) -> String {
      String(
        format: "%@  median %.1f ms  p99 %.1f ms  largest %.1f ms  over %.0f ms: %d",
        name, times.medianMs, times.p99Ms, times.largestMs, times.limitMs, times.overLimit)
    }
    return "\(columns)x\(rows), \(graphics)\n" + line("idle       ", idle) + "\n"
      + line("generating ", generating) + "\n" + line("painting   ", painting) + "\n"
      + line("cancelling ", cancelling)
  }
}
