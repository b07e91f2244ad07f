import Raster

extension Color {
  /// Brightness 0...255 with the weights of Rec. 601, not rounded.
  private var exactLuma: Double {
    (299 * Double(red) + 587 * Double(green) + 114 * Double(blue)) / 1000
  }

  /// A colour as bright as this one with hue and chroma of another.
  ///
  /// What is not brightness, a channel less the luma of Rec. 601, is taken from `other`. Where that
  /// does not fit into 0...255 there is less of it, in all channels alike, down to grey: never more
  /// or less light. Luma changes by rounding alone, half a level at most.
  package func tinted(with other: Color) -> Color {
    let (luma, otherLuma) = (exactLuma, other.exactLuma)
    let chroma = SIMD3(Double(other.red), Double(other.green), Double(other.blue)) - otherLuma
    var share = 1.0
    let (most, least) = (chroma.max(), chroma.min())
    if most * share > 255 - luma { share = (255 - luma) / most }
    if -least * share > luma { share = luma / -least }
    let mixed = (luma + share * chroma).rounded(.toNearestOrAwayFromZero)
    return Color(
      UInt8(saturating: mixed.x), UInt8(saturating: mixed.y), UInt8(saturating: mixed.z))
  }
}

extension Canvas {
  /// Gives the masked pixels hue and chroma of a colour, as one step to undo.
  ///
  /// - Parameter opacity: 0...1.
  package mutating func tintMask(_ color: Color, opacity: Double = 1) {
    let mask = maskPixels
    beginStroke("tint", ink: .tint(color), opacity: opacity)
    mark(in: mask.bounds) { mask[$0, $1] ? 255 : 0 }
    endStroke()
  }

  /// Tints a pixel as it was before the stroke, by `amount` of 255; alpha stays.
  ///
  /// What was the picture's is finished by that. Paint that is still to become picture stays that, in
  /// another colour.
  mutating func tint(
    _ color: Color, _ amount: Int, x: Int, y: Int, before: TileContent, local: Int
  ) {
    let at = edited.offset(x: x, y: y)
    guard let old = before.edited, let kinds = before.touched, old[4 * local + 3] > 0 else {
      return
    }
    let below = Color(old[4 * local], old[4 * local + 1], old[4 * local + 2])
    let above = below.tinted(with: color)
    func mixed(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8((Int(old) * (255 - amount) + Int(new) * amount + 127) / 255)
    }
    edited.samples[at] = mixed(below.red, above.red)
    edited.samples[at + 1] = mixed(below.green, above.green)
    edited.samples[at + 2] = mixed(below.blue, above.blue)
    let finished = PaintKind.finished.rawValue
    guard kinds[local] == 0 || kinds[local] == finished else { return }
    touchedPixels[byte: x, y] = finished
    maskPixels[x, y] = false
  }
}

extension EditorState {
  /// Tints all that is masked in one go; with nothing masked, chooses the tool for it.
  mutating func tint(_ color: Color?) {
    liftPen()
    if let color { primary = color }
    guard canvas.maskCount > 0 else {
      choose(.tint)
      return
    }
    let share = Numbers.percent(editFraction)
    canvas.tintMask(primary, opacity: nibs[.tint]?.opacity ?? 1)
    say("tinted what was masked, \(share), with \(primary.hex); u takes it back")
  }
}
