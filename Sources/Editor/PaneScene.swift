/// Everything that a pane's picture depends on, so that two drawings can be told apart without
/// making them.
///
/// What changes in places is kept apart: most events touch little of the screen.
struct PaneScene: Sendable, Equatable {
  /// What changes the whole picture.
  private struct Whole: Sendable, Equatable {
    var pane: Layout.Pane
    var name: String
    var width: Int
    var height: Int
    var zoom: Zoom
    var origin: Point
    var across: Int
    var down: Int
    var isColored: Bool
    var showsMask: Bool
    var comparison: Look.Comparison
    var gain: Int
    var compared: [EditorState.Shown]
    /// The result looked at: its number and its place among the staged ones.
    var result: [Int]
    var caches: CacheMap?
    /// While tiles are shown: the model's, and the mask's revision.
    var tiles: [Int]
    /// Cells of the map in the corner.
    var minimap: Area?
    /// The part of the picture that is framed.
    var window: Area?
    /// The request whose preview is shown.
    var preview: Int?
  }

  private let whole: Whole
  /// How often the canvas had been changed.
  private let changes: Int
  /// How often the preview had been changed, and where in all.
  private let previews: Int
  private let previewed: Area?
  private let marks: PointerMarks
  private let shape: Shape?
  private let ink: Ink?
  /// The column of samples that a wipe is divided at; nil for none.
  private let divider: Int?

  init(_ state: EditorState, _ pane: Layout.Pane, across: Int, down: Int) {
    let comparison = pane.compares ? state.look.comparison : .none
    whole = Whole(
      pane: pane, name: state.name, width: state.canvas.width, height: state.canvas.height,
      zoom: state.view.zoom, origin: state.view.origin, across: across, down: down,
      isColored: state.terminal.colors > 1, showsMask: state.showsMask, comparison: comparison,
      gain: comparison == .difference ? state.look.gain : 0,
      compared: comparison == .none ? [] : [state.compared.before, state.compared.after],
      result: state.staged.map { [$0.result.id, $0.index, $0.results.count] } ?? [],
      caches: state.look.showsCaches ? state.caches : nil,
      tiles: state.showsTiles ? Self.tiles(state) : [],
      minimap: Minimap.cells(state, pane), window: state.workWindow,
      preview: state.run?.preview == nil ? nil : state.run?.request.id)
    previews = state.run?.preview?.count ?? 0
    previewed = state.run?.preview?.area
    changes = state.canvas.changes.count
    marks = PointerMarks(state, shown: pane.shown)
    shape = state.preview?.shape
    ink = state.preview?.ink
    divider =
      comparison == .wipe
      ? PaneRenderer.divider(state, pane, across: across, isFine: true) : nil
  }

  private static func tiles(_ state: EditorState) -> [Int] {
    guard case .ready(let facts) = state.model else { return [state.canvas.changes.count] }
    return [state.canvas.changes.count, facts.tileSide, facts.dilation]
  }

  /// Whether what some samples show may differ from what they showed in `former`.
  ///
  /// - Parameters:
  ///   - canvas: that of this scene.
  ///   - grid: where its samples lie.
  /// - Returns: nil where everything may.
  func changes(
    since former: PaneScene, canvas: Canvas, grid: SampleGrid
  ) -> ((Area) -> Bool)? {
    guard whole == former.whole, former.changes <= changes else { return nil }
    var areas = canvas.changes.tiles(since: former.changes).map {
      // A mask's edge shows on the pixels beside it.
      grid.samples(ofPixels: canvas.area(ofTile: $0).inset(by: -1))
    }
    if previews != former.previews, let previewed {
      areas.append(grid.samples(ofPixels: previewed))
    }
    if let map = whole.minimap, !areas.isEmpty { areas.append(grid.samples(ofCells: map)) }
    if shape != former.shape || ink != former.ink {
      areas += [shape, former.shape].compactMap(\.self).map {
        grid.samples(ofPixels: $0.bounds)
      }
    }
    if divider != former.divider, let divider, let old = former.divider {
      areas.append(
        Area(
          minX: min(divider, old) - 1, minY: 0, maxX: max(divider, old) + 2,
          maxY: grid.bounds.maxY))
    }
    let moved = marks == former.marks ? [] : [marks, former.marks]
    return { part in
      areas.contains { $0.overlaps(part) }
        || moved.contains { $0.reach(part, of: grid, isFine: true) }
    }
  }
}
