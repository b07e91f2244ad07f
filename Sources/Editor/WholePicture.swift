import Raster

extension EditorState {
  /// Asks for a dense run on what was painted, or where nothing was, whether all is to be made anew.
  mutating func generateDense() -> [Effect] {
    liftPen()
    guard canvas.maskCount == 0, canvas.touchedCount == 0, case .ready = model else {
      return generate(.dense)
    }
    prompt = .regenerate
    return []
  }

  /// Multiply-adds of one dense step over the whole picture; nil where nobody said.
  ///
  /// - Parameter inRunsOnly: whether it counts only where runs are over the whole picture.
  func macsOfWhole(inRunsOnly: Bool = false) -> Int? {
    guard case .ready(let facts) = model, facts.wholeMACs > 0 else { return nil }
    return inRunsOnly && !facts.seesWhole ? nil : facts.wholeMACs
  }

  var regenerateQuestion: String {
    let seconds = RunFacts.estimate(
      steps: settings.stepsRun, macsPerStep: macsOfWhole(), macsPerSecond: macsPerSecond)
    let time = seconds.map { " about \(Numbers.seconds($0))," } ?? ""
    return "regenerate the whole picture?\(time) y/n"
  }

  mutating func answerRegenerate(_ key: Key) -> [Effect] {
    switch key {
    case .character("y"), .enter:
      prompt = nil
      var wanted = settings
      wanted.mode = .dense
      // There is nothing around it to fade into.
      (wanted.feather, wanted.grow) = (0, 0)
      variantsLeft = 0
      let all = Mask(width: canvas.width, height: canvas.height, filledWith: 255)
      return [request(all, in: canvas.bounds, wanted)]
    case .character("n"), .character("q"), .escape, .control("c"):
      prompt = nil
      say("not regenerated")
    default: break
    }
    return []
  }
}
