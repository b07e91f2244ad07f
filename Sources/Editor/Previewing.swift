package import Raster

extension EditorState {
  /// The edited picture with what a run will come to, as far as it is.
  package struct Preview: Sendable {
    /// The picture.
    package var picture: RGBA8
    /// Around everything that was drawn into it.
    var area = Area(x: 0, y: 0, width: 0, height: 0)
    /// How often something was.
    var count = 0

    fileprivate mutating func put(_ pixels: RGBA8, at origin: Point, _ place: Area) {
      picture.put(pixels, at: origin)
      area = area.union(place)
      count += 1
    }
  }

  /// Takes in what the run under way will come to in one rectangle.
  mutating func preview(_ pixels: RGBA8, at origin: Point) {
    let area = Area(x: origin.x, y: origin.y, width: pixels.width, height: pixels.height)
    guard showsPreview, let run, !run.isCancelling, !area.isEmpty,
      area.intersection(canvas.bounds) == area
    else { return }
    if run.preview == nil {
      self.run?.preview = Preview(picture: run.requested)
      if !canvas.isStroking, shown != .result {
        self.run?.shownBefore = shown
        shown = .result
      }
    }
    self.run?.preview?.put(pixels, at: origin, area)
    self.run?.preview?.picture.putFinished(of: canvas, in: area)
  }

  /// Takes the preview away; what was shown before it is shown again.
  mutating func endPreview() {
    guard run?.preview != nil else { return }
    if shown == .result, let before = run?.shownBefore { shown = before }
    run?.preview = nil
    run?.shownBefore = nil
  }

  /// Forgets a run that came to nothing.
  mutating func endRun() {
    endPreview()
    run = nil
    if staged == nil { workWindow = nil }
  }
}

extension RGBA8 {
  /// Replaces a rectangle by other pixels.
  ///
  /// - Precondition: they lie in the bitmap.
  mutating func put(_ part: RGBA8, at origin: Point) {
    for y in 0..<part.height {
      let to = offset(x: origin.x, y: origin.y + y)
      let from = part.offset(x: 0, y: y)
      samples.replaceSubrange(
        to..<(to + 4 * part.width), with: part.samples[from..<(from + 4 * part.width)])
    }
  }

  /// Replaces a rectangle by the same one of another bitmap of this size.
  ///
  /// - Precondition: the rectangle lies in both.
  mutating func take(_ other: RGBA8, in area: Area) {
    for y in area.minY..<area.maxY {
      let row = offset(x: area.minX, y: y)..<offset(x: area.maxX, y: y)
      samples.replaceSubrange(row, with: other.samples[row])
    }
  }
}
