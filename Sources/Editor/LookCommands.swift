import Raster

extension Command {
  /// Commands that change how the picture is looked at; all of them serve `:set NAME=VALUE` too.
  static let lookCommands: [Command] = [
    choice("glyphs", Glyphs.self, "auto half quadrant ..", or: "auto") {
      $0.look.glyphs = $1
    },
    choice("wheel", Look.Wheel.self, "zoom, pan or size") { state, wheel in
      if let wheel { state.look.wheel = wheel }
    },
    choice("graphics", Look.GraphicsWish.self, "auto off kitty sixel") { state, wish in
      if let wish { state.look.graphics = wish }
    },
    choice("minimap", Switch.self, "when zoomed in") { state, wish in
      state.look.showsMinimap = wish != .off
    },
    choice("preview", Switch.self, "while a run goes on") { state, wish in
      state.showsPreview = wish != .off
      if wish == .off { state.endPreview() }
    },
    number("gain", "N", "of differences, 1...64", 1...64) {
      $0.look.gain = Int(saturating: $1)
    },
    maskColor,
    number("mask-opacity", "S", "of the mask's colour, 0...1", 0...1, now: \.look.maskOpacity) {
      $0.look.maskOpacity = $1
    },
    Command("bytes", "N", "a second, or off") { state, words, _ in
      guard let word = words.first else { return nil }
      if word == "off" { return [.limitOutput(bytesPerSecond: nil)] }
      guard let count = Int(word), count >= 1000 else { return nil }
      return [.limitOutput(bytesPerSecond: count)]
    },
    Command("compare", "WITH", "original or edit", completing: [.words(["original", "edit"])]) {
      state, words, _ in
      guard let word = words.first, ["original", "edit"].contains(word) else { return nil }
      state.look.comparesEdit = word == "edit"
      return []
    },
    Command("wipe", "", "wipe") { state, _, _ in state.perform(.wipe) },
    Command("difference", "", "difference") { state, _, _ in state.perform(.difference) },
  ]

  private static let maskColor: Command = {
    var command = Command(
      "mask-color", "#rrggbb", "the mask's colour; or auto",
      completing: [.words(["auto", "#ff00ff"])]
    ) { state, words, _ in
      guard let word = words.first, words.count == 1 else {
        guard words.isEmpty else { return nil }
        state.say("mask-color is \(state.look.maskColor?.hex ?? "auto")")
        return []
      }
      guard word == "auto" || Color(hex: word) != nil else {
        state.complain("mask-color takes #rrggbb, #rgb or auto, not \(word)")
        return []
      }
      state.look.maskColor = Color(hex: word)
      state.say("mask-color \(state.look.maskColor?.hex ?? "auto")")
      return []
    }
    command.isSetting = true
    return command
  }()
}

/// Whether something is wanted.
private enum Switch: String, CaseIterable, Sendable { case on, off }
