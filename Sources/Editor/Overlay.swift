import Raster

/// What is drawn over the picture and never into it: mask, tiles, caches, a shape being set out, the
/// cursor.
struct Overlay {
  let state: EditorState
  /// Tiles the next run will compute, or those that the shown result's run computed.
  private let tiles: TileTint?
  private let caches: CacheMap?
  private let preview: (shape: Shape, ink: Ink)?
  /// A result is looked at as it is.
  private let showsMask: Bool
  /// The sub-pixels around the footprint; none outside can be its edge.
  private let ringArea: Area
  /// The sub-pixel that the clone tool reads from; nil for other tools.
  private let source: Point?

  init(_ state: EditorState, shown: EditorState.Shown) {
    self.state = state
    tiles = state.showsTiles ? TileTint(state, shown: shown) : nil
    caches = state.look.showsCaches ? state.caches : nil
    preview = shown == .edit ? state.preview : nil
    showsMask = state.showsMask && shown != .result
    let reach = state.size / 2 + 1
    let cursor = state.view.cursor
    let first = state.view.subpixel(of: Point(x: cursor.x - reach, y: cursor.y - reach))
    let last = state.view.subpixel(of: Point(x: cursor.x + reach, y: cursor.y + reach))
    let margin = 1 + state.view.zoom.magnify
    ringArea = Area(
      minX: first.x - margin, minY: first.y - margin, maxX: last.x + margin + 1,
      maxY: last.y + margin + 1)
    source = shown == .edit ? state.cloneOrigin.map { state.view.subpixel(of: $0) } : nil
  }

  /// Draws over all samples of a pane, `across` to a sub-pixel's width and `down` to two heights.
  func draw(on samples: inout PaneSamples, across: Int, down: Int) {
    let isEverywhere = tiles != nil || caches != nil || preview != nil || showsMask
    for y in samples.insideY {
      for x in samples.insideX {
        let point = Point(x: x / across, y: 2 * y / down)
        guard isEverywhere || ringArea.contains(point) || isSource(at: point) else { continue }
        let at = y * samples.width + x
        samples.colors[at] = apply(to: samples.colors[at], atSubpixel: point)
      }
    }
  }

  /// The colour of a sub-pixel with everything over it.
  private func apply(to color: Color, atSubpixel point: Point) -> Color {
    var result = color
    if let caches {
      // The middle of the last sub-pixel may lie outside the picture.
      let pixel = state.view.pixel(atSubpixel: point)
      let inside = Point(
        x: min(pixel.x, state.canvas.width - 1), y: min(pixel.y, state.canvas.height - 1))
      result = caches.tint(result, at: inside)
    }
    if let tiles { result = tiles.apply(to: result, block: state.view.block(atSubpixel: point)) }
    if showsMask { result = masked(result, at: point) }
    if let preview {
      let pixel = state.view.pixel(atSubpixel: point)
      if preview.shape.coverage(x: pixel.x, y: pixel.y) > 127 {
        if case .color(let ink) = preview.ink { result = ink } else { result = tinted(result, 115) }
      }
    }
    if isRing(at: point) || isSource(at: point) { result = result.luma > 127 ? .black : .white }
    return result
  }
}

// MARK: - Mask

extension Overlay {
  /// How much of what a sub-pixel shows is masked, 0...256.
  private func masking(at point: Point) -> Int {
    let canvas = state.canvas
    let block = state.view.block(atSubpixel: point)
    let part = block.intersection(canvas.maskBounds)
    guard !part.isEmpty else { return 0 }
    let step = max(1, block.width / PictureView.tapsASide)
    var set = 0
    var all = 0
    for y in stride(from: part.minY, to: part.maxY, by: step) {
      for x in stride(from: part.minX, to: part.maxX, by: step) {
        set += canvas.mask.values[y * canvas.width + x] != 0 ? 1 : 0
        all += 1
      }
    }
    return 256 * set / max(1, all)
  }

  /// Some of the mask's colour, which unless it is set is red on light places and cyan on dark ones,
  /// with a line around; hatched where there are no colours.
  private func masked(_ color: Color, at point: Point) -> Color {
    let amount = masking(at: point)
    guard amount > 0 else { return color }
    if state.terminal.colors == 1 {
      guard (point.x + point.y) % 3 == 0 || isMaskEdge(point) else { return color }
      return color.luma > 110 ? .black : .white
    }
    return tinted(
      color, isMaskEdge(point) ? 220 : Int(256 * state.look.maskOpacity) * amount / 256)
  }

