import Raster

extension Command {
  /// Tools and how they paint.
  static let toolCommands: [Command] = [
    choice("tool", Tool.self, "brush, fill, ...", aliases: Tool.aliases) { state, tool in
      if let tool { state.choose(tool) }
    },
    whole("size", "N", "diameter, 1...512 px", 1...512, now: \.size) { $0.setSize($1) },
    number("softness", "S", "brush edge, 0...1", 0...1, now: \.nib.softness) {
      $0.setSoftness($1)
    },
    number("opacity", "S", "of strokes, 0.05...1", 0.05...1, now: \.nib.opacity) {
      $0.setOpacity($1)
    },
    choice("alpha", PaintAlpha.self, "paint raises it, or keep") { state, alpha in
      state.canvas.keepsAlpha = alpha == .keep
    },
    whole("tolerance", "N", "fill reach, 0...255", 0...255, now: \.tolerance) {
      $0.setTolerance($1)
    },
    Command("go", "X Y", "cursor to a pixel") { state, words, _ in
      guard let point = point(words) else { return nil }
      state.go(to: point)
      return []
    },
    Command("source", "[X Y]", "clone from there") { state, words, _ in
      guard let point = words.isEmpty ? state.view.cursor : point(words) else { return nil }
      state.setCloneSource(point)
      return []
    },
    Command("connect", "", "line from last point") { state, _, _ in state.perform(.connect) },
    Command("erase", "", "all that is masked, or take the tool") { state, _, _ in
      state.erase()
      return []
    },
    Command("tint", "[#rrggbb]", "all that is masked, or take the tool") { state, words, _ in
      guard words.count <= 1 else { return nil }
      let color = words.first.flatMap(Color.init(hex:))
      guard words.isEmpty || color != nil else {
        state.complain("tint takes #rrggbb or #rgb in hexadecimal digits, not \(words[0])")
        return []
      }
      state.tint(color)
      return []
    },
    Command(
      "material", "NAME", "paint it; off ends that",
      completing: [.words(Material.allCases.map(\.name) + ["off"])]
    ) { state, words, _ in
      guard words.count <= 1 else { return nil }
      state.paint(material: words.first)
      return []
    },
    Command("restore", "", "original everywhere") { state, _, _ in
      state.liftPen()
      state.canvas.restoreAll()
      return []
    },
  ]

  private static func point(_ words: [String]) -> Point? {
    let numbers = words.filter { !$0.isEmpty }.map { Int($0) }
    guard numbers.count == 2, let x = numbers[0], let y = numbers[1],
      (-1_000_000...1_000_000).contains(x), (-1_000_000...1_000_000).contains(y)
    else { return nil }
    return Point(x: x, y: y)
  }

  /// Colours.
  static let colorCommands: [Command] = [
    color("color", "paint colour", \.primary),
    color("second", "second colour", \.secondary),
    Command("hsv", "H S V", "0...360, 0...100 x2") { state, words, _ in
      let numbers = words.filter { !$0.isEmpty }.compactMap { Double($0) }
      guard numbers.count == 3, words.count(where: { !$0.isEmpty }) == 3,
        let color = HSV(hue: numbers[0], saturation: numbers[1], value: numbers[2])
      else { return nil }
      state.primary = color.color
      state.say("colour \(state.primary.hex)")
      return []
    },
    Command("swatch", "N [HEX]", "take or set 1...16") { state, words, _ in
      guard let number = words.first.flatMap({ Int($0) }),
        state.swatches.indices.contains(number - 1), words.count <= 2
      else { return nil }
      if words.count == 2 {
        guard let color = Color(hex: words[1]) else { return nil }
        state.swatches[number - 1] = color
      }
      state.chooseSwatch(number - 1)
      return []
    },
    choice("palette", Palette.self, "standard or picture") { state, palette in
      if let palette { state.take(palette) }
    },
  ]

  private static func color(
    _ name: String, _ help: String, _ place: any WritableKeyPath<EditorState, Color> & Sendable
  ) -> Command {
    var command = Command(
      name, "#rrggbb", help, completing: [.current { $0[keyPath: place].hex }]
    ) { state, words, _ in
      guard let word = words.first, words.count == 1 else { return nil }
      guard let color = Color(hex: word) else {
        state.complain("\(name) takes #rrggbb or #rgb in hexadecimal digits, not \(word)")
        return []
      }
      state[keyPath: place] = color
      state.say("\(name) \(color.hex)")
      return []
    }
    command.isSetting = true
    return command
  }

