import Raster

/// What is drawn over one picture and never into it: mask, tiles, caches, a shape being set out.
struct Overlay {
  private let state: EditorState
  private let grid: SampleGrid
  /// Tiles the next run will compute, or those that the shown result's run computed.
  private let tiles: TileTint?
  private let caches: CacheMap?
  private let preview: (shape: Shape, ink: Ink)?
  /// A result is looked at as it is.
  private let showsMask: Bool
  /// The part of the picture that the engine works in, in samples; nil where that is all of it.
  private let window: Area?

  init(_ state: EditorState, shown: EditorState.Shown, grid: SampleGrid) {
    self.state = state
    self.grid = grid
    tiles = state.showsTiles ? TileTint(state, shown: shown, grid: grid) : nil
    caches = state.look.showsCaches ? state.caches : nil
    preview = shown == .edit ? state.preview : nil
    showsMask = state.showsMask && shown != .result
    window = state.workWindow.map(grid.samples(around:))
  }

  /// Draws over the samples of `part`.
  func draw(on samples: inout PaneSamples, of part: Area) {
    if let caches { draw(caches, on: &samples, part) }
    if let tiles {
      each(&samples, part) { color, x, y, _, _ in tiles.apply(to: color, x: x, y: y) }
    }
    if showsMask { drawMask(on: &samples, part) }
    if let preview { draw(preview, on: &samples, part) }
    if let window { drawFrame(window, on: &samples, part) }
  }

  /// A dashed line of black and white around some samples.
  private func drawFrame(_ frame: Area, on samples: inout PaneSamples, _ part: Area) {
    let inner = frame.inset(by: 1)
    let touches = frame.overlaps(part) && inner.intersection(part) != part
    guard touches else { return }
    let dash = max(2, grid.across)
    each(&samples, part) { color, x, y, _, _ in
      let place = Point(x: x, y: y)
      guard frame.contains(place), !inner.contains(place) else { return color }
      return (x + y) / dash % 2 == 0 ? .white : .black
    }
  }

  /// Changes every sample that shows picture, given its place in the grid and the pixel in its
  /// middle, which is in the picture.
  private func each(
    _ samples: inout PaneSamples, _ part: Area,
    _ change: (_ color: Color, _ x: Int, _ y: Int, _ pixelX: Int, _ pixelY: Int) -> Color
  ) {
    let (lastX, lastY) = (state.canvas.width - 1, state.canvas.height - 1)
    for j in samples.insideY {
      let y = part.minY + j
      let pixelY = grid.y.middles[y].clamped(to: 0...lastY)
      for i in samples.insideX {
        let x = part.minX + i
        let at = j * samples.width + i
        samples.colors[at] = change(
          samples.colors[at], x, y, grid.x.middles[x].clamped(to: 0...lastX), pixelY)
      }
    }
  }

  private func draw(_ caches: CacheMap, on samples: inout PaneSamples, _ part: Area) {
    each(&samples, part) { color, _, _, x, y in caches.tint(color, at: Point(x: x, y: y)) }
  }

  private func draw(
    _ preview: (shape: Shape, ink: Ink), on samples: inout PaneSamples, _ part: Area
  ) {
    let bounds = preview.shape.bounds
    guard !grid.samples(ofPixels: bounds).intersection(part).isEmpty else { return }
    each(&samples, part) { color, _, _, x, y in
      guard bounds.contains(Point(x: x, y: y)), preview.shape.coverage(x: x, y: y) > 127 else {
        return color
      }
      if let ink = preview.ink.flatColor { return ink }
      return tinted(color, 115)
    }
  }
}

// MARK: - Mask

extension Overlay {
  /// Some of the mask's colour, which unless it is set is red on light places and cyan on dark ones,
  /// with a line around; hatched where there are no colours.
  private func drawMask(on samples: inout PaneSamples, _ part: Area) {
    let amounts = maskAmounts(around: part)
    let across = part.width + 2
    let isHatched = state.terminal.colors == 1
    let opacity = Int(saturating: 256 * state.look.maskOpacity)
    for j in samples.insideY {
      for i in samples.insideX {
        let near = (j + 1) * across + i + 1
        let amount = Int(amounts[near])
        guard amount > 0 else { continue }
        let isEdge =
          amounts[near - 1] == 0 || amounts[near + 1] == 0 || amounts[near - across] == 0
          || amounts[near + across] == 0
        let at = j * samples.width + i
        let color = samples.colors[at]
        if isHatched {
          let (x, y) = ((part.minX + i) / grid.across, 2 * (part.minY + j) / grid.down)
          guard (x + y) % 3 == 0 || isEdge else { continue }
          samples.colors[at] = color.luma > 110 ? .black : .white
        } else {
          samples.colors[at] = tinted(color, isEdge ? 220 : opacity * amount / 256)
        }
      }
    }
  }

  /// How much of what each sample shows is masked, 0...256, for a part and one sample around it.
  private func maskAmounts(around part: Area) -> [UInt16] {
    let canvas = state.canvas
    var amounts = [UInt16](repeating: 0, count: (part.width + 2) * (part.height + 2))
    let reached = grid.samples(ofPixels: canvas.maskBounds)
    let wide = part.inset(by: -1).intersection(reached)
    let xs = grid.x.inside.clamped(to: wide.minX..<max(wide.minX, wide.maxX))
    let ys = grid.y.inside.clamped(to: wide.minY..<max(wide.minY, wide.maxY))
    canvas.mask.values.withUnsafeBufferPointer { mask in
      for y in ys {
        let rows = grid.y.range(of: y)
        for x in xs {
          let columns = grid.x.range(of: x)
          var (set, all): (Float, Float) = (0, 0)
          for row in rows {
            let below = grid.y.taps[row]
            for column in columns {
              let tap = grid.x.taps[column]
              let share = below.weight * tap.weight
              all += share
              if mask[below.at * canvas.width + tap.at] != 0 { set += share }
            }
          }
          amounts[(y - part.minY + 1) * (part.width + 2) + x - part.minX + 1] =
            UInt16(saturating: (256 * set / max(all, .leastNormalMagnitude)).rounded(.up))
        }
      }
    }
    return amounts
  }

  private func tinted(_ color: Color, _ amount: Int) -> Color {
    let contrast = color.luma > 110 ? Color(225, 0, 40) : Color(0, 235, 235)
    return color.mixed(with: state.look.maskColor ?? contrast, amount)
  }
}
