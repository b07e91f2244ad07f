/// A mark on a picture: how much of each pixel it covers.
///
/// Coordinates are pixel numbers; a pixel's centre has its own number, so a dot of diameter 1 at
/// (3, 3) covers exactly that pixel.
package enum Shape: Sendable, Equatable {
  /// A round brush dragged in a straight line. `softness` 0 is an edge one pixel wide, 1 fades
  /// from the centre; `hard` takes or leaves whole pixels.
  case segment(from: Point, to: Point, diameter: Int, softness: Double, hard: Bool)
  /// All pixels from one corner to the other, both included.
  case rectangle(Point, Point)
  /// The ellipse inside that rectangle.
  case ellipse(Point, Point)

  /// The pixels it may cover.
  package var bounds: Area {
    switch self {
    case .segment(let from, let to, let diameter, _, _):
      let reach = diameter / 2 + 1
      return Area(
        minX: min(from.x, to.x) - reach, minY: min(from.y, to.y) - reach,
        maxX: max(from.x, to.x) + reach + 1, maxY: max(from.y, to.y) + reach + 1)
    case .rectangle(let a, let b), .ellipse(let a, let b):
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
      return UInt8(max(0, min(1, value)) * 255 + 0.5)
    case .rectangle:
      return bounds.contains(Point(x: x, y: y)) ? 255 : 0
    case .ellipse:
      let box = bounds
      let a = Double(box.width) / 2
      let b = Double(box.height) / 2
      let u = (Double(x - box.minX) + 0.5 - a) / a
      let v = (Double(y - box.minY) + 0.5 - b) / b
      return u * u + v * v <= 1 ? 255 : 0
    }
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
