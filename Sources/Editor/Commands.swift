import Raster

/// One command of the `:` line.
struct Command: Sendable {
  var name: String
  /// What help prints after the name.
  var argument: String
  var help: String
  /// What can stand at each argument; the last also at those that follow.
  var completions: [Completion]
  /// Whether it gives one thing one value.
  var isSetting = false
  /// Runs it with its arguments and whether `!` followed the name; nil asks for the usage line.
  var run: @Sendable (inout EditorState, [String], Bool) -> [Effect]?

  init(
    _ name: String, _ argument: String, _ help: String, completing: [Completion] = [],
    run: @escaping @Sendable (inout EditorState, [String], Bool) -> [Effect]?
  ) {
    self.name = name
    self.argument = argument
    self.help = help
    completions = completing
    self.run = run
  }

  var usage: String { argument.isEmpty ? ":\(name)" : ":\(name) \(argument)" }

  static let all: [Command] =
    fileCommands + toolCommands + colorCommands + maskCommands + historyCommands + engineCommands
    + parameterCommands + viewCommands + lookCommands

  /// The commands that `:set NAME=VALUE` reaches.
  static let settings: [Command] = all.filter(\.isSetting)

  static func named(_ name: String) -> Command? {
    let name = aliases[name] ?? name
    return all.first { $0.name == name }
  }

  /// Names of earlier versions.
  private static let aliases = ["background": "erase"]
}

extension Command {
  private static let fileCommands: [Command] = [
    Command("w", "[NAME]", "save; w! overwrites", completing: [.files]) { state, words, force in
      state.save(content: .picture, path: path(words), overwrite: force)
    },
    Command("wq", "[NAME]", "save and quit", completing: [.files]) { state, words, force in
      state.afterSave = .quit
      return state.save(content: .picture, path: path(words), overwrite: force)
    },
    Command("q", "", "quit; q! drops what is unsaved") { state, _, force in
      state.leave(.quit, force: force)
    },
    Command("e", "FILE", "open another picture; e! drops what is unsaved", completing: [.files]) {
      state, words, force in
      path(words).map { state.leave(.open($0), force: force) }
    },
    Command(
      "export", "WHAT NAME", "edited mask compare ...",
      completing: [.words(SaveRequest.Content.allCases.map { $0.rawValue + " " }), .files]
    ) { state, words, force in
      guard let content = words.first.flatMap(SaveRequest.Content.init(rawValue:)),
        let path = path(Array(words.dropFirst()))
      else { return nil }
      return state.save(content: content, path: path, overwrite: force)
    },
    Command("suspend", "", "to the shell; fg back") { _, _, _ in [.suspend] },
    Command("help", "[WORD]", "keys and commands") { state, words, _ in
      state.openHelp(about: words.joined(separator: " "))
      return []
    },
    Command("preset", "NAME", "draft, fine, ...", completing: [.presets]) { state, words, _ in
      guard let name = words.first else {
        state.say("presets: " + state.presets.keys.sorted().joined(separator: "  "))
        return []
      }
      if let effects = state.apply(preset: name) { return effects }
      state.complain(
        "no preset \(name); there are \(state.presets.keys.sorted().joined(separator: ", "))")
      return []
    },
  ]

  /// File names may hold spaces.
  private static func path(_ words: [String]) -> String? {
    words.isEmpty ? nil : words.joined(separator: " ")
  }

  private static let viewCommands: [Command] = [
    Command("zoom", "RATIO", "fit, 1:4, 2:1", completing: [.words(["fit", "1:1"])]) {
      state, words, _ in
      guard let word = words.first else { return nil }
      if word == "fit" { return state.perform(.zoomFit) }
      guard let zoom = Zoom(label: word) else { return nil }
      state.zoom(to: zoom)
      return []
    },
    Command("set", "NAME=VALUE", "as :set size=8", completing: [.settings]) { state, words, _ in
      guard let pair = words.first?.split(separator: "=", maxSplits: 1), pair.count == 2,
        pair[0] != "set"
      else { return nil }
      let names = Command.settings.map(\.name)
      guard names.contains(String(pair[0])) || Command.named(String(pair[0])) != nil else {
        let near = Nearest.proposal(for: String(pair[0]), among: names, prefix: "")
        state.complain("no setting \(pair[0])\(near)")
        return []
      }
      return state.run(command: "\(pair[0]) \(pair[1])")
    },
    Command("redraw", "", "repaint the screen") { _, _, _ in [.redraw] },
  ]

