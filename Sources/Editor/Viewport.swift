import Raster

/// How large the picture is shown: how much of it one sub-pixel of the screen covers.
///
/// Lengths are counted in grains, 720,720 to a pixel: a number that every whole magnification from 1
/// to 16 divides, so that pixels and sub-pixels meet exactly, and fine enough for any reduction.
package struct Zoom: Sendable, Hashable {
  /// Grains in a pixel.
  package static let pixel = 720_720

  /// Grains that a sub-pixel covers; `pixel` at 1:1, at least a sixteenth of it.
  package let step: Int

  /// Makes a ratio from the grains that a sub-pixel covers.
  package init(step: Int) { self.step = max(Self.pixel / 16, step) }

  /// Makes `magnify`:1, or 1:`reduce` where `magnify` is 1. A whole ratio is exact.
  package init(magnify: Int = 1, reduce: Double = 1) {
    self.init(
      step: magnify > 1
        ? Self.pixel / magnify.clamped(to: 1...16)
        : Int(saturating: Double(Self.pixel) * max(1, min(reduce, 65_536))))
  }

  /// Sub-pixels that a pixel takes up, 1...16; 1 in reduced views.
  package var magnify: Int { max(1, Self.pixel / step) }

  /// Whole pixels nearest to a sub-pixel, at least 1: how far one step of the cursor goes.
  package var pixelsAStep: Int { max(1, (step + Self.pixel / 2) / Self.pixel) }

  /// Whether a sub-pixel covers more than one pixel.
  package var isReduced: Bool { step > Self.pixel }

  /// The ratios that zooming goes through, from 1:128 to 16:1.
  package static let ladder: [Zoom] =
    [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2].map { Zoom(reduce: $0) }
    + [1, 2, 3, 4, 6, 8, 12, 16].map { Zoom(magnify: $0) }

  /// The next larger (positive) or smaller ratio of the ladder; itself at the ends.
  package func stepped(by direction: Int) -> Zoom {
    let next =
      direction > 0
      ? Self.ladder.first { $0.step < step } : Self.ladder.last { $0.step > step }
    return next ?? self
  }

  /// The largest ratio at which `width` x `height` pixels fit into so many sub-pixels: a whole one
  /// where the picture is magnified, whatever it takes where it is reduced.
  package static func fitting(width: Int, height: Int, columns: Int, rows: Int) -> Zoom {
    for magnify in stride(from: 16, to: 0, by: -1)
    where width * magnify <= columns && height * magnify <= rows {
      return Zoom(magnify: magnify)
    }
    func step(_ pixels: Int, _ room: Int) -> Int {
      (pixels * pixel + max(1, room) - 1) / max(1, room)
    }
    return Zoom(step: max(pixel, step(width, columns), step(height, rows)))
  }

  /// Reads `1:4`, `1:2.5` or `2:1`, within 1:128 and 16:1.
  package init?(label: String) {
    let parts = label.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    if parts[0] == "1", let reduce = Double(parts[1]), (1...128).contains(reduce) {
      self.init(reduce: reduce)
    } else if parts[1] == "1", let magnify = Int(parts[0]), (1...16).contains(magnify) {
      self.init(magnify: magnify)
    } else {
      return nil
    }
  }

  /// Sub-pixels that `pixels` take up, rounded up.
  package func length(of pixels: Int) -> Int { (pixels * Self.pixel + step - 1) / step }

  /// `2:1`, `1:4`, `1:9.5`.
  package var label: String {
    guard isReduced else { return magnify > 1 ? "\(magnify):1" : "1:1" }
    let reduce = Double(step) / Double(Self.pixel)
    return "1:" + Numbers.plain(reduce < 2 ? reduce : (reduce * 10).rounded() / 10)
  }
}

