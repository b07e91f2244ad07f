import Raster

/// The engine's finest tiles over the picture, with those that count for what is shown tinted.
struct TileTint {
  private let across: Int
  private var active: [Bool]
  private let tint: Color
  /// For every column and row of samples the tile it is in, and whether it is a tile's first one.
  private let columns: [(tile: Int, isFirst: Bool)]
  private let rows: [(tile: Int, isFirst: Bool)]
  private let hasLines: Bool

  init(_ state: EditorState, shown: EditorState.Shown, grid: SampleGrid) {
    var side = 16
    var dilation = 0
    if case .ready(let facts) = state.model {
      side = max(1, facts.tileSide)
      dilation = max(0, facts.dilation)
    }
    let canvas = state.canvas
    let computed = shown == .result ? state.staged?.result.tiles : nil
    across = (canvas.width + side - 1) / side
    active = [Bool](repeating: false, count: across * ((canvas.height + side - 1) / side))
    columns = Self.tiles(grid.x.middles, side: side, length: canvas.width)
    rows = Self.tiles(grid.y.middles, side: side, length: canvas.height)
    // Lines between tiles only where a tile has room for them.
    hasLines = side * Zoom.pixel / state.view.zoom.step >= 4
    // Amber is yet to be computed, blue has been.
    tint = shown == .result ? Color(40, 130, 255) : Color(255, 196, 0)
    if let computed {
      for index in active.indices {
        active[index] = computed[Point(x: index % across * side, y: index / across * side)] ?? false
      }
    } else if shown != .result {
      activate(canvas, side: side, dilation: dilation)
    }
  }

  private static func tiles(
    _ middles: [Int], side: Int, length: Int
  ) -> [(tile: Int, isFirst: Bool)] {
    var former: Int?
    return middles.map { middle in
      let tile = middle.clamped(to: 0...max(0, length - 1)) / side
      defer { former = tile }
      return (tile, former.map { $0 != tile } ?? (middle % side == 0))
    }
  }

  private mutating func activate(_ canvas: Canvas, side: Int, dilation: Int) {
    let area = canvas.maskBounds
    for y in area.minY..<max(area.minY, area.maxY) {
      for x in area.minX..<max(area.minX, area.maxX)
      where canvas.mask.values[y * canvas.width + x] != 0 {
        let reached = Area(
          minX: max(0, x - dilation), minY: max(0, y - dilation),
          maxX: min(canvas.width, x + dilation + 1), maxY: min(canvas.height, y + dilation + 1))
        for tileY in reached.minY / side...(reached.maxY - 1) / side {
          for tileX in reached.minX / side...(reached.maxX - 1) / side {
            active[tileY * across + tileX] = true
          }
        }
      }
    }
  }

  /// The colour of the sample in column x and row y of the grid.
  func apply(to color: Color, x: Int, y: Int) -> Color {
    let (column, row) = (columns[x], rows[y])
    let result = active[row.tile * across + column.tile] ? color.mixed(with: tint, 88) : color
    guard hasLines, column.isFirst || row.isFirst else { return result }
    return result.mixed(with: result.luma > 127 ? .black : .white, 56)
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
