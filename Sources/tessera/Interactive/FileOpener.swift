import Editor
import Foundation
import Glibc
import Journal
import Raster

/// Opens files as the command line says.
struct FileOpener: PictureOpener {
  /// Whether pictures are only looked at, and saved under other names.
  var isReadOnly = false
  /// What files may ask for, and whether damaged ones are refused.
  var limits = PictureLimits()
  /// Writes down how results were made; nil where the person wants none of it.
  var stamp: GenerationStamp?

  func open(_ path: String, insteadOf current: OpenedPicture?) throws -> OpenedPicture {
    let picture = try Picture.read(path, limits: limits)
    let refusal = refusal(for: path)
    var opened = self.opened(path, picture, refusal)
    opened.loss = picture.loss
    if isReadOnly {
      opened.notice = picture.warning ?? "read-only: :w NAME.png saves"
      return opened
    }
    let former = current?.held as? PictureJournal
    let journal = try PictureJournal(of: path, picture, insteadOf: former)
    opened.held = journal
    opened.release = { journal.lock?.release() }
    opened.takesOver = journal.lock != nil && journal.lock === former?.lock
    opened.recovery = journal.recovery
    // What was found of the file can be read again with `info`; trouble with the journal cannot.
    opened.notice = journal.notice ?? picture.warning
    opened.journal = { journal.writer(posting: $0) }
    return opened
  }

  /// The bundled picture with strokes on it, where the program comes with some.
  func openBundled() throws -> OpenedPicture {
    let path = try ModelLoading.bundledPicture()
    let picture = try Picture.read(path)
    var opened = opened(
      path, picture,
      SaveRefusal(
        reason: "the bundled picture is not overwritten",
        proposal: Self.edited(URL(filePath: path).lastPathComponent)))
    let painted = URL(filePath: path).deletingPathExtension().path + "-painted.png"
    opened.example = (try? Picture.read(painted))?.rgba8
    return opened
  }

  private func opened(_ path: String, _ picture: Picture, _ refusal: SaveRefusal?)
    -> OpenedPicture
  {
    var opened = OpenedPicture(
      picture: picture.rgba8, name: URL(filePath: path).lastPathComponent.printable,
      files: OpenedFile(path: path, picture: picture, refusal: refusal?.reason, stamp: stamp))
    opened.refusal = refusal
    return opened
  }

  private func refusal(for path: String) -> SaveRefusal? {
    if isReadOnly {
      return SaveRefusal(reason: "opened with --read-only", proposal: Self.edited(path))
    }
    if let name = OutputName.misleading(path) {
      return SaveRefusal(reason: "only PNG is written", proposal: name)
    }
    guard access(path, W_OK) == 0 else {
      // Nor is its folder where one may write, most likely; the present one is proposed.
      return SaveRefusal(
        reason: "the file may not be written",
        proposal: Self.edited(URL(filePath: path).lastPathComponent))
    }
    return nil
  }

  /// `a/photo-edited.png` for `a/photo.jpg`.
  private static func edited(_ path: String) -> String {
    let ending = URL(filePath: path).pathExtension
    return (ending.isEmpty ? path : String(path.dropLast(ending.count + 1))) + "-edited.png"
  }
}
