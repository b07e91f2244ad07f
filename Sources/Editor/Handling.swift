import Raster

extension EditorState {
  /// Takes in one event and says what has to be done outside.
  ///
  /// Total: no event traps, whatever the state.
  package mutating func handle(_ event: Event) -> [Effect] {
    react(to: event) + followStroke()
  }

  private mutating func react(to event: Event) -> [Effect] {
    switch event {
    case .key(let key): return handle(key)
    case .mouse(let mouse):
      return handle(mouse)
    case .paste(let text):
      // Pasted text is text: it goes into the command line or nowhere.
      if case .command(var line) = prompt {
        line.insert(text)
        prompt = .command(line)
      }
    case .focus(let isIn):
      // The release of a button pressed here may never come.
      if !isIn { endPointerGesture() }
    case .resize(let columns, let rows):
      resize(columns: columns, rows: rows)
      return [.redraw]
    case .tick(let milliseconds):
      now = max(now, milliseconds)
    case .terminal(let facts):
      terminal = facts
    case .engine(let event):
      return handle(event)
    case .file(let event):
      return handle(event)
    }
    return []
  }

  private mutating func handle(_ key: Key) -> [Effect] {
    endPointerGesture()
    switch prompt {
    case .command(let line): return edit(line, with: key)
    case .quit: return answerQuit(key)
    case .overwrite(let request): return answerOverwrite(request, key)
    case nil: break
    }
    if help != nil { return handleHelp(key) }
    message = nil
    guard let action = bindings[key] else { return [] }
    return perform(action)
  }

  private mutating func handleHelp(_ key: Key) -> [Effect] {
    switch key {
    case .character("j"), .down: help? += 1
    case .character("k"), .up: help = max(0, (help ?? 0) - 1)
    case .pageDown, .character(" "): help? += 10
    case .pageUp: help = max(0, (help ?? 0) - 10)
    default: help = nil
    }
    return []
  }

  /// Does what a key is bound to.
  package mutating func perform(_ action: Action) -> [Effect] {
    switch action {
    case .choose(let tool): choose(tool)
    case .swatch(let index): chooseSwatch(index)
    case .swapColors: swap(&primary, &secondary)
    case .smaller: setSize(stepped(size, by: -1))
    case .larger: setSize(stepped(size, by: 1))
    case .move(let x, let y): moveCursor(x: x, y: y)
    case .pan(let x, let y): pan(x: x, y: y)
    case .pen: togglePen()
    case .dot: dot()
    case .generate: return generate(settings.mode)
    case .generateDense: return generate(.dense)
    case .toggleMode: toggleMode()
    case .cancel: return cancel()
    case .accept: return accept()
    case .discard: return discard()
    case .compare: compare()
    case .wipe: toggleComparison(.wipe)
    case .difference: toggleComparison(.difference)
    case .sideBySide: togglePanes()
    case .blink: toggleBlinking()
    case .previousResult: stepSideways(-1)
    case .nextResult: stepSideways(1)
    case .maskOverlay: showsMask.toggle()
    case .tileOverlay: showsTiles.toggle()
    case .cacheOverlay: toggleCaches()
    case .hideBars: toggleBars()
    case .undo: return undo()
    case .redo: return redo()
    case .zoomIn: zoom(to: view.zoom.stepped(by: 1))
    case .zoomOut: zoom(to: view.zoom.stepped(by: -1))
    case .zoomFit:
      isViewChosen = false
      zoomToFit()
    case .zoomActual: zoom(to: Zoom())
    case .weaker: setStrength(settings.strength - 0.05)
    case .stronger: setStrength(settings.strength + 0.05)
    case .newSeed: newSeed()
    case .save: return save(content: .picture, path: nil, overwrite: false)
    case .quit: return quit()
    case .help: help = 0
    case .commandLine: prompt = .command(CommandLine())
    case .redraw: return [.redraw]
    }
    return []
  }

  mutating func chooseSwatch(_ index: Int) {
    guard swatches.indices.contains(index) else { return }
    primary = swatches[index]
    say("colour \(primary.hex)")
  }

  mutating func setStrength(_ strength: Double) {
    settings.strength = (max(0.05, min(1, strength)) * 100).rounded() / 100
    chosenStrength = true
    say("strength \(Numbers.plain(settings.strength))")
  }

  /// The next seed is a hash of this one, so that a session replays from its first seed.
  mutating func newSeed() {
    settings.seed = (settings.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407) >> 40
    say("seed \(settings.seed)")
  }

