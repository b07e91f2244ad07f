import Files
import Glibc

/// The system calls of a save that can fail underway; tests put their own in their place.
package struct FileCalls: Sendable {
  /// write(2).
  package let write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int
  /// fsync(2).
  package let sync: @Sendable (Int32) -> Int32
  /// rename(2).
  package let rename: @Sendable (String, String) -> Int32
  /// Whether files without a name are tried first.
  package let usesUnnamed: Bool

  /// Makes a set of calls; those not given are the real ones.
  package init(
    write: @escaping @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Glibc.write($0, $1, $2) },
    sync: @escaping @Sendable (Int32) -> Int32 = { fsync($0) },
    rename: @escaping @Sendable (String, String) -> Int32 = { FileSystem.rename($0, to: $1) },
    usesUnnamed: Bool = true
  ) {
    self.write = write
    self.sync = sync
    self.rename = rename
    self.usesUnnamed = usesUnnamed
  }

  /// The real ones.
  package static let system = FileCalls()
}

/// A file that was saved.
package struct SavedFile: Sendable, Equatable {
  /// What it is now.
  package let stamp: FileStamp
  /// What the file before had and this one has not, as `owner` or `access list`.
  package let losses: [String]

  /// Puts the two together.
  package init(stamp: FileStamp, losses: [String]) {
    (self.stamp, self.losses) = (stamp, losses)
  }

  /// A clause that tells of the losses; nil where there are none.
  package var lossText: String? {
    losses.isEmpty ? nil : "could not keep \(losses.joined(separator: ", "))"
  }
}

/// Saving that leaves either the whole new file or the untouched old one, never something between.
///
/// The bytes go to a new file in the target's folder, without a name where the file system has such
/// files, are synced, and only then get a name, or one's place. A symbolic link keeps pointing, and
/// the file behind it is replaced; an existing file's owner, group, mode, access list and extended
/// attributes are kept where the system allows. A hard link is broken. On every error, and by the
/// signals that end a process, the new file is removed; what a killed one leaves behind is by the
/// next save in that folder.
package enum AtomicFile {
  /// Saves `bytes` at `path`, in the place of any file where `overwrite`, else of none.
  ///
  /// - Throws: as below.
  @discardableResult
  package static func write(
    _ bytes: [UInt8], to path: String, overwrite: Bool, calls: FileCalls = .system
  ) throws(PictureError) -> SavedFile {
    try write(bytes, to: path, replacing: overwrite ? .always : .never, calls: calls)
  }

  /// Saves `bytes` at `path`.
  ///
  /// - Throws: `exists` or `changed` where the file that is there may not be replaced, also where it
  ///   came underway; `notReplaceable` where it may be written but not replaced; `cannotCreate` where
  ///   the folder is missing or may not be written, or the target is not an ordinary file;
  ///   `inputOutput` where writing fails.
  @discardableResult
  package static func write(
    _ bytes: [UInt8], to path: String, replacing: Replacement, calls: FileCalls = .system
  ) throws(PictureError) -> SavedFile {
    let target = try SaveTarget(path, replacing: replacing)
    let file = try NewFile(for: target, calls)
    try file.fill(with: bytes)
    let losses =
      target.existing.map { FileAttributes.carry(from: target.resolved, $0, to: file.descriptor) }
      ?? []
    guard calls.sync(file.descriptor) == 0 else { throw target.failure(writing: errno) }
    try target.check()
    try file.install()
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else { throw target.failure(writing: errno) }
    // The file is complete and in place; a folder that cannot be synced is no reason to fail.
    let folder = FileSystem.open(target.folder, O_RDONLY | O_DIRECTORY)
    if folder >= 0 {
      _ = calls.sync(folder)
      close(folder)
    }
    Temporary.removeStale(in: target.folder)
    return SavedFile(stamp: FileStamp(status, digest: SHA256.hex(bytes)), losses: losses)
  }

  /// Ends a save before its work where it would end anyway: throws what `write` would throw for the
  /// file that is there now.
  package static func check(_ path: String, replacing: Replacement) throws(PictureError) {
    _ = try SaveTarget(path, replacing: replacing)
  }

  /// The same, and what `write` would throw for the folder: a file is made in it, and is gone again.
  package static func rehearse(_ path: String, replacing: Replacement) throws(PictureError) {
    _ = try NewFile(for: SaveTarget(path, replacing: replacing), .system)
  }

  /// What a failure of writing means.
  ///
  /// - Parameter replaces: whether a file was there before, which has stayed.
  package static func failure(_ path: String, _ code: Int32, replaces: Bool) -> PictureError {
    let cure =
      switch code {
      case ENOSPC, EDQUOT: "free some space or save somewhere else"
      case EFBIG: "raise the limit on file sizes or save somewhere else"
      default: "save somewhere else"
      }
    let remedy = cure + (replaces ? "; the old file is untouched" : "")
    return PictureError(
      .inputOutput, path: path, problem: "could not be written (\(reason(code)))", remedy: remedy)
  }
}

