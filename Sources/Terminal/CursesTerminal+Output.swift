import CTerminal
package import Editor

extension CursesTerminal {
  package func draw(_ screen: Screen) {
    guard isClaimed else { return }
    if shownColumns != screen.columns || shown.count != screen.cells.count { shown = [] }
    shownColumns = screen.columns
    let next = translated(screen)
    // Without a former drawing all rows change; what is known of pictures then is forgotten already.
    let changed = shown.isEmpty ? [] : changedRows(next)
    let update = layer.update(
      to: screen, changedRows: changed, registers: capabilities.colorRegisters)
    guard shown.isEmpty || !changed.isEmpty || update != PictureLayer.Update() else { return }
    for row in update.staleRows { ct_repaint_rows(Int32(row), 1) }
    var pictures = update.bytes
    if !put(next, rows: screen.rows) {
      // Out of pairs: forget all of them and send the whole screen once.
      pairs.removeAll(keepingCapacity: true)
      ct_reset_pairs()
      repaint()
      _ = put(next, rows: screen.rows)
      pictures =
        layer.update(
          to: screen, changedRows: [], registers: capabilities.colorRegisters
        ).bytes
    }
    shown = next
    ct_draw()
    let marks = capabilities.synchronises ? ("\u{1B}[?2026h", "\u{1B}[?2026l") : ("", "")
    line.append(marks.0.utf8)
    takeDrawn()
    line.append(pictures)
    line.append(marks.1.utf8)
    send()
  }

  private func translated(_ screen: Screen) -> [TerminalCell] {
    var next: [TerminalCell] = []
    next.reserveCapacity(screen.cells.count)
    for row in 0..<screen.rows {
      for column in 0..<screen.columns {
        next.append(
          translator.translate(
            screen.cells[row * screen.columns + column], column: column, row: row))
      }
    }
    return next
  }

  private func changedRows(_ next: [TerminalCell]) -> Set<Int> {
    Set(
      (0..<next.count / max(1, shownColumns)).filter { row in
        let cells = row * shownColumns..<(row + 1) * shownColumns
        return next[cells] != shown[cells]
      })
  }

  private func takeDrawn() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = ct_take_drawn(&buffer, buffer.count)
      guard count > 0 else { return }
      line.append(buffer[..<count])
    }
  }

  /// Sends what the terminal and the limit allow now.
  func send() {
    line.release(at: Self.now) { part in
      let count = ct_send(part.baseAddress, part.count)
      // A terminal that is gone takes everything; reading from it will tell.
      return count < 0 ? part.count : count
    }
  }

  /// Hands the cells that changed to curses, a run at a time; false when pairs ran out.
  private func put(_ next: [TerminalCell], rows: Int) -> Bool {
    let columns = shownColumns
    var run: [ct_cell] = []
    var isComplete = true
    for row in 0..<rows {
      var column = 0
      while column < columns {
        let start = column
        run.removeAll(keepingCapacity: true)
        while column < columns, isChanged(row * columns + column, next) {
          let cell = next[row * columns + column]
          let pair = pair(of: cell)
          if pair == nil { isComplete = false }
          run.append(
            ct_cell(glyph: cell.glyph, pair: pair ?? 0, attributes: UInt32(cell.attributes)))
          column += 1
        }
        if !run.isEmpty { ct_put(Int32(row), Int32(start), Int32(run.count), run) }
        if !isComplete, pairs.count + 1 >= pairLimit, !shown.isEmpty { return false }
        column += 1
      }
    }
    return isComplete || shown.isEmpty
  }

  private func isChanged(_ index: Int, _ next: [TerminalCell]) -> Bool {
    shown.isEmpty || shown[index] != next[index]
  }

  /// The pair of two colours; nil when there are no more.
  private func pair(of cell: TerminalCell) -> Int32? {
    if depth == .mono { return 0 }
    let key =
      UInt64(UInt32(bitPattern: cell.foreground)) << 32
      | UInt64(UInt32(bitPattern: cell.background))
    if let pair = pairs[key] { return pair }
    let next = pairs.count + 1
    guard next < pairLimit,
      ct_define_pair(Int32(next), cell.foreground, cell.background) == 0
    else { return nil }
    pairs[key] = Int32(next)
    return Int32(next)
  }
}
