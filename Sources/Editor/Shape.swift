import Raster

/// A mark on a picture: how much of each pixel it covers.
///
/// Coordinates are pixel numbers; a pixel's centre has its own number, so a dot of diameter 1 at
/// (3, 3) covers exactly that pixel.
package enum Shape: Sendable, Equatable {
  /// A round brush dragged in a straight line. `softness` 0 is an edge one pixel wide, 1 fades
  /// from the centre; `hard` takes or leaves whole pixels.
  case segment(from: Point, to: Point, diameter: Int, softness: Double, hard: Bool)
  /// All pixels from one corner to the other, both included, or only so many at the border.
  case rectangle(Point, Point, border: Int? = nil)
  /// The ellipse inside that rectangle, whole or its border.
  case ellipse(Point, Point, border: Int? = nil)

  /// The pixels it may cover.
  package var bounds: Area {
    switch self {
    case .segment(let from, let to, let diameter, _, _):
      let reach = diameter / 2 + 1
      return Area(
        minX: min(from.x, to.x) - reach, minY: min(from.y, to.y) - reach,
        maxX: max(from.x, to.x) + reach + 1, maxY: max(from.y, to.y) + reach + 1)
    case .rectangle(let a, let b, _), .ellipse(let a, let b, _):
      return Area(
        minX: min(a.x, b.x), minY: min(a.y, b.y), maxX: max(a.x, b.x) + 1,
        maxY: max(a.y, b.y) + 1)
    }
  }

  /// Coverage of pixel (x, y), 0...255.
  package func coverage(x: Int, y: Int) -> UInt8 {
    switch self {
    case .segment(let from, let to, let diameter, let softness, let hard):
      let radius = Double(diameter) / 2
      let distance = Self.distance(x: x, y: y, from: from, to: to)
      if hard { return distance < radius + 0.25 ? 255 : 0 }
      // From full at `radius - fade` down to nothing half a pixel outside.
      let fade = max(1, softness * radius)
      let value = (radius + 0.5 - distance) / fade
      return UInt8(saturating: max(0, min(1, value)) * 255 + 0.5)
    case .rectangle(_, _, let border):
      let point = Point(x: x, y: y)
      let inner = border.map { bounds.inset(by: $0) }
      return bounds.contains(point) && inner?.contains(point) != true ? 255 : 0
    case .ellipse(_, _, let border):
      guard Self.ellipse(in: bounds, contains: Point(x: x, y: y)) else { return 0 }
      let inner = border.map { bounds.inset(by: $0) }
      return inner.map { Self.ellipse(in: $0, contains: Point(x: x, y: y)) } == true ? 0 : 255
    }
  }

  /// Whether it may cover a pixel of `area`; false only where it surely covers none.
  func reaches(_ area: Area) -> Bool {
    let corners = [area.minX, area.maxX - 1].flatMap { x in
      [area.minY, area.maxY - 1].map { Point(x: x, y: $0) }
    }
    switch self {
    case .segment(let from, let to, let diameter, _, _):
      let center = Point(x: (area.minX + area.maxX) / 2, y: (area.minY + area.maxY) / 2)
      let reach = (diameter + area.width + area.height) / 2 + 2
      return Self.distance(x: center.x, y: center.y, from: from, to: to) <= Double(reach)
    // What is hollow is convex: it holds an area when it holds the corners.
    case .rectangle(_, _, let border):
      let hollow = border.map { bounds.inset(by: $0) }
      return !corners.allSatisfy { hollow?.contains($0) == true }
    case .ellipse(_, _, let border):
      let hollow = border.map { bounds.inset(by: $0) }
      return !corners.allSatisfy { corner in
        hollow.map { Self.ellipse(in: $0, contains: corner) } == true
      }
    }
  }

  private static func ellipse(in box: Area, contains point: Point) -> Bool {
    guard !box.isEmpty else { return false }
    let a = Double(box.width) / 2
    let b = Double(box.height) / 2
    let u = (Double(point.x - box.minX) + 0.5 - a) / a
    let v = (Double(point.y - box.minY) + 0.5 - b) / b
    return u * u + v * v <= 1
  }

  /// Distance of a pixel's centre from a line between two centres.
  static func distance(x: Int, y: Int, from: Point, to: Point) -> Double {
    let dx = Double(to.x - from.x)
    let dy = Double(to.y - from.y)
    let px = Double(x - from.x)
    let py = Double(y - from.y)
    let length = dx * dx + dy * dy
    let along = length == 0 ? 0 : max(0, min(1, (px * dx + py * dy) / length))
    let ex = px - along * dx
    let ey = py - along * dy
    return (ex * ex + ey * ey).squareRoot()
  }
}
