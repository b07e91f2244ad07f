/// Why a terminal cannot be used: one line that says what is wrong and what helps.
package enum TerminalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Standard input or output is not a terminal.
  case notATerminal(String)
  /// TERM is not set.
  case unnamed
  /// The system has no description of this TERM, nor of any that might stand in for it.
  case unknown(String)
  /// The only descriptions of this TERM that there are cannot be read, of which this is the first.
  case damaged(String, path: String)
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
    case .damaged(let term, let path):
      "\(path): is no description of a terminal; remove it, or set TERM to another name than "
        + "\"\(term)\""
    case .tooPlain(let term):
      "the terminal type \"\(term)\" cannot place its cursor; use another terminal, "
        + "or `tessera edit` without one"
    case .refused(let what):
      "the terminal cannot be used: \(what)"
    }
  }

  /// 69: what is needed is not available.
  package var exitCode: Int32 { 69 }
}
