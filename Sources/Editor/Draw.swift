import Raster

/// The editor's face: a pure function from state to cells.
package enum Editor {
  /// Draws the whole screen.
  ///
  /// - Complexity: the screen's cells times at most 36 picture samples, whatever the picture's size;
  ///   the masked pixels once more while the tile overlay is on.
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
      for row in (layout.toolRow ?? -1) + 1..<(layout.statusRow ?? layout.activityRow ?? state.rows)
      {
        screen.write("│", column: column, row: row, Theme.dim)
      }
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
        String(" \(title(of: pane, state))".prefix(pane.area.width)), column: pane.area.minX,
        row: row, Theme.bar.with(pane.shown == .edit ? [] : .bold))
    }
    if let picture = ScreenPicture(state, pane) {
      screen.picture = picture
      for row in pane.area.minY..<pane.area.maxY {
        for column in pane.area.minX..<pane.area.maxX {
          screen[column, row] = Cell(
            foreground: PictureView.desk, background: PictureView.desk)
        }
      }
      return
    }
    let glyphs = state.glyphs
    let samples = PaneRenderer(state: state, pane: pane, glyphs: glyphs).samples()
    put(samples, glyphs, dithered: state.terminal.colors == 1, pane.area, on: &screen)
    if pane.compares, state.look.comparison == .wipe {
      let column = state.dividerColumn(in: pane)
      for row in pane.area.minY..<pane.area.maxY {
        screen[column, row] = Cell(
          glyph: "│", foreground: .white, background: Color(20, 21, 24), attributes: .bold)
      }
    }
  }

  /// Turns samples into cells. Without colours, cells are of samples that are lit or not.
  private static func put(
    _ samples: PaneSamples, _ glyphs: Glyphs, dithered: Bool, _ area: Area,
    on screen: inout Screen
  ) {
    let (across, down) = glyphs.grid
    let isBits = dithered && glyphs != .half && glyphs != .ascii
    var part = [Color](repeating: .black, count: across * down)
    for row in 0..<area.height {
      for column in 0..<area.width {
        let isDesk =
          !samples.insideX.overlaps(column * across..<(column + 1) * across)
          || !samples.insideY.overlaps(row * down..<(row + 1) * down)
        if isDesk {
          screen[area.minX + column, area.minY + row] = Cell(
            foreground: PictureView.desk, background: PictureView.desk)
          continue
        }
        var lit = 0
        for y in 0..<down {
          for x in 0..<across {
            let (sampleX, sampleY) = (column * across + x, row * down + y)
            let color = samples.colors[sampleY * samples.width + sampleX]
            part[y * across + x] = color
            if isBits, Dither.isLit(color, x: sampleX, y: sampleY) { lit |= 1 << (y * across + x) }
          }
        }
        screen[area.minX + column, area.minY + row] =
          isBits ? glyphs.cell(lit: lit) : glyphs.cell(of: part)
      }
    }
  }

  private static func title(of pane: Layout.Pane, _ state: EditorState) -> String {
    let (before, after) = state.compared
    let names = (
      state.name(of: before).uppercased(), state.name(of: after).uppercased()
    )
    switch pane.compares ? state.look.comparison : .none {
    case .wipe: return "\(names.0) │ \(names.1)"
    case .difference:
      let error = state.differenceFigures
      return "\(names.0) - \(names.1) x\(state.look.gain)  "
        + "max \(error.largest)  mean \(Numbers.plain(error.mean)) of 255"
    case .none: break
    }
    return state.labels(of: pane)[0]
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

/// Makes the samples of one pane, whatever it shows.
private struct PaneRenderer {
  let state: EditorState
  let pane: Layout.Pane
  let glyphs: Glyphs

  func samples() -> PaneSamples {
    guard pane.compares else { return overlaid(pane.shown) }
    let (before, after) = state.compared
    switch state.look.comparison {
    case .none: return overlaid(pane.shown)
    case .wipe:
      var left = overlaid(before)
      let right = overlaid(after)
      let divider = (state.dividerColumn(in: pane) - pane.area.minX) * glyphs.grid.across
      for y in left.insideY {
        for x in left.insideX where x >= divider {
          left.colors[y * left.width + x] = right.colors[y * left.width + x]
        }
      }
      return left
    case .difference:
      var result = plain(before)
      let other = plain(after)
      for y in result.insideY {
        for x in result.insideX {
          let at = y * result.width + x
          result.colors[at] = difference(result.colors[at], other.colors[at])
        }
      }
      return result
    }
  }

  private func difference(_ a: Color, _ b: Color) -> Color {
    func amplified(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8(min(255, abs(Int(a) - Int(b)) * state.look.gain))
    }
    return Color(amplified(a.red, b.red), amplified(a.green, b.green), amplified(a.blue, b.blue))
  }

  private func plain(_ shown: EditorState.Shown) -> PaneSamples {
    PictureView(picture: state.picture(shown), view: state.view).samples(
      columns: pane.area.width, rows: pane.area.height, across: glyphs.grid.across,
      down: glyphs.grid.down)
  }

  private func overlaid(_ shown: EditorState.Shown) -> PaneSamples {
    var samples = plain(shown)
    Overlay(state, shown: shown).draw(
      on: &samples, across: glyphs.grid.across, down: glyphs.grid.down)
    return samples
  }
}

extension EditorState {
  /// Largest and mean difference of a sample between the compared pictures, where any pixel can
  /// differ.
  ///
  /// - Complexity: the pixels of the painted or regenerated rectangle.
  var differenceFigures: (largest: Int, mean: Double) {
    let (before, after) = (picture(compared.before), picture(compared.after))
    var area = canvas.touchedBounds
    if let result = staged?.result {
      area = area.union(result.area)
    }
    area = area.intersection(canvas.bounds)
    var (largest, sum) = (0, 0)
    for y in area.minY..<max(area.minY, area.maxY) {
      for x in area.minX..<max(area.minX, area.maxX) {
        let at = before.offset(x: x, y: y)
        for channel in 0..<3 {
          let error = abs(Int(before.samples[at + channel]) - Int(after.samples[at + channel]))
          largest = max(largest, error)
          sum += error
        }
      }
    }
    return (largest, Double(sum) / Double(max(1, 3 * area.width * area.height)))
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
