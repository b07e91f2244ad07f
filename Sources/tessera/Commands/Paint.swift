import ArgumentParser
import Editor
import Foundation
import Raster
import Terminal

/// `tessera [FILE]`: the painting program.
struct Paint: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Paint on a picture in the terminal (the default).")

  @Argument(help: "Picture to open; the bundled one when none is named.") var file: String?
  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(help: "Seed of the noise.") var seed: UInt64 = 1
  @Flag(help: "Open a picture that is open elsewhere; it is saved under other names only.")
  var readOnly = false
  @OptionGroup var engine: EngineOptions
  @OptionGroup var metadata: MetadataOptions

  func run() throws {
    let configuration = try Configuration.load()
    let path = try file ?? ModelLoading.bundledPicture()
    let picture = try Picture.read(path)
    var settings = GenerationSettings()
    settings.seed = seed
    let options = engine
    let modelPath = model ?? configuration.model
    let stamp =
      metadata.isWritten(usually: configuration)
      ? GenerationStamp { try ModelLoading.folder(at: modelPath) } : nil
    let generator = EditGenerator(
      modelPath: modelPath, precision: engine.precision, memoryLimit: try engine.memoryLimit()
    ) { options.pool() }
    var session = InteractiveOptions(
      name: URL(filePath: path).lastPathComponent.printable, settings: settings)
    let journal = readOnly || file == nil ? nil : try PictureJournal(of: path, picture)
    session.customization = configuration.customization
    session.recovery = journal?.recovery
    session.notice = readOnly ? "read-only: :w NAME.png saves" : journal?.notice
    let refusal =
      file == nil
      ? "the bundled picture is not overwritten; use :w NAME.png"
      : readOnly ? "opened with --read-only; use :w NAME.png" : nil
    try Interactive.run(
      picture: picture.rgba8,
      files: OpenedFile(path: path, picture: picture, refusal: refusal, stamp: stamp),
      generator: generator, options: session
    ) { journal?.writer(posting: $0) }
    // The lock is held to the very end.
    withExtendedLifetime(journal) {}
  }
}