  private func tinted(_ color: Color, _ amount: Int) -> Color {
    let contrast = color.luma > 110 ? Color(225, 0, 40) : Color(0, 235, 235)
    return color.mixed(with: state.look.maskColor ?? contrast, amount)
  }

  private func isMaskEdge(_ point: Point) -> Bool {
    for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)]
    where masking(at: Point(x: point.x + dx, y: point.y + dy)) == 0 { return true }
    return false
  }
}

// MARK: - Cursor

extension Overlay {
  /// The edge of the brush's footprint around the cursor.
  private func isRing(at point: Point) -> Bool {
    guard ringArea.contains(point), covers(point) else { return false }
    return !covers(Point(x: point.x - 1, y: point.y)) || !covers(Point(x: point.x + 1, y: point.y))
      || !covers(Point(x: point.x, y: point.y - 1)) || !covers(Point(x: point.x, y: point.y + 1))
  }

  /// A small cross where cloning takes from.
  private func isSource(at point: Point) -> Bool {
    guard let source else { return false }
    let (dx, dy) = (abs(point.x - source.x), abs(point.y - source.y))
    return dx <= 2 && dy <= 2 && (dx == 0 || dy == 0)
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

// MARK: - Tiles and caches

/// The engine's finest tiles over the picture, with those that count for what is shown tinted.
private struct TileTint {
  private let side: Int
  private let across: Int
  private var active: [Bool]
  private let tint: Color
  private let hasLines: Bool

  init(_ state: EditorState, shown: EditorState.Shown) {
    var side = 16
    var dilation = 0
    if case .ready(let facts) = state.model {
      side = max(1, facts.tileSide)
      dilation = max(0, facts.dilation)
    }
    let canvas = state.canvas
    let computed = shown == .result ? state.staged?.result.tiles : nil
    self.side = side
    across = (canvas.width + side - 1) / side
    active = [Bool](repeating: false, count: across * ((canvas.height + side - 1) / side))
    // Lines between tiles only where a tile has room for them.
    hasLines = side * Zoom.pixel / state.view.zoom.step >= 4
    // Amber is yet to be computed, blue has been.
    tint = shown == .result ? Color(40, 130, 255) : Color(255, 196, 0)
    if let computed {
      for index in active.indices {
        active[index] = computed[Point(x: index % across * side, y: index / across * side)] ?? false
      }
    } else if shown != .result {
      activate(canvas, dilation: dilation)
    }
  }

  private mutating func activate(_ canvas: Canvas, dilation: Int) {
    let area = canvas.maskBounds
    for y in area.minY..<max(area.minY, area.maxY) {
      for x in area.minX..<max(area.minX, area.maxX)
      where canvas.mask.values[y * canvas.width + x] != 0 {
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
    var result = active[index] ? color.mixed(with: tint, 88) : color
    if hasLines, block.minX % side < block.width || block.minY % side < block.height {
      result = result.mixed(with: result.luma > 127 ? .black : .white, 56)
    }
    return result
  }
}

extension CacheMap {
  /// Green where activations are as a dense pass left them, amber where accepted edits updated them,
  /// red where they are out of date; the less tinted, the fewer steps have any.
  func tint(_ color: Color, at pixel: Point) -> Color {
    guard steps > 0, let share = self[pixel] else { return color }
    let parts = [
      (Int(share.fresh), Color(40, 200, 90)), (Int(share.updated), Color(255, 176, 0)),
      (Int(share.stale), Color(235, 40, 40)),
    ]
    let held = min(steps, parts.reduce(0) { $0 + $1.0 })
    guard held > 0 else { return color }
    func mean(_ channel: KeyPath<Color, UInt8>) -> UInt8 {
      let sum = parts.reduce(0) { $0 + $1.0 * Int($1.1[keyPath: channel]) }
      return UInt8(min(255, sum / held))
    }
    let tint = Color(mean(\.red), mean(\.green), mean(\.blue))
    return color.mixed(with: tint, 150 * held / steps)
  }
}
