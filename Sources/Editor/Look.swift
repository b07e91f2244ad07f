import Raster

/// How the picture is looked at, beside zoom and position.
package struct Look: Sendable, Equatable {
  /// What a comparison shows in the place of one picture.
  package enum Comparison: Sendable, Hashable {
    case none
    /// The older picture left of a divider, the newer right of it.
    case wipe
    /// How much two pictures differ, amplified.
    case difference
  }

  /// What turning the wheel does.
  package enum Wheel: String, Sendable, Hashable, CaseIterable { case zoom, pan, size }

  /// Which way of sending whole pictures to use.
  package enum GraphicsWish: String, Sendable, Hashable, CaseIterable {
    /// What the terminal says it can.
    case auto
    case off, kitty, sixel
  }

  /// Characters that pictures are made of; nil chooses by zoom and terminal.
  package var glyphs: Glyphs?
  /// What is compared in the single or right pane.
  package var comparison: Comparison = .none
  /// Whether the edit is compared with instead of the original.
  package var comparesEdit = false
  /// Where the wipe's divider stands, 0 (left) to 1.
  package var divider = 0.5
  /// By what a difference is multiplied, 1...64.
  package var gain = 8
  /// One pane or two; nil chooses by width.
  package var hasTwoPanes: Bool?
  /// Whether only pictures are shown, without bars.
  package var hidesBars = false
  /// Whether the two compared pictures change places by themselves.
  package var blinks = false
  /// Whether the age of the engine's caches is drawn over the picture.
  package var showsCaches = false
  /// The colour of the mask over the picture; nil takes one that stands out at each place.
  package var maskColor: Color?
  /// How much of the mask's colour is over the picture, 0...1; the edge is seen at 0 too.
  package var maskOpacity = 0.45
  /// What turning the wheel does.
  package var wheel: Wheel = .zoom
  /// Whether a pane that shows a part of the picture has a map of all of it in a corner.
  package var showsMinimap = true
  /// How a result is sent where the terminal shows pictures.
  package var graphics: GraphicsWish = .auto
  /// When the view moved last, in milliseconds of the loop's clock.
  var movedAt = -1_000_000

  /// A plain view.
  package init() {}
}

/// What is known of the terminal, as far as it changes what is drawn.
package struct TerminalFacts: Sendable, Equatable {
  /// Ways of sending whole pictures.
  package enum Graphics: String, Sendable, Hashable { case kitty, sixel }

  /// Colours that can be told apart; 1 is none.
  package var colors = 16_777_216
  /// Whether block characters may be sent.
  package var hasUnicode = true
  /// Pixels in a cell, across and down; 0 where the terminal does not say.
  package var cellWidth = 0
  /// Pixels in a cell's height; 0 where the terminal does not say.
  package var cellHeight = 0
  /// Best way of sending whole pictures that the terminal answered it has.
  package var graphics: Graphics?
  /// Bytes a second that may be sent; nil is without limit.
  package var bytesPerSecond: Int?
  /// How many sixel pictures it keeps on the screen: xterm forgets others than the last sixteen. Nil
  /// is without limit.
  package var mostSixels: Int? = 14
  /// The finest block characters that the terminal is known to draw itself, in any font.
  package var finestGlyphs: Glyphs = .quadrant

  /// A terminal that can everything but pictures.
  package init() {}
}

extension EditorState {
  /// How long after its last movement a view counts as moving, in milliseconds.
  package static let settlingTime = 200

  /// Whether the view was moved just now, so that what is drawn will soon be replaced.
  package var isMoving: Bool {
    if case .pan = gesture { return true }
    return now - look.movedAt < Self.settlingTime
  }

  /// Whether pictures are drawn coarsely: on a slow line a moving one is replaced before it can be
  /// looked at.
  var isCoarse: Bool { terminal.bytesPerSecond != nil && isMoving }

  /// Whether pictures wait to be sent as pixels until the view rests: on a slow line, and as sixels,
  /// of which a whole pane takes longer to make than a frame lasts.
  var waitsForRest: Bool { isMoving && (terminal.bytesPerSecond != nil || graphics == .sixel) }

  mutating func noteMovement() {
    isViewChosen = true
    look.movedAt = now
  }

  /// Milliseconds until the screen or the journal changes by itself; nil while nothing will.
  package var millisecondsToChange: Int? {
    var waits: [Int] = []
    if let news = millisecondsOfNews { waits.append(news) }
    if isJournalDue { waits.append(Journaling.interval / 2) }
    if waitsForRest {
      waits.append(Self.settlingTime + 10 - (now - look.movedAt))
    }
    if look.blinks, isComparable {
      waits.append(Self.blinkTime - now % Self.blinkTime)
    }
    return waits.min().map { max(1, $0) }
  }

