extension EditorState {
  /// Changes what the next run is asked for, as one step to undo; consecutive changes under one
  /// name are one step until the next run.
  ///
  /// - Parameter isGrouped: false makes every change a step of its own.
  mutating func change(
    _ name: String, isGrouped: Bool = true, _ body: (inout GenerationSettings) -> Void
  ) {
    let former = settings
    body(&settings)
    guard settings != former else { return }
    canvas.record(name, former: former, group: isGrouped ? newestRequest : nil)
  }

  mutating func setStrength(_ strength: Double) {
    change("strength") { $0.strength = Numbers.rounded(max(0.05, min(1, strength))) }
    chosenStrength = true
    say("strength \(Numbers.plain(settings.strength))")
  }

  mutating func setSteps(_ steps: Int) {
    change("steps") { $0.steps = steps.clamped(to: 1...1000) }
    chosenSteps = true
    say("steps \(settings.steps)")
  }

  mutating func setFeather(_ pixels: Int) {
    change("feather") { $0.feather = pixels.clamped(to: 0...64) }
    say("feather \(settings.feather) px")
  }

  mutating func setGrow(_ pixels: Int) {
    change("grow") { $0.grow = pixels.clamped(to: 0...64) }
    say("grow \(settings.grow) px around the mask")
  }

  mutating func setMelt(_ pixels: Int?) {
    change("melt") { $0.melt = pixels?.clamped(to: 0...64) }
    say(settings.melt.map { "paint melts over \($0) px" } ?? "paint melts as suits each stroke")
  }

  mutating func set(texture: PaintTexture) {
    change("texture") { $0.texture = texture }
    say(
      texture == .on ? "paint takes on texture of the picture" : "paint stays without texture")
  }

  mutating func set(edges: PaintEdges) {
    change("edges") { $0.edges = edges }
    say(
      edges == .natural
        ? "flat paint gets ragged edges" : "paint keeps the edges that it was given")
  }

  mutating func setSeed(_ seed: UInt64) {
    change("seed", isGrouped: false) { $0.seed = seed }
    say("seed \(seed)")
  }

  /// The next seed is a hash of this one, so that a session replays from its first seed.
  var nextSeed: UInt64 {
    (settings.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407) >> 40
  }

  mutating func newSeed() { setSeed(nextSeed) }

  mutating func set(mode: GenerationMode) {
    if mode != .texture { networkMode = mode }
    change("mode") { $0.mode = mode }
    switch mode {
    case .sparse: say("sparse: only masked tiles are computed")
    case .dense: say("dense: every tile is computed")
    case .texture: say("texture: the picture's own textures, no network; instant")
    }
  }

  /// Into the mode without a network, or back to the one before.
  mutating func toggleTexture() {
    if settings.mode != .texture { networkMode = settings.mode }
    set(mode: settings.mode == .texture ? networkMode : .texture)
  }

  mutating func set(scheme: GenerationScheme?) { change("scheme") { $0.scheme = scheme } }

  mutating func toggleMode() { set(mode: settings.mode == .sparse ? .dense : .sparse) }

  /// Settings that come back by undo or redo.
  mutating func restore(_ former: GenerationSettings) {
    settings = former
    // What the model proposed since is not something the person undoes.
    guard case .ready(let facts) = model else { return }
    if !chosenSteps { settings.steps = facts.steps }
    if !chosenStrength { settings.strength = facts.strength }
  }
}
