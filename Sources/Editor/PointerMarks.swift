import Raster

/// What shows where the next mark will land: a ring as large as the brush or a frame around the
/// cursor's pixel, and a cross where cloning takes from.
struct PointerMarks: Sendable, Equatable {
  /// The pixel that the pointer or the cursor is on.
  let center: Point
  /// Diameter of the ring in pixels; nil for a frame.
  let diameter: Int?
  /// The pixel that the clone tool reads from; nil for other tools.
  let source: Point?

  init(_ state: EditorState, shown: EditorState.Shown) {
    center = state.pointer
    diameter = state.tool.isFreehand || state.tool == .line ? state.size : nil
    source = shown == .edit ? state.cloneOrigin : nil
  }

  /// Whether any of it can lie in some samples of a grid.
  func reach(_ samples: Area, of grid: SampleGrid, isFine: Bool) -> Bool {
    if let source, CrossMark(source, grid, isFine: isFine).bounds.overlaps(samples) { return true }
    if isFine, diameter != nil { return FineRing(self, grid).reaches(samples) }
    return isFine
      ? FineFrame(center, grid).bounds.overlaps(samples)
      : CoarseRing(self, grid).bounds.overlaps(samples)
  }

  /// Draws over the samples of `part`: in two tones at the fineness of pixels, else in whichever of
  /// black and white stands out.
  func draw(on samples: inout PaneSamples, of part: Area, grid: SampleGrid, isFine: Bool) {
    if !isFine {
      let ring = CoarseRing(self, grid)
      mark(ring.bounds, &samples, part) { ring.isEdge($0, $1) ? $2.opposite : $2 }
    } else if diameter != nil {
      let ring = FineRing(self, grid)
      mark(ring.bounds, &samples, part) { ring.apply(to: $2, x: $0, y: $1) }
    } else {
      let frame = FineFrame(center, grid)
      mark(frame.bounds, &samples, part) { frame.apply(to: $2, x: $0, y: $1) }
    }
    guard let source else { return }
    let cross = CrossMark(source, grid, isFine: isFine)
    mark(cross.bounds, &samples, part) { cross.apply(to: $2, x: $0, y: $1) }
  }

  private func mark(
    _ bounds: Area, _ samples: inout PaneSamples, _ part: Area,
    _ change: (_ x: Int, _ y: Int, _ color: Color) -> Color
  ) {
    let reached = bounds.intersection(part)
    guard !reached.isEmpty else { return }
    let xs = samples.insideX.clamped(to: reached.minX - part.minX..<reached.maxX - part.minX)
    let ys = samples.insideY.clamped(to: reached.minY - part.minY..<reached.maxY - part.minY)
    for j in ys {
      for i in xs {
        let at = j * samples.width + i
        samples.colors[at] = change(part.minX + i, part.minY + j, samples.colors[at])
      }
    }
  }
}

/// A ring one sample wide. A disc of a whole number of samples around the middle or the corner of
/// one is symmetric at any zoom, which one around the brush's own middle would not be.
struct CoarseRing {
  private let middle: (x: Double, y: Double)
  private let reach: (x: Double, y: Double)
  private let isRound: Bool
  let bounds: Area

  init(_ marks: PointerMarks, _ grid: SampleGrid) {
    let place = grid.place(of: marks.center)
    let size = Double(marks.diameter ?? 1)
    let across = max(1, (size * grid.scale.x).rounded())
    let down = max(1, (size * grid.scale.y).rounded())
    func snapped(_ place: Double, _ length: Double) -> Double {
      length.truncatingRemainder(dividingBy: 2) == 1
        ? place.rounded(.down) + 0.5 : place.rounded()
    }
    middle = (snapped(place.x, across), snapped(place.y, down))
    reach = (across / 2, down / 2)
    isRound = marks.diameter != nil
    bounds = Area(
      minX: sample(middle.x - reach.x) - 1, minY: sample(middle.y - reach.y) - 1,
      maxX: sample(middle.x + reach.x) + 2, maxY: sample(middle.y + reach.y) + 2)
  }

  private func covers(_ x: Int, _ y: Int) -> Bool {
    let dx = abs(Double(x) + 0.5 - middle.x) / reach.x
    let dy = abs(Double(y) + 0.5 - middle.y) / reach.y
    return isRound ? dx * dx + dy * dy <= 1 : dx < 1 && dy < 1
  }

  func isEdge(_ x: Int, _ y: Int) -> Bool {
    covers(x, y)
      && !(covers(x - 1, y) && covers(x + 1, y) && covers(x, y - 1) && covers(x, y + 1))
  }
}