/// The system's words for an error number, with a small first letter, as they stand in brackets.
package func reason(_ code: Int32) -> String {
  let text = strerror(code).map { String(cString: $0) } ?? ""
  return text.isEmpty ? "error \(code)" : text.prefix(1).lowercased() + text.dropFirst()
}

/// The new file of a save; closed with the value, and gone with it unless it was installed.
private final class NewFile {
  let descriptor: Int32
  private let target: SaveTarget
  private let calls: FileCalls
  /// Nil while it has no name.
  private var name: String?
  private var guarded: EndingGuard?

  init(for target: SaveTarget, _ calls: FileCalls) throws(PictureError) {
    (self.target, self.calls) = (target, calls)
    // A replacement starts private and gets the old file's mode; a new file gets the user's umask.
    let mode: mode_t = target.existing == nil ? 0o666 : 0o600
    let unnamed = calls.usesUnnamed ? Temporary.unnamed(in: target.folder, mode: mode) : -1
    if unnamed >= 0 {
      descriptor = unnamed
      return
    }
    for _ in 0..<16 {
      let name = Temporary.newName(in: target.folder)
      let guarded = EndingGuard(name)
      let descriptor = Temporary.named(name, mode: mode)
      if descriptor >= 0 {
        (self.descriptor, self.name, self.guarded) = (descriptor, name, guarded)
        return
      }
      if errno != EINTR, errno != EEXIST { throw target.failure(making: errno) }
    }
    throw target.failure(making: EEXIST)
  }

  deinit {
    if let name { FileSystem.remove(name) }
    close(descriptor)
  }

  func fill(with bytes: [UInt8]) throws(PictureError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
      var offset = 0
      while offset < buffer.count, let start = buffer.baseAddress {
        let written = calls.write(descriptor, start + offset, buffer.count - offset)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          throw target.failure(writing: written == 0 ? ENOSPC : errno)
        }
        offset += written
      }
    }
  }

  /// Puts the file in the target's place.
  func install() throws(PictureError) {
    if target.existing == nil || target.replacing == .never {
      // A link fails where a file has appeared meanwhile; a rename would replace it.
      if link(to: target.resolved) == 0 { return }
      if errno == EEXIST { try target.check() }
      // Some file systems have no links; there the check made just before has to do.
    }
    if name == nil {
      let name = Temporary.newName(in: target.folder)
      guarded = EndingGuard(name)
      guard Temporary.name(descriptor, name) == 0 else { throw target.failure(making: errno) }
      self.name = name
    }
    guard let name, calls.rename(name, target.resolved) == 0 else {
      let code = errno
      throw target.irreplaceable(code) ?? target.failure(writing: code)
    }
    self.name = nil
  }

  /// Gives the file its final name, which must be free.
  private func link(to path: String) -> Int32 {
    guard let name else { return Temporary.name(descriptor, path) }
    return FileSystem.makeLink(name, at: path)
  }
}
