/// Everything a key can be bound to.
package enum Action: Sendable, Hashable {
  case choose(Tool)
  case swatch(Int)
  case swapColors, defaultColors, smaller, larger, softer, harder, fainter, denser
  case shapeFill, cloneSource, connect, palette, adjustColor, adjustSettings
  case maskMode
  case mask(MaskChange)
  /// Moves the cursor by so many screen sub-pixels.
  case move(x: Int, y: Int)
  /// Moves the cursor by so many pixels of the picture.
  case nudge(x: Int, y: Int)
  case pan(x: Int, y: Int)
  case pen, dot
  case generate, generateDense, toggleMode, cancel, accept, discard
  case compare, compareModes, wipe, difference, sideBySide, blink, previousResult, nextResult
  case maskOverlay, tileOverlay, cacheOverlay, hideBars
  case undo, redo
  case zoomIn, zoomOut, zoomFit, zoomActual
  case weaker, stronger, newSeed
  case save, quit, help, commandLine, redraw
  /// A line as if typed after `:`.
  case command(String)

  /// Whether it is done where the cursor is.
  var isAtCursor: Bool {
    switch self {
    case .cloneSource, .connect, .move, .nudge, .pen, .dot, .zoomIn, .zoomOut, .zoomActual: true
    default: false
    }
  }
}

/// One line of the key table: keys, what they do, and how help words it.
package struct Binding: Sendable {
  /// The keys, the first of them the one to teach.
  package var keys: [Key]
  /// What they do.
  package var action: Action
  /// Nil where another line of help covers it.
  package var help: String?

  init(_ keys: [Key], _ action: Action, _ help: String? = nil) {
    self.keys = keys
    self.action = action
    self.help = help
  }
}

extension Binding {
  /// The bindings a person finds at first: paint-program letters, vim's movement and commands.
  package static let standard: [Binding] =
    toolBindings + moveBindings + engineBindings + viewBindings + fileBindings

  private static let toolBindings: [Binding] =
    [
      Binding([.character("b")], .choose(.brush), "brush"),
      Binding([.character("n")], .choose(.pen), "pen (hard edge)"),
      Binding([.character("e")], .choose(.eraser), "eraser (original)"),
      Binding([.character("E")], .choose(.background), "erase to background"),
      Binding([.character("S")], .cloneSource, "clone from here"),
      Binding([.character("A")], .choose(.clone), "clone again"),
      Binding([.character("f")], .choose(.fill), "fill"),
      Binding([.character("/")], .choose(.line), "line"),
      Binding([.character("r")], .choose(.rectangle), "rectangle"),
      Binding([.character("O")], .choose(.ellipse), "ellipse"),
      Binding([.character("i")], .choose(.pick), "pick a colour"),
      Binding([.character("F")], .shapeFill, "filled / outlined"),
      Binding([.character("\\")], .connect, "line from last point"),
      Binding([.character("["), .character(",")], .smaller, "smaller brush"),
      Binding([.character("]"), .character(";")], .larger, "larger brush"),
      Binding([.character("{")], .harder, "{ }: softness"),
      Binding([.character("}")], .softer),
      Binding([.character("w")], .fainter, "w W: opacity"),
      Binding([.character("W")], .denser),
      Binding([.character("m")], .maskMode, "paint the mask"),
      Binding([.character("M")], .mask(.invert), "invert the mask"),
      Binding([.character("x")], .swapColors, "swap colours"),
      Binding([.character("d")], .defaultColors, "black and white"),
      Binding([.character("V")], .adjustColor, "adjust the colour"),
      Binding([.character("y")], .palette, "picture's colours"),
      Binding([.character("1")], .swatch(0), "swatches 1 to 0"),
    ] + (2...9).map { Binding([.character(Character("\($0)"))], .swatch($0 - 1)) }
    + [
      Binding([.character("0")], .swatch(9)),
      Binding([.alt("1")], .swatch(10), "Alt+1...6: 11 to 16"),
    ] + (2...6).map { Binding([.alt(Character("\($0)"))], .swatch($0 + 9)) }

