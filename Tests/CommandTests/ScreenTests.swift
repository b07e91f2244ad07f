import Foundation
import Glibc
import Raster
import Testing

/// What the whole program shows in a real terminal: cells before and after, at any size, in few colours.
@Suite(.serialized, .enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
struct ScreenTests {
  private func open(
    columns: Int = 100, rows: Int = 30, variables: String = "COLORTERM=truecolor"
  ) throws -> (ScratchFolder, PaintingTerminal) {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(), "a.png")
    let terminal = try PaintingTerminal(in: folder, columns: columns, rows: rows)
    // A line of its own afterwards tells how the program ended.
    try terminal.enter("clear; \(variables) \"$T\" a.png; echo \"code $?\"")
    try #require(terminal.wait(for: "ready:", "? help"), "\(terminal.screen)")
    return (folder, terminal)
  }

  /// The picture's cells: colours and characters of all rows between the bars.
  private func cells(_ terminal: PaintingTerminal) -> [Substring] {
    Array(terminal.cells.split(separator: "\n").dropFirst().dropLast(2))
  }

  /// Waits until the picture's cells are or are not those given.
  private func wait(_ terminal: PaintingTerminal, for isSame: Bool, _ other: [Substring]) -> Bool {
    for _ in 0..<100 {
      if (cells(terminal) == other) == isSame { return true }
      usleep(50_000)
    }
    return false
  }

  /// A stroke by the mouse is seen and its undoing brings every cell back; so do two switches of every
  /// view, and zooming in and out over one place.
  @Test func everyCellComesBack() throws {
    let (_, terminal) = try open()
    try terminal.press("h", "l")
    #expect(terminal.wait(for: "ready:"), "\(terminal.screen)")
    let blank = cells(terminal)
    for key in ["Tab", "s"] {
      try terminal.press(key)
      #expect(wait(terminal, for: false, blank), "\(key)")
      try terminal.press(key)
      #expect(wait(terminal, for: true, blank), "\(key)")
    }
    let wheel = (1...3).map { _ in "\u{1B}[<64;50;12M" }.joined()
    try terminal.type(wheel)
    #expect(wait(terminal, for: false, blank))
    try terminal.press("z")
    #expect(wait(terminal, for: true, blank))
    try terminal.press("Space", "l", "l", "l", "Space")
    #expect(wait(terminal, for: false, blank))
    let painted = cells(terminal)
    for key in ["c", "v", "|", "o"] {
      try terminal.press(key)
      #expect(wait(terminal, for: false, painted), "\(key)")
      try terminal.press(key)
      #expect(wait(terminal, for: true, painted), "\(key)")
    }
    try terminal.press("u", "h", "h", "h")
    #expect(wait(terminal, for: true, blank))
    try terminal.press("q")
    #expect(terminal.wait(for: "code 0"), "\(terminal.screen)")
  }

  /// 60x20 in every depth: the picture is there, in no more colours than the depth has.
  @Test(arguments: [
    ("TESSERA_COLOR=8", 8), ("TESSERA_COLOR=16", 16), ("TESSERA_COLOR=256", 256),
    ("COLORTERM=truecolor", 1 << 24), ("NO_COLOR=1", 2),
  ])
  func smallAndFewColours(variables: String, colors: Int) throws {
    let (_, terminal) = try open(columns: 60, rows: 20, variables: variables)
    try terminal.press("h")
    #expect(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    let sgr = terminal.cells.matches(of: /\u{1B}\[([0-9;]*)m/).map(\.1)
    let direct = sgr.filter { $0.contains("38;2;") || $0.contains("48;2;") }
    let indexed = sgr.filter { $0.contains("38;5;") || $0.contains("48;5;") }
    #expect(direct.isEmpty == (colors < 1 << 24))
    #expect(indexed.isEmpty == (colors != 256))
    #expect(Set(cells(terminal)).count > 5, "\(terminal.screen)")
    try terminal.press("q")
    #expect(terminal.wait(for: "code 0"), "\(terminal.screen)")
  }

  /// Any size at any moment, also while a run is under way; the layout is that of the last one.
  @Test func resizesAtAnyMoment() throws {
    let (_, terminal) = try open()
    try terminal.press("Space", "l", "l", "Space")
    try terminal.enter(":steps 1000")
    try terminal.press("G")
    #expect(terminal.wait(for: "/1000"), "\(terminal.screen)")
    for (columns, rows) in [(60, 20), (200, 60), (33, 9), (1, 1), (119, 24), (130, 40)] {
      try terminal.resize(columns: columns, rows: rows)
    }
    #expect(terminal.wait(for: "RESULT in the making"), "\(terminal.screen)")
    try terminal.resize(columns: 60, rows: 20)
    #expect(terminal.wait(for: "step "), "\(terminal.screen)")
    try terminal.press("Escape")
    #expect(terminal.wait(for: "cancelled"), "\(terminal.screen)")
    try terminal.press("u")
    try terminal.enter(":q!")
    #expect(terminal.wait(for: "code 0"), "\(terminal.screen)")
  }
}
