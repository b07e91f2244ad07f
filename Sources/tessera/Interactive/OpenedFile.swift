import Editor
import Files
import Journal
import Raster

/// The file a picture came from, and how its edits are saved.
struct OpenedFile: PictureFiles {
  let path: String
  let picture: Picture
  /// Why the file itself is not written; nil where it may be.
  let refusal: String?
  /// Writes down how results were made; nil where the person wants none of it.
  let stamp: GenerationStamp?

  /// What was read and written under which names.
  let known: KnownFiles

  func write(
    _ edited: RGBA8, as request: SaveRequest, generations: [RunFacts]
  ) throws(PictureFileError) -> String? {
    if request.path == nil, let refusal { throw .failed(message: refusal + "; :w NAME.png saves") }
    let destination = request.path.map(Surroundings.expandingTilde) ?? path
    if let name = OutputName.misleading(destination) {
      throw .failed(
        message: "\(destination.printable): only PNG is written; use :w \(name.printable)")
    }
    do {
      let replacing = request.overwrite ? .always : known.replacement(at: destination)
      // A device of the name that was typed is meant, and not a file beside it.
      if let typed = request.typed.map(Surroundings.expandingTilde), FileSystem.exists(typed) {
        try AtomicFile.check(typed, replacing: .always)
      }
      // Before the work, which takes its time with a large picture.
      try AtomicFile.check(destination, replacing: replacing)
      var result = file(of: edited, request.content)
      stamp?.write(generations, into: &result)
      let inPlace = request.inPlace || known.isInPlace(destination)
      let saved = try result.save(to: destination, replacing: replacing, inPlace: inPlace)
      known.noteWritten(destination, saved.stamp, inPlace: inPlace)
      return saved.lossText
    } catch {
      throw objection(to: error, at: destination).map { .objection($0) }
        ?? .failed(message: error.description)
    }
  }

  /// What the person can agree to in spite of an error.
  private func objection(to error: PictureError, at path: String) -> SaveObjection? {
    switch error.kind {
    case .exists: known.hasChanged(path) ? .changed : .exists
    case .changed: .changed
    case .notReplaceable: .notReplaceable
    default: nil
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
  /// Saves the picture as PNG: by a new file in the place of the old one, or, where `inPlace` and
  /// that cannot be had, into the old one, whose bytes are kept meanwhile.
  ///
  /// - Throws: what `AtomicFile.write` and `InPlaceFile.write` throw; `cannotCreate` where there is no
  ///   place for the copy.
  func save(to path: String, replacing: Replacement, inPlace: Bool) throws(PictureError)
    -> SavedFile
  {
    let bytes = try encodedPNG(path: path)
    do {
      let saved = try AtomicFile.write(bytes, to: path, replacing: replacing)
      // What was kept of a save that was cut off has had its day.
      if let folder = JournalFolder.place {
        KeptCopy.remove(of: JournalFolder.resolved(path), in: folder)
      }
      return saved
    } catch {
      guard error.kind == .notReplaceable, inPlace else { throw error }
      guard let folder = JournalFolder.users else {
        throw PictureError(
          .cannotCreate, path: path, problem: "there is no place for a copy of it meanwhile",
          remedy: "set XDG_STATE_HOME")
      }
      return try InPlaceFile.write(bytes, to: path, replacing: replacing, keptIn: folder)
    }
  }

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
