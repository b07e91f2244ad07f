import Raster

/// What can be done to the whole mask.
package enum MaskChange: Sendable, Hashable {
  case all, clear, invert
  /// The pixels that strokes touched and that are not finished, as it is unless one changes it.
  case strokes
  case grow(Int)
  case shrink(Int)
}

extension EditorState {
  /// Into mask mode, where tools paint the mask and the mask is seen, or out of it.
  mutating func toggleMasking() {
    liftPen()
    isMasking.toggle()
    if isMasking {
      showedMaskBefore = showsMask
      showsMask = true
      if !tool.paintsMask { tool = tool == .pick ? toolBeforePick : .brush }
      if !tool.paintsMask { tool = .brush }
      shown = .edit
      say("mask: paint adds, e or the right button takes away, M inverts, { } shrink and grow")
    } else {
      showsMask = showedMaskBefore
      say("painting colour again")
    }
  }

  /// `{` and `}`: the edge of the brush, or in mask mode the mask.
  mutating func soften(by direction: Int) {
    if isMasking {
      changeMask(direction > 0 ? .grow(1) : .shrink(1))
    } else if tool.isFreehand || tool == .line, tool != .pen, tool != .erase {
      setSoftness(nib.softness + 0.1 * Double(direction))
    } else {
      say("the \(tool.rawValue) tool has no softness")
    }
  }

  /// Erases all that is masked in one go; where nothing is masked that is not erased already, chooses
  /// the tool for it.
  mutating func erase() {
    liftPen()
    guard canvas.hasMasked(otherThan: .erasure) else {
      choose(.erase)
      return
    }
    // Above, the fill would hold up the screen for more than a moment.
    guard canvas.maskCount <= 4_000_000 else {
      complain("the mask is larger than 4 million pixels; mask less")
      return
    }
    canvas.eraseMask()
    say("erased what is masked, \(Numbers.percent(editFraction)); u takes it back")
  }

  mutating func changeMask(_ change: MaskChange) {
    liftPen()
    let touched = canvas.touched
    let before = canvas.revision
    switch change {
    case .all:
      canvas.changeMask("mask all") { Mask(width: $0.width, height: $0.height, filledWith: 255) }
    case .clear: canvas.changeMask("mask clear") { Mask(width: $0.width, height: $0.height) }
    case .invert: canvas.changeMask("mask invert") { $0.inverted }
    case .strokes: canvas.changeMask("mask from strokes") { _ in touched.withoutFinished }
    case .grow(let pixels): canvas.changeMask("mask grow") { $0.grown(by: pixels) }
    case .shrink(let pixels): canvas.changeMask("mask shrink") { $0.shrunk(by: pixels) }
    }
    let covers = "the mask covers \(Numbers.percent(editFraction))"
    say(canvas.revision == before ? "\(covers), as before" : covers)
  }
}
