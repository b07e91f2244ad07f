import Raster

extension EditorState {
  /// How the current tool paints.
  package var nib: Nib {
    get { nibs[tool] ?? Nib(size: 1) }
    set { nibs[tool] = newValue }
  }

  /// Diameter of the current tool's mark in pixels.
  package var size: Int { nib.size }

  mutating func setSize(_ size: Int) {
    guard tool.hasSize else {
      say("the \(tool.rawValue) tool has no size")
      return
    }
    nib.size = size.clamped(to: 1...512)
    say("\(tool.rawValue) \(self.size) px")
  }

  /// The next size: by one while small, then by about a sixth.
  func stepped(_ size: Int, by direction: Int) -> Int {
    size + direction * max(1, size / 6)
  }

  /// `[` and `]`: the size, or how far a fill reaches.
  mutating func resize(by direction: Int) {
    if tool == .fill {
      setTolerance(tolerance + 4 * direction)
    } else {
      setSize(stepped(size, by: direction))
    }
  }

  mutating func setSoftness(_ value: Double) {
    nib.softness = Numbers.rounded(max(0, min(1, value)))
    say("\(tool.rawValue) softness \(Numbers.percent(nib.softness))\(materialNote)")
  }

  mutating func setOpacity(_ value: Double) {
    nib.opacity = Numbers.rounded(max(0.05, min(1, value)))
    say("\(tool.rawValue) opacity \(Numbers.percent(nib.opacity))\(materialNote)")
  }

  /// What is said where a setting is of colours alone.
  private var materialNote: String {
    guard let material, tool.paintsMaterial, !isMasking else { return "" }
    return "; for colours, \(material.name) covers all or nothing"
  }

  mutating func toggleShapeFill() {
    fillsShapes.toggle()
    say(fillsShapes ? "filled rectangles and ellipses" : "outlined rectangles and ellipses")
  }

  mutating func choose(_ next: Tool) {
    liftPen()
    if next == .pick, tool != .pick { toolBeforePick = tool }
    if isMasking, !next.paintsMask, next != .pick { toggleMasking() }
    tool = next
    if next == .clone, cloneSource == nil {
      say("clone: S at the cursor sets where from (or Ctrl-click), then paint")
    } else if next == .erase {
      say("erase: no colour needed, what is around goes on")
    } else if next == .tint {
      say("tint: changes the colour, keeps light and detail; finished as it is")
    } else {
      say(next.rawValue)
    }
  }

  /// What the tool line calls the tool.
  package var toolLabel: String {
    var label = isMasking && tool.paintsMask ? "MASK \(tool.rawValue)" : tool.rawValue
    if tool.hasSize, !(tool.isShape && tool != .line && fillsShapes) { label += " \(size)px" }
    if tool == .fill { label += " \(tolerance)" }
    if let material, tool.paintsMaterial, !isMasking { return label + " \(material.name)" }
    if nib.opacity < 1 { label += " \(Numbers.percent(nib.opacity))" }
    return label
  }

  /// What the tool does where its name may not say it; empty for others.
  var toolNote: String {
    switch tool {
    case .erase: ": what is around goes on"
    case .tint: ": keeps the light"
    default: ""
    }
  }

  /// What the tool leaves behind; nil where there is nothing to paint with yet.
  func ink(secondary isSecondary: Bool = false) -> Ink? {
    if isMasking, tool.paintsMask { return .mask(!isSecondary && tool != .eraser) }
    switch tool {
    case .eraser: return .original
    case .erase: return .erasure
    case .clone: return cloneOffset.map { .clone(offset: $0) }
    case .tint: return .tint(isSecondary ? secondary : primary)
    case .brush, .pen, .fill, .line, .rectangle, .ellipse, .pick:
      if let material, !isSecondary { return .material(material) }
      return .color(isSecondary ? secondary : primary)
    }
  }

  /// The mark of the current tool between two points.
  func shape(from: Point, to: Point) -> Shape {
    let border = fillsShapes ? nil : size
    switch tool {
    case .rectangle: return .rectangle(from, to, border: border)
    case .ellipse: return .ellipse(from, to, border: border)
    default:
      return .segment(
        from: from, to: to, diameter: size, softness: nib.softness, hard: tool == .pen)
    }
  }

  /// A shape that is set out but not painted yet.
  var preview: (shape: Shape, ink: Ink)? {
    guard case .shape(let from, let ink, _) = gesture else { return nil }
    return (shape(from: from, to: view.cursor), ink)
  }

  /// Puts the tool down at the cursor.
  mutating func press(secondary: Bool = false, byKeys: Bool) {
    liftPen()
    let point = view.cursor
    if tool == .pick {
      pick(at: point, secondary: secondary)
      return
    }
    if tool == .clone, cloneOffset == nil, let source = cloneSource {
      cloneOffset = Point(x: source.x - point.x, y: source.y - point.y)
    }
    guard let ink = ink(secondary: secondary) else {
      complain("nothing to clone from yet: S at the cursor sets where from, Ctrl-click too")
      return
    }
    noteWherePaintGoes(ink, point)
    switch tool {
    case .brush, .pen, .eraser, .erase, .clone, .tint:
      canvas.beginStroke(strokeName(ink), ink: ink, opacity: nib.opacity)
      canvas.mark(shape(from: point, to: point))
      gesture = .stroke(last: point, byKeys: byKeys)
    case .line, .rectangle, .ellipse:
      gesture = .shape(from: point, ink: ink, byKeys: byKeys)
    case .fill:
      fill(from: point, ink)
    case .pick: break
    }
    lastPoint = point
  }

