import Raster

extension EditorState {
  /// Diameter of the current tool's mark in pixels.
  package var size: Int { sizes[tool] ?? 1 }

  mutating func setSize(_ size: Int) {
    guard sizes[tool] != nil else {
      say("the \(tool.rawValue) tool has no size")
      return
    }
    sizes[tool] = size.clamped(to: 1...512)
    say("\(tool.rawValue) \(self.size) px")
  }

  /// The next size: by one while small, then by about a sixth.
  func stepped(_ size: Int, by direction: Int) -> Int {
    size + direction * max(1, size / 6)
  }

  mutating func choose(_ next: Tool) {
    liftPen()
    if next == .pick, tool != .pick { toolBeforePick = tool }
    tool = next
    say(next.rawValue)
  }

  func ink(secondary isSecondary: Bool = false) -> Ink {
    tool == .eraser ? .original : .color(isSecondary ? secondary : primary)
  }

  /// The mark of the current tool between two points.
  func shape(from: Point, to: Point) -> Shape {
    switch tool {
    case .rectangle: .rectangle(from, to)
    case .ellipse: .ellipse(from, to)
    default:
      .segment(
        from: from, to: to, diameter: size, softness: tool == .line ? 0 : softness,
        hard: tool == .pen)
    }
  }

  /// A shape that is set out but not painted yet.
  var preview: (shape: Shape, ink: Ink)? {
    guard case .shape(let from, let ink, _) = gesture else { return nil }
    return (shape(from: from, to: view.cursor), ink)
  }

  /// Puts the tool down at the cursor.
  mutating func press(ink: Ink, byKeys: Bool) {
    liftPen()
    let point = view.cursor
    if tool != .pick { endComparison() }
    if shown != .edit, tool != .pick {
      shown = .edit
      if staged != nil { say("painting on the edit; c shows the result, a accepts it") }
    }
    switch tool {
    case .brush, .pen, .eraser:
      canvas.beginStroke(tool.rawValue, ink: ink)
      canvas.mark(shape(from: point, to: point))
      gesture = .stroke(last: point, byKeys: byKeys)
    case .line, .rectangle, .ellipse:
      gesture = .shape(from: point, ink: ink, byKeys: byKeys)
    case .fill:
      canvas.fill(from: point, ink: ink, tolerance: tolerance)
    case .pick:
      pick(at: point)
    }
  }

  /// Follows the cursor with whatever is down.
  mutating func drag() {
    if case .stroke(let last, let byKeys) = gesture {
      canvas.mark(shape(from: last, to: view.cursor))
      gesture = .stroke(last: view.cursor, byKeys: byKeys)
    }
  }

  /// Lets go where the cursor is: strokes end, shapes are painted.
  mutating func release() {
    switch gesture {
    case .stroke:
      canvas.endStroke()
    case .shape(let from, let ink, _):
      canvas.beginStroke(tool.rawValue, ink: ink)
      canvas.mark(shape(from: from, to: view.cursor))
      canvas.endStroke()
    case .none, .pan, .divider:
      break
    }
    gesture = .none
  }

  /// Ends a stroke, and forgets a shape that was only set out.
  mutating func liftPen() {
    canvas.endStroke()
    gesture = .none
  }

  mutating func pick(at point: Point) {
    let seen = picture(shown)
    guard canvas.bounds.contains(point) else { return }
    let at = seen.offset(x: point.x, y: point.y)
    primary = Color(seen.samples[at], seen.samples[at + 1], seen.samples[at + 2])
    if tool == .pick { tool = toolBeforePick }
    say("colour \(primary.hex)")
  }

  /// Space: pen down or up; the first or last point of a shape.
  mutating func togglePen() {
    switch gesture {
    case .none, .pan, .divider:
      press(ink: ink(), byKeys: true)
    case .stroke, .shape:
      release()
    }
  }

  /// One dot, or what one click does.
  mutating func dot() {
    if case .none = gesture {
      press(ink: ink(), byKeys: true)
      if !tool.isShape { release() }
    } else {
      release()
    }
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