  mutating func toggleMode() {
    settings.mode = settings.mode == .sparse ? .dense : .sparse
    say(
      settings.mode == .sparse
        ? "sparse: only touched tiles are computed" : "dense: every tile is computed")
  }

  /// The result, the edit it came from, the original; without a result only the latter two.
  mutating func compare() {
    look.blinks = false
    switch shown {
    case .result: shown = .edit
    case .edit: shown = .original
    case .original: shown = staged == nil ? .edit : .result
    }
    say("showing the \(shown == .edit ? "edit" : shown == .result ? "result" : "original")")
  }

  mutating func undo() -> [Effect] {
    liftPen()
    guard let change = canvas.undo() else {
      say("nothing to undo")
      return []
    }
    return follow(change, verb: "undid")
  }

  mutating func redo() -> [Effect] {
    liftPen()
    guard let change = canvas.redo() else {
      say("nothing to redo")
      return []
    }
    return follow(change, verb: "redid")
  }

  private mutating func follow(_ change: Canvas.Change, verb: String) -> [Effect] {
    say("\(verb) \(change.name)")
    shown = .edit
    // What a run under way works on is no longer what the person wants.
    let cancelling: [Effect] = run == nil ? [] : [.cancel]
    run?.isCancelling = true
    guard change.changesOriginal else { return cancelling }
    // A result made on another original is no longer one, and a late one must not become one.
    run = nil
    staged = nil
    return cancelling + [.rebase(change.area)]
  }
}

// MARK: - Mouse

extension EditorState {
  private mutating func handle(_ mouse: Mouse) -> [Effect] {
    if help != nil {
      if mouse.action == .down { help = nil }
      return []
    }
    guard prompt == nil else { return [] }
    switch mouse.action {
    case .wheelUp, .wheelDown: turnWheel(mouse)
    case .down: return press(mouse)
    case .drag: drag(mouse)
    case .up:
      drag(mouse)
      endPointerGesture()
    }
    return []
  }

  private mutating func press(_ mouse: Mouse) -> [Effect] {
    endPointerGesture()
    message = nil
    guard hit(mouse) != nil, let pixel = pixel(under: mouse) else { return pressBar(mouse) }
    if mouse.button == .middle {
      liftPen()
      gesture = .pan(column: mouse.column, row: mouse.row)
      return []
    }
    if isOverDivider(mouse) {
      gesture = .divider
      return []
    }
    guard mouse.button != .none, canvas.bounds.contains(pixel) else { return [] }
    view.cursor = pixel
    if mouse.control {
      pick(at: pixel)
    } else {
      press(ink: ink(secondary: mouse.button == .right), byKeys: false)
    }
    return []
  }

  private mutating func pressBar(_ mouse: Mouse) -> [Effect] {
    guard mouse.row == layout.toolRow else { return [] }
    for item in toolbar where item.columns.contains(mouse.column) {
      guard let action = item.action else { continue }
      if case .swatch(let index) = action, mouse.button == .right {
        if swatches.indices.contains(index) { secondary = swatches[index] }
      } else {
        return perform(action)
      }
    }
    return []
  }

  private mutating func drag(_ mouse: Mouse) {
    switch gesture {
    case .pan(let column, let row):
      pan(x: column - mouse.column, y: 2 * (row - mouse.row))
      gesture = .pan(column: mouse.column, row: mouse.row)
    case .divider: moveDivider(to: mouse)
    case .stroke(_, byKeys: false), .shape(_, _, byKeys: false):
      // The cursor stays in the picture; the stroke's line is drawn to where it was left.
      guard let pixel = pixel(under: mouse) else { return }
      view.cursor = Point(
        x: pixel.x.clamped(to: 0...max(0, canvas.width - 1)),
        y: pixel.y.clamped(to: 0...max(0, canvas.height - 1)))
      drag()
    default: break
    }
  }

  /// Ends what a mouse button began; a pen put down by keys stays down.
  mutating func endPointerGesture() {
    switch gesture {
    case .stroke(_, byKeys: false), .shape(_, _, byKeys: false): release()
    case .pan, .divider: gesture = .none
    default: break
    }
  }

  private mutating func turnWheel(_ mouse: Mouse) {
    let direction = mouse.action == .wheelUp ? 1 : -1
    if mouse.control {
      setSize(stepped(size, by: direction))
      return
    }
    turnWheel(mouse, direction: direction)
  }
}
