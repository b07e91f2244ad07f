import Raster

/// What a person's configuration changes in the editor: nothing that could not be typed after `:`.
package struct Customization: Sendable, Equatable {
  /// A key and the line it stands for; `none` takes the key's meaning away.
  package struct Binding: Sendable, Equatable {
    /// The key.
    package var key: Key
    /// The line, without its colon.
    package var line: String

    /// Makes a binding.
    package init(key: Key, line: String) {
      self.key = key
      self.line = line
    }
  }

  /// Settings made at the start, as `strength 0.5`.
  package var start: [String] = []
  /// Keys that mean something else than usual, in order.
  package var bindings: [Binding] = []
  /// Settings by the name under which `:preset` makes them.
  package var presets: [String: [String]] = Self.standardPresets

  /// Makes a customization that changes nothing.
  package init() {}

  /// Presets that are there without any configuration.
  package static let standardPresets = [
    "draft": ["steps 1"], "fine": ["steps 20"], "gentle": ["strength 0.4"],
    "free": ["strength 1"],
  ]

  /// Why a line cannot be a setting; nil where it can.
  package static func complaint(aboutSetting line: String) -> String? {
    let name = String(line.prefix { $0 != " " })
    guard Command.settings.contains(where: { $0.name == name }) else {
      let names = Command.settings.map(\.name).sorted().joined(separator: ", ")
      let near =
        Nearest.word(to: name, among: Command.settings.map(\.name))
        .map { "did you mean \($0)? " } ?? ""
      return "there is no setting \(name); \(near)there are \(names)"
    }
    var state = EditorState(
      picture: .init(width: 1, height: 1, filledWith: (0, 0, 0, 255)), name: "")
    state.message = nil
    _ = state.run(command: line)
    guard let message = state.message, message.isError else { return nil }
    return message.text
  }

  /// Why a line cannot be what a key stands for; nil where it can.
  package static func complaint(aboutCommand line: String) -> String? {
    let name = line.prefix { $0 != " " && $0 != "!" }
    guard name != "none", Command.named(String(name)) == nil else { return nil }
    return "there is no command \(name); `tessera manual` lists them, and none unbinds the key"
  }
}

extension EditorState {
  /// Takes over keys and presets; the settings of the start come as an event.
  package mutating func customize(_ customization: Customization) {
    presets = customization.presets
    for binding in customization.bindings {
      for index in bindingTable.indices {
        bindingTable[index].keys.removeAll { $0 == binding.key }
      }
      bindingTable.removeAll(where: \.keys.isEmpty)
      if binding.line == "none" { continue }
      bindingTable.append(Binding([binding.key], .command(binding.line)))
    }
    bindings = Binding.lookup(bindingTable)
  }

  /// Makes the settings of the start, which nobody has to be able to undo.
  mutating func start(with lines: [String]) -> [Effect] {
    let greeting = message
    let history = canvas.history
    message = nil
    let effects = lines.flatMap { run(command: $0) }
    canvas.history = history
    if message?.isError != true { message = greeting }
    return effects
  }

  /// Makes a preset's settings.
  mutating func apply(preset name: String) -> [Effect]? {
    guard let lines = presets[name] else { return nil }
    let effects = lines.flatMap { run(command: $0) }
    if message?.isError != true { say("preset \(name): " + lines.joined(separator: ", ")) }
    return effects
  }
}

extension Key {
  /// Reads a key as help writes it: `b`, `Space`, `Ctrl+S`, `Alt+x`, `F5`, `PgUp`.
  package init?(label: String) {
    let named: [Key] = [
      .character(" "), .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down,
      .left, .right, .home, .end, .pageUp, .pageDown, .controlUp, .controlDown, .controlLeft,
      .controlRight,
    ]
    if label.count == 1, let character = label.first {
      self = .character(character)
    } else if let key = named.first(where: { $0.label == label }) {
      self = key
    } else if let letter = Self.last(of: label, after: "Ctrl+"), letter.isLetter {
      self = .control(Character(letter.lowercased()))
    } else if let character = Self.last(of: label, after: "Alt+") {
      self = .alt(character)
    } else if label.first == "F", let number = Int(label.dropFirst()), (1...12).contains(number) {
      self = .function(number)
    } else {
      return nil
    }
  }

  private static func last(of label: String, after prefix: String) -> Character? {
    label.hasPrefix(prefix) && label.count == prefix.count + 1 ? label.last : nil
  }
}
