import Raster

/// The whole picture in a corner of a pane that shows a part of it, with a frame around that part.
struct Minimap {
  /// The pane's samples that it covers.
  let bounds: Area
  private let view: PictureView
  /// The shown part, in samples of the map.
  private let frame: Area

  /// The map of a pane; nil where the pane shows all of the picture, is too small for a map, or none
  /// is wanted.
  ///
  /// - Complexity: that of a `SampleGrid` of the map's cells.
  init?(_ state: EditorState, _ pane: Layout.Pane, _ grid: SampleGrid) {
    guard let cells = Self.cells(state, pane) else { return nil }
    bounds = grid.samples(ofCells: cells)
    let (width, height) = (state.canvas.width, state.canvas.height)
    var fitted = Viewport()
    fitted.fit(width: width, height: height, columns: cells.width, rows: 2 * cells.height)
    let map = SampleGrid(
      fitted, columns: cells.width, rows: cells.height, across: grid.across, down: grid.down,
      picture: state.canvas.original)
    view = PictureView(picture: state.picture(pane.shown), grid: map)
    let (first, last) = (
      state.view.pixel(atSubpixel: Point(x: 0, y: 0)),
      state.view.pixel(atSubpixel: Point(x: pane.area.width - 1, y: 2 * pane.area.height - 1))
    )
    let seen = Area(minX: first.x, minY: first.y, maxX: last.x + 1, maxY: last.y + 1)
    frame = map.samples(around: seen.intersection(state.canvas.bounds))
  }

  /// Less of a pane is not given to a map.
  private static let leastPane = (columns: 40, rows: 12)

  /// The cells of a pane's map, counted from the pane's corner: a fifth of the pane at most, at the
  /// bottom right, or left where the pointer is near.
  ///
  /// - Complexity: O(1).
  static func cells(_ state: EditorState, _ pane: Layout.Pane) -> Area? {
    let (width, height) = (state.canvas.width, state.canvas.height)
    let zoom = state.view.zoom
    guard state.look.showsMinimap, pane.thumbnail == nil, pane.area.width >= leastPane.columns,
      pane.area.height >= leastPane.rows,
      zoom.length(of: width) > pane.area.width || zoom.length(of: height) > 2 * pane.area.height
    else { return nil }
    let (most, tall) = (max(8, pane.area.width / 5), max(4, pane.area.height / 3))
    let fitting = Zoom.fitting(width: width, height: height, columns: most, rows: 2 * tall)
    let across = min(most, max(1, fitting.length(of: width)))
    let down = min(tall, max(1, (fitting.length(of: height) + 1) / 2))
    let right = Area(
      x: pane.area.width - across, y: pane.area.height - down, width: across, height: down)
    let pointer = state.view.subpixel(of: state.pointer)
    let isNear = right.inset(by: -2).contains(Point(x: pointer.x, y: pointer.y / 2))
    return isNear ? Area(x: 0, y: right.minY, width: across, height: down) : right
  }

  /// Draws what the map covers of a part of the pane's samples.
  func draw(on samples: inout PaneSamples, of part: Area) {
    let shared = bounds.intersection(part)
    guard !shared.isEmpty else { return }
    let own = Area(
      x: shared.minX - bounds.minX, y: shared.minY - bounds.minY, width: shared.width,
      height: shared.height)
    let map = view.samples(own)
    for y in 0..<own.height {
      for x in 0..<own.width {
        let at = (shared.minY - part.minY + y) * samples.width + shared.minX - part.minX + x
        let place = Point(x: own.minX + x, y: own.minY + y)
        samples.colors[at] =
          isOnFrame(place) ? map.colors[y * own.width + x].opposite : map.colors[y * own.width + x]
      }
    }
    samples.include(
      x: shared.minX - part.minX..<shared.maxX - part.minX,
      y: shared.minY - part.minY..<shared.maxY - part.minY)
  }

  private func isOnFrame(_ place: Point) -> Bool {
    frame.contains(place) && !frame.inset(by: 1).contains(place)
  }
}
