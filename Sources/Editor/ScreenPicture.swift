/// A picture that is sent as pixels, over cells that are left empty.
package struct ScreenPicture: Sendable, Equatable {
  /// The cells it covers.
  package let area: Area
  /// How it is sent.
  package let graphics: TerminalFacts.Graphics
  /// Which result it shows.
  private let result: Int
  /// Samples to a cell.
  private let across: Int
  private let down: Int
  private let view: PictureView

  package static func == (a: Self, b: Self) -> Bool {
    a.area == b.area && a.graphics == b.graphics && a.result == b.result && a.across == b.across
      && a.down == b.down && a.view.view.zoom == b.view.view.zoom
      && a.view.view.origin == b.view.view.origin
  }

  /// Its pixels: a whole number to a cell, as many as the cell has or as the picture can fill.
  ///
  /// - Complexity: that of sampling the cells so finely.
  package func pixels() -> PaneSamples {
    view.samples(columns: area.width, rows: area.height, across: across, down: down)
  }
}

extension ScreenPicture {
  /// The shown result in a pane; nil where cells have to do.
  ///
  /// Cells stay in use while anything lies over the picture, while it moves, and for everything that
  /// is painted on, which changes too often.
  init?(_ state: EditorState, _ pane: Layout.Pane) {
    guard let graphics = state.graphics, let result = state.staged?.result,
      pane.shown == .result, !pane.compares, state.help == nil, !state.isMoving,
      !state.showsTiles, !state.look.showsCaches
    else { return nil }
    let view = state.view
    let step = view.zoom.step
    func cells(_ origin: Int, _ length: Int, _ room: Int, per: Int) -> Range<Int> {
      let first = max(0, -origin / step)
      let end = min(room * per, (length * Zoom.pixel - origin + step - 1) / step)
      return first / per..<max(first / per, (end + per - 1) / per)
    }
    let columns = cells(view.origin.x, state.canvas.width, pane.area.width, per: 1)
    let rows = cells(view.origin.y, state.canvas.height, pane.area.height, per: 2)
    guard !columns.isEmpty, !rows.isEmpty else { return nil }
    self.graphics = graphics
    self.result = result.id
    area = Area(
      x: pane.area.minX + columns.lowerBound, y: pane.area.minY + rows.lowerBound,
      width: columns.count, height: rows.count)
    let cell = state.terminal.cellPixels
    switch graphics {
    case .sixel: (across, down) = cell
    case .kitty:
      // The terminal enlarges; more than the picture's own pixels need not be sent.
      let pixels = (step + Zoom.pixel - 1) / Zoom.pixel
      across = min(cell.width, pixels)
      down = min(cell.height, 2 * pixels)
    }
    var part = view
    part.origin.x += columns.lowerBound * step
    part.origin.y += 2 * rows.lowerBound * step
    self.view = PictureView(picture: state.picture(.result), view: part)
  }
}

extension TerminalFacts {
  /// Pixels in a cell, or what is usual.
  var cellPixels: (width: Int, height: Int) {
    cellWidth > 0 && cellHeight > 0 ? (cellWidth, cellHeight) : (8, 16)
  }
}

extension EditorState {
  /// How a result is sent as pixels; nil where it is drawn with cells.
  package var graphics: TerminalFacts.Graphics? {
    switch look.graphics {
    case .auto: terminal.graphics
    case .off: nil
    case .kitty: .kitty
    // Sixel pictures have the size of their pixels, so the cell's must be known.
    case .sixel: terminal.cellWidth > 0 ? .sixel : nil
    }
  }
}
