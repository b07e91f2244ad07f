package import Editor
package import Raster
package import Terminal

/// A picture that is opened, with everything that belongs to its file.
package struct OpenedPicture: Sendable {
  /// Its pixels.
  package var picture: RGBA8
  /// The file's name as shown.
  package var name: String
  /// How it is saved.
  package var files: any PictureFiles
  /// Why the file itself is not written; nil where it may be.
  package var refusal: SaveRefusal?
  /// What saving over the file would lose; nil for nothing.
  package var loss: String?
  /// The same picture with strokes on it that a newcomer finds; nil for none.
  package var example: RGBA8?
  /// Work of a session before that the person is asked about.
  package var recovery: Recovery?
  /// The first thing that is said; nil for the usual hint.
  package var notice: String?
  /// Whether it is what the file held before a save that was cut off, and has to be saved again.
  package var isCutOff = false
  /// Makes what keeps the session's work; nil where nothing does.
  package var journal: @Sendable (EventQueue) -> (any WorkJournal)? = { _ in nil }
  /// What is held for as long as the picture is open, as its lock.
  package var held: (any Sendable)?
  /// Gives up what is held, when another picture has taken its place.
  package var release: @Sendable () -> Void = {}
  /// Whether what is held is that of the picture before, which was opened anew.
  package var takesOver = false

  /// Puts together what every picture has.
  package init(picture: RGBA8, name: String, files: any PictureFiles) {
    self.picture = picture
    self.name = name
    self.files = files
  }

  /// Tells a new editor what it has to know of the file.
  func introduce(to state: inout EditorState) {
    state.saveRefusal = refusal
    state.overwritingLoses = loss
    if let example { state.showExample(painted: example) }
    if isCutOff { state.missFile() }
    if let notice { state.say(notice) }
    if let recovery { state.offer(recovery) }
  }
}

/// Opens pictures while the program runs.
package protocol PictureOpener: Sendable {
  /// Reads the picture at `path`, which takes the place of `current`; called on a background thread.
  ///
  /// - Throws: what is wrong with the file, in one line.
  func open(_ path: String, insteadOf current: OpenedPicture?) throws -> OpenedPicture
}