/// Which part of the picture is shown, and the cursor in it.
package struct Viewport: Sendable, Equatable {
  /// The ratio.
  package var zoom = Zoom()
  /// The place of the picture at the top left of the pane, in grains; negative where the picture is
  /// smaller than its pane, and a multiple of `zoom.step` once settled.
  package var origin = Point(x: 0, y: 0)
  /// The canvas cursor, a pixel of the picture.
  package var cursor = Point(x: 0, y: 0)

  /// The top left at 1:1.
  package init() {}

  /// The pixels that a sub-pixel shows any part of; one where the picture is magnified.
  package func block(atSubpixel point: Point) -> Area {
    func range(_ origin: Int, _ index: Int) -> (Int, Int) {
      let start = origin + index * zoom.step
      let last = (start + zoom.step - 1).floorDivided(by: Zoom.pixel)
      return (start.floorDivided(by: Zoom.pixel), last + 1)
    }
    let (minX, maxX) = range(origin.x, point.x)
    let (minY, maxY) = range(origin.y, point.y)
    return Area(minX: minX, minY: minY, maxX: maxX, maxY: maxY)
  }

  /// The place in the middle of a sub-pixel, in grains.
  package func place(atSubpixel point: Point) -> Point {
    Point(
      x: origin.x + point.x * zoom.step + zoom.step / 2,
      y: origin.y + point.y * zoom.step + zoom.step / 2)
  }

  /// The pixel in the middle of what a sub-pixel shows.
  package func pixel(atSubpixel point: Point) -> Point {
    Self.pixel(at: place(atSubpixel: point))
  }

  /// The pixel that holds a place given in grains.
  package static func pixel(at place: Point) -> Point {
    Point(
      x: place.x.floorDivided(by: Zoom.pixel), y: place.y.floorDivided(by: Zoom.pixel))
  }

  /// The sub-pixel that shows the middle of a pixel.
  package func subpixel(of pixel: Point) -> Point {
    let middle = Self.middle(of: pixel)
    return Point(
      x: (middle.x - origin.x).floorDivided(by: zoom.step),
      y: (middle.y - origin.y).floorDivided(by: zoom.step))
  }

  /// The middle of a pixel in grains.
  package static func middle(of pixel: Point) -> Point {
    Point(
      x: pixel.x * Zoom.pixel + Zoom.pixel / 2, y: pixel.y * Zoom.pixel + Zoom.pixel / 2)
  }

  /// Changes the zoom so that `place` (in grains) is seen in the sub-pixel `anchor`.
  package mutating func zoom(to next: Zoom, keeping place: Point, at anchor: Point) {
    zoom = next
    // The nearest multiple of a step puts the place within half a sub-pixel of the anchor's middle.
    func start(_ place: Int, _ anchor: Int) -> Int {
      (place - anchor * next.step).floorDivided(by: next.step) * next.step
    }
    origin = Point(x: start(place.x, anchor.x), y: start(place.y, anchor.y))
  }

  /// Shows all of a picture in a pane of `columns` x `rows` sub-pixels, as large as it fits.
  package mutating func fit(width: Int, height: Int, columns: Int, rows: Int) {
    zoom = .fitting(width: width, height: height, columns: columns, rows: rows)
    origin = Point(x: 0, y: 0)
    settle(width: width, height: height, columns: columns, rows: rows)
  }

  /// Keeps the picture in a pane of `columns` x `rows` sub-pixels: centred where it is smaller,
  /// without an empty margin where it is larger. Views start on whole steps, so averages do not
  /// shimmer while the view moves.
  package mutating func settle(width: Int, height: Int, columns: Int, rows: Int) {
    origin.x = settled(origin.x, length: width, room: columns)
    origin.y = settled(origin.y, length: height, room: rows)
    cursor.x = cursor.x.clamped(to: 0...max(0, width - 1))
    cursor.y = cursor.y.clamped(to: 0...max(0, height - 1))
  }

  private func settled(_ start: Int, length: Int, room: Int) -> Int {
    let total = zoom.length(of: length)
    guard total > room else { return -((room - total) / 2) * zoom.step }
    return start.floorDivided(by: zoom.step).clamped(to: 0...(total - room)) * zoom.step
  }

  /// Moves the view as little as needed to show the cursor.
  package mutating func followCursor(columns: Int, rows: Int) {
    origin.x = followed(origin.x, cursor.x, room: columns)
    origin.y = followed(origin.y, cursor.y, room: rows)
  }

  private func followed(_ start: Int, _ pixel: Int, room: Int) -> Int {
    let first = (pixel * Zoom.pixel).floorDivided(by: zoom.step)
    let last = ((pixel + 1) * Zoom.pixel - 1).floorDivided(by: zoom.step)
    let seen = start.floorDivided(by: zoom.step)
    if first < seen { return first * zoom.step }
    if last >= seen + room { return (last - room + 1) * zoom.step }
    return start
  }
}
