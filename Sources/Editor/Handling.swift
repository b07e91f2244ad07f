import Raster

extension EditorState {
  /// Takes in one event and says what has to be done outside.
  ///
  /// Total: no event traps, whatever the state.
  package mutating func handle(_ event: Event) -> [Effect] {
    let effects = react(to: event)
    followFinished()
    return effects + followStroke() + journal()
  }

  private mutating func react(to event: Event) -> [Effect] {
    switch event {
    case .key(let key): return handle(key)
    case .mouse(let mouse):
      return handle(mouse)
    case .paste(let text): paste(text)
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
    case .notSuspended: say("cannot suspend: no shell would continue the program")
    case .engine(let event):
      return handle(event)
    case .file(let event):
      return handle(event)
    case .journal(let event): return handle(event)
    case .start(let lines): return start(with: lines)
    }
    return []
  }

  /// Pasted text is text: it goes into a line that is typed or nowhere.
  private mutating func paste(_ text: String) {
    switch prompt {
    case .command(var line):
      line.insert(text)
      prompt = .command(line)
    case .saveAs(var line, let reason):
      line.insert(text)
      prompt = .saveAs(line, reason: reason)
    default: break
    }
  }

  private mutating func handle(_ key: Key) -> [Effect] {
    endPointerGesture()
    switch prompt {
    case .command(let line): return edit(line, with: key)
    case .adjust(let adjustment): return adjust(adjustment, with: key)
    case .unsaved(let departure): return answerUnsaved(departure, key)
    case .regenerate: return answerRegenerate(key)
    case .gallery: return answerGallery(key)
    case .materials(let index):
      answerMaterials(index, key)
      return []
    case .overwrite(let request, let objection):
      return answerOverwrite(request, objection, key)
    case .saveAs(let line, let reason): return answerName(line, reason: reason, key)
    case .recover(let recovery, let isDropping):
      return answerRecovery(recovery, isDropping: isDropping, key)
    case .opening: return answerOpening(key)
    case nil: break
    }
    if help != nil { return handleHelp(key) }
    message = nil
    guard let action = bindings[key] else {
      complainAboutUnbound(key)
      return []
    }
    return perform(action)
  }

  /// Does what a key is bound to.
  package mutating func perform(_ action: Action) -> [Effect] {
    if action.isAtCursor, let place = hover {
      // Keys act where the ring is.
      view.cursor = place
      hover = nil
    }
    switch action {
    case .choose(let tool): choose(tool)
    case .swatch(let index): chooseSwatch(index)
    case .swapColors: (primary, secondary) = (secondary, primary)
    case .palette: take(palette == .standard ? .picture : .standard)
    case .materials: openMaterials()
    case .adjustColor: adjustColor()
    case .adjustSettings: adjustSettings()
    case .defaultColors: (primary, secondary) = (.black, .white)
    case .smaller: resize(by: -1)
    case .larger: resize(by: 1)
    case .softer: soften(by: 1)
    case .harder: soften(by: -1)
    case .fainter: setOpacity(nib.opacity - 0.1)
    case .denser: setOpacity(nib.opacity + 0.1)
    case .shapeFill: toggleShapeFill()
    case .cloneSource: setCloneSource(view.cursor)
    case .connect: connect()
    case .maskMode: toggleMasking()
    case .mask(let change): changeMask(change)
    case .move(let x, let y): moveCursor(x: x, y: y)
    case .nudge(let x, let y): go(to: Point(x: view.cursor.x + x, y: view.cursor.y + y))
    case .pan(let x, let y): pan(x: x, y: y)
    case .pen: togglePen()
    case .dot: dot()
    case .generate: return generate(settings.mode)
    case .generateDense: return generateDense()
    case .toggleMode: toggleMode()
    case .toggleTexture: toggleTexture()
    case .cancel: return cancel()
    case .accept: return accept()
    case .discard: return discard()
    case .compare: compare()
    case .compareModes: return compareModes()
    case .gallery: openGallery()
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
    case .quit: return leave(.quit)
    case .help: openHelp()
    case .commandLine: prompt = .command(CommandLine())
    case .redraw: return [.redraw]
    case .command(let line): return run(command: line)
    }
    return []
  }

  mutating func chooseSwatch(_ index: Int) {
    guard swatches.indices.contains(index) else { return }
    primary = swatches[index]
    say("colour \(primary.hex)")
  }

  /// The result, the edit it came from, the original; without a result only the latter two.
  mutating func compare() {
    look.blinks = false
    switch shown {
    case .result: shown = .edit
    case .edit: shown = .original
    case .original, .rival: shown = staged == nil ? .edit : .result
    }
    say("showing the \(name(of: shown))")
  }

  mutating func undo() -> [Effect] {
    follow(verb: "undid", nothing: "nothing to undo") { $0.undo(settings: $1) }
  }

  mutating func redo() -> [Effect] {
    follow(verb: "redid", nothing: "nothing to redo") { $0.redo(settings: $1) }
  }

  /// Back to the strokes that newer ones replaced; redo then brings the old ones.
  mutating func undoToBranch() -> [Effect] {
    follow(verb: "back to the", nothing: "no other branch: nothing was undone and then replaced") {
      $0.undoToBranch(settings: $1)
    }
  }

  private mutating func follow(
    verb: String, nothing: String, _ go: (inout Canvas, GenerationSettings) -> Canvas.Change?
  ) -> [Effect] {
    liftPen()
    let shelved = staged
    let original = canvas.originalRevision
    guard let change = go(&canvas, settings) else {
      say(nothing)
      return []
    }
    say("\(verb) \(change.name)")
    if let former = change.settings { restore(former) }
    guard !change.area.isEmpty else { return [] }
    shown = .edit
    // What a run under way works on is no longer what the person wants.
    let cancelling: [Effect] = run == nil ? [] : [.cancel]
    run?.isCancelling = true
    guard change.changesOriginal else { return cancelling }
    // A result made on another original is no longer one here, and a late one must not become one.
    run = nil
    engineHolds = nil
    shelf.put(shelved, original: original)
    staged = shelf.take(for: canvas)
    if let index = staged?.index { show(result: index) }
    return cancelling + [.rebase(change.area)]
  }
}

// MARK: - Mouse

extension EditorState {
  private mutating func handle(_ mouse: Mouse) -> [Effect] {
    if help != nil {
      switch mouse.action {
      case .wheelUp: return handleHelp(.up)
      case .wheelDown: return handleHelp(.down)
      case .down: closeHelp()
      case .drag, .up, .move: break
      }
      return []
    }
    if isInGallery { pressGallery(mouse) }
    guard prompt == nil else { return [] }
    switch mouse.action {
    case .wheelUp, .wheelDown: turnWheel(mouse)
    case .down: return press(mouse)
    case .drag: drag(mouse)
    // No button is held: the release of one pressed here was lost.
    case .move:
      endPointerGesture()
      hover(mouse)
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
    hover = nil
    if mouse.control {
      if tool == .clone { setCloneSource(pixel) } else { pick(at: pixel) }
    } else {
      press(secondary: mouse.button == .right, byKeys: false)
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

  /// The ring follows the mouse over the picture, unless keys are painting elsewhere.
  private mutating func hover(_ mouse: Mouse) {
    hover = nil
    guard gesture == .none, hit(mouse) != nil, let pixel = pixel(under: mouse),
      canvas.bounds.contains(pixel)
    else { return }
    hover = pixel
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
