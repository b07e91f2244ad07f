import Dispatch
package import Editor
import Foundation
import Raster

/// Keeps unsaved work on disk while it is made.
///
/// Entries go to the file as soon as they come, on a queue of their own, and are synced to the disk
/// every two seconds at most: a killed program loses nothing that was given here, a machine that
/// loses its power at most those two seconds. The file is made with the first entry.
package final class JournalWriter: @unchecked Sendable {
  /// Shortest time between two syncs.
  package static let syncInterval = 2.0

  private let path: String
  private let onFailure: @Sendable (String) -> Void
  private let queue = DispatchQueue(label: "tessera.journal", qos: .utility)

  // Used on the queue only.
  private var header: JournalHeader
  private var file: FileHandle?
  private var length: Int?
  private var isSyncDue = false
  private var hasFailed = false

  /// Prepares a journal at `path`.
  ///
  /// - Parameters:
  ///   - header: its first record; the digest is read from the picture when the file is made.
  ///   - length: where to go on in a journal that is there, as its contents say; nil for a new one.
  ///   - onFailure: gets one line when the journal cannot be written; once, from any thread.
  package init(
    path: String, header: JournalHeader, continuing length: Int?,
    onFailure: @escaping @Sendable (String) -> Void
  ) {
    self.path = path
    self.header = header
    self.length = length
    self.onFailure = onFailure
  }

  /// Adds an entry, or begins anew with it; returns at once.
  package func append(_ entry: JournalEntry) {
    queue.async { [self] in
      guard !hasFailed else { return }
      do {
        if entry.isFresh { try begin(with: entry) } else { try add(entry) }
      } catch {
        hasFailed = true
        onFailure("\(path): the journal cannot be written (\(error.localizedDescription))")
      }
    }
  }

  /// Waits until everything is written, and removes the journal unless it shall stay.
  package func close(keeping isKept: Bool) {
    queue.sync {
      try? file?.synchronize()
      try? file?.close()
      file = nil
      if !isKept { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  private func add(_ entry: JournalEntry) throws {
    if file == nil {
      if let length {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        // What follows the last whole record is half of one.
        try handle.truncate(atOffset: UInt64(length))
        try handle.seek(toOffset: UInt64(length))
        file = handle
      } else {
        return try begin(with: entry)
      }
    }
    try file?.write(contentsOf: try JournalRecords.record(entry))
    sync()
  }

  /// Replaces the file as a whole, so that there is one journal or the other at any moment.
  private func begin(with entry: JournalEntry) throws {
    try file?.close()
    (file, length) = (nil, nil)
    if entry.tiles.isEmpty {
      // Nothing to keep needs no file.
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    header.digest = SHA256.hex(ofFile: header.picture)
    header.begun = Date()
    let bytes = try JournalRecords.beginning(header) + JournalRecords.record(entry)
    try AtomicFile.write(bytes, to: path, overwrite: true)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    file = handle
  }

  private func sync() {
    guard !isSyncDue else { return }
    isSyncDue = true
    queue.asyncAfter(deadline: .now() + Self.syncInterval) { [self] in
      isSyncDue = false
      try? file?.synchronize()
    }
  }
}
