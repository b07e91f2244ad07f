import Raster

extension Canvas {
  /// The spans of the connected pixels around `seed` whose channels differ from it by at most
  /// `tolerance` (0...255 a channel).
  ///
  /// - Complexity: the pixels found; a visited mask as large as the picture is made once.
  func floodSpans(from seed: Point, tolerance: Int) -> [(y: Int, x: Range<Int>)] {
    guard bounds.contains(seed) else { return [] }
    let target = color(at: seed)
    var visited = [Bool](repeating: false, count: width * height)
    var spans: [(y: Int, x: Range<Int>)] = []
    var waiting = [seed]
    func fits(_ x: Int, _ y: Int) -> Bool {
      guard !visited[y * width + x] else { return false }
      let at = edited.offset(x: x, y: y)
      return abs(Int(edited.samples[at]) - Int(target.red)) <= tolerance
        && abs(Int(edited.samples[at + 1]) - Int(target.green)) <= tolerance
        && abs(Int(edited.samples[at + 2]) - Int(target.blue)) <= tolerance
    }
    while let point = waiting.popLast() {
      guard fits(point.x, point.y) else { continue }
      var low = point.x
      while low > 0, fits(low - 1, point.y) { low -= 1 }
      var high = point.x + 1
      while high < width, fits(high, point.y) { high += 1 }
      for x in low..<high { visited[point.y * width + x] = true }
      spans.append((point.y, low..<high))
      for y in [point.y - 1, point.y + 1] where y >= 0 && y < height {
        var inside = false
        for x in low..<high {
          let now = fits(x, y)
          if now, !inside { waiting.append(Point(x: x, y: y)) }
          inside = now
        }
      }
    }
    return spans
  }

  /// Fills the connected region of like colour around `seed`, as one step to undo.
  package mutating func fill(from seed: Point, ink: Ink, tolerance: Int) {
    beginStroke("fill", ink: ink)
    mark(spans: floodSpans(from: seed, tolerance: tolerance))
    endStroke()
  }
}
