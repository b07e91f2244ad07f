import Raster

/// The editor's face: a pure function from state to cells.
package enum Editor {
  /// Draws the whole screen.
  ///
  /// - Parameter former: the last drawing. The result does not depend on it, only the work does:
  ///   what is sent as pixels and cannot have changed is taken from there.
  /// - Complexity: the screen's cells times at most 36 picture samples, whatever the picture's size;
  ///   the masked pixels once more while the tile overlay is on. Where pixels are sent, the changed
  ///   ones in the place of cells.
  package static func draw(_ state: EditorState, after former: Screen? = nil) -> Screen {
    var screen = Screen(
      columns: state.columns, rows: state.rows,
      filledWith: Cell(foreground: Theme.text.foreground, background: Theme.text.background))
    let layout = state.layout
    guard !layout.panes.isEmpty else {
      drawNotice(state, on: &screen)
      return screen
    }
    for pane in layout.panes {
      let old = former?.pictures.first {
        $0.area.minX == pane.area.minX && $0.area.minY == pane.area.minY
      }
      draw(pane, state, after: old, on: &screen)
    }
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

  private static func draw(
    _ pane: Layout.Pane, _ state: EditorState, after old: ScreenPicture?, on screen: inout Screen
  ) {
    if let row = pane.titleRow {
      for column in pane.area.minX..<pane.area.maxX {
        screen.write(" ", column: column, row: row, Theme.bar)
      }
      screen.write(
        String(" \(title(of: pane, state))".prefix(pane.area.width)), column: pane.area.minX,
        row: row, Theme.bar.with(style(of: pane, state)))
    }
    guard let picture = ScreenPicture(state, pane, after: old) else {
      drawCells(of: pane, rows: pane.area.minY..<pane.area.maxY, state, on: &screen)
      return
    }
    screen.show(picture)
    drawCells(of: pane, rows: picture.area.maxY..<pane.area.maxY, state, on: &screen)
  }

  /// Draws some rows of a pane with characters.
  private static func drawCells(
    of pane: Layout.Pane, rows: Range<Int>, _ state: EditorState, on screen: inout Screen
  ) {
    guard !rows.isEmpty else { return }
    let glyphs = state.glyphs
    let renderer = PaneRenderer(
      state: state, pane: pane, across: glyphs.grid.across, down: glyphs.grid.down)
    let cells = Area(
      x: 0, y: rows.lowerBound - pane.area.minY, width: pane.area.width, height: rows.count)
    put(
      renderer.samples(renderer.grid.samples(ofCells: cells)), glyphs,
      dithered: state.terminal.colors == 1,
      Area(
        minX: pane.area.minX, minY: rows.lowerBound, maxX: pane.area.maxX, maxY: rows.upperBound),
      on: &screen)
    if pane.compares, state.look.comparison == .wipe {
      let column = state.dividerColumn(in: pane)
      for row in rows {
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

  private static func style(of pane: Layout.Pane, _ state: EditorState) -> Cell.Attributes {
    if let index = pane.thumbnail { return index == state.staged?.index ? [.bold, .reverse] : [] }
    return pane.shown == .edit ? [] : .bold
  }

  private static func title(of pane: Layout.Pane, _ state: EditorState) -> String {
    if let index = pane.thumbnail {
      return state.thumbnailLabels(index).first { $0.count < pane.area.width } ?? ""
    }
    guard pane.compares, state.look.comparison == .difference else {
      return state.labels(of: pane)[0]
    }
    let (before, after) = state.compared
    let names = [before, after].map { state.name(of: $0).uppercased() }.joined(separator: " - ")
    let error = state.differenceFigures
    return "\(names) x\(state.look.gain)  "
      + "max \(error.largest)  mean \(Numbers.plain(error.mean)) of 255"
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