  /// A command that sets a number; without one it says what the number is.
  static func number(
    _ name: String, _ argument: String, _ help: String, _ range: ClosedRange<Double>,
    now: (@Sendable (EditorState) -> Double)? = nil,
    set: @escaping @Sendable (inout EditorState, Double) -> Void
  ) -> Command {
    let current: [Completion] =
      now.map { now in
        [.current { Numbers.plain(now($0)) }]
      } ?? []
    var command = Command(name, argument, help, completing: current) { state, words, _ in
      guard let word = words.first else {
        guard let now else { return nil }
        state.say("\(name) is \(Numbers.plain(now(state)))")
        return []
      }
      let bounds = "\(Numbers.plain(range.lowerBound)) to \(Numbers.plain(range.upperBound))"
      guard words.count == 1, let value = value(of: word), range.contains(value) else {
        state.complain("\(name) takes a number from \(bounds), not \(words.joined(separator: " "))")
        return []
      }
      state.say("\(name) \(word)")
      set(&state, value)
      return []
    }
    command.isSetting = true
    return command
  }

  /// The same for whole numbers.
  static func whole(
    _ name: String, _ argument: String, _ help: String, _ range: ClosedRange<Int>,
    now: @escaping @Sendable (EditorState) -> Int,
    set: @escaping @Sendable (inout EditorState, Int) -> Void
  ) -> Command {
    let bounds = Double(range.lowerBound)...Double(range.upperBound)
    var command = number(name, argument, help, bounds, now: { Double(now($0)) }) {
      set(&$0, Int(saturating: $1))
    }
    let run = command.run
    command.run = { state, words, force in
      if let word = words.first, let value = value(of: word), value != value.rounded() {
        state.complain("\(name) takes a whole number, not \(word)")
        return []
      }
      return run(&state, words, force)
    }
    return command
  }

  /// Reads `0.5` or `50%`.
  private static func value(of word: String) -> Double? {
    word.hasSuffix("%") ? Double(word.dropLast()).map { $0 / 100 } : Double(word)
  }

  /// A command whose argument is one of some names, of which earlier ones are understood too.
  static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ type: Choice.Type, _ help: String, or fallback: String? = nil,
    aliases: [String: String] = [:],
    set: @escaping @Sendable (inout EditorState, Choice?) -> Void
  ) -> Command where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue) + (fallback.map { [$0] } ?? [])
    var command = Command(name, "NAME", help, completing: [.words(names)]) { state, words, _ in
      guard let typed = words.first, words.count == 1,
        case let word = aliases[typed] ?? typed, names.contains(word)
      else {
        state.complain("\(name) takes one of \(names.joined(separator: " "))")
        return []
      }
      state.say("\(name) \(word)")
      set(&state, Choice(rawValue: word))
      return []
    }
    command.isSetting = true
    return command
  }
}

extension EditorState {
  /// Runs one line of the command line, without its colon.
  package mutating func run(command line: String) -> [Effect] {
    let line = line.drop { $0 == " " }
    var name = String(line.prefix { $0 != " " })
    // What follows may be a file's name, so spaces inside it count.
    var rest = line.dropFirst(name.count).drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    let words = rest.isEmpty ? [] : rest.split(separator: " ", omittingEmptySubsequences: false)
    guard !name.isEmpty else { return [] }
    let force = name.hasSuffix("!")
    if force { name.removeLast() }
    guard let command = Command.named(name) else {
      complain(
        "no command \(name)\(Nearest.proposal(for: name, among: Command.all.map(\.name), prefix: ":"))"
      )
      return []
    }
    guard let effects = command.run(&self, words.map(String.init), force) else {
      complain("usage: \(command.usage)   (\(command.help))")
      return []
    }
    return effects
  }
}