/// A circle of two thin lines, light inside and dark outside, that shows on everything.
struct FineRing {
  private let middle: (x: Double, y: Double)
  private let scale: (x: Double, y: Double)
  /// In samples, at least so many that something is seen.
  private let radius: Double
  private let size: Double
  static let leastRadius = 2.5

  init(_ marks: PointerMarks, _ grid: SampleGrid) {
    middle = grid.place(of: marks.center)
    size = (grid.scale.x * grid.scale.y).squareRoot()
    scale = (grid.scale.x / size, grid.scale.y / size)
    radius = max(Self.leastRadius, Double(marks.diameter ?? 1) / 2 * size)
  }

  var bounds: Area {
    let reach = (x: radius * scale.x + 3, y: radius * scale.y + 3)
    return Area(
      minX: sample(middle.x - reach.x), minY: sample(middle.y - reach.y),
      maxX: sample(middle.x + reach.x) + 1, maxY: sample(middle.y + reach.y) + 1)
  }

  /// How far a place is outside the circle, in samples.
  private func distance(_ x: Double, _ y: Double) -> Double {
    let (dx, dy) = ((x - middle.x) / scale.x, (y - middle.y) / scale.y)
    return (dx * dx + dy * dy).squareRoot() - radius
  }

  /// Whether the line may run through some samples: nearer ones are inside, farther ones outside.
  func reaches(_ samples: Area) -> Bool {
    guard bounds.overlaps(samples) else { return false }
    let (left, right) = (Double(samples.minX), Double(samples.maxX))
    let (top, bottom) = (Double(samples.minY), Double(samples.maxY))
    let near = distance(
      min(max(middle.x, left), right), min(max(middle.y, top), bottom))
    let far = distance(
      middle.x - left > right - middle.x ? left : right,
      middle.y - top > bottom - middle.y ? top : bottom)
    return near < 3 && far > -3
  }

  func apply(to color: Color, x: Int, y: Int) -> Color {
    let distance = distance(Double(x) + 0.5, Double(y) + 0.5)
    func amount(_ line: Double) -> Int {
      Int(saturating: 256 * max(0, min(1, 1.1 - abs(distance - line))))
    }
    return color.mixed(with: .black, amount(0.7)).mixed(with: .white, amount(-0.4))
  }
}

/// The outline of the cursor's pixel, or of so many samples that it is seen.
struct FineFrame {
  let bounds: Area

  init(_ center: Point, _ grid: SampleGrid) {
    let place = grid.place(of: center)
    let (across, down) = (max(7, grid.scale.x), max(7, grid.scale.y))
    bounds = Area(
      minX: sample((place.x - across / 2).rounded()) - 1,
      minY: sample((place.y - down / 2).rounded()) - 1,
      maxX: sample((place.x + across / 2).rounded()) + 1,
      maxY: sample((place.y + down / 2).rounded()) + 1)
  }

  func apply(to color: Color, x: Int, y: Int) -> Color {
    let depth = min(x - bounds.minX, y - bounds.minY, bounds.maxX - 1 - x, bounds.maxY - 1 - y)
    return depth == 0 ? .black : depth == 1 ? .white : color
  }
}

/// A small cross.
struct CrossMark {
  private let middle: Point
  private let arm: Int
  private let isFine: Bool

  init(_ pixel: Point, _ grid: SampleGrid, isFine: Bool) {
    let place = grid.place(of: pixel)
    middle = Point(x: sample(place.x.rounded(.down)), y: sample(place.y.rounded(.down)))
    arm = isFine ? 7 : 2
    self.isFine = isFine
  }

  var bounds: Area {
    Area(
      x: middle.x - arm - 1, y: middle.y - arm - 1, width: 2 * arm + 3, height: 2 * arm + 3)
  }

  func apply(to color: Color, x: Int, y: Int) -> Color {
    let (along, beside) = (
      max(abs(x - middle.x), abs(y - middle.y)), min(abs(x - middle.x), abs(y - middle.y))
    )
    if along <= arm, beside == 0 { return isFine ? .white : color.opposite }
    return isFine && along <= arm + 1 && beside <= 1 ? .black : color
  }
}

extension Color {
  /// Black on light places, white on dark ones.
  var opposite: Color { luma > 127 ? .black : .white }
}

/// The sample that a place lies in; one far outside of any screen stays in the range of sums.
private func sample(_ place: Double) -> Int { Int(Int32(saturating: place)) }
