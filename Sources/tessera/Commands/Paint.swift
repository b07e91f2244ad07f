import ArgumentParser
import Editor
import Foundation
import Raster

/// `tessera [FILE]`: the painting program.
struct Paint: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Paint on a picture in the terminal (the default).",
    discussion: """
      Pictures of \(PictureLimits.inWords) are opened, whatever their sides. What a file has \
      beside its pixels and would lose when it is saved over is said, and asked about, before that.
      """)

  @Argument(help: "Picture to open; the bundled one when none is named.") var file: String?
  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(
    parsing: .unconditional, help: "Seed of the noise; -1 picks one.",
    transform: Seed.init(argument:))
  var seed = Seed(value: 1)
  @Flag(help: "Open a picture that is open elsewhere; it is saved under other names only.")
  var readOnly = false
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var metadata: MetadataOptions

  func run() throws {
    if file == PictureLoading.stream {
      throw CommandError(
        .usage, "standard input is the keyboard here; name a file, ./- for one of that name")
    }
    let configuration = try Configuration.load()
    var settings = GenerationSettings()
    settings.seed = seed.value
    let options = engine
    let modelPath = model ?? configuration.model
    let stamp =
      metadata.isWritten(usually: configuration)
      ? GenerationStamp { try ModelLoading.folder(at: modelPath) } : nil
    let generator = try EditGenerator(
      modelPath: modelPath, precision: engine.precision, memory: try memory.ledger()
    ) { try options.pool() }
    var opener = FileOpener(limits: reading.limits, stamp: stamp)
    opener.isReadOnly = readOnly
    let opened = try file.map { try opener.open($0, insteadOf: nil) } ?? opener.openBundled()
    // Another picture may be written: the flag is about the file it came with.
    opener.isReadOnly = false
    var session = InteractiveOptions(settings: settings)
    session.customization = configuration.customization
    try Interactive.run(opened, opener: opener, generator: generator, options: session)
    // The lock is held to the very end.
    withExtendedLifetime(opened) {}
  }
}
