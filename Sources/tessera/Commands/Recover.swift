import ArgumentParser
import Editor
import Files
import Foundation
import Glibc
import Journal
import Raster
import Tensors

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
    let own = found.filter { PathText.areSame($0.summary.header.picture, resolved) }
    // What was put aside may be more than what came after.
    let work = own.first { $0.summary.isWhole } ?? own.first
    let copy = KeptCopy.left(of: resolved, in: folder)
    guard work != nil || copy != nil else {
      throw CommandError(
        .noInput,
        "\(file.printable): no unsaved work was found; `tessera recover` lists what there is")
    }
    // Whoever paints on it now is still writing there.
    let lock = try lock(of: resolved, file, folder)
    defer { withExtendedLifetime(lock) {} }
    if discard {
      let isDone = work.map { FileSystem.remove($0.path) == 0 } ?? true
      guard isDone, KeptCopy.remove(of: resolved, in: folder) else {
        let reason = String(cString: strerror(errno))
        throw CommandError(
          .io,
          "\(work?.path ?? folder.path): the unsaved work cannot be deleted (\(reason)); allow "
            + "yourself to write to its folder")
      }
      return Output.note("\(file.printable): deleted the unsaved work")
    }
    let target = PictureOutput(path: output ?? Self.name(for: file), force: force, inPlace: false)
    try target.check(takesOutput: json)
    let input = copy == nil ? try reading.input(file) : nil
    let picture = try input?.picture ?? Picture.decode(copy?.bytes ?? [], path: file)
    let restored =
      try work.map { try restore($0.path, $0.summary, of: file, picture) } ?? picture
    try target.write(restored, after: input.map { [$0] } ?? [])
    if json {
      try Output.json(Restored(output: target.path, changes: work?.summary.changes ?? 0))
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
  private func restore(
    _ path: String, _ summary: JournalSummary, of file: String, _ picture: Picture
  ) throws -> Picture {
    let header = summary.header
    guard header.width == picture.width, header.height == picture.height else {
      throw CommandError(
        .badData,
        "\(file.printable): the work was done on a picture of \(header.width)x"
          + "\(header.height) pixels; put that one back first")
    }
    // A painted copy, two masks, and the copy that is saved.
    try SystemMemory.admit(
      14 * picture.width * picture.height,
      "restoring work on \(picture.width)x\(picture.height) pixels")
    var canvas = Canvas(picture: picture.rgba8)
    guard summary.isWhole,
      let contents = JournalFolder.read(path, width: picture.width, height: picture.height),
      canvas.recover(contents.work) != nil || contents.work.tiles.isEmpty
    else {
      throw CommandError(
        .badData, "\(path): is damaged, nothing of the work can be read; delete it with --discard")
    }
    if !PictureJournal.isUnchanged(header) {
      Output.note(
        "tessera: \(file.printable): has changed since; the work is laid over it as it is")
    }
    var result = picture.replacingPixels(by: canvas.edited)
    GenerationStamp().write(contents.work.generations, into: &result)
    return result
  }

  /// Who has the picture open now, so that the journal at `path` is theirs; nil where nobody has.
  private static func holder(_ path: String, _ picture: String, _ folder: JournalFolder) -> String?
  {
    guard path == folder.journal(of: picture) else { return nil }
    do throws(PictureLock.Refusal) {
      _ = try PictureLock(path: folder.lock(of: picture))
      return nil
    } catch {
      if case .held(let holder) = error { return holder }
      return nil
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
      /// Whether anything of it can be restored.
      var readable: Bool
      /// The process that has the picture open, whose work it is.
      var openIn: Nullable<String>
      /// Whether the picture's file is the one that was painted on.
      var pictureUnchanged: Bool
    }
    var schemaVersion = 1
    var work: [Work]
    /// Files that a save was writing into when it was cut off.
    var cutOff: [String]
  }

  /// Lists what is there: what was lost, and what somebody works on now.
  private func list(_ found: [(path: String, summary: JournalSummary)], _ folder: JournalFolder)
    throws
  {
    let cutOff = KeptCopy.all(in: folder).map(\.picture)
    let work = found.map { path, summary in
      (summary, holder: Self.holder(path, summary.header.picture, folder)?.printable)
    }
    if json {
      return try Output.json(
        Listing(
          work: work.map { summary, holder in
            Listing.Work(
              picture: summary.header.picture, begun: summary.header.begun.formatted(.iso8601),
              changes: summary.changes, readable: summary.isWhole, openIn: Nullable(holder),
              pictureUnchanged: PictureJournal.isUnchanged(summary.header))
          }, cutOff: cutOff))
    }
    if work.isEmpty, cutOff.isEmpty { Output.note("no unsaved work was found") }
    for (summary, holder) in work {
      let picture = summary.header.picture.printable
      let state =
        holder.map { ", open in \($0)" }
        ?? (summary.isWhole ? "" : ": damaged, nothing can be read; --discard deletes it")
      Output.text("\(picture)  \(PictureJournal.describe(summary))\(state)")
    }
    for picture in cutOff {
      Output.text("\(picture.printable)  what it held before a save that was cut off")
    }
  }
}
