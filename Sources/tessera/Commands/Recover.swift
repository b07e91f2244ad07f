import ArgumentParser
import Editor
import Files
import Foundation
import Journal
import Raster

/// `tessera recover`: unsaved work of sessions that did not end as they should.
struct Recover: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List or restore unsaved work of sessions that were killed.",
    discussion: """
      Without FILE it lists what there is. With FILE it writes the edited picture as PNG; the work \
      stays where it is, so that `tessera FILE` still offers it, until --discard. Of a file that a \
      save was writing into when it was cut off, it writes what the file held before.
      """)

  @Argument(help: "Picture whose unsaved work is restored.") var file: String?
  @Option(
    name: .shortAndLong,
    help: "PNG to write, - is standard output (default: FILE with -recovered in its name).")
  var output: String?
  @Flag(help: "Overwrite OUTPUT if it exists.") var force = false
  @Flag(help: "Delete the work of FILE instead.") var discard = false
  @OptionGroup var reading: ReadingOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let folder = JournalFolder(path: (UserFolder.state.path ?? "") + "/journal")
    let found = folder.all
    guard let file else { return try list(found, folder) }
    let resolved = JournalFolder.resolved(file)
    let (path, contents) =
      found.first {
        PathText.areSame($0.contents.header.picture, resolved)
      }.map { ($0.path, $0.contents) } ?? (nil, nil)
    let copy = KeptCopy.left(of: resolved, in: folder)
    guard contents != nil || copy != nil else {
      throw CommandError(
        .noInput,
        "\(file.printable): no unsaved work was found; `tessera recover` lists what there is")
    }
    // Whoever paints on it now is still writing there.
    let lock = try lock(of: resolved, file, folder)
    defer { withExtendedLifetime(lock) {} }
    if discard {
      let isDone = path.map { FileSystem.remove($0) == 0 } ?? true
      guard isDone, KeptCopy.remove(of: resolved, in: folder) else {
        throw CommandError(
          .cannotCreate,
          "\(folder.path.printable): nothing can be deleted there; mend its permissions"
        )
      }
      return Output.note("\(file.printable): deleted the unsaved work")
    }
    let target = PictureOutput(path: output ?? Self.name(for: file), force: force, inPlace: false)
    try target.check(takesOutput: json)
    let input = copy == nil ? try reading.input(file) : nil
    let picture = try input?.picture ?? Picture.decode(copy?.bytes ?? [], path: file)
    let restored = try contents.map { try restore($0, of: file, picture) } ?? picture
    try target.write(restored, after: input.map { [$0] } ?? [])
    if json {
      try Output.json(Restored(output: target.path, changes: contents?.changes ?? 0))
    } else if target.path != PictureLoading.stream {
      Output.text(target.path.printable)
    }
  }

  private func lock(of resolved: String, _ file: String, _ folder: JournalFolder) throws
    -> PictureLock?
  {
    do throws(PictureLock.Refusal) {
      return try PictureLock(path: folder.lock(of: resolved))
    } catch {
      guard case .held(let holder) = error else { return nil }
      throw CommandError(
        .busy, "\(file.printable): is open in \(holder.printable); save it there, or end that first"
      )
    }
  }

  /// The picture with the work in it.
  private func restore(_ contents: JournalContents, of file: String, _ picture: Picture) throws
    -> Picture
  {
    var canvas = Canvas(picture: picture.rgba8)
    let fits = contents.header.width == picture.width && contents.header.height == picture.height
    guard fits, canvas.recover(contents.work) != nil else {
      throw CommandError(
        .badData,
        "\(file.printable): the work was done on a picture of \(contents.header.width)x"
          + "\(contents.header.height) pixels; put that one back first")
    }
    if contents.header.digest != SHA256.hex(ofFile: contents.header.picture) {
      Output.note(
        "tessera: \(file.printable): has changed since; the work is laid over it as it is")
    }
    var result = picture.replacingPixels(by: canvas.edited)
    GenerationStamp().write(contents.work.generations, into: &result)
    return result
  }

  /// Whether a session has the picture open now, so that the journal at `path` is its own.
  private static func isOpen(_ path: String, _ picture: String, _ folder: JournalFolder) -> Bool {
    guard path == folder.journal(of: picture) else { return false }
    do throws(PictureLock.Refusal) {
      _ = try PictureLock(path: folder.lock(of: picture))
      return false
    } catch {
      if case .held = error { return true }
      return false
    }
  }

  private static func name(for file: String) -> String {
    file.withoutPathEnding + "-recovered.png"
  }

  private struct Restored: Encodable {
    var schemaVersion = 1
    var output: String
    var changes: Int
  }

  private struct Listing: Encodable {
    struct Work: Encodable {
      var picture: String
      /// As ISO 8601 has it.
      var begun: String
      var changes: Int
      /// Whether the picture's file is the one that was painted on.
      var pictureUnchanged: Bool
    }
    var schemaVersion = 1
    var work: [Work]
    /// Files that a save was writing into when it was cut off.
    var cutOff: [String]
  }

  /// Lists what was lost: what somebody works on now is not.
  private func list(_ all: [(path: String, contents: JournalContents)], _ folder: JournalFolder)
    throws
  {
    let cutOff = KeptCopy.all(in: folder).map(\.picture)
    let found = all.filter { !Self.isOpen($0.path, $0.contents.header.picture, folder) }
    if json {
      return try Output.json(
        Listing(
          work: found.map { _, contents in
            Listing.Work(
              picture: contents.header.picture, begun: contents.header.begun.formatted(.iso8601),
              changes: contents.changes,
              pictureUnchanged: contents.header.digest
                == SHA256.hex(ofFile: contents.header.picture))
          }, cutOff: cutOff))
    }
    if found.isEmpty, cutOff.isEmpty { Output.note("no unsaved work was found") }
    for (_, contents) in found {
      Output.text("\(contents.header.picture.printable)  \(PictureJournal.describe(contents))")
    }
    for picture in cutOff {
      Output.text("\(picture.printable)  what it held before a save that was cut off")
    }
  }
}
