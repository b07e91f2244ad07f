package import Editor
package import Terminal

/// What the command line decides about a painting session.
package struct InteractiveOptions {
  /// Which colours to use.
  package var color: ColorChoice = .auto
  /// What the first run is asked for.
  package var settings = GenerationSettings()
  /// Keys, presets and settings of the person's own.
  package var customization = Customization()

  /// Makes options.
  package init(
    color: ColorChoice = .auto, settings: GenerationSettings = GenerationSettings()
  ) {
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
    _ opened: OpenedPicture, opener: any PictureOpener, generator: any Generator,
    options: InteractiveOptions
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
      picture: opened.picture, name: opened.name, columns: columns, rows: rows,
      settings: options.settings)
    state.customize(options.customization)
    opened.introduce(to: &state)
    var session = Session(
      terminal: terminal, queue: queue, generator: generator, files: opened.files,
      journal: opened.journal(queue), state: state)
    session.allowOpening(by: opener, current: opened)
    session.prepare(with: options.customization.start)
    session.run()
  }
}