  private static let moveBindings: [Binding] = [
    Binding([.character("h"), .left], .move(x: -1, y: 0), "cursor left"),
    Binding([.character("j"), .down], .move(x: 0, y: 1), "cursor down"),
    Binding([.character("k"), .up], .move(x: 0, y: -1), "cursor up"),
    Binding([.character("l"), .right], .move(x: 1, y: 0), "cursor right"),
    Binding([.character("H")], .move(x: -8, y: 0), "HJKL: eight at once"),
    Binding([.character("J"), .pageDown], .move(x: 0, y: 8)),
    Binding([.character("K"), .pageUp], .move(x: 0, y: -8)),
    Binding([.character("L")], .move(x: 8, y: 0)),
    Binding([.alt("h")], .nudge(x: -1, y: 0), "Alt+hjkl: one pixel"),
    Binding([.alt("j")], .nudge(x: 0, y: 1)),
    Binding([.alt("k")], .nudge(x: 0, y: -1)),
    Binding([.alt("l")], .nudge(x: 1, y: 0)),
    Binding([.alt("H")], .nudge(x: -16, y: 0), "Alt+HJKL: sixteen"),
    Binding([.alt("J")], .nudge(x: 0, y: 16)),
    Binding([.alt("K")], .nudge(x: 0, y: -16)),
    Binding([.alt("L")], .nudge(x: 16, y: 0)),
    Binding([.controlLeft], .pan(x: -8, y: 0), "pan (middle drag)"),
    Binding([.controlRight], .pan(x: 8, y: 0)),
    Binding([.controlUp], .pan(x: 0, y: -8)),
    Binding([.controlDown], .pan(x: 0, y: 8)),
    Binding([.character(" ")], .pen, "pen down, pen up"),
    Binding([.character(".")], .dot, "one dot"),
  ]

  private static let engineBindings: [Binding] = [
    Binding([.enter], .generate, "regenerate"),
    Binding([.character("G")], .generateDense, "regenerate, dense"),
    Binding([.character("t")], .toggleMode, "sparse / dense"),
    Binding([.escape, .control("c")], .cancel, "cancel"),
    Binding([.character("a")], .accept, "accept the result"),
    Binding([.character("D")], .discard, "discard the result"),
    Binding([.character("<")], .previousResult, "< >: result, divider"),
    Binding([.character(">")], .nextResult),
    Binding([.character("g")], .adjustSettings, "strength, steps ..."),
    Binding([.character("(")], .weaker, "( ): strength"),
    Binding([.character(")")], .stronger),
    Binding([.character("N")], .newSeed, "new seed"),
  ]

  private static let viewBindings: [Binding] = [
    Binding([.character("c")], .compare, "compare"),
    Binding([.character("C")], .blink, "blink"),
    Binding([.character("=")], .compareModes, "sparse against dense"),
    Binding([.character("v")], .wipe, "wipe"),
    Binding([.character("s")], .sideBySide, "side by side"),
    Binding([.character("|")], .difference, "difference"),
    Binding([.character("o")], .maskOverlay, "show the mask"),
    Binding([.character("T")], .tileOverlay, "show the tiles"),
    Binding([.character("X")], .cacheOverlay, "show the caches' age"),
    Binding([.tab], .hideBars, "hide the bars"),
    Binding([.character("+")], .zoomIn, "zoom in (wheel)"),
    Binding([.character("-")], .zoomOut, "zoom out"),
    Binding([.character("z")], .zoomFit, "zoom to fit"),
    Binding([.character("Z")], .zoomActual, "zoom 1:1"),
  ]

  private static let fileBindings: [Binding] = [
    Binding([.character("u"), .control("z")], .undo, "undo"),
    Binding([.control("r"), .control("y")], .redo, "redo"),
    Binding([.control("s")], .save, "save (:w, :w name)"),
    Binding([.character("q")], .quit, "quit (:q)"),
    Binding([.character(":")], .commandLine, "command line"),
    Binding([.character("?"), .function(1)], .help, "this help"),
    Binding([.control("l")], .redraw),
  ]

  /// The table as a look-up; a later line wins.
  package static func lookup(_ bindings: [Binding]) -> [Key: Action] {
    bindings.reduce(into: [:]) { table, binding in
      for key in binding.keys { table[key] = binding.action }
    }
  }
}

extension Key {
  /// As help writes it: `Enter`, `Ctrl+S`, `b`.
  package var label: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let letter): "Ctrl+" + letter.uppercased()
    case .alt(let letter): "Alt+" + String(letter)
    case .enter: "Enter"
    case .escape: "Esc"
    case .tab: "Tab"
    case .backTab: "Shift+Tab"
    case .backspace: "Backspace"
    case .delete: "Del"
    case .insert: "Ins"
    case .up: "Up"
    case .down: "Down"
    case .left: "Left"
    case .right: "Right"
    case .home: "Home"
    case .end: "End"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .controlUp: "Ctrl+Up"
    case .controlDown: "Ctrl+Down"
    case .controlLeft: "Ctrl+Left"
    case .controlRight: "Ctrl+Right"
    case .function(let number): "F\(number)"
    }
  }
}
