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

  func run() throws {
    let path = try file ?? ModelLoading.bundledPicture()
    let picture = try Picture.read(path)
    var settings = GenerationSettings()
    settings.seed = seed
    let options = engine
    let generator = EditGenerator(
      modelPath: model, precision: engine.cache, memoryLimit: try engine.memoryLimit()
    ) { options.pool() }
    let name = URL(filePath: path).lastPathComponent.printable
    try Interactive.run(
      picture: picture.rgba8,
      files: OpenedFile(path: path, picture: picture, isBundled: file == nil),
      generator: generator, options: InteractiveOptions(name: name, settings: settings))
  }
}

/// The file a picture came from, and how its edits are saved.
private struct OpenedFile: PictureFiles {
  let path: String
  let picture: Picture
  let isBundled: Bool

  func write(
    _ edited: RGBA8, content: SaveRequest.Content, to target: String?, overwrite: Bool
  ) throws(PictureFileError) {
    if target == nil, isBundled {
      throw .failed(message: "the bundled picture is not overwritten; use :w NAME.png")
    }
    let destination = target ?? path
    if !overwrite, FileManager.default.fileExists(atPath: destination) {
      throw .exists(path: destination)
    }
    do {
      try merged(edited).write(to: destination, overwrite: overwrite)
    } catch {
      throw .failed(message: error.description)
    }
  }

  /// The opened picture with the pixels that changed, so that 16-bit samples survive elsewhere.
  private func merged(_ edited: RGBA8) -> Picture {
    var result = picture
    guard case .sixteen(var deep) = picture.pixels, edited.width == deep.width else {
      result.pixels = .eight(edited)
      return result
    }
    let shown = picture.rgba8
    for index in edited.samples.indices where edited.samples[index] != shown.samples[index] {
      deep.samples[index] = UInt16(edited.samples[index]) * 257
    }
    result.pixels = .sixteen(deep)
    return result
  }
}
