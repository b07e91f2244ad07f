package import Raster

/// A plane of bytes, 0 where a pixel is not set, that knows how many are and about where they are.
package struct CountedMask: Sendable, Equatable {
  /// The bytes; 255 where a pixel is just set.
  package private(set) var mask: Mask
  /// How many pixels are set.
  package private(set) var count = 0
  /// How many have 255, as `PaintKind.color` and what is just set.
  private(set) var colorCount = 0
  /// How many have 253, as `PaintKind.finished`.
  private(set) var finishedCount = 0
  /// A rectangle around all set pixels; it grows with them and empties when none is left.
  package private(set) var bounds = Area(x: 0, y: 0, width: 0, height: 0)

  /// Makes a mask with no pixel set.
  init(width: Int, height: Int) { mask = Mask(width: width, height: height) }

  /// Whether pixel (x, y) is set; setting it gives it 255.
  subscript(x: Int, y: Int) -> Bool {
    get { self[byte: x, y] != 0 }
    set { if self[x, y] != newValue { self[byte: x, y] = newValue ? 255 : 0 } }
  }

  /// The byte of pixel (x, y).
  subscript(byte x: Int, y: Int) -> UInt8 {
    get { mask.values[y * mask.width + x] }
    set {
      let index = y * mask.width + x
      let former = mask.values[index]
      guard former != newValue else { return }
      mask.values[index] = newValue
      note(former, by: -1)
      note(newValue, by: 1)
      if former == 0, !bounds.contains(Point(x: x, y: y)) {
        bounds = bounds.union(Area(x: x, y: y, width: 1, height: 1))
      } else if newValue == 0, count == 0 {
        bounds = Area(x: 0, y: 0, width: 0, height: 0)
      }
    }
  }

  /// Gives pixels of row `y`, from `x` on, other bytes.
  ///
  /// - Precondition: they lie in the plane.
  mutating func put(_ bytes: ArraySlice<UInt8>, x: Int, y: Int) {
    let place = y * mask.width + x..<y * mask.width + x + bytes.count
    guard mask.values[place] != bytes else { return }
    for byte in mask.values[place] { note(byte, by: -1) }
    for byte in bytes { note(byte, by: 1) }
    mask.values.replaceSubrange(place, with: bytes)
    if count == 0 {
      bounds = Area(x: 0, y: 0, width: 0, height: 0)
    } else if let first = bytes.firstIndex(where: { $0 != 0 }),
      let last = bytes.lastIndex(where: { $0 != 0 })
    {
      let (left, right) = (x + first - bytes.startIndex, x + last - bytes.startIndex)
      bounds = bounds.union(Area(minX: left, minY: y, maxX: right + 1, maxY: y + 1))
    }
  }

  private mutating func note(_ byte: UInt8, by change: Int) {
    guard byte != 0 else { return }
    count += change
    switch byte {
    case 255: colorCount += change
    case 253: finishedCount += change
    default: break
    }
  }
}

extension Mask {
  /// The pixels at most `radius` away from a set one, by their centres.
  ///
  /// - Complexity: O(rows * radius * runs of set pixels in a row + pixels).
  package func grown(by radius: Int) -> Mask {
    guard radius > 0 else { return self }
    // A run in a row `dy` away reaches `sqrt(radius^2 - dy^2)` further to both sides.
    let reach = (0...radius).map { dy in
      Int(saturating: Double(radius * radius - dy * dy).squareRoot())
    }
    let runs = (0..<height).map { self.runs(inRow: $0) }
    var result = Mask(width: width, height: height)
    var changes = [Int32](repeating: 0, count: width + 1)
    for y in 0..<height {
      for near in max(0, y - radius)..<min(height, y + radius + 1) {
        let extra = reach[abs(near - y)]
        for run in runs[near] {
          changes[max(0, run.lowerBound - extra)] += 1
          changes[min(width, run.upperBound + extra)] -= 1
        }
      }
      var depth: Int32 = 0
      for x in 0..<width {
        depth += changes[x]
        changes[x] = 0
        if depth > 0 { result.values[y * width + x] = 255 }
      }
      changes[width] = 0
    }
    return result
  }

  /// The set pixels further than `radius` from every unset one; outside the picture none is unset.
  package func shrunk(by radius: Int) -> Mask { inverted.grown(by: radius).inverted }

  /// Set where this is unset.
  package var inverted: Mask {
    Mask(width: width, height: height, values: values.map { $0 == 0 ? 255 : 0 })
  }

  private func runs(inRow y: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for x in 0..<width {
      let isSet = values[y * width + x] != 0
      if isSet, start == nil { start = x }
      if !isSet, let first = start {
        runs.append(first..<x)
        start = nil
      }
    }
    if let first = start { runs.append(first..<width) }
    return runs
  }
}
