/// Everything a key can be bound to.
package enum Action: Sendable, Hashable {
  case choose(Tool)
  case swatch(Int)
  case swapColors, defaultColors, smaller, larger, softer, harder, fainter, denser
  case shapeFill, cloneSource, connect, palette, materials, adjustColor, adjustSettings
  case maskMode
  case mask(MaskChange)
  /// Moves the cursor by so many screen sub-pixels.
  case move(x: Int, y: Int)
  /// Moves the cursor by so many pixels of the picture.
  case nudge(x: Int, y: Int)
  case pan(x: Int, y: Int)
  case pen, dot
  case generate, generateDense, toggleMode, toggleTexture, cancel, accept, discard
  case compare, compareModes, gallery, wipe, difference, sideBySide, blink, previousResult,
    nextResult
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

/// One line of the key table: keys and what they do.
package struct Binding: Sendable {
  /// The keys, the first of them the one to teach.
  package var keys: [Key]
  /// What they do.
  package var action: Action

  init(_ keys: [Key], _ action: Action) {
    self.keys = keys
    self.action = action
  }
}

extension Binding {
  /// The bindings a person finds at first: paint-program letters, vim's movement and commands.
  package static let standard: [Binding] =
    toolBindings + moveBindings + engineBindings + viewBindings + fileBindings

  private static let toolBindings: [Binding] =
    [
      Binding([.character("b")], .choose(.brush)),
      Binding([.character("n")], .choose(.pen)),
      Binding([.character("e")], .choose(.eraser)),
      Binding([.character("E")], .choose(.erase)),
      Binding([.character("I")], .choose(.tint)),
      Binding([.character("p")], .materials),
      Binding([.character("S")], .cloneSource),
      Binding([.character("A")], .choose(.clone)),
      Binding([.character("f")], .choose(.fill)),
      Binding([.character("/")], .choose(.line)),
      Binding([.character("r")], .choose(.rectangle)),
      Binding([.character("O")], .choose(.ellipse)),
      Binding([.character("i")], .choose(.pick)),
      Binding([.character("F")], .shapeFill),
      Binding([.character("\\")], .connect),
      Binding([.character("["), .character(",")], .smaller),
      Binding([.character("]"), .character(";")], .larger),
      Binding([.character("{")], .harder),
      Binding([.character("}")], .softer),
      Binding([.character("w")], .fainter),
      Binding([.character("W")], .denser),
      Binding([.character("m")], .maskMode),
      Binding([.character("M")], .mask(.invert)),
      Binding([.character("x")], .swapColors),
      Binding([.character("d")], .defaultColors),
      Binding([.character("V")], .adjustColor),
      Binding([.character("y")], .palette),
      Binding([.character("1")], .swatch(0)),
    ] + (2...9).map { Binding([.character(Character("\($0)"))], .swatch($0 - 1)) }
    + [
      Binding([.character("0")], .swatch(9)),
      Binding([.alt("1")], .swatch(10)),
    ] + (2...6).map { Binding([.alt(Character("\($0)"))], .swatch($0 + 9)) }

  private static let moveBindings: [Binding] = [
    Binding([.character("h"), .left], .move(x: -1, y: 0)),
    Binding([.character("j"), .down], .move(x: 0, y: 1)),
    Binding([.character("k"), .up], .move(x: 0, y: -1)),
    Binding([.character("l"), .right], .move(x: 1, y: 0)),
    Binding([.character("H")], .move(x: -8, y: 0)),
    Binding([.character("J"), .pageDown], .move(x: 0, y: 8)),
    Binding([.character("K"), .pageUp], .move(x: 0, y: -8)),
    Binding([.character("L")], .move(x: 8, y: 0)),
    Binding([.alt("h")], .nudge(x: -1, y: 0)),
    Binding([.alt("j")], .nudge(x: 0, y: 1)),
    Binding([.alt("k")], .nudge(x: 0, y: -1)),
    Binding([.alt("l")], .nudge(x: 1, y: 0)),
    Binding([.alt("H")], .nudge(x: -16, y: 0)),
    Binding([.alt("J")], .nudge(x: 0, y: 16)),
    Binding([.alt("K")], .nudge(x: 0, y: -16)),
    Binding([.alt("L")], .nudge(x: 16, y: 0)),
    Binding([.controlLeft], .pan(x: -8, y: 0)),
    Binding([.controlRight], .pan(x: 8, y: 0)),
    Binding([.controlUp], .pan(x: 0, y: -8)),
    Binding([.controlDown], .pan(x: 0, y: 8)),
    Binding([.character(" ")], .pen),
    Binding([.character(".")], .dot),
  ]

  private static let engineBindings: [Binding] = [
    Binding([.enter], .generate),
    Binding([.character("G")], .generateDense),
    Binding([.character("t")], .toggleMode),
    Binding([.character("P")], .toggleTexture),
    Binding([.escape, .control("c")], .cancel),
    Binding([.character("a")], .accept),
    Binding([.character("D")], .discard),
    Binding([.character("<")], .previousResult),
    Binding([.character(">")], .nextResult),
    Binding([.character("g")], .adjustSettings),
    Binding([.character("(")], .weaker),
    Binding([.character(")")], .stronger),
    Binding([.character("N")], .newSeed),
  ]

  private static let viewBindings: [Binding] = [
    Binding([.character("c")], .compare),
    Binding([.character("C")], .blink),
    Binding([.character("=")], .compareModes),
    Binding([.character("R")], .gallery),
    Binding([.character("v")], .wipe),
    Binding([.character("s")], .sideBySide),
    Binding([.character("|")], .difference),
    Binding([.character("o")], .maskOverlay),
    Binding([.character("T")], .tileOverlay),
    Binding([.character("X")], .cacheOverlay),
    Binding([.tab], .hideBars),
    Binding([.character("+")], .zoomIn),
    Binding([.character("-")], .zoomOut),
    Binding([.character("z")], .zoomFit),
    Binding([.character("Z")], .zoomActual),
  ]

  private static let fileBindings: [Binding] = [
    Binding([.character("u"), .control("z")], .undo),
    Binding([.control("r"), .control("y")], .redo),
    Binding([.control("s")], .save),
    Binding([.character("q")], .quit),
    Binding([.character(":")], .commandLine),
    Binding([.character("?"), .function(1)], .help),
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
