import Raster

extension EditorState {
  /// Wipes between the result shown and that of the same edit in the other mode, which is computed
  /// first where it is not there yet.
  mutating func compareModes() -> [Effect] {
    liftPen()
    guard let staged, staged.revision == canvas.revision else {
      say("no result of this edit yet: Enter regenerates, = then computes the other mode too")
      return []
    }
    guard staged.result.settings.mode != .texture else {
      say("made without a network; t, Enter, = compare sparse and dense")
      return []
    }
    guard run == nil else {
      say("a run goes on: Esc cancels it, = compares once it is done")
      return []
    }
    if pairModes() { return [] }
    var wanted = staged.result.settings
    wanted.mode = other(wanted.mode)
    let effect = request(staged.mask, in: staged.maskBounds, wanted)
    run?.comparesModes = true
    variantsLeft = 0
    return [effect]
  }

  /// Begins the wipe where a result in the other mode with the same settings is there.
  @discardableResult
  mutating func pairModes() -> Bool {
    guard let staged, staged.result.settings.mode != .texture else { return false }
    let result = staged.result
    var wanted = result.settings
    wanted.mode = other(wanted.mode)
    guard
      let index = staged.results.lastIndex(where: {
        $0.settings == wanted && $0.area == result.area
      })
    else { return false }
    let rival = staged.results[index]
    var picture = staged.picture
    picture.put(rival.pixels, at: rival.origin)
    picture.putFinished(of: canvas, in: rival.area)
    self.staged?.rival = Rival(
      index: index, picture: picture,
      psnr: result.pixels.psnr(to: rival.pixels) ?? .infinity)
    shown = .result
    look.comparison = .wipe
    look.blinks = false
    if let line = modesLine { say(line) }
    return true
  }

  /// What the two modes took and how near they came, while they are compared.
  var modesLine: String? {
    guard let staged, let rival = staged.rival, staged.results.indices.contains(rival.index) else {
      return nil
    }
    let pair = [staged.results[rival.index], staged.result]
    let isWide = columns >= 80
    let parts = pair.map { result in
      "\(result.settings.mode.rawValue) \(Numbers.seconds(result.seconds)) "
        + Numbers.macs(result.macsExecuted) + (isWide ? " MACs" : "")
    }
    var nearness = rival.psnr.isFinite ? "\(Numbers.fixed(rival.psnr, 1)) dB" : "equal"
    if isWide, rival.psnr.isFinite { nearness += " PSNR" }
    if isWide, !rival.psnr.isFinite, pair[0].macsExecuted == pair[1].macsExecuted {
      nearness += ": the edit fills its window"
    }
    return parts.joined(separator: " | ") + "  " + nearness
  }

  /// Remembers what a run took.
  mutating func note(_ result: EngineResult) {
    lastRuns[result.settings.mode] = RunFacts(result)
    guard result.settings.mode != .texture else { return }
    let steps = result.settings.stepsRun
    lastMACsPerStep = result.macsDense / max(1, steps)
    if result.settings.mode == .dense, result.seconds > 0 {
      measure(Double(result.macsDense) / result.seconds)
    }
  }

  /// Takes in a rate of dense passes; the best is kept, since others were disturbed.
  mutating func measure(_ macsPerSecond: Double) {
    guard macsPerSecond.isFinite, macsPerSecond > 0 else { return }
    self.macsPerSecond = max(self.macsPerSecond ?? 0, macsPerSecond)
  }

  /// What to say of a result that hardly differs from what was painted.
  var hardlyChangedHint: String {
    settings.strength < 1
      ? "hardly changed: ) raises the strength" : "hardly changed: N takes another seed"
  }
}

extension EditorState.Staged {
  /// Around what was asked for.
  fileprivate var maskBounds: Area {
    // The blend's border lies outside of the mask.
    result.area
  }
}
