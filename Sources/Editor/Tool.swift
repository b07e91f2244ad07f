/// What a press on the canvas does.
package enum Tool: String, Sendable, Hashable, CaseIterable {
  /// A round brush with a soft edge.
  case brush
  /// A round brush that takes or leaves whole pixels.
  case pen
  /// Paints the original back.
  case eraser
  case fill
  case line
  case rectangle
  case ellipse
  /// Takes a colour from the picture, then returns to the tool before.
  case pick

  /// Whether it paints as the pointer moves, rather than from a first corner to a last one.
  var isFreehand: Bool { self == .brush || self == .pen || self == .eraser }
  /// Whether it is set out from a first point to a last one.
  var isShape: Bool { self == .line || self == .rectangle || self == .ellipse }
}
