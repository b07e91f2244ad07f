/// What a press on the canvas does.
package enum Tool: String, Sendable, Hashable, CaseIterable {
  /// A round brush with a soft edge.
  case brush
  /// A round brush that takes or leaves whole pixels.
  case pen
  /// Paints the original back.
  case eraser
  /// Continues the surroundings through what it covers; needs no colour.
  case erase
  /// Paints what is elsewhere in the picture.
  case clone
  /// Changes the colour of the picture and leaves its light.
  case tint
  case fill
  case line
  case rectangle
  case ellipse
  /// Takes a colour from the picture, then returns to the tool before.
  case pick

  /// Whether it paints as the pointer moves, rather than from a first corner to a last one.
  var isFreehand: Bool {
    switch self {
    case .brush, .pen, .eraser, .erase, .clone, .tint: true
    case .fill, .line, .rectangle, .ellipse, .pick: false
    }
  }
  /// Whether it is set out from a first point to a last one.
  var isShape: Bool { self == .line || self == .rectangle || self == .ellipse }
  /// Whether its mark has a diameter.
  var hasSize: Bool { isFreehand || isShape }
  /// Whether it can paint the mask as well as the picture.
  var paintsMask: Bool {
    switch self {
    case .brush, .pen, .eraser, .fill, .line, .rectangle, .ellipse: true
    case .erase, .clone, .tint, .pick: false
    }
  }
  /// Whether it can paint a material as well as a colour.
  var paintsMaterial: Bool { paintsMask && self != .eraser }

  /// Names of earlier versions.
  static let aliases = ["background": Tool.erase.rawValue]
}

/// How a tool paints; every tool remembers its own.
package struct Nib: Sendable, Equatable {
  /// Diameter in pixels, 1...512; of a rectangle's or an ellipse's border.
  package var size: Int
  /// 0 (edge of one pixel) to 1 (fades from the centre).
  package var softness = 0.0
  /// 0.05...1, the most that one stroke covers.
  package var opacity = 1.0

  /// Makes a hard, opaque nib.
  init(size: Int) { self.size = size }
}
