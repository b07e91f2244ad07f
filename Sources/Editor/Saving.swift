/// Why the opened file itself is not written, and what is proposed instead.
package struct SaveRefusal: Sendable, Equatable {
  /// The reason, as `the bundled picture is not overwritten`.
  package var reason: String
  /// A name that ends in `.png`.
  package var proposal: String

  /// Makes a refusal.
  package init(reason: String, proposal: String) {
    self.reason = reason
    self.proposal = proposal
  }
}

/// Where a person goes from here.
package enum Departure: Sendable, Equatable {
  case quit
  /// To another picture.
  case open(String)
}

/// The name of a picture to write, as PNG is all that is written.
enum SaveName {
  /// The name with `.png` where it has no ending; nil for other endings and for folders.
  ///
  /// Slashes and dots count even where a combining mark behind one makes a character with it.
  static func png(_ path: String) -> String? {
    let scalars = path.unicodeScalars
    let name = scalars.lastIndex(of: "/").map { scalars[$0...].dropFirst() } ?? scalars[...]
    guard !name.isEmpty, path != "~", ![".", ".."].contains(String(name)) else { return nil }
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return path + ".png" }
    let ending = String(name[dot...].dropFirst()).lowercased()
    return ending == "png" ? path : ending.isEmpty ? path + "png" : nil
  }

  /// What is wrong with a name that `png` refuses, and what to do.
  static func complaint(_ path: String) -> String {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else {
      return "\(path) is a folder: type a name behind it"
    }
    let better = String(path[..<dot])
    guard !better.isEmpty, better.last != "/", better.last != "." else {
      return "\(path) is a folder: type a name behind it"
    }
    return "only PNG is written, not \(path[dot...]): use \(better).png"
  }
}

extension EditorState {
  mutating func save(
    content: SaveRequest.Content, path: String?, overwrite: Bool
  ) -> [Effect] {
    liftPen()
    if path == nil, let saveRefusal {
      askForName(saveRefusal.proposal, because: saveRefusal.reason)
      return []
    }
    var target = path
    if let path {
      guard let name = SaveName.png(path) else {
        afterSave = nil
        complain(SaveName.complaint(path))
        return []
      }
      target = name
    }
    if path == nil { noteSaveForJournal() }
    var request = SaveRequest(
      content: content, path: target, overwrite: overwrite, revision: canvas.pictureRevision)
    request.typed = path == target ? nil : path
    say("saving")
    return [.save(request)]
  }

  /// Asks under which name to save what the opened file does not take.
  private mutating func askForName(_ proposal: String, because reason: String) {
    message = nil
    prompt = .saveAs(CommandLine(proposal), reason: reason)
  }

  mutating func answerName(_ line: CommandLine, reason: String, _ key: Key) -> [Effect] {
    var line = line
    switch key {
    case .escape, .control("c"):
      stay()
      return []
    case .enter:
      let name = line.string.trimmed
      guard SaveName.png(name) != nil else {
        let next = name.isEmpty ? "type a name; Esc stays" : SaveName.complaint(name)
        prompt = .saveAs(line, reason: next)
        return []
      }
      prompt = nil
      return save(content: .picture, path: name, overwrite: false)
    default: line.handle(key)
    }
    prompt = .saveAs(line, reason: reason)
    return []
  }

  /// Leaves a question about saving; everything is as before.
  private mutating func stay() {
    prompt = nil
    afterSave = nil
    say("still here, not saved")
  }

  /// The opened file does not hold this picture any more: leaving now would lose it.
  package mutating func missFile() { savedRevision = -1 }

  mutating func handle(_ event: FileEvent) -> [Effect] {
    switch event {
    case .saved(let request, let note):
      return noteSaved(request, note)
    case .objection(let request, let objection):
      prompt = .overwrite(request, objection)
    case .listed(let prefix, let names):
      handleListing(prefix: prefix, names: names)
    case .failed(let request, let reason):
      let leaves = afterSave != nil
      complain(reason)
      // Who wants to leave gets another chance, since the work is worth it.
      if leaves, request.content == .picture {
        prompt = .saveAs(CommandLine(request.path ?? proposedName), reason: reason)
      }
    case .opened(let path):
      if prompt == .opening(path) { prompt = nil }
    case .notOpened(let path, let reason):
      guard prompt == .opening(path) else { return [] }
      prompt = nil
      complain(reason)
    }
    return []
  }

  /// A name for what cannot go where it came from.
  private var proposedName: String {
    if let saveRefusal { return saveRefusal.proposal }
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    return name[..<dot] + "-edited.png"
  }

  private mutating func noteSaved(_ request: SaveRequest, _ note: String?) -> [Effect] {
    let target = (request.path ?? name) + (note.map { "; " + $0 } ?? "")
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
    let next = request.content == .picture ? leaveAfterSave() : []
    guard request.path == nil else { return next }
    overwritingLoses = nil
    return next.isEmpty ? restartJournal() : next
  }

  private mutating func leaveAfterSave() -> [Effect] {
    guard let departure = afterSave else { return [] }
    afterSave = nil
    return go(departure)
  }

  private mutating func go(_ departure: Departure) -> [Effect] {
    switch departure {
    case .quit: return [.quit]
    case .open(let path):
      prompt = .opening(path)
      return [.open(path)]
    }
  }

  /// Leaves for somewhere, after a question where something would be lost unless it is forced.
  mutating func leave(_ departure: Departure, force: Bool = false) -> [Effect] {
    liftPen()
    guard isUnsaved, !force else { return go(departure) }
    prompt = .unsaved(departure)
    return []
  }

  mutating func answerUnsaved(_ departure: Departure, _ key: Key) -> [Effect] {
    switch key {
    case .character("y"), .character("s"):
      prompt = nil
      afterSave = departure
      return save(content: .picture, path: nil, overwrite: false)
    case .character("n"), .character("d"):
      prompt = nil
      return go(departure)
    case .escape, .character("q"), .character("c"), .control("c"):
      prompt = nil
      say("still here")
    default: break
    }
    return []
  }

  mutating func answerOverwrite(
    _ request: SaveRequest, _ objection: SaveObjection, _ key: Key
  ) -> [Effect] {
    switch key {
    case .character("y"):
      prompt = nil
      var again = request
      again.overwrite = true
      if objection == .notReplaceable { again.inPlace = true }
      return [.save(again)]
    case .character("n"), .escape, .control("c"), .character("q"):
      prompt = nil
      if afterSave != nil, request.content == .picture {
        askForName(request.path ?? proposedName, because: "another name, or Esc")
        return []
      }
      say("not saved; :w NAME saves under another name")
    default: break
    }
    return []
  }

  /// Esc while another picture is opened: this one stays.
  mutating func answerOpening(_ key: Key) -> [Effect] {
    guard key == .escape || key == .control("c") else { return [] }
    prompt = nil
    say("still here")
    return []
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.prefix(start.count - start.reversed().prefix { $0 == " " }.count))
  }
}
