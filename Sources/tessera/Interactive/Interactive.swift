package import Editor
package import Raster
package import Terminal

/// What the command line decides about a painting session.
package struct InteractiveOptions {
  /// The file's name as shown.
  package var name: String
  /// Which colours to use.
  package var color: ColorChoice = .auto
  /// What the first run is asked for.
  package var settings = GenerationSettings()
  /// Keys, presets and settings of the person's own.
  package var customization = Customization()
  /// Work of a session before that the person is asked about.
  package var recovery: Recovery?
  /// The first thing that is said; nil for the usual hint.
  package var notice: String?

  /// Makes options.
  package init(
    name: String, color: ColorChoice = .auto, settings: GenerationSettings = GenerationSettings()
  ) {
    self.name = name
    self.color = color
    self.settings = settings
  }
}

/// The painting front: `tessera FILE`.
package enum Interactive {
  /// Shows a picture and lets a person paint on it until they leave.
  ///
  /// The terminal is given back on every way out: return, throw, signal, trap.
  /// - Throws: `TerminalError` when there is no usable terminal; nothing was changed then.
  package static func run(
    picture: RGBA8, files: any PictureFiles, generator: any Generator,
    options: InteractiveOptions, journal: (EventQueue) -> (any WorkJournal)? = { _ in nil }
  ) throws(TerminalError) {
    guard let queue = EventQueue() else {
      throw .refused("this process has no file descriptors left")
    }
    let terminal = CursesTerminal(
      queue: queue, environment: CursesTerminal.processEnvironment(), color: options.color)
    try terminal.claim()
    defer { terminal.restore() }
    let (columns, rows) = terminal.size
    var state = EditorState(
      picture: picture, name: options.name, columns: columns, rows: rows,
      settings: options.settings)
    state.customize(options.customization)
    if let notice = options.notice { state.say(notice) }
    if let recovery = options.recovery { state.offer(recovery) }
    var session = Session(
      terminal: terminal, queue: queue, generator: generator, files: files,
      journal: journal(queue), state: state)
    session.prepare(with: options.customization.start)
    session.run()
  }
}
