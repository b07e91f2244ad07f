import Foundation
import Glibc
import Raster
import Testing

/// Runs where a terminal and a display are installed; else says what is missing.
private func installed(_ terminal: RealTerminal) -> ConditionTrait {
  .enabled(
    if: terminal.missing == nil, "\(terminal.missing ?? "") is not installed")
}

/// The program in the terminals that people have, on a display of its own.
@Suite(.serialized) struct RealTerminalTests {
  @Test(installed(.xterm)) func xterm() throws { try visit(.xterm) }
  @Test(installed(.sixelXterm)) func sixelXterm() throws { try visit(.sixelXterm) }
  @Test(installed(.kitty)) func kitty() throws { try visit(.kitty) }
  @Test(installed(.foot)) func foot() throws { try visit(.foot) }
  @Test(installed(.konsole)) func konsole() throws { try visit(.konsole) }
  @Test(installed(.vte)) func vte() throws { try visit(.vte) }
  @Test(installed(.mlterm)) func mlterm() throws { try visit(.mlterm) }
  @Test(installed(.alacritty)) func alacritty() throws { try visit(.alacritty) }
  @Test(installed(.st)) func st() throws { try visit(.st) }
  @Test(installed(.tmux)) func tmux() throws { try visit(.tmux) }
  @Test(installed(.screen)) func screen() throws { try visit(.screen) }

  /// Colours and glyphs are seen, a stroke is drawn, and what the terminal tells of itself is the same
  /// before, while the program is stopped, and after it.
  private func visit(_ terminal: RealTerminal) throws {
    let visit = try TerminalVisit(
      terminal,
      script: #"""
        probe before
        printf '\033[7;5H'
        visit
        echo $? > stop-code
        probe stopped
        printf '\033[9;3H'
        fg > /dev/null
        echo $? > code
        probe after
        sleep 100
        """#)
    var row = TerminalTable.Row()
    defer { TerminalTable.put(row, for: terminal) }
    let before = try #require(visit.text("before"))
    try #require(before.contains("c"), "the terminal does not answer")
    try #require(visit.programIsThere() != nil, "nothing is drawn")

    row.pixels = (visit.parts() ?? 0) > 5 ? "yes" : "no"
    visit.enter(":set graphics=off")
    let parts = visit.parts(until: terminal.parts)
    row.glyphs = [2: "quadrants", 3: "sextants", 4: "octants"][parts ?? 0] ?? "?"
    #expect(parts == terminal.parts)
    row.colors = visit.showsDirectColor ? "24 bit" : "256"
    #expect(row.colors == terminal.colors)
    row.mouse = visit.drawsWithTheMouse() ? "yes" : "no"
    #expect(row.mouse == "yes")

    visit.enter(":suspend")
    let stopped = try #require(visit.text("stopped"))
    #expect(visit.text("stop-code") == "148\n")
    #expect(stopped == before.at(row: 7, column: 5))
    let isBack = VirtualDisplay.wait(until: { visit.showsPalette })
    #expect(isBack)
    row.suspend = isBack && stopped == before.at(row: 7, column: 5) ? "yes" : "no"
    visit.enter(":q!")
    let after = try #require(visit.text("after"))
    #expect(visit.text("code") == "0\n")
    #expect(after == before.at(row: 9, column: 3))
    row.quit = after == before.at(row: 9, column: 3) ? "yes" : "no"
  }

  /// Signals that nobody thinks of leave the terminal as clean as those that everybody does.
  @Test(installed(.xterm)) func signals() throws {
    let names = ["TERM", "HUP", "USR1", "ALRM", "XCPU", "SYS", "SEGV", "RTMIN"]
    let visit = try TerminalVisit(
      .xterm,
      script: #"""
        ulimit -c 0
        probe before
        for name in \#(names.joined(separator: " ")); do
          printf '\033[7;5H'
          visit
          rm pid
          probe after-$name
        done
        sleep 100
        """#)
    let before = try #require(visit.text("before"))
    let numbers: [String: Int32] = [
      "TERM": SIGTERM, "HUP": SIGHUP, "USR1": SIGUSR1, "ALRM": SIGALRM, "XCPU": SIGXCPU,
      "SYS": SIGSYS, "SEGV": SIGSEGV, "RTMIN": 34,
    ]
    for name in names {
      let process = try #require(visit.programIsThere(), "\(name)")
      kill(process, numbers[name] ?? SIGTERM)
      let after = try #require(visit.text("after-\(name)"), "\(name)")
      #expect(after == before.at(row: 7, column: 5), "\(name)")
    }
  }
}

extension String {
  /// The answers with the first, the cursor's place, as it should be.
  fileprivate func at(row: Int, column: Int) -> String {
    guard let end = firstIndex(of: "R") else { return self }
    return "\u{1B}[\(row);\(column)" + self[end...]
  }
}