  /// The mask.
  static let maskCommands: [Command] = [
    Command(
      "mask", "WHAT [N]", "invert grow clear ..",
      completing: [
        .words(["all", "clear", "invert", "strokes", "grow ", "shrink ", "paint"])
      ]
    ) { state, words, _ in
      let words = words.filter { !$0.isEmpty }
      let pixels = words.count > 1 ? Int(words[1]).flatMap { (1...64).contains($0) ? $0 : nil } : 1
      switch (words.first, pixels) {
      case ("all", _): state.changeMask(.all)
      case ("clear", _): state.changeMask(.clear)
      case ("invert", _): state.changeMask(.invert)
      case ("strokes", _): state.changeMask(.strokes)
      case ("paint", _): state.toggleMasking()
      case ("grow", let pixels?): state.changeMask(.grow(pixels))
      case ("shrink", let pixels?): state.changeMask(.shrink(pixels))
      case ("grow", nil), ("shrink", nil): state.complain("a mask grows or shrinks by 1 to 64 px")
      default: return nil
      }
      return []
    }
  ]

  /// Going back.
  static let historyCommands: [Command] = [
    Command("undo", "[branch]", "undo; or to the fork", completing: [.words(["branch"])]) {
      state, words, _ in
      guard let word = words.first else { return state.undo() }
      return word == "branch" ? state.undoToBranch() : nil
    },
    Command("redo", "", "redo") { state, _, _ in state.redo() },
    whole("undo-steps", "N", "kept, 1...10000", 1...10_000, now: \.canvas.history.mostSteps) {
      $0.canvas.history.mostSteps = $1
    },
    whole(
      "undo-memory", "MB", "kept, 1...65536", 1...65_536,
      now: { $0.canvas.history.mostBytes >> 20 }
    ) {
      $0.canvas.history.mostBytes = $1 << 20
    },
  ]

  /// What to do with the engine.
  static let engineCommands: [Command] = [
    Command("generate", "", "regenerate") { state, _, _ in state.generate(state.settings.mode) },
    Command("dense", "", "regenerate every tile") { state, _, _ in state.generate(.dense) },
    Command("variants", "N", "2...8 other seeds") { state, words, _ in
      guard let count = words.first.flatMap({ Int($0) }), (2...8).contains(count) else {
        return nil
      }
      return state.generateVariants(count)
    },
    Command("cancel", "", "stop the run") { state, _, _ in state.cancel() },
    Command("accept", "", "take the result") { state, _, _ in state.accept() },
    Command("discard", "", "drop the result") { state, _, _ in state.discard() },
  ]

  /// What the engine is asked for; every change is a step to undo.
  static let parameterCommands: [Command] = [
    choice("live", LiveMode.self, "off or stroke") { state, mode in
      if let mode { state.set(live: mode) }
    },
    choice("scheme", GenerationScheme.self, "split dense runs", or: "default") { state, scheme in
      state.set(scheme: scheme)
    },
    choice("mode", GenerationMode.self, "sparse, dense or texture") { state, mode in
      if let mode { state.set(mode: mode) }
    },
    number("strength", "S", "change, 0.05...1", 0.05...1, now: \.settings.strength) {
      $0.setStrength($1)
    },
    whole("steps", "N", "steps, 1...1000", 1...1000, now: \.settings.steps) { $0.setSteps($1) },
    whole("feather", "N", "border blend, 0...64", 0...64, now: \.settings.feather) {
      $0.setFeather($1)
    },
    whole("grow", "N", "mask grown, 0...64", 0...64, now: \.settings.grow) { $0.setGrow($1) },
    melt,
    choice("texture", PaintTexture.self, "paint takes it on") { state, texture in
      if let texture { state.set(texture: texture) }
    },
    choice("edges", PaintEdges.self, "of paint, natural or smooth") { state, edges in
      if let edges { state.set(edges: edges) }
    },
    seed,
  ]

  private static let melt: Command = {
    var command = whole("melt", "N", "paint's edge; or auto", 0...64, now: { _ in 0 }) {
      $0.setMelt($1)
    }
    let set = command.run
    command.completions = [.words(["auto"])]
    command.run = { state, words, force in
      switch words {
      case []: state.say("melt is \(state.settings.melt.map { "\($0)" } ?? "auto")")
      case ["auto"]: state.setMelt(nil)
      default: return set(&state, words, force)
      }
      return []
    }
    return command
  }()

  private static let seed: Command = {
    var command = Command(
      "seed", "N", "noise; or new",
      completing: [.current { "\($0.settings.seed)" }]
    ) { state, words, _ in
      guard let word = words.first else {
        state.say("seed is \(state.settings.seed)")
        return []
      }
      if word == "new" || word == "-1" {
        state.newSeed()
      } else if let seed = UInt64(word) {
        state.setSeed(seed)
      } else {
        state.complain("seed takes a number from 0 to 18446744073709551615 or new, not \(word)")
      }
      return []
    }
    command.isSetting = true
    return command
  }()
}
