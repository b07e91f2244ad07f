import Raster

/// Where things are on a screen of some size, in cells.
package struct Layout: Sendable, Equatable {
  /// A part of the screen that shows a picture.
  package struct Pane: Sendable, Equatable {
    /// Which picture it shows.
    package var shown: EditorState.Shown
    /// Its cells.
    package var area: Area
    /// The row of its title; nil where there is no room for one.
    package var titleRow: Int?
  }

  /// Empty when the terminal is too small to work in.
  package var panes: [Pane]
  /// The row of the tool line.
  package var toolRow = 0
  /// The row of the facts.
  package var statusRow: Int
  /// The row of messages, progress and prompts.
  package var activityRow: Int
  /// Column between two panes.
  package var dividerColumn: Int?

  /// Fewer columns get a notice only.
  package static let leastColumns = 32
  /// Fewer rows get a notice only.
  package static let leastRows = 8
  /// From so many columns on there are two panes.
  package static let wideColumns = 120

  /// One pane, or two side by side from 120 columns on: the edit, and what came of it.
  package init(columns: Int, rows: Int, shown: EditorState.Shown, hasResult: Bool) {
    statusRow = rows - 2
    activityRow = rows - 1
    guard columns >= Self.leastColumns, rows >= Self.leastRows else {
      panes = []
      return
    }
    if columns < Self.wideColumns {
      panes = [Pane(shown: shown, area: Area(x: 0, y: 1, width: columns, height: rows - 3))]
      return
    }
    let left = (columns - 1) / 2
    let second: EditorState.Shown = shown == .edit ? (hasResult ? .result : .original) : shown
    dividerColumn = left
    panes = [
      Pane(shown: .edit, area: Area(x: 0, y: 2, width: left, height: rows - 4), titleRow: 1),
      Pane(
        shown: second,
        area: Area(x: left + 1, y: 2, width: columns - left - 1, height: rows - 4), titleRow: 1),
    ]
  }
}

extension EditorState {
  /// Where things are at the terminal's present size.
  package var layout: Layout {
    Layout(columns: columns, rows: rows, shown: shown, hasResult: staged != nil)
  }

  /// Sub-pixels of the smallest pane: one across and two down a cell.
  var paneSize: (columns: Int, rows: Int) {
    let panes = layout.panes
    guard let first = panes.first else { return (1, 2) }
    let width = panes.map(\.area.width).min() ?? first.area.width
    return (width, first.area.height * 2)
  }

  mutating func settleView() {
    let pane = paneSize
    view.settle(width: canvas.width, height: canvas.height, columns: pane.columns, rows: pane.rows)
  }

  mutating func followCursor() {
    let pane = paneSize
    settleView()
    view.followCursor(columns: pane.columns, rows: pane.rows)
    settleView()
  }

  mutating func zoomToFit() {
    let pane = paneSize
    view.zoom = Zoom.fitting(
      width: canvas.width, height: canvas.height, columns: pane.columns, rows: pane.rows)
    view.origin = Point(x: 0, y: 0)
    settleView()
  }

  /// Zooms so that the cursor's pixel stays where it is seen.
  mutating func zoom(to zoom: Zoom) {
    let pane = paneSize
    isViewChosen = true
    let seen = subpixel(of: view.cursor)
    let anchor = Point(
      x: seen.x.clamped(to: 0...max(0, pane.columns - 1)),
      y: seen.y.clamped(to: 0...max(0, pane.rows - 1)))
    view.zoom(to: zoom, keeping: view.cursor, at: anchor)
    followCursor()
  }

  func subpixel(of pixel: Point) -> Point {
    let zoom = view.zoom
    let x = pixel.x - view.origin.x
    let y = pixel.y - view.origin.y
    return zoom.magnify > 1
      ? Point(x: x * zoom.magnify + zoom.magnify / 2, y: y * zoom.magnify + zoom.magnify / 2)
      : Point(x: x.floorDivided(by: zoom.reduce), y: y.floorDivided(by: zoom.reduce))
  }

  /// The pane under a cell, and the sub-pixel in it.
  func hit(_ mouse: Mouse) -> Point? {
    for pane in layout.panes where pane.area.contains(Point(x: mouse.column, y: mouse.row)) {
      return Point(
        x: mouse.column - pane.area.minX,
        y: (mouse.row - pane.area.minY) * 2 + (mouse.fractionY >= 0.5 ? 1 : 0))
    }
    return nil
  }

  /// The pixel under a pointer that may have left its pane, for strokes that go on outside.
  func pixel(under mouse: Mouse) -> Point? {
    guard let first = layout.panes.first else { return nil }
    let pane = layout.panes.last { mouse.column >= $0.area.minX } ?? first
    return view.pixel(
      atSubpixel: Point(
        x: mouse.column - pane.area.minX,
        y: (mouse.row - pane.area.minY) * 2 + (mouse.fractionY >= 0.5 ? 1 : 0)))
  }
}
