import Dispatch
package import Editor
import Files
import Foundation
import Raster

/// Keeps unsaved work on disk while it is made.
///
/// Entries go to the file as soon as they come, on a queue of their own, and are synced to the disk
/// every two seconds at most: a killed program loses nothing that was given here, a machine that
/// loses its power at most those two seconds. The file is made with the first entry, and begun anew
/// with all that counts when it has grown far beyond that. Where it cannot be written, what was
/// written before stays, and everything is written anew as soon as there is room.
package final class JournalWriter: @unchecked Sendable {
  /// Shortest time between two syncs.
  package static let syncInterval = 2.0
  /// Longest time between two looks for room, in seconds; the first comes after one.
  package static let longestWait = 30.0

  private let path: String
  private let limits: JournalLimits?
  private let post: @Sendable (JournalEvent) -> Void
  private let queue = DispatchQueue(label: "tessera.journal", qos: .utility)

  // Used on the queue only.
  private var header: JournalHeader
  private var file: JournalFile?
  private var length: Int?
  private var records = 0
  private var isSyncDue = false
  private var isStopped = false
  private var isClosed = false
  /// Whether an entry with everything was asked for and has not come.
  private var isWaiting = false
  /// Bytes that could not be written.
  private var wanted = 0

  /// Prepares a journal at `path`.
  ///
  /// - Parameters:
  ///   - header: its first record; the digest is read from the picture when the file is made.
  ///   - length: where to go on in a journal that is there, as its contents say; nil for a new one.
  ///   - post: gets what becomes of it, from any thread: `stopped` once until `resumed`, and
  ///     `wantsAll` when an entry that begins anew with everything has to be appended.
  package init(
    path: String, header: JournalHeader, continuing length: Int?,
    posting post: @escaping @Sendable (JournalEvent) -> Void
  ) {
    self.path = path
    self.header = header
    self.length = length
    self.post = post
    limits = JournalLimits(width: header.width, height: header.height)
  }

  /// Adds an entry, or begins anew with it; returns at once.
  package func append(_ entry: JournalEntry) {
    queue.async { [self] in
      // What begins anew will hold it.
      if isClosed || isStopped && !entry.isFresh { return }
      do throws(JournalFault) {
        if entry.isFresh { try begin(with: entry) } else { try add(entry) }
      } catch {
        return stop(error)
      }
      if entry.isFresh {
        isWaiting = false
        if isStopped { post(.resumed) }
        isStopped = false
      }
      askForLess()
    }
  }

  /// Waits until everything is written, and removes the journal unless it shall stay.
  package func close(keeping isKept: Bool) {
    queue.sync {
      try? file?.synchronise()
      file = nil
      isClosed = true
      if !isKept { FileSystem.remove(path) }
    }
  }

  private func add(_ entry: JournalEntry) throws(JournalFault) {
    if file == nil {
      guard let length else { return try begin(with: entry) }
      file = try JournalFile(continuing: path, at: length)
    }
    let record = try encoded { try JournalRecords.record(entry) }
    wanted = record.count
    try file?.append(record)
    records += 1
    sync()
  }

  /// Replaces the file as a whole, so that there is one journal or the other at any moment.
  private func begin(with entry: JournalEntry) throws(JournalFault) {
    if entry.tiles.isEmpty {
      // Nothing to keep needs no file.
      (file, length, records) = (nil, nil, 0)
      FileSystem.remove(path)
      return
    }
    header.digest = SHA256.hex(ofFile: header.picture, atMost: PictureLimits().fileBytes)
    header.begun = Date()
    let header = header
    let bytes = try encoded {
      try JournalRecords.beginning(header) + JournalRecords.record(entry)
    }
    wanted = bytes.count
    file = try JournalFile(replacing: path, with: bytes)
    (length, records) = (nil, 1)
  }

  private func encoded(_ body: () throws -> [UInt8]) throws(JournalFault) -> [UInt8] {
    do { return try body() } catch { throw JournalFault(EINVAL) }
  }

  /// A journal that grows far beyond what it comes to is begun anew.
  private func askForLess() {
    guard !isWaiting, let limits, let file,
      file.length > limits.largeFile || records > JournalLimits.manyRecords
    else { return }
    isWaiting = true
    post(.wantsAll)
  }

  private func sync() {
    guard !isSyncDue else { return }
    isSyncDue = true
    queue.asyncAfter(deadline: .now() + Self.syncInterval) { [weak self] in
      guard let self else { return }
      isSyncDue = false
      do throws(JournalFault) { try file?.synchronise() } catch { stop(error) }
    }
  }

  // MARK: Without room

  private func stop(_ fault: JournalFault) {
    (file, length) = (nil, nil)
    guard !isStopped else { return }
    isStopped = true
    post(.stopped(message: "\(path): the journal cannot be written (\(fault.reason))"))
    look(after: 1)
  }

  /// Looks for room again and again until an entry with everything was written.
  private func look(after wait: Double) {
    queue.asyncAfter(deadline: .now() + wait) { [weak self] in
      guard let self, isStopped, !isClosed else { return }
      if JournalFile.hasRoom(for: max(wanted, 64 << 10), besides: path) { post(.wantsAll) }
      look(after: min(2 * wait, Self.longestWait))
    }
  }
}
