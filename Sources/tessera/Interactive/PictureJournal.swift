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
    guard let folder = JournalFolder.place else {
      (lock, path) = (nil, nil)
      notice = Self.noFolder
      return
    }
    path = folder.journal(of: resolved)
    do { try folder.make() } catch {
      // The writer tries again, and says so for as long as it is in vain.
      lock = nil
      notice = Self.noFolder
      return
    }
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

  private static let noFolder =
    "no folder for the journal: strokes do not survive a crash; set XDG_STATE_HOME"

  private mutating func findWork(at path: String, _ picture: Picture) {
    guard FileSystem.status(path, followingLinks: false) != nil else { return }
    let canvas = Canvas(picture: picture.rgba8)
    guard
      let found = JournalFolder.read(path, width: picture.width, height: picture.height),
      PathText.areSame(found.header.picture, header.picture), !found.entries.isEmpty,
      canvas.takes(found.work)
    else {
      // Nobody can say what it is worth; it is kept, but not in the way.
      JournalFolder.putAside(path)
      notice = "work that does not fit this picture was put aside: `tessera recover` lists it"
      return
    }
    guard canvas.wouldChange(by: found.work) else { return }
    length = found.length
    recovery = Recovery(
      work: found.work, entries: found.entries,
      description: Self.describe(found.summary))
  }

  /// Whether a picture's file is the one that a journal's records are changes to.
  static func isUnchanged(_ header: JournalHeader) -> Bool {
    header.digest == SHA256.hex(ofFile: header.picture, atMost: PictureLimits().fileBytes)
  }

  /// `of 21 Nov, 14:03 (12 changes)`.
  static func describe(_ found: JournalSummary) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_GB")
    format.dateFormat = "d MMM yyyy, HH:mm"
    let changes = found.changes == 1 ? "1 change" : "\(found.changes) changes"
    let isOther = !isUnchanged(found.header)
    return "of \(format.string(from: found.header.begun)) (\(changes))"
      + (isOther ? ", on this file before it changed" : "")
  }

  /// What keeps the session's work; nil where there is no place for it, which is posted.
  func writer(posting queue: EventQueue) -> JournalWriter? {
    guard let path else {
      queue.post(.journal(.stopped(message: Self.noFolder)))
      return nil
    }
    return JournalWriter(path: path, header: header, continuing: length) {
      queue.post(.journal($0))
    }
  }
}
