import Raster

/// Makes the samples of one pane, whatever it shows, with everything drawn over it.
///
/// The same samples are shown with characters, a few to a cell, or sent as pixels.
struct PaneRenderer {
  let state: EditorState
  let pane: Layout.Pane
  let grid: SampleGrid
  /// Whether a sample is a pixel of the screen, so that lines can be thin.
  let isFine: Bool
  private let marks: PointerMarks
  private let minimap: Minimap?
  /// What is shown in the place of a view of the picture.
  private let thumbnail: RGBA8?
  /// What lies over which picture, for those that the pane shows.
  private let overlays: [EditorState.Shown: Overlay]

  init(state: EditorState, pane: Layout.Pane, across: Int, down: Int, isFine: Bool = false) {
    self.state = state
    self.pane = pane
    self.isFine = isFine
    thumbnail = pane.thumbnail.flatMap(state.thumbnail)
    let grid = SampleGrid(
      thumbnail.map(pane.fitted) ?? state.view, columns: pane.area.width, rows: pane.area.height,
      across: across, down: down, picture: thumbnail ?? state.canvas.original)
    self.grid = grid
    marks = PointerMarks(state, shown: pane.shown)
    minimap = Minimap(state, pane, grid)
    overlays = Self.shown(state, pane).reduce(into: [:]) {
      $0[$1] = Overlay(state, shown: $1, grid: grid)
    }
  }

  private static func shown(_ state: EditorState, _ pane: Layout.Pane) -> [EditorState.Shown] {
    switch pane.compares ? state.look.comparison : .none {
    case .none: [pane.shown]
    case .wipe: [state.compared.before, state.compared.after]
    case .difference: []
    }
  }

  /// All samples of the pane.
  func samples() -> PaneSamples { samples(grid.bounds) }

  /// A part of the pane's samples.
  ///
  /// - Precondition: `part` lies in `grid.bounds`.
  func samples(_ part: Area) -> PaneSamples {
    if let thumbnail { return PictureView(picture: thumbnail, grid: grid).samples(part) }
    var samples = unmapped(part)
    minimap?.draw(on: &samples, of: part)
    return samples
  }

  private func unmapped(_ part: Area) -> PaneSamples {
    let (before, after) = state.compared
    switch pane.compares ? state.look.comparison : .none {
    case .none: return marked(overlaid(pane.shown, part), part)
    case .wipe: return wiped(before, after, part)
    case .difference:
      var result = plain(before, part)
      let other = plain(after, part)
      for y in result.insideY {
        for x in result.insideX {
          let at = y * result.width + x
          result.colors[at] = difference(result.colors[at], other.colors[at])
        }
      }
      return result
    }
  }

  /// The column of samples at which a wipe changes from one picture to the other.
  static func divider(_ state: EditorState, _ pane: Layout.Pane, across: Int, isFine: Bool) -> Int {
    isFine
      ? Int(saturating: (Double(pane.area.width * across - 1) * state.look.divider).rounded())
      : (state.dividerColumn(in: pane) - pane.area.minX) * across
  }

  private func wiped(
    _ before: EditorState.Shown, _ after: EditorState.Shown, _ part: Area
  ) -> PaneSamples {
    let divider = Self.divider(state, pane, across: grid.across, isFine: isFine)
    var result = overlaid(divider > part.minX ? before : after, part)
    if divider > part.minX, divider < part.maxX {
      let right = overlaid(after, part)
      for y in result.insideY {
        for x in result.insideX where part.minX + x >= divider {
          result.colors[y * result.width + x] = right.colors[y * result.width + x]
        }
      }
    }
    result = marked(result, part)
    if isFine {
      for (column, color) in [(-1, Color.black), (0, .white), (1, .black)] {
        let x = divider + column - part.minX
        guard (0..<result.width).contains(x) else { continue }
        for y in 0..<result.height { result.colors[y * result.width + x] = color }
      }
    }
    return result
  }

  private func difference(_ a: Color, _ b: Color) -> Color {
    func amplified(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8(min(255, abs(Int(a) - Int(b)) * state.look.gain))
    }
    return Color(amplified(a.red, b.red), amplified(a.green, b.green), amplified(a.blue, b.blue))
  }

  private func plain(_ shown: EditorState.Shown, _ part: Area) -> PaneSamples {
    PictureView(picture: state.picture(shown), grid: grid).samples(part)
  }

  private func overlaid(_ shown: EditorState.Shown, _ part: Area) -> PaneSamples {
    var samples = plain(shown, part)
    overlays[shown]?.draw(on: &samples, of: part)
    return samples
  }

  private func marked(_ samples: PaneSamples, _ part: Area) -> PaneSamples {
    var samples = samples
    marks.draw(on: &samples, of: part, grid: grid, isFine: isFine)
    return samples
  }
}
