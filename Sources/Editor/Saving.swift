extension EditorState {
  mutating func save(
    content: SaveRequest.Content, path: String?, overwrite: Bool
  ) -> [Effect] {
    liftPen()
    if path == nil { noteSaveForJournal() }
    let request = SaveRequest(
      content: content, path: path, overwrite: overwrite || (path == nil && mayOverwrite),
      revision: canvas.pictureRevision)
    say("saving")
    return [.save(request)]
  }

  mutating func handle(_ event: FileEvent) -> [Effect] {
    switch event {
    case .saved(let request):
      return noteSaved(request)
    case .exists(let request):
      prompt = .overwrite(request)
    case .listed(let prefix, let names):
      handleListing(prefix: prefix, names: names)
    case .failed(_, let reason):
      quitsAfterSave = false
      complain(reason)
    case .journalFailed(let reason):
      journaling.isOn = false
      complain(reason + "; save soon")
    }
    return []
  }

  private mutating func noteSaved(_ request: SaveRequest) -> [Effect] {
    let target = request.path ?? name
    if request.content == .picture {
      savedRevision = request.revision
      if staged != nil {
        staged?.isSaved = true
        say("saved the result, not accepted yet, to \(target)")
      } else {
        say("saved \(target)")
      }
    } else {
      say("saved the \(request.content.rawValue) to \(target)")
    }
    guard request.path == nil else { return quitsAfterSave ? [.quit] : [] }
    mayOverwrite = true
    return quitsAfterSave ? [.quit] : restartJournal()
  }

  mutating func quit() -> [Effect] {
    liftPen()
    guard isUnsaved else { return [.quit] }
    prompt = .quit
    return []
  }

  mutating func answerQuit(_ key: Key) -> [Effect] {
    switch key {
    case .character("y"), .character("s"):
      prompt = nil
      quitsAfterSave = true
      return save(content: .picture, path: nil, overwrite: false)
    case .character("n"), .character("d"):
      return [.quit]
    case .escape, .character("q"), .character("c"), .control("c"):
      prompt = nil
      say("still here")
    default: break
    }
    return []
  }

  mutating func answerOverwrite(_ request: SaveRequest, _ key: Key) -> [Effect] {
    switch key {
    case .character("y"):
      prompt = nil
      var again = request
      again.overwrite = true
      return [.save(again)]
    case .character("n"), .escape, .control("c"), .character("q"):
      prompt = nil
      quitsAfterSave = false
      say("not saved; :w NAME saves under another name")
    default: break
    }
    return []
  }
}
