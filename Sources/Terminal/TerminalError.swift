/// Why a terminal cannot be used: one line that says what is wrong and what helps.
package enum TerminalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Standard input or output is not a terminal.
  case notATerminal(String)
  /// TERM is not set.
  case unnamed
  /// The system has no description of this TERM, nor of any that might stand in for it.
  case unknown(String)
  /// A terminal without cursor addressing, like `dumb`.
  case tooPlain(String)
  /// Curses or the tty refused for another reason.
  case refused(String)

  package var description: String {
    switch self {
    case .notATerminal(let stream):
      "painting needs a terminal, and \(stream) is not one; "
        + "without a terminal use `tessera edit ORIGINAL EDITED -o OUT`"
    case .unnamed:
      "TERM is not set; set it to your terminal's name, for example TERM=xterm-256color"
    case .unknown(let term):
      "the terminal type \"\(term)\" is unknown here; install the ncurses-term package, "
        + "or try TERM=xterm-256color"
    case .tooPlain(let term):
      "the terminal type \"\(term)\" cannot place its cursor; use another terminal, "
        + "or `tessera edit` without one"
    case .refused(let what):
      "the terminal cannot be used: \(what)"
    }
  }

  /// 66 (no input) without a terminal; 69 (not available) for one that will not do.
  package var exitCode: Int32 {
    switch self {
    case .notATerminal: 66
    case .unnamed, .unknown, .tooPlain, .refused: 69
    }
  }
}
