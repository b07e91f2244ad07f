package import DiffMask

/// One part of an edit: what the network sees for it, and which pixels of the result are its own.
package struct EditPiece: Sendable, Equatable {
  /// The part of the picture that the network sees.
  package let window: WorkWindow
  /// Pixels that the piece brings; those of the pieces of one edit do not overlap.
  package let core: PixelRect
}

/// Cuts an edit into pieces, so that it costs what lies around it and not what the picture has.
///
/// Statistics of a whole window go into every pixel the network makes, so results depend on the
/// window. Pieces therefore are a function of the picture's size, the painted pixels and the feather
/// alone, never of memory, workers, time or edits before.
package enum EditPieces {
  /// Pixels up to which a picture is one window whatever is painted, and which no window exceeds
  /// by more than the rounding to its grid: 1024 x 1024.
  package static let largestWindow = 1 << 20
  /// Pixels beyond its core over which a piece fades into its neighbours.
  package static let fade = 16
  /// Side of the squares by which painted pixels are gathered, and the grid that edits are cut on.
  private static let cell = 32
  /// A piece whose longer side is at most this is not cut further.
  private static let leastSide = 256
  /// Cutting is worth its seams where it leaves less than this share of the pixels to compute.
  private static let worthwhile = 0.7

  /// Whether all edits of a picture of this size share one window, the whole picture.
  package static func isWhole(width: Int, height: Int) -> Bool { width * height <= largestWindow }

  /// The pieces of an edit, from the top down; none where nothing is painted.
  ///
  /// - Parameters:
  ///   - painted: the painted pixels of the picture.
  ///   - feather: pixels around them that change too.
  ///   - multiple: what the network's strides need sides to be a multiple of.
  /// - Complexity: O(area of the painted box), and by square of 32x32 pixels that are painted in.
  package static func plan(_ painted: PixelMask, feather: Int, multiple: Int) -> [EditPiece] {
    guard let inner = painted.boundingBox else { return [] }
    let (width, height) = (painted.width, painted.height)
    if isWhole(width: width, height: height) {
      let whole = PixelRect(x: 0, y: 0, width: width, height: height)
      return [
        EditPiece(
          window: WorkWindow(whole, multiple: multiple),
          core: inner.grown(by: feather, inWidth: width, height: height))
      ]
    }
    let planner = Planner(width: width, height: height, multiple: multiple)
    let cells = cells(of: painted, in: inner).map { cell in
      (cell.place, cell.box.grown(by: feather, inWidth: width, height: height))
    }
    return planner.joined(patches(cells))
      .flatMap { planner.cut($0, to: planner.box(of: $0)) }
      .sorted { ($0.core.y, $0.core.x) < ($1.core.y, $1.core.x) }
  }

  private struct Place: Hashable {
    var x: Int
    var y: Int
  }

  /// The painted squares of a grid with the smallest box of what is painted in each, row by row.
  private static func cells(
    of painted: PixelMask, in box: PixelRect
  ) -> [(place: Place, box: PixelRect)] {
    let first = Place(x: box.x / cell, y: box.y / cell)
    let across = (box.x + box.width - 1) / cell - first.x + 1
    let down = (box.y + box.height - 1) / cell - first.y + 1
    var boxes = [PixelRect?](repeating: nil, count: across * down)
    painted.boxBits.withUnsafeBufferPointer { bits in
      for row in 0..<box.height {
        let y = box.y + row
        var x = box.x
        while x < box.x + box.width {
          let end = min((x / cell + 1) * cell, box.x + box.width)
          let line = bits[row * box.width + x - box.x..<row * box.width + end - box.x]
          if let left = line.firstIndex(of: true), let right = line.lastIndex(of: true) {
            let run = PixelRect(
              x: x + left - line.startIndex, y: y, width: right - left + 1, height: 1)
            let index = (y / cell - first.y) * across + x / cell - first.x
            boxes[index] = boxes[index]?.union(run) ?? run
          }
          x = end
        }
      }
    }
    return boxes.indices.compactMap { index in
      boxes[index].map { (Place(x: index % across, y: index / across), $0) }
    }
  }

  /// Squares that touch by sides or corners, together.
  private static func patches(_ cells: [(place: Place, box: PixelRect)]) -> [[PixelRect]] {
    var rest = Dictionary(uniqueKeysWithValues: cells.map { ($0.place, $0.box) })
    return cells.compactMap { cell in
      guard let box = rest.removeValue(forKey: cell.place) else { return nil }
      var (patch, open) = ([box], [cell.place])
      while let place = open.popLast() {
        for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
          let next = Place(x: place.x + dx, y: place.y + dy)
          guard let box = rest.removeValue(forKey: next) else { continue }
          patch.append(box)
          open.append(next)
        }
      }
      return patch
    }
  }

  /// Joins and cuts patches of boxes in a picture of one size.
  private struct Planner {
    let width: Int
    let height: Int
    let multiple: Int

    func box(of boxes: [PixelRect]) -> PixelRect {
      boxes.dropFirst().reduce(boxes.first ?? PixelRect(x: 0, y: 0, width: 0, height: 0)) {
        $0.union($1)
      }
    }

    func window(_ box: PixelRect) -> WorkWindow {
      WorkWindow(around: box, width: width, height: height, multiple: multiple)
    }

    /// Patches whose windows cost no more together than alone, or whose boxes overlap, as one.
    func joined(_ patches: [[PixelRect]]) -> [[PixelRect]] {
      var groups = patches.map { (boxes: $0, box: box(of: $0)) }
      var isChanged = true
      while isChanged {
        isChanged = false
        var kept: [(boxes: [PixelRect], box: PixelRect)] = []
        for group in groups {
          let partner = kept.firstIndex { other in
            let union = group.box.union(other.box)
            return group.box.intersection(other.box) != nil
              || window(union).rect.area
                <= window(group.box).rect.area + window(other.box).rect.area
          }
          guard let partner else {
            kept.append(group)
            continue
          }
          kept[partner].boxes += group.boxes
          kept[partner].box = kept[partner].box.union(group.box)
          isChanged = true
        }
        groups = kept
      }
      return groups.map(\.boxes)
    }

    /// The pieces of what some boxes have of a region.
    func cut(_ boxes: [PixelRect], to region: PixelRect) -> [EditPiece] {
      let parts = boxes.compactMap { $0.intersection(region) }
      guard !parts.isEmpty else { return [] }
      let core = box(of: parts)
      let piece = EditPiece(window: window(core), core: core)
      let isWide = core.width >= core.height
      guard max(core.width, core.height) > leastSide else { return [piece] }
      let middle = (isWide ? core.x + core.width / 2 : core.y + core.height / 2) / cell * cell
      let halves = core.cut(at: middle, across: isWide)
      let boxes = halves.map { half in parts.filter { $0.intersection(half) != nil } }
      let areas = zip(boxes, halves).map { boxes, half in
        boxes.isEmpty ? 0 : window(box(of: boxes.compactMap { $0.intersection(half) })).rect.area
      }
      let area = piece.window.rect.area
      let pays = Double(areas[0] + areas[1]) < worthwhile * Double(area)
      guard area > largestWindow || pays else { return [piece] }
      return cut(boxes[0], to: halves[0]) + cut(boxes[1], to: halves[1])
    }
  }
}