  private func strokeName(_ ink: Ink) -> String {
    if case .mask = ink { "mask \(tool.rawValue)" } else { tool.rawValue }
  }

  /// Says what might surprise: paint goes to the edit, and not into transparency.
  private mutating func noteWherePaintGoes(_ ink: Ink, _ point: Point) {
    endComparison()
    if shown != .edit {
      shown = .edit
      if staged != nil { say("painting on the edit; c shows the result, a accepts it") }
    }
    guard ink.planes.contains(.edited), canvas.keepsAlpha, canvas.bounds.contains(point) else {
      return
    }
    if canvas.edited.samples[canvas.edited.offset(x: point.x, y: point.y) + 3] == 0 {
      say("transparent here, and alpha=keep, so paint does not show; :set alpha=paint")
    }
  }

  /// Follows the cursor with whatever is down.
  mutating func drag() {
    if case .stroke(let last, let byKeys) = gesture {
      canvas.mark(shape(from: last, to: view.cursor))
      gesture = .stroke(last: view.cursor, byKeys: byKeys)
      lastPoint = view.cursor
    }
  }

  /// Lets go where the cursor is: strokes end, shapes are painted.
  mutating func release() {
    switch gesture {
    case .stroke:
      canvas.endStroke()
    case .shape(let from, let ink, _):
      paint(from: from, to: view.cursor, ink)
    case .none, .pan, .divider:
      break
    }
    gesture = .none
  }

  private mutating func paint(from: Point, to: Point, _ ink: Ink) {
    canvas.beginStroke(strokeName(ink), ink: ink, opacity: nib.opacity)
    canvas.mark(shape(from: from, to: to))
    canvas.endStroke()
    lastPoint = to
  }

  /// A straight stroke of the current tool from where the last one ended.
  mutating func connect() {
    liftPen()
    guard tool.isFreehand || tool == .line else {
      complain("the \(tool.rawValue) tool draws no lines; b n e / do")
      return
    }
    guard let lastPoint else {
      complain("no last point yet: paint a dot with . first")
      return
    }
    guard let ink = ink() else {
      complain("nothing to clone from yet: S at the cursor sets where from, Ctrl-click too")
      return
    }
    noteWherePaintGoes(ink, view.cursor)
    paint(from: lastPoint, to: view.cursor, ink)
  }

  /// Ends a stroke, and forgets a shape that was only set out.
  mutating func liftPen() {
    canvas.endStroke()
    gesture = .none
  }

  mutating func pick(at point: Point, secondary isSecondary: Bool = false) {
    let seen = picture(shown)
    guard canvas.bounds.contains(point) else { return }
    let at = seen.offset(x: point.x, y: point.y)
    let color = Color(seen.samples[at], seen.samples[at + 1], seen.samples[at + 2])
    if tool == .pick { tool = toolBeforePick }
    if isSecondary {
      secondary = color
      say("second colour \(color.hex)")
    } else {
      primary = color
      say("colour \(color.hex)")
    }
  }

  mutating func setCloneSource(_ point: Point) {
    guard canvas.bounds.contains(point) else { return }
    cloneSource = point
    cloneOffset = nil
    if tool != .clone { choose(.clone) }
    say("cloning from \(point.x),\(point.y)")
  }

  /// The pixel that the next mark will land on.
  var pointer: Point { hover ?? view.cursor }

  /// The pixel that the clone tool would copy to the cursor; nil for others, or without a source.
  var cloneOrigin: Point? {
    guard tool == .clone, let source = cloneSource else { return nil }
    guard let offset = cloneOffset else { return source }
    return Point(x: pointer.x + offset.x, y: pointer.y + offset.y)
  }

  /// Space: pen down or up; the first or last point of a shape.
  mutating func togglePen() {
    switch gesture {
    case .none, .pan, .divider:
      press(byKeys: true)
    case .stroke, .shape:
      release()
    }
  }

  /// One dot, or what one click does.
  mutating func dot() {
    if case .none = gesture {
      press(byKeys: true)
      if !tool.isShape { release() }
    } else {
      release()
    }
  }

  /// Moves the cursor to a pixel, painting a straight line where the pen is down.
  mutating func go(to point: Point) {
    view.cursor = point
    followCursor()
    drag()
  }

  mutating func moveCursor(x: Int, y: Int) {
    let step = view.zoom.pixelsAStep
    view.cursor.x += x * step
    view.cursor.y += y * step
    followCursor()
    drag()
  }

  mutating func pan(x: Int, y: Int) {
    noteMovement()
    view.origin.x += x * view.zoom.step
    view.origin.y += y * view.zoom.step
    settleView()
  }
}
