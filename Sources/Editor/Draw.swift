/// The editor's face: a pure function from state to cells.
package enum Editor {
  /// Draws the whole screen.
  ///
  /// - Complexity: the screen's cells times at most 36 picture samples, whatever the picture's size;
  ///   the touched pixels once more while the tile overlay is on.
  package static func draw(_ state: EditorState) -> Screen {
    var screen = Screen(
      columns: state.columns, rows: state.rows,
      filledWith: Cell(foreground: Theme.text.foreground, background: Theme.text.background))
    let layout = state.layout
    guard !layout.panes.isEmpty else {
      drawNotice(state, on: &screen)
      return screen
    }
    for pane in layout.panes { draw(pane, state, on: &screen) }
    if let column = layout.dividerColumn {
      for row in 1..<layout.statusRow { screen.write("│", column: column, row: row, Theme.dim) }
    }
    drawToolbar(state, on: &screen)
    drawStatus(state, on: &screen)
    drawActivity(state, on: &screen)
    if let scroll = state.help { drawHelp(state, scroll: scroll, on: &screen) }
    return screen
  }

  private static func draw(_ pane: Layout.Pane, _ state: EditorState, on screen: inout Screen) {
    if let row = pane.titleRow {
      for column in pane.area.minX..<pane.area.maxX {
        screen.write(" ", column: column, row: row, Theme.bar)
      }
      screen.write(
        " " + title(of: pane.shown, state), column: pane.area.minX, row: row,
        Theme.bar.with(pane.shown == .edit ? [] : .bold))
    }
    let picture = PictureView(picture: state.picture(pane.shown), view: state.view)
    let overlay = Overlay(state, shown: pane.shown)
    func color(_ x: Int, _ y: Int) -> Color? {
      let point = Point(x: x, y: y)
      return picture.color(atSubpixel: point).map { overlay.apply(to: $0, atSubpixel: point) }
    }
    let desk = PictureView.desk
    for row in 0..<pane.area.height {
      for column in 0..<pane.area.width {
        let upper = color(column, 2 * row)
        let lower = color(column, 2 * row + 1)
        let isDesk = upper == nil && lower == nil
        screen[pane.area.minX + column, pane.area.minY + row] = Cell(
          glyph: isDesk ? " " : "▀", foreground: upper ?? desk, background: lower ?? desk,
          attributes: isDesk ? [] : .picture)
      }
    }
  }

  private static func title(of shown: EditorState.Shown, _ state: EditorState) -> String {
    switch shown {
    case .edit: "EDIT"
    case .original: "ORIGINAL"
    case .result: state.staged == nil ? "ORIGINAL" : "RESULT * not accepted"
    }
  }

  /// What a terminal sees that is too small to paint in.
  private static func drawNotice(_ state: EditorState, on screen: inout Screen) {
    let lines = [
      "terminal too small",
      "\(state.columns)x\(state.rows), needs "
        + "\(Layout.leastColumns)x\(Layout.leastRows)", state.isUnsaved ? "* unsaved" : "q quits",
    ]
    if state.prompt != nil {
      drawActivity(state, on: &screen)
    }
    let room = state.prompt == nil ? state.rows : state.rows - 1
    for (row, line) in lines.enumerated() where row < room {
      screen.write(line, column: 0, row: row, Theme.text)
    }
  }
}

/// Colours of everything that is not picture.
enum Theme {
  static let text = Screen.Style(foreground: Color(222, 222, 218), background: Color(20, 21, 24))
  static let bar = Screen.Style(foreground: Color(226, 226, 222), background: Color(46, 50, 58))
  static let dim = Screen.Style(foreground: Color(130, 134, 142), background: Color(20, 21, 24))
  static let error = Screen.Style(
    foreground: Color(255, 120, 100), background: Color(20, 21, 24), attributes: .bold)
  static let strong = Screen.Style(
    foreground: Color(255, 214, 90), background: Color(20, 21, 24), attributes: .bold)
}
