package import Editor

/// A screen with keys: the only thing the loop knows of a terminal.
///
/// Used from one thread, between `claim` and `restore`.
package protocol TerminalBackend: AnyObject {
  /// Takes the terminal over. Nothing is changed when it throws.
  func claim() throws(TerminalError)
  /// Cells across and down.
  var size: (columns: Int, rows: Int) { get }
  /// Shows a screen; only cells that differ from the last one are sent.
  func draw(_ screen: Screen)
  /// Makes the next `draw` send everything.
  func repaint()
  /// Whether a drawing would be taken at once; false while a slow line is still busy.
  var isReady: Bool { get }
  /// Waits until something happens, at most `milliseconds` (forever if nil), and returns it.
  /// Posts to the queue wake it.
  func events(within milliseconds: Int?) -> [Event]
  /// What is known of the terminal; changes of it come as `Event.terminal`.
  var facts: TerminalFacts { get }
  /// Sends at most so many bytes a second from now on; nil is without limit.
  func limitOutput(bytesPerSecond: Int?)
  /// Stops the process until the shell continues it.
  func suspend()
  /// Gives the terminal back as it was; harmless when it was not claimed.
  func restore()
}