extension PixelRect {
  /// Pixels.
  var area: Int { width * height }

  /// A value for every pixel, row by row, in memory for just as many.
  func mapPixels<Value>(_ value: (_ x: Int, _ y: Int) -> Value) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(area)
    for y in rows {
      for x in columns { values.append(value(x, y)) }
    }
    return values
  }

  /// What both cover; nil where that is nothing.
  package func intersection(_ other: PixelRect) -> PixelRect? {
    let columns = columns.clamped(to: other.columns)
    let rows = rows.clamped(to: other.rows)
    guard !columns.isEmpty, !rows.isEmpty else { return nil }
    return PixelRect(
      x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
  }

  /// The parts before and from a column on, or a row.
  fileprivate func cut(at place: Int, across isAcross: Bool) -> [PixelRect] {
    var (first, second) = (self, self)
    if isAcross {
      first.width = place - x
      (second.x, second.width) = (place, x + width - place)
    } else {
      first.height = place - y
      (second.y, second.height) = (place, y + height - place)
    }
    return [first, second]
  }
}

extension Array<SIMD3<Float>> {
  /// Three numbers for each colour, in memory for just as many.
  var interleaved: [Float] {
    var numbers: [Float] = []
    numbers.reserveCapacity(3 * count)
    for color in self {
      for channel in 0..<3 { numbers.append(color[channel]) }
    }
    return numbers
  }
}
