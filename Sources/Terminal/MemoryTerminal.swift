package import Editor

/// A terminal that is only memory: scripted events in, the last screen out.
package final class MemoryTerminal: TerminalBackend {
  package private(set) var size: (columns: Int, rows: Int)
  /// The screen drawn last; nil before the first.
  package private(set) var screen: Screen?
  /// How often something was drawn.
  package private(set) var drawCount = 0
  /// Whether it is claimed now.
  package private(set) var isClaimed = false
  package let isReady = true
  package private(set) var facts = TerminalFacts()
  private let queue: EventQueue?
  private var script: [[Event]]

  /// - Parameters:
  ///   - script: what each call of `events` returns, one after the other.
  ///   - queue: posts that are delivered along with the script.
  package init(columns: Int, rows: Int, script: [[Event]] = [], queue: EventQueue? = nil) {
    size = (columns, rows)
    self.script = script
    self.queue = queue
  }

  package func claim() throws(TerminalError) { isClaimed = true }
  package func draw(_ screen: Screen) {
    self.screen = screen
    drawCount += 1
  }
  package func repaint() {}
  package func suspend() {}
  package func limitOutput(bytesPerSecond: Int?) { facts.bytesPerSecond = bytesPerSecond }
  package func restore() { isClaimed = false }

  package func events(within milliseconds: Int?) -> [Event] {
    var events = queue?.drain() ?? []
    if !script.isEmpty { events += script.removeFirst() }
    for case .resize(let columns, let rows) in events { size = (columns, rows) }
    return events
  }

  /// Whether the script has been played.
  package var isOver: Bool { script.isEmpty }
}
