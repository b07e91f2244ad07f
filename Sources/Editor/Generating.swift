import Raster

extension EditorState {
  /// Asks for a run on what was painted.
  mutating func generate(_ mode: GenerationMode) -> [Effect] {
    liftPen()
    guard canvas.maskCount > 0 else {
      say(
        canvas.touchedCount > 0
          ? canvas.touchedCount == canvas.finishedCount
            ? "tinted is finished: there is nothing to regenerate; :w saves"
            : "the mask is empty: m paints it, :mask strokes takes the painted place"
          : "nothing is painted yet: Space or drag paints, Enter regenerates the painted place")
      return []
    }
    if let reason = lack(for: mode) {
      complain(reason)
      return []
    }
    variantsLeft = 0
    return [request(mode)]
  }

  /// Why there can be no result in a mode; nil where there can, as there always can of textures alone.
  func lack(for mode: GenerationMode) -> String? {
    if case .missing(let reason) = model, mode != .texture { reason } else { nil }
  }

  /// Asks for `count` results of the same edit, each with a seed of its own.
  mutating func generateVariants(_ count: Int) -> [Effect] {
    if let staged, staged.revision == canvas.revision,
      staged.results.contains(where: { $0.settings == settings })
    {
      // That one is there already.
      settings.seed = nextSeed
    }
    let effects = generate(settings.mode)
    if !effects.isEmpty { variantsLeft = count - 1 }
    return effects
  }

  /// In live mode: a run for strokes that no run has seen yet.
  mutating func followStroke() -> [Effect] {
    guard live == .stroke, !canvas.isStroking, canvas.revision != liveRevision else { return [] }
    liveRevision = canvas.revision
    guard canvas.maskCount > 0, model != .loading, lack(for: settings.mode) == nil else {
      return []
    }
    variantsLeft = 0
    return [request(settings.mode)]
  }

  mutating func set(live mode: LiveMode) {
    live = mode
    liveRevision = canvas.revision
    say(mode == .stroke ? "live: strokes are regenerated as they end" : "live off")
  }

  private mutating func request(_ mode: GenerationMode) -> Effect {
    var wanted = settings
    wanted.mode = mode
    let around = wanted.grow
    return request(
      canvas.wanted(grownBy: around), in: canvas.maskBounds.grown(by: around), wanted)
  }

  /// Asks for a run on some pixels, all of them in `bounds`.
  mutating func request(
    _ mask: Mask, in bounds: Area, _ wanted: GenerationSettings
  ) -> Effect {
    newestRequest += 1
    let place = bounds.intersection(canvas.bounds)
    var request = GenerateRequest(
      id: newestRequest, mask: mask, bounds: place, kinds: canvas.kinds(of: mask, in: place),
      settings: wanted)
    request.wantsPreview = showsPreview
    endPreview()
    run = Run(
      request: request,
      progress: RunProgress(step: 0, steps: wanted.stepsRun, tiles: 0, phase: .waiting),
      began: now, requested: canvas.edited, kinds: canvas.touched, revision: canvas.revision)
    message = nil
    return .generate(request)
  }

  /// Stops the run; without one, puts down what is half done.
  mutating func cancel() -> [Effect] {
    variantsLeft = 0
    if run != nil {
      run?.isCancelling = true
      say("cancelling")
      return [.cancel]
    }
    if preparation != nil {
      preparation = nil
      say("preparing stopped; Enter works all the same")
      return [.cancel]
    }
    if case .shape = gesture {
      gesture = .none
    } else if case .stroke = gesture {
      liftPen()
    } else {
      say("nothing runs; q quits")
    }
    return []
  }

  /// Takes over what suits the model; a run that was asked for before is asked for anew with it, since
  /// results must not depend on how early that was.
  private mutating func take(_ facts: ModelFacts) -> [Effect] {
    model = .ready(facts)
    let former = settings
    if !chosenSteps { settings.steps = facts.steps }
    if !chosenStrength { settings.strength = facts.strength }
    guard let waiting = run, !waiting.isCancelling, settings != former else { return [] }
    var wanted = waiting.request.settings
    (wanted.steps, wanted.strength) = (settings.steps, settings.strength)
    let effect = request(waiting.request.mask, in: waiting.request.bounds, wanted)
    run?.began = waiting.began
    return [effect]
  }

  mutating func handle(_ event: EngineEvent) -> [Effect] {
    switch event {
    case .modelReady(let facts): return take(facts)
    case .modelMissing(let reason):
      model = .missing(reason)
      // The picture's own textures are made all the same.
      if run?.request.settings.mode != .texture { endRun() }
      complain(reason)
    case .preparing(let done, let total):
      preparation = done < total ? Preparation(done: done, total: total) : nil
    case .prepared(let bytes):
      preparation = nil
      cacheBytes = bytes
    case .preparingStopped: preparation = nil
    case .measured(let rate): measure(rate)
    case .caches(let map):
      caches = map
    case .progress(let id, let progress):
      guard run?.request.id == id else { return [] }
      run?.progress = progress
      run?.clock.finish(progress.step, at: now)
    case .window(let id, let window):
      guard run?.request.id == id else { return [] }
      workWindow = window == canvas.bounds ? nil : window
    case .preview(let id, let origin, let pixels):
      guard run?.request.id == id else { return [] }
      preview(pixels, at: origin)
    case .finished(let result):
      return finish(result)
    case .failed(let id, let reason):
      guard run?.request.id == id else { return [] }
      endRun()
      complain(reason)
    case .cancelled(let id):
      guard run?.request.id == id else { return [] }
      endRun()
      say("cancelled; nothing was changed")
    }
    return []
  }

