/// One command of the `:` line.
struct Command: Sendable {
  var name: String
  /// What help prints after the name.
  var argument: String
  var help: String
  /// Runs it with its arguments and whether `!` followed the name; nil asks for the usage line.
  var run: @Sendable (inout EditorState, [String], Bool) -> [Effect]?

  init(
    _ name: String, _ argument: String, _ help: String,
    run: @escaping @Sendable (inout EditorState, [String], Bool) -> [Effect]?
  ) {
    self.name = name
    self.argument = argument
    self.help = help
    self.run = run
  }

  var usage: String { argument.isEmpty ? ":\(name)" : ":\(name) \(argument)" }

  static let all: [Command] =
    fileCommands + paintCommands + engineCommands + viewCommands + lookCommands

  static func named(_ name: String) -> Command? {
    all.first { $0.name == name }
  }
}

extension Command {
  private static let fileCommands: [Command] = [
    Command("w", "[NAME]", "save; w! overwrites") { state, words, force in
      state.save(content: .picture, path: path(words), overwrite: force)
    },
    Command("wq", "", "save and quit") { state, _, force in
      state.quitsAfterSave = true
      return state.save(content: .picture, path: nil, overwrite: force)
    },
    Command("q", "", "quit; q! unsaved too") { state, _, force in
      force ? [.quit] : state.quit()
    },
    Command("export", "WHAT NAME", "edited mask compare ...") {
      state, words, force in
      guard let content = words.first.flatMap(SaveRequest.Content.init(rawValue:)),
        let path = path(Array(words.dropFirst()))
      else { return nil }
      return state.save(content: content, path: path, overwrite: force)
    },
    Command("suspend", "", "to the shell; fg back") { _, _, _ in [.suspend] },
    Command("help", "", "keys and commands") { state, _, _ in
      state.help = 0
      return []
    },
  ]

  /// File names may hold spaces.
  private static func path(_ words: [String]) -> String? {
    words.isEmpty ? nil : words.joined(separator: " ")
  }

  private static let paintCommands: [Command] = [
    number("size", "N", "diameter, 1...512 px", 1...512) { $0.setSize(Int($1)) },
    number("softness", "S", "brush edge, 0...1", 0...1) { $0.setSoftness($1) },
    number("tolerance", "N", "fill reach, 0...255", 0...255) { $0.setTolerance(Int($1)) },
    number("swatch", "N", "colour 1...16", 1...16) { $0.chooseSwatch(Int($1) - 1) },
    Command("color", "#rrggbb", "paint colour") { state, words, _ in
      guard let color = words.first.flatMap(Color.init(hex:)) else { return nil }
      state.primary = color
      state.say("colour \(color.hex)")
      return []
    },
    Command("tool", "NAME", "brush, fill, ...") {
      state, words, _ in
      guard let tool = words.first.flatMap(Tool.init(rawValue:)) else { return nil }
      state.choose(tool)
      return []
    },
    Command("restore", "", "original everywhere") { state, _, _ in
      state.liftPen()
      state.canvas.restoreAll()
      return []
    },
    Command("undo", "", "undo") { state, _, _ in state.undo() },
    Command("redo", "", "redo") { state, _, _ in state.redo() },
  ]

  private static let engineCommands: [Command] = [
    Command("generate", "", "regenerate") { state, _, _ in state.generate(state.settings.mode) },
    Command("dense", "", "regenerate every tile") { state, _, _ in state.generate(.dense) },
    Command("variants", "N", "2...8 other seeds") { state, words, _ in
      guard let count = words.first.flatMap({ Int($0) }), (2...8).contains(count) else {
        return nil
      }
      return state.generateVariants(count)
    },
    Command("live", "MODE", "off or stroke") { state, words, _ in
      guard let mode = words.first.flatMap(LiveMode.init(rawValue:)) else { return nil }
      state.set(live: mode)
      return []
    },
    Command("cancel", "", "stop the run") { state, _, _ in state.cancel() },
    Command("accept", "", "take the result") { state, _, _ in state.accept() },
    Command("discard", "", "drop the result") { state, _, _ in state.discard() },
    Command("mode", "MODE", "sparse or dense") { state, words, _ in
      guard let mode = words.first.flatMap(GenerationMode.init(rawValue:)) else { return nil }
      state.set(mode: mode)
      return []
    },
    number("strength", "S", "change, 0.05...1", 0.05...1) { $0.setStrength($1) },
    number("steps", "N", "steps, 1...1000", 1...1000) { $0.setSteps(Int($1)) },
    number("feather", "N", "border blend, 0...64", 0...64) { $0.setFeather(Int($1)) },
    Command("seed", "N", "noise to start from") { state, words, _ in
      guard let seed = words.first.flatMap({ UInt64($0) }) else { return nil }
      state.setSeed(seed)
      return []
    },
  ]

  private static let viewCommands: [Command] = [
    Command("zoom", "RATIO", "fit, 1:4, 2:1") { state, words, _ in
      guard let word = words.first else { return nil }
      if word == "fit" { return state.perform(.zoomFit) }
      guard let zoom = Zoom(label: word) else { return nil }
      state.zoom(to: zoom)
      return []
    },
    Command("set", "NAME=VALUE", "as :set size=8") { state, words, _ in
      guard let pair = words.first?.split(separator: "=", maxSplits: 1), pair.count == 2,
        pair[0] != "set"
      else { return nil }
      return state.run(command: "\(pair[0]) \(pair[1])")
    },
    Command("redraw", "", "repaint the screen") { _, _, _ in [.redraw] },
  ]

  static func number(
    _ name: String, _ argument: String, _ help: String, _ range: ClosedRange<Double>,
    set: @escaping @Sendable (inout EditorState, Double) -> Void
  ) -> Command {
    Command(name, argument, help) { state, words, _ in
      guard let value = words.first.flatMap({ Double($0) }), range.contains(value) else {
        return nil
      }
      state.say("\(name) \(words[0])")
      set(&state, value)
      return []
    }
  }
}

extension EditorState {
  /// Runs one line of the command line, without its colon.
  package mutating func run(command line: String) -> [Effect] {
    var words = line.split(separator: " ").map(String.init)
    guard var name = words.first else { return [] }
    words.removeFirst()
    let force = name.hasSuffix("!")
    if force { name.removeLast() }
    guard let command = Command.named(name) else {
      complain("no command \(name); Tab lists them, ? explains")
      return []
    }
    guard let effects = command.run(&self, words, force) else {
      complain("usage: \(command.usage)   (\(command.help))")
      return []
    }
    return effects
  }
}
