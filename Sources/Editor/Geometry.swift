/// A pixel of a picture, or a sub-pixel of a screen; (0, 0) is the top left.
package struct Point: Sendable, Hashable {
  /// Pixels from the left.
  package var x: Int
  /// Pixels from the top.
  package var y: Int

  /// Makes a point.
  package init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// A half-open rectangle of whole pixels, `minX..<maxX` by `minY..<maxY`.
package struct Area: Sendable, Hashable, Codable {
  /// First column.
  package var minX: Int
  /// First row.
  package var minY: Int
  /// One past the last column.
  package var maxX: Int
  /// One past the last row.
  package var maxY: Int

  /// Makes a rectangle from its edges.
  package init(minX: Int, minY: Int, maxX: Int, maxY: Int) {
    self.minX = minX
    self.minY = minY
    self.maxX = maxX
    self.maxY = maxY
  }

  /// Makes a rectangle from a corner and a size.
  package init(x: Int, y: Int, width: Int, height: Int) {
    self.init(minX: x, minY: y, maxX: x + width, maxY: y + height)
  }

  /// Columns, 0 when empty.
  package var width: Int { max(0, maxX - minX) }
  /// Rows, 0 when empty.
  package var height: Int { max(0, maxY - minY) }
  /// Whether it holds no pixel.
  package var isEmpty: Bool { maxX <= minX || maxY <= minY }

  /// Whether a pixel lies inside.
  package func contains(_ point: Point) -> Bool {
    point.x >= minX && point.x < maxX && point.y >= minY && point.y < maxY
  }

  /// The pixels that lie in both.
  package func intersection(_ other: Area) -> Area {
    Area(
      minX: max(minX, other.minX), minY: max(minY, other.minY),
      maxX: min(maxX, other.maxX), maxY: min(maxY, other.maxY))
  }

  /// Whether there is a pixel in both.
  package func overlaps(_ other: Area) -> Bool { !intersection(other).isEmpty }

  /// This rectangle without so many pixels at every side; with more than there are it is empty.
  package func inset(by border: Int) -> Area {
    Area(minX: minX + border, minY: minY + border, maxX: maxX - border, maxY: maxY - border)
  }

  /// This rectangle with so many more pixels at every side; an empty one stays empty.
  package func grown(by border: Int) -> Area { isEmpty ? self : inset(by: -border) }

  /// The smallest rectangle around both; an empty one adds nothing.
  package func union(_ other: Area) -> Area {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return Area(
      minX: min(minX, other.minX), minY: min(minY, other.minY),
      maxX: max(maxX, other.maxX), maxY: max(maxY, other.maxY))
  }
}

extension Int {
  /// Division that rounds towards minus infinity, so that pixel blocks left of zero line up.
  func floorDivided(by divisor: Int) -> Int {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }

  func clamped(to range: ClosedRange<Int>) -> Int {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
