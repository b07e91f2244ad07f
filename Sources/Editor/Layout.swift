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
    /// Whether a comparison takes the place of its picture.
    package var compares = false
    /// Which staged result it shows, small and in its surroundings; nil for a view of the picture.
    package var thumbnail: Int?
  }

  /// What a layout depends on beside the screen's size.
  package struct Wish: Sendable, Equatable {
    /// What the single pane shows; beside the edit, what the right one shows.
    package var shown: EditorState.Shown = .edit
    /// Whether there is a result to show beside the edit.
    package var hasResult = false
    /// One pane or two; nil chooses by width.
    package var hasTwoPanes: Bool?
    /// Whether the single or right pane compares.
    package var compares = false
    /// Whether only pictures are wanted.
    package var hidesBars = false
    /// Whether the bottom row is needed all the same.
    package var isAsking = false

    /// The edit alone.
    package init() {}
  }

  /// Empty when the terminal is too small to work in.
  package var panes: [Pane]
  /// The row of the tool line; nil where it is hidden.
  package var toolRow: Int?
  /// The row of the facts; nil where it is hidden.
  package var statusRow: Int?
  /// The row of messages, progress and prompts; nil where it is hidden.
  package var activityRow: Int?
  /// Column between two panes.
  package var dividerColumn: Int?

  /// Fewer columns get a notice only.
  package static let leastColumns = 32
  /// Fewer rows get a notice only.
  package static let leastRows = 8
  /// From so many columns on there may be two panes.
  package static let sideBySideColumns = 60
  /// From so many columns on there are two panes.
  package static let wideColumns = 120

  /// One pane, or two side by side from 120 columns on: the edit, and what came of it.
  package init(columns: Int, rows: Int, _ wish: Wish) {
    let isUsable = columns >= Self.leastColumns && rows >= Self.leastRows
    let hasBars = isUsable && !wish.hidesBars
    toolRow = hasBars ? 0 : nil
    statusRow = hasBars ? rows - 2 : nil
    activityRow = hasBars || wish.isAsking || !isUsable ? rows - 1 : nil
    panes = []
    guard isUsable else { return }
    let top = hasBars ? 1 : 0
    let bottom = statusRow ?? activityRow ?? rows
    let isWide = columns >= Self.wideColumns
    let isDouble = wish.hasTwoPanes ?? isWide && columns >= Self.sideBySideColumns
    guard isDouble, columns >= Self.sideBySideColumns else {
      panes = [
        Pane(
          shown: wish.shown, area: Area(minX: 0, minY: top, maxX: columns, maxY: bottom),
          compares: wish.compares)
      ]
      return
    }
    let left = (columns - 1) / 2
    let newer: EditorState.Shown = wish.hasResult ? .result : .original
    let first = top + (hasBars ? 1 : 0)
    dividerColumn = left
    panes = [
      Pane(
        shown: .edit, area: Area(minX: 0, minY: first, maxX: left, maxY: bottom),
        titleRow: hasBars ? top : nil),
      Pane(
        shown: wish.shown == .edit ? newer : wish.shown,
        area: Area(minX: left + 1, minY: first, maxX: columns, maxY: bottom),
        titleRow: hasBars ? top : nil, compares: wish.compares),
    ]
  }
}

extension EditorState {
  /// Where things are at the terminal's present size.
  package var layout: Layout {
    var layout = layoutOfViews
    if isInGallery, let last = layout.panes.popLast() { layout.panes += gallery(in: last) }
    return layout
  }

  /// The same without what takes a view's place for a while.
  private var layoutOfViews: Layout {
    var wish = Layout.Wish()
    wish.shown = shownNow
    wish.hasResult = staged != nil || run?.preview != nil
    wish.hasTwoPanes = look.hasTwoPanes
    wish.compares = look.comparison != .none && isComparable
    wish.hidesBars = look.hidesBars
    wish.isAsking = prompt != nil || message != nil || run != nil || keepsNothing
    return Layout(columns: columns, rows: rows, wish)
  }

  /// Sub-pixels of the smallest pane: one across and two down a cell.
  var paneSize: (columns: Int, rows: Int) {
    let panes = layoutOfViews.panes
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
    view.fit(width: canvas.width, height: canvas.height, columns: pane.columns, rows: pane.rows)
  }

  /// Zooms so that the cursor's pixel stays where it is seen.
  mutating func zoom(to zoom: Zoom) {
    let pane = paneSize
    noteMovement()
    let seen = view.subpixel(of: view.cursor)
    let anchor = Point(
      x: seen.x.clamped(to: 0...max(0, pane.columns - 1)),
      y: seen.y.clamped(to: 0...max(0, pane.rows - 1)))
    view.zoom(to: zoom, keeping: Viewport.middle(of: view.cursor), at: anchor)
    followCursor()
  }

  /// The wheel without Ctrl: zoom at the pointer, pan, or another size.
  mutating func turnWheel(_ mouse: Mouse, direction: Int) {
    switch look.wheel {
    case .size: setSize(stepped(size, by: direction))
    case .pan: pan(x: 0, y: -4 * direction)
    case .zoom:
      guard let anchor = hit(mouse) else { return }
      noteMovement()
      view.zoom(
        to: view.zoom.stepped(by: direction), keeping: view.place(atSubpixel: anchor), at: anchor)
      settleView()
    }
  }

  /// The sub-pixel under a pointer, in the pane it is over.
  func hit(_ mouse: Mouse) -> Point? {
    for pane in layout.panes where pane.area.contains(Point(x: mouse.column, y: mouse.row)) {
      return subpixel(under: mouse, in: pane)
    }
    return nil
  }

  private func subpixel(under mouse: Mouse, in pane: Layout.Pane) -> Point {
    Point(
      x: mouse.column - pane.area.minX,
      y: (mouse.row - pane.area.minY) * 2 + (mouse.fractionY >= 0.5 ? 1 : 0))
  }

  /// The pixel under a pointer that may have left its pane, for strokes that go on outside.
  ///
  /// Terminals that report pixels place the pointer finer than a sub-pixel, which tells pixels of a
  /// reduced view apart.
  func pixel(under mouse: Mouse) -> Point? {
    guard let first = layout.panes.first else { return nil }
    let pane = layout.panes.last { mouse.column >= $0.area.minX } ?? first
    guard mouse.fractionX != 0.5 || mouse.fractionY != 0.5 else {
      return view.pixel(atSubpixel: subpixel(under: mouse, in: pane))
    }
    let step = Double(view.zoom.step)
    let x = (Double(mouse.column - pane.area.minX) + mouse.fractionX) * step
    let y = (Double(mouse.row - pane.area.minY) + mouse.fractionY) * 2 * step
    return Viewport.pixel(
      at: Point(
        x: view.origin.x + Int(Int32(saturating: x)), y: view.origin.y + Int(Int32(saturating: y))))
  }
}
