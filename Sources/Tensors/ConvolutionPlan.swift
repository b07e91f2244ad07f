/// In which order a convolution computes its tiles, and which of them go through the stages together.
///
/// Neighbours share most of what their windows read, so tiles are taken in rectangles. Neither values
/// nor sums depend on that: every value is one chain of operations, and sums are formed by segments
/// that are cut from rows of tiles alone.
struct ConvolutionPlan {
  /// A rectangle of tiles whose windows are gathered as one.
  struct Patch {
    /// Number of its first tile in the map.
    let tile: Int
    let columns: Int
    fileprivate(set) var rows: Int
    /// Position of its first tile in the order of computation; its rows follow each other.
    fileprivate(set) var position = 0
    /// Segment of each row.
    fileprivate(set) var segments: [Int]

    var count: Int { rows * columns }
    /// Positions of the tiles of a row.
    func positions(ofRow row: Int) -> Range<Int> {
      position + row * columns..<position + (row + 1) * columns
    }
  }

  /// Where each tile goes in the output, by position.
  private(set) var slots: [Int32] = []
  /// Rows and columns of each tile that lie inside the map, by position; see `MapShape`.
  private(set) var extents: [UInt8] = []
  private(set) var patches: [Patch] = []
  /// Patches that go through the stages together.
  private(set) var blocks: [Range<Int>] = []
  /// Row of `RowSums` that each segment belongs to, in the order in which sums are added.
  private(set) var segmentRows: [Int] = []
  /// Rows of sums; chosen tiles count as one.
  let rowCount: Int
  /// Pixels inside the map.
  private(set) var pixels = 0

  var tileCount: Int { slots.count }

  /// Plans the chosen tiles of a map of `shape`: segments of at most `segment` tiles, patches of at
  /// most `patch` and blocks of at most `block`.
  init(_ choice: TileChoice, _ shape: MapShape, segment: Int, patch: Int, block: Int) {
    let runs: [Run]
    switch choice {
    case .all:
      rowCount = shape.tilesY
      runs = ConvolutionPlan.runs(rows: 0..<shape.tilesY, margin: 0, shape, length: segment)
    case .rows(let rows, let margin):
      rowCount = rows.count
      runs = ConvolutionPlan.runs(rows: rows, margin: margin, shape, length: segment)
    case .some(let tiles):
      rowCount = tiles.isEmpty ? 0 : 1
      runs = ConvolutionPlan.runs(tiles, shape, length: segment)
    }
    segmentRows = runs.map(\.sumRow)
    merge(runs, shape, limit: patch)
    place(runs, shape)
    blocks = ConvolutionPlan.blocks(patches, tiles: block)
  }

  /// Tiles of a segment of a map that Winograd's algorithm computes.
  static let longestSegment = 16

  /// Tiles side by side: a segment.
  struct Run {
    /// Number of the first in the map.
    let tile: Int
    let count: Int
    /// Where the first goes in the output.
    let slot: Int
    /// Row of `RowSums` that they are summed in.
    let sumRow: Int
  }

  /// Whole rows, cut from their start on, so that any strip of rows has the segments of the whole map.
  private static func runs(rows: Range<Int>, margin: Int, _ shape: MapShape, length: Int) -> [Run] {
    let width = shape.tilesX
    return rows.flatMap { row in
      stride(from: 0, to: width, by: length).map { x in
        Run(
          tile: row * width + x, count: min(length, width - x),
          slot: (row - rows.lowerBound + margin) * width + x, sumRow: row - rows.lowerBound)
      }
    }
  }

  /// Chosen tiles as far as they lie side by side.
  static func runs(_ tiles: [Int32], _ shape: MapShape, length: Int) -> [Run] {
    var runs: [Run] = []
    var first = 0
    for next in tiles.indices.dropFirst() + [tiles.count] {
      let isAdjacent =
        next < tiles.count && next - first < length && tiles[next] == tiles[next - 1] + 1
        && Int(tiles[next]) % shape.tilesX != 0
      guard !isAdjacent, first < next else { continue }
      runs.append(Run(tile: Int(tiles[first]), count: next - first, slot: first, sumRow: 0))
      first = next
    }
    return runs
  }

  /// Makes patches of runs that lie below each other.
  private mutating func merge(_ runs: [Run], _ shape: MapShape, limit: Int) {
    // The patch that a run below would extend, by the run's first column.
    var open = [Int?](repeating: nil, count: shape.tilesX)
    for (index, run) in runs.enumerated() {
      let column = run.tile % shape.tilesX
      if let above = open[column], patches[above].columns == run.count,
        patches[above].tile + patches[above].rows * shape.tilesX == run.tile,
        patches[above].count + run.count <= limit
      {
        patches[above].rows += 1
        patches[above].segments.append(index)
      } else {
        open[column] = patches.count
        patches.append(Patch(tile: run.tile, columns: run.count, rows: 1, segments: [index]))
      }
    }
  }

  /// Numbers the tiles patch by patch.
  private mutating func place(_ runs: [Run], _ shape: MapShape) {
    let total = patches.reduce(0) { $0 + $1.count }
    slots.reserveCapacity(total)
    extents.reserveCapacity(total)
    for index in patches.indices {
      patches[index].position = slots.count
      let patch = patches[index]
      let (top, left) = (patch.tile / shape.tilesX, patch.tile % shape.tilesX)
      for (row, segment) in patch.segments.enumerated() {
        let height = min(4, shape.height - 4 * (top + row))
        for column in 0..<patch.columns {
          let width = min(4, shape.width - 4 * (left + column))
          slots.append(Int32(runs[segment].slot + column))
          extents.append(UInt8(16 * height + width))
          pixels += height * width
        }
      }
    }
  }

  /// As many consecutive patches a block as `tiles` holds.
  private static func blocks(_ patches: [Patch], tiles: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var first = 0
    var count = 0
    for (index, patch) in patches.enumerated() {
      if count + patch.count > tiles, first < index {
        result.append(first..<index)
        first = index
        count = 0
      }
      count += patch.count
    }
    if first < patches.count { result.append(first..<patches.count) }
    return result
  }

  /// Positions of the tiles of a block.
  func positions(of block: Range<Int>) -> Range<Int> {
    let last = patches[block.upperBound - 1]
    return patches[block.lowerBound].position..<last.position + last.count
  }
}
