import Raster

/// What is drawn over the picture and never into it: mask, tiles, a shape being set out, the cursor.
struct Overlay {
  let state: EditorState
  /// Tiles that the next run will compute, as a row-major grid; empty unless they are shown.
  private let tiles: TileGrid?
  private let preview: (shape: Shape, ink: Ink)?
  /// A result is looked at as it is.
  private let showsMask: Bool
  /// The sub-pixels around the footprint; none outside can be its edge.
  private let ringArea: Area

  init(_ state: EditorState, shown: EditorState.Shown) {
    self.state = state
    tiles = state.showsTiles ? TileGrid(state) : nil
    preview = shown == .edit ? state.preview : nil
    showsMask = state.showsMask && shown != .result
    let reach = state.size / 2 + 1
    let first = state.subpixel(
      of: Point(x: state.view.cursor.x - reach, y: state.view.cursor.y - reach))
    let last = state.subpixel(
      of: Point(x: state.view.cursor.x + reach, y: state.view.cursor.y + reach))
    let margin = 1 + state.view.zoom.magnify
    ringArea = Area(
      minX: first.x - margin, minY: first.y - margin, maxX: last.x + margin + 1,
      maxY: last.y + margin + 1)
  }

  /// The colour of a sub-pixel with everything over it.
  func apply(to color: Color, atSubpixel point: Point) -> Color {
    var result = color
    if let tiles { result = tiles.apply(to: result, block: state.view.block(atSubpixel: point)) }
    if showsMask { result = tinted(result, touch(in: state.view.block(atSubpixel: point))) }
    if let preview {
      let pixel = state.view.pixel(atSubpixel: point)
      if preview.shape.coverage(x: pixel.x, y: pixel.y) > 127, case .color(let ink) = preview.ink {
        result = ink
      }
    }
    if isRing(at: point) { result = result.luma > 127 ? .black : .white }
    return result
  }

  /// How much of a block is touched, 0...256.
  private func touch(in block: Area) -> Int {
    let canvas = state.canvas
    let part = block.intersection(canvas.touchedBounds)
    guard !part.isEmpty else { return 0 }
    let step = max(1, block.width / PictureView.samplesASide)
    var set = 0
    var all = 0
    for y in stride(from: part.minY, to: part.maxY, by: step) {
      for x in stride(from: part.minX, to: part.maxX, by: step) {
        set += canvas.touched.values[y * canvas.width + x] != 0 ? 1 : 0
        all += 1
      }
    }
    return 256 * set / max(1, all)
  }

  /// 45 % of a colour that stands out: red on light places, cyan on dark ones.
  private func tinted(_ color: Color, _ amount: Int) -> Color {
    guard amount > 0 else { return color }
    let tint = color.luma > 110 ? Color(225, 0, 40) : Color(0, 235, 235)
    return color.mixed(with: tint, 115 * amount / 256)
  }

  /// The edge of the brush's footprint around the cursor.
  private func isRing(at point: Point) -> Bool {
    guard ringArea.contains(point), covers(point) else { return false }
    return !covers(Point(x: point.x - 1, y: point.y)) || !covers(Point(x: point.x + 1, y: point.y))
      || !covers(Point(x: point.x, y: point.y - 1)) || !covers(Point(x: point.x, y: point.y + 1))
  }

  private func covers(_ point: Point) -> Bool {
    let block = state.view.block(atSubpixel: point)
    let cursor = state.view.cursor
    if block.contains(cursor) { return true }
    guard state.tool.isFreehand || state.tool == .line else { return false }
    let center = state.view.pixel(atSubpixel: point)
    let dx = center.x - cursor.x
    let dy = center.y - cursor.y
    return 4 * (dx * dx + dy * dy) <= state.size * state.size
  }
}

/// The engine's finest tiles over the shown part of the picture, and which of them the strokes reach.
private struct TileGrid {
  private let side: Int
  private let across: Int
  private var active: [Bool]
  private let lineEvery: Bool

  init(_ state: EditorState) {
    var side = 16
    var dilation = 0
    if case .ready(let facts) = state.model {
      side = max(1, facts.tileSide)
      dilation = max(0, facts.dilation)
    }
    self.side = side
    let canvas = state.canvas
    across = (canvas.width + side - 1) / side
    active = [Bool](repeating: false, count: across * ((canvas.height + side - 1) / side))
    // Lines between tiles only where a tile has room for them.
    lineEvery = side * state.view.zoom.magnify / state.view.zoom.reduce >= 4
    let area = canvas.touchedBounds
    for y in area.minY..<max(area.minY, area.maxY) {
      for x in area.minX..<max(area.minX, area.maxX)
      where canvas.touched.values[y * canvas.width + x] != 0 {
        activate(
          Area(
            minX: max(0, x - dilation), minY: max(0, y - dilation),
            maxX: min(canvas.width, x + dilation + 1), maxY: min(canvas.height, y + dilation + 1)))
      }
    }
  }

  private mutating func activate(_ area: Area) {
    for y in area.minY / side...(area.maxY - 1) / side {
      for x in area.minX / side...(area.maxX - 1) / side { active[y * across + x] = true }
    }
  }

  func apply(to color: Color, block: Area) -> Color {
    guard block.minX >= 0, block.minY >= 0 else { return color }
    let index = block.minY / side * across + block.minX / side
    guard block.minX / side < across, active.indices.contains(index) else { return color }
    var result = active[index] ? color.mixed(with: Color(255, 196, 0), 72) : color
    if lineEvery, block.minX % side < block.width || block.minY % side < block.height {
      result = result.mixed(with: result.luma > 127 ? .black : .white, 56)
    }
    return result
  }
}
