import Tensors

/// What the patches of a picture with a hole are for, each by its centre's number in the grid of
/// `MatchField`.
struct PatchRoles {
  /// Patches within the picture that do not touch the hole.
  let sources: [Int32]
  /// Patches that touch it.
  private(set) var targets: [Int32] = []
  /// Pixels of the hole.
  private(set) var hole: [Int32] = []
  /// The picture's rows that have targets.
  private(set) var touchedRows = 0..<0
  /// The picture's columns that have targets.
  private(set) var touchedColumns = 0..<0

  /// The roles of all patches.
  ///
  /// - Parameter isHole: one truth value a pixel, row by row.
  /// - Complexity: O(pixels).
  init(hole isHole: [Bool], width: Int, on workers: WorkerPool? = nil) {
    let (margin, height) = (MatchField.radius, isHole.count / width)
    let stride = width + 2 * margin
    let box = HoleBox(isHole, width: width)
    let touched = box.map { Touched(isHole, width: width, around: $0, by: margin) }
    if let touched {
      (touchedRows, touchedColumns) = (touched.rows, touched.columns)
      for y in touched.rows {
        for x in touched.columns {
          let place = Int32((y + margin) * stride + x + margin)
          if isHole[y * width + x] { hole.append(place) }
          if touched[x, y] { targets.append(place) }
        }
      }
    }
    sources = Self.sources(touched, width: width, height: height, on: workers)
  }

  /// The patches within a picture that are not touched.
  private static func sources(
    _ touched: Touched?, width: Int, height: Int, on workers: WorkerPool?
  ) -> [Int32] {
    let margin = MatchField.radius
    let rows = margin..<max(height - margin, margin)
    let columns = margin..<max(width - margin, margin)
    func isTouched(_ x: Int, _ y: Int) -> Bool {
      guard let touched, touched.rows.contains(y), touched.columns.contains(x) else { return false }
      return touched[x, y]
    }
    // Where each row's begin.
    var starts = [0]
    for y in rows {
      let isFree = touched.map { !$0.rows.contains(y) } ?? true
      let count = isFree ? columns.count : columns.count { !isTouched($0, y) }
      starts.append((starts.last ?? 0) + count)
    }
    return [Int32](unsafeUninitializedCapacity: starts.last ?? 0) { sources, count in
      workers.spread(rows.count, grain: (1 << 14) / width) { part in
        for row in part {
          let (y, first) = (row + margin, (row + 2 * margin) * (width + 2 * margin) + margin)
          let isFree = touched.map { !$0.rows.contains(y) } ?? true
          var next = starts[row]
          for x in columns where isFree || !isTouched(x, y) {
            sources.initializeElement(at: next, to: Int32(first + x))
            next += 1
          }
        }
      }
      count = starts.last ?? 0
    }
  }
}

/// The smallest box around a hole.
private struct HoleBox {
  let rows: Range<Int>
  let columns: Range<Int>

  /// Nil where there is no hole.
  init?(_ isHole: [Bool], width: Int) {
    let hasHole = isHole.withUnsafeBytes { bytes in
      (0..<bytes.count / width).map { y in
        // Or, since that is done for many at a time.
        var sum: UInt8 = 0
        for pixel in y * width..<(y + 1) * width { sum |= bytes[pixel] }
        return sum != 0
      }
    }
    guard let top = hasHole.firstIndex(of: true), let bottom = hasHole.lastIndex(of: true) else {
      return nil
    }
    var (left, right) = (width, 0)
    for y in top...bottom where hasHole[y] {
      let row = isHole[y * width..<(y + 1) * width]
      left = min(left, (row.firstIndex(of: true) ?? row.endIndex) - row.startIndex)
      right = max(right, (row.lastIndex(of: true) ?? row.startIndex) - row.startIndex + 1)
    }
    (rows, columns) = (top..<bottom + 1, left..<right)
  }
}

/// All within some rows and columns of a hole.
private struct Touched {
  let rows: Range<Int>
  let columns: Range<Int>
  private var marks: [Bool]

  init(_ isHole: [Bool], width: Int, around box: HoleBox, by radius: Int) {
    let height = isHole.count / width
    rows = max(box.rows.lowerBound - radius, 0)..<min(box.rows.upperBound + radius, height)
    columns = max(box.columns.lowerBound - radius, 0)..<min(box.columns.upperBound + radius, width)
    marks = [Bool](repeating: false, count: rows.count * columns.count)
    var along = marks
    for y in box.rows {
      let line = (y - rows.lowerBound) * columns.count - columns.lowerBound
      for x in box.columns where isHole[y * width + x] {
        let near = max(x - radius, columns.lowerBound)..<min(x + radius + 1, columns.upperBound)
        for other in near { along[line + other] = true }
      }
    }
    for y in box.rows {
      let line = (y - rows.lowerBound) * columns.count
      let near = max(y - radius, rows.lowerBound)..<min(y + radius + 1, rows.upperBound)
      for k in 0..<columns.count where along[line + k] {
        for other in near { marks[(other - rows.lowerBound) * columns.count + k] = true }
      }
    }
  }

  subscript(x: Int, y: Int) -> Bool {
    marks[(y - rows.lowerBound) * columns.count + x - columns.lowerBound]
  }
}
