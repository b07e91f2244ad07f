import Editor
import Files
import Foundation
import Journal
import Raster
import Terminal

extension JournalWriter: WorkJournal {}

/// The lock and the journal of the picture that is opened.
struct PictureJournal: Sendable {
  /// Held for as long as a copy of the value lives; nil where locks cannot be had.
  let lock: PictureLock?
  private let path: String?
  private let header: JournalHeader
  private var length: Int?
  /// Work of a session before that did not end as it should.
  private(set) var recovery: Recovery?
  /// What the person should know; nil where all is well.
  private(set) var notice: String?

  /// Takes the picture's lock.
  ///
  /// - Parameter former: that of the picture open now, whose lock serves where it is the same one.
  /// - Throws: `CommandError` 75 where another process has it.
  init(of file: String, _ picture: Picture, insteadOf former: PictureJournal? = nil) throws {
    let resolved = JournalFolder.resolved(file)
    header = JournalHeader(
      picture: resolved, width: picture.width, height: picture.height, digest: nil, begun: Date())
    guard let folder = JournalFolder.users else {
      (lock, path) = (nil, nil)
      notice = "no folder for the journal: strokes do not survive a crash; set XDG_STATE_HOME"
      return
    }
    path = folder.journal(of: resolved)
    if let former, PathText.areSame(former.header.picture, resolved) {
      // Opened anew: what the journal holds is what the person gives up.
      lock = former.lock
      return
    }
    do throws(PictureLock.Refusal) {
      lock = try PictureLock(path: folder.lock(of: resolved))
    } catch {
      switch error {
      case .held(let holder):
        throw CommandError(
          .busy,
          "\(file.printable): is open in \(holder.printable); close it there, or look at it "
            + "with --read-only")
      case .unavailable(let reason):
        lock = nil
        notice = "the picture cannot be locked (\(reason)): do not open it twice"
      }
    }
    if let path { findWork(at: path, picture) }
  }

  private mutating func findWork(at path: String, _ picture: Picture) {
    guard FileSystem.exists(path) else { return }
    guard let found = JournalFolder.read(path), found.header.width == picture.width,
      found.header.height == picture.height
    else {
      // Nobody can say what it is worth; it is kept, but not in the way.
      JournalFolder.putAside(path)
      notice = "work on another picture of this name was found: `tessera recover` lists it"
      return
    }
    guard Canvas(picture: picture.rgba8).wouldChange(by: found.work) else { return }
    length = found.length
    recovery = Recovery(
      work: found.work, entries: found.entries, description: Self.describe(found))
  }

  /// `of 21 Nov, 14:03 (12 changes)`.
  static func describe(_ found: JournalContents) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_GB")
    format.dateFormat = "d MMM yyyy, HH:mm"
    let changes = found.changes == 1 ? "1 change" : "\(found.changes) changes"
    let isOther = found.header.digest != SHA256.hex(ofFile: found.header.picture)
    return "of \(format.string(from: found.header.begun)) (\(changes))"
      + (isOther ? ", on this file before it changed" : "")
  }

  /// What keeps the session's work; nil where there is no place for it.
  func writer(posting queue: EventQueue) -> JournalWriter? {
    path.map { path in
      JournalWriter(path: path, header: header, continuing: length) {
        queue.post(.file(.journalFailed(message: $0)))
      }
    }
  }
}
