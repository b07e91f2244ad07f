/// A key as a terminal can deliver it; Ctrl+letter comes as `.control("s")`.
package enum Key: Sendable, Hashable {
  case character(Character)
  case control(Character)
  case alt(Character)
  case enter, escape, tab, backTab, backspace, delete, insert
  case up, down, left, right, home, end, pageUp, pageDown
  case controlUp, controlDown, controlLeft, controlRight
  case function(Int)
}

/// A mouse report: what happened, with which button, in which cell.
package struct Mouse: Sendable, Hashable {
  /// What was done; `move` is motion without a button, reported by some terminals only.
  package enum Action: Sendable, Hashable { case down, drag, move, up, wheelUp, wheelDown }
  /// With which button; a wheel has none.
  package enum Button: Sendable, Hashable { case left, middle, right, none }

  /// What was done.
  package var action: Action
  /// With which button.
  package var button: Button
  /// The cell, from 0.
  package var column: Int
  /// The cell's row, from 0.
  package var row: Int
  /// Place inside the cell, 0..<1; a half where the terminal reports whole cells.
  package var fractionX: Double
  /// Place inside the cell from its top, 0..<1.
  package var fractionY: Double
  /// Whether Ctrl was held.
  package var control: Bool

  /// Makes a report of one cell.
  package init(
    _ action: Action, _ button: Button, column: Int, row: Int, fractionX: Double = 0.5,
    fractionY: Double = 0.5, control: Bool = false
  ) {
    self.action = action
    self.button = button
    self.column = column
    self.row = row
    self.fractionX = fractionX
    self.fractionY = fractionY
    self.control = control
  }
}

/// Everything that can happen to an editor.
package enum Event: Sendable, Equatable {
  case key(Key)
  case mouse(Mouse)
  /// Text pasted between bracketed-paste marks; it never acts as keys.
  case paste(String)
  /// The terminal window gained (true) or lost the focus.
  case focus(Bool)
  case resize(columns: Int, rows: Int)
  /// Milliseconds of a clock that never goes back; the editor has no other.
  case tick(milliseconds: Int)
  /// What the terminal turned out to be able to.
  case terminal(TerminalFacts)
  /// The program was to stop for the shell, and there is none that could continue it.
  case notSuspended
  case engine(EngineEvent)
  case file(FileEvent)
  case journal(JournalEvent)
  /// The settings of the configuration, once, before anything else happens.
  case start([String])
}

/// What became of a wish about files.
package enum FileEvent: Sendable, Equatable {
  /// The picture is in its file; the note tells what could not be kept of the file before.
  case saved(SaveRequest, note: String? = nil)
  /// Nothing was written, since the person has to agree first.
  case objection(SaveRequest, SaveObjection)
  case failed(SaveRequest, message: String)
  /// The answer to `listFiles`: whole paths that begin with `prefix`, those of folders with a slash.
  case listed(prefix: String, names: [String])
  /// Another picture is read and takes this one's place.
  case opened(String)
  /// It is not; this one stays.
  case notOpened(String, message: String)
}

/// What became of the journal.
package enum JournalEvent: Sendable, Equatable {
  /// Nothing is kept for the case of a crash until `resumed`; it is tried again all the while.
  case stopped(message: String)
  /// An entry that begins anew with everything is wanted: what is there cannot be written on, or has
  /// grown far beyond what it comes to.
  case wantsAll
  /// Everything is kept again.
  case resumed
}

/// What stands against a save until the person agrees.
package enum SaveObjection: Sendable, Equatable {
  /// The target is there already.
  case exists
  /// The target is not what was opened or saved before.
  case changed
  /// The target can be written into, but not replaced as a whole.
  case notReplaceable
}

/// Which picture to write where.
package struct SaveRequest: Sendable, Equatable {
  /// What there is to save.
  package enum Content: String, Sendable, Hashable, CaseIterable {
    /// What the person would call the picture: the staged result, else the edited picture.
    case picture
    case original, edited, result, mask
    /// Original, edit and, where there is one, result, side by side.
    case compare
  }
  /// Which picture.
  package var content: Content
  /// Nil is the file that was opened.
  package var path: String?
  /// What the person typed, where the path is that with an ending added.
  package var typed: String?
  /// Whether a file that is there may be replaced, whatever it is; else only what this session wrote
  /// there, and nobody has changed since.
  package var overwrite: Bool
  /// Whether the file may be written into where it cannot be replaced.
  package var inPlace = false
  /// The revision that is saved, so that the unsaved star goes out for the right one.
  package var revision: Int

  /// Makes a request to save.
  package init(content: Content, path: String?, overwrite: Bool, revision: Int) {
    self.content = content
    self.path = path
    self.overwrite = overwrite
    self.revision = revision
  }
}

/// What the loop has to do after an event; the editor itself touches nothing outside.
package enum Effect: Sendable, Equatable {
  /// Start a run on the edited picture; an earlier one is cancelled.
  case generate(GenerateRequest)
  case cancel
  /// The newest result became the original: bring the caches up to date.
  case accept(id: Int)
  /// The staged results were thrown away.
  case discard
  /// The original changed in `area` otherwise (accept undone or redone, an older result accepted).
  case rebase(Area)
  case save(SaveRequest)
  /// Read another picture, to take this one's place.
  case open(String)
  /// Find the files whose paths begin with `prefix`.
  case listFiles(prefix: String)
  /// Keep this for the case that the program does not end as it should.
  case journal(JournalEntry)
  case suspend
  /// Send at most so many bytes a second to the terminal; nil is without limit.
  case limitOutput(bytesPerSecond: Int?)
  /// Repaint the whole terminal.
  case redraw
  case quit
}
