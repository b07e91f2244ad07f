/// What can be done now, as a pure function of the state.
extension EditorState {
  /// What can be done now, the most important first; each is a few words that begin with a key.
  package var hints: [String] {
    if help != nil { return ["type to filter", "Esc closes", "Up Down scroll"] }
    if let prompt { return hints(for: prompt) }
    if let run { return run.isCancelling ? ["cancelling"] : ["\(escape) cancels"] }
    switch gesture {
    case .stroke(_, byKeys: true):
      return ["PEN DOWN: \(key(.pen) ?? "Space") lifts", "arrows paint"]
    case .stroke: return ["let go to end the stroke"]
    case .shape(_, _, byKeys: true):
      return ["\(key(.pen) ?? "Space") paints the \(tool.rawValue)", "\(escape) forgets it"]
    case .shape: return ["let go to paint the \(tool.rawValue)"]
    case .none, .pan, .divider: break
    }
    if tool == .clone, cloneSource == nil {
      return [hint(.cloneSource, "sets where from"), hint(.choose(.brush), "paints again")].said
    }
    return comparisonHints ?? maskHints ?? resultHints ?? paintedHints ?? restingHints
  }

  private var escape: String { key(.cancel) ?? "Esc" }

  /// The key to teach for an action; nil where the person's configuration left none.
  func key(_ action: Action) -> String? {
    bindingTable.first { $0.action == action }?.keys.first?.label
  }

  func hint(_ action: Action, _ words: String) -> String? { key(action).map { "\($0) \(words)" } }

  private var helpHint: String? { hint(.help, "help") }

  private var isComparing: Bool { isComparable && (look.comparison != .none || look.blinks) }

  private var comparisonHints: [String]? {
    guard isComparing else { return nil }
    let keys = [key(.previousResult), key(.nextResult)].said.joined(separator: " ")
    if staged?.rival != nil {
      return [
        keys.isEmpty ? nil : "\(keys) move the divider", hint(.wipe, "ends the wipe"),
        hint(.accept, "accept"),
      ].said
    }
    if look.blinks { return [hint(.blink, "ends the blinking"), hint(.accept, "accept")].said }
    switch look.comparison {
    case .none: return nil
    case .wipe:
      return [
        keys.isEmpty ? nil : "\(keys) move the divider", hint(.wipe, "ends the wipe"),
        staged == nil ? nil : hint(.accept, "accept"),
      ].said
    case .difference:
      return [
        keys.isEmpty ? nil : "\(keys) change the gain", hint(.difference, "shows the picture"),
        staged == nil ? nil : hint(.accept, "accept"),
      ].said
    }
  }

  private var maskHints: [String]? {
    guard isMasking else { return nil }
    let regenerates = canvas.maskCount > 0 ? regenerateHint : nil
    return [
      "MASK: \(key(.pen) ?? "Space") adds", hint(.choose(.eraser), "takes away"),
      hint(.maskMode, "back to colour"), regenerates, hint(.mask(.invert), "inverts"),
    ].said
  }

  private var resultHints: [String]? {
    guard let staged else { return nil }
    let many = staged.results.count > 1
    let keys = [key(.previousResult), key(.nextResult)].said.joined(separator: " ")
    let isNewer = canvas.revision != staged.revision && canvas.maskCount > 0
    return [
      hint(.accept, "accept"), hint(.discard, "discard"),
      isNewer ? regenerateHint : nil,
      staged.isSaved ? nil : saveHint, hint(.compare, "compare"),
      many ? hint(.gallery, "all \(staged.results.count) results") : nil,
      many && !keys.isEmpty ? "\(keys) walk them" : nil,
      isNewer ? nil : hint(.newSeed, "\(key(.generate) ?? ":generate") another"), helpHint,
    ].said
  }

  /// `Enter regenerates 0.7%`; what is left to do, where there is no model.
  private var regenerateHint: String? {
    if lack(for: settings.mode) != nil {
      return hint(.toggleTexture, "no model: the picture's own textures")
    }
    return hint(.generate, "regenerates \(Numbers.percent(editFraction))")
  }

  private var saveHint: String { saveRefusal == nil ? ":w saves" : ":w NAME saves" }

  private var paintedHints: [String]? {
    // What is finished waits for nothing.
    guard canvas.touchedCount > canvas.finishedCount || canvas.maskCount > 0 else { return nil }
    guard canvas.maskCount > 0 else {
      return [hint(.maskMode, "paints the mask"), ":mask strokes takes the strokes", helpHint].said
    }
    if isExample, canvas.pictureRevision == savedRevision {
      let generate = key(.generate) ?? ":generate"
      return [
        "press \(generate)", "it turns the strokes into picture",
        hint(.undo, "takes them away"), helpHint, hint(.quit, "quits"),
      ].said
    }
    return [
      regenerateHint, hint(.undo, "undo"), hint(.pen, "paints on"),
      isUnsaved ? saveHint : nil, helpHint, hint(.quit, "quits"),
    ].said
  }

  /// What the tool does.
  private var deed: String {
    switch tool {
    case .fill: "fills"
    case .eraser, .erase: "erases"
    case .tint: "tints"
    case .clone: "clones"
    case .pick: "picks"
    case .brush, .pen, .line, .rectangle, .ellipse: "paints"
    }
  }

  private var restingHints: [String] {
    let paints = hint(.pen, tool == .pick ? "or a click picks" : "or drag \(deed)")
    guard isUnsaved else { return [paints, helpHint, hint(.quit, "quits"), saveHint].said }
    return [
      saveHint, hint(.pen, "paints on"), hint(.undo, "undo"), helpHint, hint(.quit, "quits"),
    ].said
  }

  private func hints(for prompt: Prompt) -> [String] {
    switch prompt {
    case .command: ["Enter runs", "Tab completes", "Esc leaves"]
    case .saveAs: ["Enter saves", "Esc stays"]
    case .adjust: AdjustmentKey.hints
    case .unsaved: ["y save", "n do not", "Esc stay"]
    case .materials: MaterialKey.hints
    case .regenerate: ["y regenerate", "n do not"]
    case .gallery: ["1 to \(staged?.results.count ?? 1) choose", "Enter shows", "Esc closes"]
    case .overwrite: ["y overwrite", "n do not"]
    case .recover(_, isDropping: false): ["y recover", "n drop", "q later"]
    case .recover(_, isDropping: true): ["y drop", "Esc back"]
    case .opening: ["Esc stays"]
    }
  }

  /// Between hints.
  var hintSeparator: String { terminal.hasUnicode ? " · " : " - " }

  /// How long news is seen before the hint takes its place, in milliseconds; longer texts longer.
  func newsTime(_ message: Message) -> Int { 3000 + 40 * message.text.count }

  /// Whether the message is still seen; what did not work is until the next key.
  var isNewsSeen: Bool {
    guard let message else { return false }
    return message.isError || now - message.at < newsTime(message)
  }

  /// Milliseconds until news makes room for the hint; nil where none will.
  var millisecondsOfNews: Int? {
    guard let message, isNewsSeen, !message.isError else { return nil }
    return message.at + newsTime(message) - now
  }
}

extension [String?] {
  /// Those that are there.
  fileprivate var said: [String] { compactMap(\.self) }
}
