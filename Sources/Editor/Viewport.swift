/// How large the picture is shown: `magnify` sub-pixels a pixel, or `reduce` pixels a sub-pixel.
package struct Zoom: Sendable, Hashable {
  /// 1...16; more than 1 only while `reduce` is 1.
  package let magnify: Int
  /// 1...128; up to 16 by keys, more where a large picture has to fit.
  package let reduce: Int

  /// Makes a ratio; one of the two is 1.
  package init(magnify: Int = 1, reduce: Int = 1) {
    self.magnify = max(1, magnify)
    self.reduce = magnify > 1 ? 1 : max(1, reduce)
  }

  /// The ratios that zooming goes through, from 1:128 to 16:1.
  package static let ladder: [Zoom] =
    [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2].map { Zoom(reduce: $0) }
    + [1, 2, 3, 4, 6, 8, 12, 16].map { Zoom(magnify: $0) }

  /// The next larger (positive) or smaller ratio of the ladder; itself at the ends.
  package func stepped(by direction: Int) -> Zoom {
    let next =
      direction > 0
      ? Self.ladder.first { $0.ratio > ratio } : Self.ladder.last { $0.ratio < ratio }
    return next ?? self
  }

  private var ratio: Double { Double(magnify) / Double(reduce) }

  /// The largest whole ratio at which `width` x `height` pixels fit into so many sub-pixels.
  package static func fitting(width: Int, height: Int, columns: Int, rows: Int) -> Zoom {
    func fits(_ zoom: Zoom) -> Bool {
      zoom.length(of: width) <= columns && zoom.length(of: height) <= rows
    }
    for magnify in stride(from: 16, to: 1, by: -1) where fits(Zoom(magnify: magnify)) {
      return Zoom(magnify: magnify)
    }
    let reduce = (1...128).first { fits(Zoom(reduce: $0)) }
    return Zoom(reduce: reduce ?? 128)
  }

  /// Reads `1:4` or `2:1`, within 1:128 and 16:1.
  package init?(label: String) {
    let parts = label.split(separator: ":").compactMap { Int($0) }
    guard parts.count == 2, parts.contains(1), (1...16).contains(parts[0]),
      (1...128).contains(parts[1])
    else { return nil }
    self.init(magnify: parts[0], reduce: parts[1])
  }

  /// Sub-pixels that `pixels` take up, rounded up.
  package func length(of pixels: Int) -> Int {
    magnify > 1 ? pixels * magnify : (pixels + reduce - 1) / reduce
  }

  /// `2:1`, `1:4`.
  package var label: String { magnify > 1 ? "\(magnify):1" : "1:\(reduce)" }
}

/// Which part of the picture is shown, and the cursor in it.
package struct Viewport: Sendable, Equatable {
  /// The ratio.
  package var zoom = Zoom()
  /// The pixel at the top left sub-pixel; negative where the picture is smaller than its pane.
  package var origin = Point(x: 0, y: 0)
  /// The canvas cursor, a pixel of the picture.
  package var cursor = Point(x: 0, y: 0)

  /// The pixels under a sub-pixel, as a block of `reduce` x `reduce`, or the one pixel.
  package func block(atSubpixel point: Point) -> Area {
    if zoom.magnify > 1 {
      return Area(
        x: origin.x + point.x.floorDivided(by: zoom.magnify),
        y: origin.y + point.y.floorDivided(by: zoom.magnify), width: 1, height: 1)
    }
    return Area(
      x: origin.x + point.x * zoom.reduce, y: origin.y + point.y * zoom.reduce,
      width: zoom.reduce, height: zoom.reduce)
  }

  /// The pixel in the middle of what a sub-pixel shows.
  package func pixel(atSubpixel point: Point) -> Point {
    let block = block(atSubpixel: point)
    return Point(x: block.minX + block.width / 2, y: block.minY + block.height / 2)
  }

  /// Changes the zoom so that `pixel`, seen at sub-pixel `anchor`, stays there.
  package mutating func zoom(to next: Zoom, keeping pixel: Point, at anchor: Point) {
    zoom = next
    if next.magnify > 1 {
      origin = Point(
        x: pixel.x - anchor.x.floorDivided(by: next.magnify),
        y: pixel.y - anchor.y.floorDivided(by: next.magnify))
    } else {
      origin = Point(x: pixel.x - anchor.x * next.reduce, y: pixel.y - anchor.y * next.reduce)
    }
  }

  /// Keeps the picture in a pane of `columns` x `rows` sub-pixels: centred where it is smaller,
  /// without an empty margin where it is larger. Reduced views start on whole blocks, so averages
  /// do not shimmer while the view moves.
  package mutating func settle(width: Int, height: Int, columns: Int, rows: Int) {
    origin.x = settled(origin.x, length: width, room: columns)
    origin.y = settled(origin.y, length: height, room: rows)
    cursor.x = cursor.x.clamped(to: 0...max(0, width - 1))
    cursor.y = cursor.y.clamped(to: 0...max(0, height - 1))
  }

  private func settled(_ start: Int, length: Int, room: Int) -> Int {
    let shown = zoom.magnify > 1 ? room / zoom.magnify : room * zoom.reduce
    if length <= shown {
      let margin = (room - zoom.length(of: length)) / 2
      return zoom.magnify > 1 ? -(margin / zoom.magnify) : -margin * zoom.reduce
    }
    let aligned = start.floorDivided(by: zoom.reduce) * zoom.reduce
    return aligned.clamped(
      to: 0...max(0, (length - shown + zoom.reduce - 1) / zoom.reduce * zoom.reduce))
  }

  /// Moves the view as little as needed to show the cursor.
  package mutating func followCursor(columns: Int, rows: Int) {
    let spanX = zoom.magnify > 1 ? max(1, columns / zoom.magnify) : columns * zoom.reduce
    let spanY = zoom.magnify > 1 ? max(1, rows / zoom.magnify) : rows * zoom.reduce
    if cursor.x < origin.x { origin.x = cursor.x }
    if cursor.x >= origin.x + spanX { origin.x = cursor.x - spanX + zoom.reduce }
    if cursor.y < origin.y { origin.y = cursor.y }
    if cursor.y >= origin.y + spanY { origin.y = cursor.y - spanY + zoom.reduce }
  }
}
