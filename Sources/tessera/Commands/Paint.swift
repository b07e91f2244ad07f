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
  @OptionGroup var engine: EngineOptions
  @OptionGroup var metadata: MetadataOptions

  func run() throws {
    let path = try file ?? ModelLoading.bundledPicture()
    let picture = try Picture.read(path)
    var settings = GenerationSettings()
    settings.seed = seed
    let options = engine
    let modelPath = model
    let stamp =
      metadata.isWritten ? GenerationStamp { try ModelLoading.folder(at: modelPath) } : nil
    let generator = EditGenerator(
      modelPath: model, precision: engine.cache, memoryLimit: try engine.memoryLimit()
    ) { options.pool() }
    let name = URL(filePath: path).lastPathComponent.printable
    try Interactive.run(
      picture: picture.rgba8,
      files: OpenedFile(path: path, picture: picture, isBundled: file == nil, stamp: stamp),
      generator: generator, options: InteractiveOptions(name: name, settings: settings))
  }
}
