/// What help says of every action, without naming keys: those are the person's.
struct HelpTable: Sendable {
  /// Actions that share a line, and what they do.
  struct Line: Sendable {
    var actions: [Action]
    var words: String

    init(_ actions: [Action], _ words: String) {
      self.actions = actions
      self.words = words
    }
  }

  /// The title of a group.
  var title: String
  var lines: [Line]

  /// What an action does, in a few words; nil for what has no line.
  static func words(for action: Action) -> String? {
    groups.flatMap(\.lines).first { $0.actions.contains(action) }?.words
  }

  /// What is needed first, then everything by subject.
  static let groups = [essentials, paint, colors, mask, generate, look, move, files]

  static let essentials = HelpTable(
    title: "FIRST",
    lines: [
      Line([.pen], "pen down, pen up; dragging paints too"), Line([.generate], "regenerate"),
      Line([.accept], "accept the result"), Line([.undo], "undo"), Line([.save], "save"),
      Line([.quit], "quit"),
    ])

  private static let paint = HelpTable(
    title: "PAINT",
    lines: [
      Line([.choose(.brush)], "brush"), Line([.choose(.pen)], "pen, hard edge"),
      Line([.dot], "one dot"), Line([.connect], "line from the last point"),
      Line([.choose(.line)], "line"), Line([.choose(.rectangle)], "rectangle"),
      Line([.choose(.ellipse)], "ellipse"), Line([.shapeFill], "shapes filled or outlined"),
      Line([.choose(.fill)], "fill"), Line([.choose(.eraser)], "erase to the original"),
      Line([.choose(.erase)], "erase: what is around goes on"),
      Line([.choose(.tint)], "tint: another colour, the same light"),
      Line([.materials], "paint grass, rock, water ..."),
      Line([.cloneSource], "clone from here"), Line([.choose(.clone)], "clone again"),
      Line([.smaller, .larger], "smaller, larger; a fill's reach"),
      Line([.harder, .softer], "harder, softer edge"),
      Line([.fainter, .denser], "fainter, denser paint"),
      Line([.redo], "redo"),
    ])

  private static let colors = HelpTable(
    title: "COLOURS",
    lines: [
      Line((0...9).map { .swatch($0) }, "take a swatch"),
      Line((10...15).map { .swatch($0) }, "the other six swatches"),
      Line([.choose(.pick)], "pick from the picture"), Line([.adjustColor], "mix a colour"),
      Line([.palette], "swatches from the picture"),
      Line([.swapColors], "swap the two colours"), Line([.defaultColors], "black and white"),
    ])

  private static let mask = HelpTable(
    title: "MASK",
    lines: [
      Line([.maskMode], "paint the mask, or colour again"), Line([.mask(.invert)], "invert it"),
      Line([.maskOverlay], "show or hide it"),
    ])

  private static let generate = HelpTable(
    title: "GENERATE",
    lines: [
      Line([.discard], "discard the result"), Line([.cancel], "cancel"),
      Line([.generateDense], "regenerate, every tile computed; unpainted, all of it"),
      Line([.compareModes], "sparse against dense, with figures"),
      Line([.toggleMode], "sparse or dense"),
      Line([.toggleTexture], "the picture's own textures, no network"),
      Line([.adjustSettings], "strength, steps, seed ..."),
      Line([.weaker, .stronger], "less, more strength"), Line([.newSeed], "new seed"),
      Line([.previousResult, .nextResult], "walk results; move a divider"),
      Line([.gallery], "results side by side"),
    ])

  private static let look = HelpTable(
    title: "LOOK",
    lines: [
      Line([.compare], "edit, original, result in turn"), Line([.wipe], "wipe between two"),
      Line([.blink], "blink between two"), Line([.difference], "how much two differ"),
      Line([.sideBySide], "one pane or two"), Line([.tileOverlay], "show the tiles"),
      Line([.cacheOverlay], "show the caches' age"), Line([.hideBars], "hide the bars"),
    ])

  private static let move = HelpTable(
    title: "MOVE",
    lines: [
      Line(
        [.move(x: -1, y: 0), .move(x: 0, y: 1), .move(x: 0, y: -1), .move(x: 1, y: 0)],
        "left, down, up, right"),
      Line(
        [.move(x: -8, y: 0), .move(x: 0, y: 8), .move(x: 0, y: -8), .move(x: 8, y: 0)],
        "eight at once"),
      Line(
        [.nudge(x: -1, y: 0), .nudge(x: 0, y: 1), .nudge(x: 0, y: -1), .nudge(x: 1, y: 0)],
        "one pixel of the picture"),
      Line(
        [.nudge(x: -16, y: 0), .nudge(x: 0, y: 16), .nudge(x: 0, y: -16), .nudge(x: 16, y: 0)],
        "sixteen pixels"),
      Line(
        [.pan(x: -8, y: 0), .pan(x: 0, y: 8), .pan(x: 0, y: -8), .pan(x: 8, y: 0)],
        "move the view; middle drag too"),
      Line([.zoomIn, .zoomOut], "zoom in, out; the wheel too"), Line([.zoomFit], "zoom to fit"),
      Line([.zoomActual], "zoom 1:1"),
    ])

  private static let files = HelpTable(
    title: "PROGRAM",
    lines: [
      Line([.commandLine], "type a command"), Line([.help], "this help"),
      Line([.redraw], "repaint the screen"),
    ])
}