  private mutating func finish(_ result: EngineResult) -> [Effect] {
    // A late answer to an older request has nothing to stand on.
    guard let ended = run, ended.request.id == result.id else { return [] }
    run = nil
    note(result)
    let place = result.area
    engineHolds = result.id
    guard place.intersection(canvas.bounds) == place, !place.isEmpty else {
      complain("the engine returned pixels outside the picture; nothing was changed")
      return []
    }
    if staged?.revision == ended.revision, var results = staged?.results {
      // Eight of one edit are kept, the oldest goes.
      results.append(result)
      staged?.results = results.suffix(8)
      show(result: (staged?.results.count ?? 1) - 1)
    } else {
      staged = Staged(
        results: [result], index: 0, picture: canvas.original, requested: ended.requested,
        kinds: ended.kinds, mask: ended.request.mask, revision: ended.revision)
      show(result: 0)
    }
    if !canvas.isStroking { shown = .result }
    var hint = "a accept   D discard   c compare"
    if result.settings.mode != .texture { hint += "   t \(other(result.settings.mode).rawValue)" }
    if result.secondsPreparing >= 0.1 {
      hint += "   (\(Numbers.seconds(result.secondsPreparing)) more went into preparing)"
    }
    if staged?.isHardlyChanged == true { hint = hardlyChangedHint + "   " + hint }
    say(hint)
    if ended.comparesModes { pairModes() }
    if ended.endsVariants, prompt == nil, !canvas.isStroking { openGallery() }
    guard variantsLeft > 0, canvas.revision == ended.revision, !canvas.isStroking else {
      variantsLeft = 0
      return []
    }
    variantsLeft -= 1
    settings.seed = nextSeed
    let effect = request(ended.request.settings.mode)
    run?.endsVariants = variantsLeft == 0
    return [effect]
  }

  func other(_ mode: GenerationMode) -> GenerationMode {
    mode == .sparse ? .dense : .sparse
  }

  /// Puts result `index` into the staged picture, and takes the one there out.
  mutating func show(result index: Int) {
    guard let former = staged?.result, let next = staged?.results[index] else { return }
    staged?.picture.take(canvas.original, in: former.area)
    staged?.picture.put(next.pixels, at: next.origin)
    staged?.picture.putFinished(of: canvas, in: former.area.union(next.area))
    if index != staged?.index {
      staged?.isSaved = false
      staged?.rival = nil
    }
    staged?.index = index
  }

  mutating func stepResult(_ direction: Int) {
    guard let now = staged else {
      say("no result yet: Enter regenerates")
      return
    }
    let next = (now.index + direction).clamped(to: 0...(now.results.count - 1))
    show(result: next)
    shown = .result
    sayResult()
  }

  /// Says which result is shown.
  mutating func sayResult() {
    guard let staged else { return }
    let result = staged.result
    say(
      "result \(staged.index + 1)/\(staged.results.count): \(result.settings.mode.rawValue), "
        + "seed \(result.settings.seed), "
        + (result.settings.mode == .texture
          ? ""
          : "strength \(Numbers.plain(result.settings.strength)), "
            + "\(result.settings.steps) steps, ")
        + Numbers.seconds(result.seconds))
  }

  mutating func accept() -> [Effect] {
    liftPen()
    guard let taken = staged else {
      say("no result to accept: Enter regenerates")
      return []
    }
    let result = taken.result
    shelf.put(taken, original: canvas.originalRevision)
    canvas.accept(
      result.pixels, at: result.origin, requested: taken.requested, kinds: taken.kinds,
      mask: taken.mask, facts: RunFacts(result))
    if taken.isSaved, canvas.touchedCount == canvas.finishedCount {
      savedRevision = canvas.pictureRevision
    }
    staged = nil
    shown = .edit
    let cancels = run != nil
    run = nil
    workWindow = nil
    say("accepted; u takes it back")
    let isHeld = result.id == engineHolds && !cancels
    engineHolds = nil
    return (cancels ? [.cancel] : []) + [isHeld ? .accept(id: result.id) : .rebase(result.area)]
  }

  mutating func discard() -> [Effect] {
    guard staged != nil else {
      say("no result to discard")
      return []
    }
    staged = nil
    engineHolds = nil
    workWindow = nil
    shown = .edit
    say("discarded; the strokes are still there")
    return [.discard]
  }
}

extension EditorState.Staged {
  /// Whether the result looked at is about what was painted: less than three levels away on average,
  /// where paint was to become a thing of its colour and a network was asked.
  var isHardlyChanged: Bool {
    guard result.settings.mode != .texture else { return false }
    let area = result.area
    let color = PaintKind.color.rawValue
    var (sum, count) = (0, 0)
    for y in area.minY..<area.maxY {
      for x in area.minX..<area.maxX where mask.values[y * mask.width + x] != 0 {
        let kind = kinds.values[y * mask.width + x]
        guard kind == 0 || kind == color else { continue }
        let at = requested.offset(x: x, y: y)
        let from = result.pixels.offset(x: x - area.minX, y: y - area.minY)
        for channel in 0..<3 {
          sum += abs(
            Int(result.pixels.samples[from + channel]) - Int(requested.samples[at + channel]))
        }
        count += 3
      }
    }
    return count > 0 && sum < 3 * count
  }
}
