/// What the bottom lines ask while a prompt is open.
extension EditorState {
  /// The question a prompt asks, or nil while a line is typed.
  package var question: String? {
    switch prompt {
    case .unsaved(.quit): "unsaved changes: y save and quit, n drop them, Esc stay"
    case .unsaved(.open(let path)):
      "unsaved changes: y save them, n drop them, Esc stay; then \(path) opens"
    case .regenerate: regenerateQuestion
    case .gallery: galleryQuestion
    case .materials: nil
    case .overwrite(let request, let objection): overwriteQuestion(request, objection)
    case .adjust(let adjustment): line(of: adjustment)
    case .recover(let found, isDropping: false):
      // The keys come first, so that they are seen at any width.
      "y recover, n drop, q later: unsaved work \(found.description)"
    case .recover(let found, isDropping: true):
      "drop it for good? y drop, Esc back: unsaved work \(found.description)"
    case .opening(let path): "opening \(path); Esc stays"
    case .command, .saveAs, nil: nil
    }
  }

  private func overwriteQuestion(_ request: SaveRequest, _ objection: SaveObjection) -> String {
    let target = request.path ?? name
    let isOwn = target == name || target.hasSuffix("/\(name)")
    // The question comes first, so that it is seen at any width.
    let loss =
      isOwn && request.content != .mask
      ? overwritingLoses.map { "; lost then: \($0)" } ?? "" : ""
    switch objection {
    case .exists: return "\(target) exists: overwrite it? y/n" + loss
    case .changed: return "\(target) was changed by another program: overwrite it? y/n" + loss
    case .notReplaceable:
      return "\(target) can only be written in place: do it? y/n (a copy is kept meanwhile)" + loss
    }
  }

  /// The line that is typed, and what stands before it.
  var typedLine: (label: String, line: CommandLine)? {
    switch prompt {
    case .command(let line): (":", line)
    case .saveAs(let line, _): ("Save as: ", line)
    default: nil
    }
  }

  /// What a prompt says in the place of the facts; nil where these stay.
  var promptHelp: [String]? {
    switch prompt {
    case .saveAs(_, let reason):
      // Why a name is asked for comes first: without it nobody knows what to type.
      [reason, "Esc stays", "Enter saves\(afterSave == nil ? "" : " and goes on")"]
    case .adjust(let adjustment): help(for: adjustment)
    case .materials: MaterialKey.hints
    default: nil
    }
  }

  /// Whether the hint is what a newcomer must not overlook.
  var isHintUrgent: Bool {
    if case .stroke = gesture { return true }
    if case .shape = gesture { return true }
    return isMasking || isExample && canvas.pictureRevision == savedRevision && staged == nil
  }
}