  /// The characters that pictures are drawn with now.
  ///
  /// Half blocks show every pixel in its own colour, so they are for editing; reduced views gain by
  /// finer characters, except where few colours leave a dither to do the work.
  package var glyphs: Glyphs {
    guard terminal.hasUnicode else { return terminal.colors > 1 ? .cell : .ascii }
    if isCoarse { return .cell }
    if let chosen = look.glyphs { return chosen }
    if terminal.colors == 1 { return .quadrant }
    return view.zoom.isReduced && terminal.colors >= 256 ? terminal.finestGlyphs : .half
  }

  // MARK: Comparing

  /// Half a blink in milliseconds.
  package static let blinkTime = 700

  /// The older and the newer of the two pictures that comparisons show.
  package var compared: (before: Shown, after: Shown) {
    if staged?.rival != nil { return (.rival, .result) }
    return staged == nil ? (.original, .edit) : (look.comparesEdit ? .edit : .original, .result)
  }

  var isComparable: Bool { staged != nil || canvas.touchedCount > 0 }

  /// The picture that the single or right pane shows now, blinking included.
  package var shownNow: Shown {
    guard look.blinks, isComparable, run == nil else { return shown }
    return now / Self.blinkTime % 2 == 0 ? compared.after : compared.before
  }

  mutating func toggleComparison(_ comparison: Look.Comparison) {
    look.comparison = look.comparison == comparison ? .none : comparison
    if look.comparison == .none { staged?.rival = nil }
    let names = "\(name(of: compared.before)) and \(name(of: compared.after))"
    switch look.comparison {
    case .none: say("comparing ended")
    case .wipe: say("\(names); < > move the divider")
    case .difference: say("difference of \(names), x\(look.gain); < > change that")
    }
  }

  mutating func togglePanes() {
    guard columns >= Layout.sideBySideColumns else {
      say("two panes need \(Layout.sideBySideColumns) columns")
      return
    }
    look.hasTwoPanes = layout.panes.count < 2
    if !isViewChosen { zoomToFit() } else { followCursor() }
    say(look.hasTwoPanes == true ? "side by side" : "one pane")
  }

  /// Painting is done on the edit, not on a comparison; beside the edit one may stay.
  mutating func endComparison() {
    look.blinks = false
    if layout.panes.count < 2 { look.comparison = .none }
  }

  mutating func toggleCaches() {
    look.showsCaches.toggle()
    say(
      !look.showsCaches
        ? "caches hidden"
        : caches == nil
          ? "no caches yet"
          : "caches: green fresh, amber updated by accepted edits, red out of date")
  }

  private var comparingPane: Layout.Pane? { layout.panes.last { $0.compares } }

  /// Whether a pointer is on the divider of a wipe, or beside it.
  func isOverDivider(_ mouse: Mouse) -> Bool {
    guard look.comparison == .wipe, mouse.button == .left, let pane = comparingPane,
      pane.area.contains(Point(x: mouse.column, y: mouse.row))
    else { return false }
    return abs(mouse.column - dividerColumn(in: pane)) <= 1
  }

  func dividerColumn(in pane: Layout.Pane) -> Int {
    pane.area.minX + Int(saturating: (Double(pane.area.width - 1) * look.divider).rounded())
  }

  mutating func moveDivider(to mouse: Mouse) {
    guard let pane = comparingPane, pane.area.width > 1 else { return }
    let place = Double(mouse.column - pane.area.minX) / Double(pane.area.width - 1)
    look.divider = max(0, min(1, place))
  }

  mutating func toggleBlinking() {
    look.blinks.toggle()
    say(look.blinks ? "blinking; c shows one picture" : "blinking ended")
  }

  mutating func toggleBars() {
    look.hidesBars.toggle()
    if !isViewChosen { zoomToFit() } else { followCursor() }
  }

  /// `<` and `>`: the wipe's divider, the difference's gain, or the next result.
  mutating func stepSideways(_ direction: Int) {
    switch look.comparison {
    case .wipe:
      look.divider = max(0, min(1, look.divider + 0.05 * Double(direction)))
    case .difference:
      look.gain = (direction > 0 ? look.gain * 2 : look.gain / 2).clamped(to: 1...64)
      say("difference x\(look.gain)")
    case .none: stepResult(direction)
    }
  }

  func name(of shown: Shown) -> String {
    let former = canvas.generations.isEmpty ? "original" : "accepted"
    return switch shown {
    case .edit: "edit"
    // What was accepted is in it: nobody would call that the original.
    case .original: former
    case .result:
      staged.map { $0.rival == nil ? "result" : $0.result.settings.mode.rawValue } ?? former
    case .rival: staged.map { other($0.result.settings.mode).rawValue } ?? former
    }
  }
}
