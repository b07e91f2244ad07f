import Editor
import Foundation
import Raster

/// The file a picture came from, and how its edits are saved.
struct OpenedFile: PictureFiles {
  let path: String
  let picture: Picture
  /// Why the file itself is not written; nil where it may be.
  let refusal: String?
  /// Writes down how results were made; nil where the person wants none of it.
  let stamp: GenerationStamp?

  func write(
    _ edited: RGBA8, content: SaveRequest.Content, generations: [RunFacts], to target: String?,
    overwrite: Bool
  ) throws(PictureFileError) {
    if target == nil, let refusal { throw .failed(message: refusal + "; :w NAME.png saves") }
    let destination = target ?? path
    if let name = OutputName.misleading(destination) {
      throw .failed(
        message: "\(destination.printable): only PNG is written; use :w \(name.printable)")
    }
    if !overwrite, FileManager.default.fileExists(atPath: destination) {
      throw .exists(path: destination)
    }
    do {
      var result = file(of: edited, content)
      stamp?.write(generations, into: &result)
      try result.write(to: destination, overwrite: overwrite)
    } catch {
      throw .failed(message: error.description)
    }
  }

  /// Pixels with what belongs beside them: a mask is no picture of anything, and a comparison has
  /// the colours of the picture but not its texts.
  private func file(of edited: RGBA8, _ content: SaveRequest.Content) -> Picture {
    switch content {
    case .picture, .original, .edited, .result: return picture.replacingPixels(by: edited)
    case .mask:
      var result = Picture(pixels: .eight(edited))
      result.metadata.source = .init(container: .png, color: .grey, bitDepth: 8)
      return result
    case .compare:
      var result = Picture(pixels: .eight(edited), metadata: picture.metadata)
      result.metadata.text = []
      result.metadata.removeUserComment()
      return result
    }
  }
}

extension Picture {
  /// This picture with other pixels of its size; 16-bit samples survive where nothing changed.
  func replacingPixels(by edited: RGBA8) -> Picture {
    var result = self
    guard case .sixteen(var deep) = pixels, edited.width == deep.width else {
      result.pixels = .eight(edited)
      return result
    }
    let shown = rgba8
    for index in edited.samples.indices where edited.samples[index] != shown.samples[index] {
      deep.samples[index] = UInt16(edited.samples[index]) * 257
    }
    result.pixels = .sixteen(deep)
    return result
  }
}
