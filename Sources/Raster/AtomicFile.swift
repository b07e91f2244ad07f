import Glibc

/// The system calls of a save that can fail underway; tests put their own in their place.
package struct FileCalls: Sendable {
  /// write(2).
  package let write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int
  /// fsync(2).
  package let sync: @Sendable (Int32) -> Int32
  /// rename(2).
  package let rename: @Sendable (String, String) -> Int32

  /// Makes a set of calls; those not given are the real ones.
  package init(
    write: @escaping @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Glibc.write($0, $1, $2) },
    sync: @escaping @Sendable (Int32) -> Int32 = { fsync($0) },
    rename: @escaping @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }
  ) {
    self.write = write
    self.sync = sync
    self.rename = rename
  }

  /// The real ones.
  package static let system = FileCalls()
}

/// Saving that leaves either the whole new file or the untouched old one, never something between.
///
/// The bytes go to a temporary file in the target's folder, are synced, and then renamed over the
/// target. A symbolic link keeps pointing, and the file behind it is replaced; an existing file
/// keeps its mode, and its owner where the system allows. A hard link is broken. On every error the
/// temporary file is removed.
package enum AtomicFile {
  /// Saves `bytes` at `path`.
  ///
  /// - Throws: `cannotCreate` where the folder is missing or may not be written, the target is not
  ///   an ordinary file, or it exists and `overwrite` is false; `inputOutput` where writing fails.
  package static func write(_ bytes: [UInt8], to path: String, overwrite: Bool)
    throws(PictureError)
  {
    try write(bytes, to: path, overwrite: overwrite, calls: .system)
  }

  /// Saves through given system calls; else as above.
  package static func write(
    _ bytes: [UInt8], to path: String, overwrite: Bool, calls: FileCalls
  ) throws(PictureError) {
    let target = try Target(path, overwrite: overwrite)
    let temporary = try target.createTemporary()
    var finished = false
    defer { if !finished { unlink(temporary.path) } }
    let filled = Result { () throws(PictureError) in
      try fill(temporary.descriptor, with: bytes, path: path, calls: calls)
      if let status = target.existing {
        // Owner before mode, because a change of owner clears the set-id bits.
        _ = fchown(temporary.descriptor, status.st_uid, status.st_gid)
        _ = fchmod(temporary.descriptor, status.st_mode & 0o7777)
      }
      guard calls.sync(temporary.descriptor) == 0 else { throw failure(path, errno) }
    }
    let closed = close(temporary.descriptor)
    if case .failure(let error) = filled { throw error }
    guard closed == 0 else { throw failure(path, errno) }
    try target.install(temporary.path, calls: calls)
    finished = true
    // The file is complete and in place; a folder that cannot be synced is no reason to fail.
    let folder = open(target.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      _ = calls.sync(folder)
      close(folder)
    }
  }

  private static func fill(
    _ descriptor: Int32, with bytes: [UInt8], path: String, calls: FileCalls
  ) throws(PictureError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
      var offset = 0
      while offset < buffer.count, let start = buffer.baseAddress {
        let written = calls.write(descriptor, start + offset, buffer.count - offset)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw failure(path, written == 0 ? ENOSPC : errno) }
        offset += written
      }
    }
  }

  fileprivate static func failure(_ path: String, _ code: Int32) -> PictureError {
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "free some space or save somewhere else; the old file is untouched"
      case EFBIG: "raise the limit on file sizes or save somewhere else"
      default: "save somewhere else; the old file is untouched"
      }
    return PictureError(
      .inputOutput, path: path, problem: "could not be written (\(reason(code)))", remedy: remedy)
  }
}

/// The system's words for an error number, with a small first letter, as they stand in brackets.
func reason(_ code: Int32) -> String {
  let text = strerror(code).map { String(cString: $0) } ?? ""
  return text.isEmpty ? "error \(code)" : text.prefix(1).lowercased() + text.dropFirst()
}

/// Where a save ends up: the file behind any symbolic links, and its folder.
private struct Target {
  let path: String
  let resolved: String
  let folder: String
  let overwrite: Bool
  let existing: stat?

  init(_ path: String, overwrite: Bool) throws(PictureError) {
    self.path = path
    self.overwrite = overwrite
    let resolved = try Self.resolve(path)
    self.resolved = resolved
    let cut = resolved.lastIndex(of: "/")
    let parent = cut.map { resolved[..<$0] }
    folder = parent.map { $0.isEmpty ? "/" : String($0) } ?? "."
    var status = stat()
    if stat(resolved, &status) == 0 {
      let type = status.st_mode & S_IFMT
      guard type == S_IFREG else {
        throw PictureError(
          .cannotCreate, path: path,
          problem: type == S_IFDIR ? "is a folder" : "is not an ordinary file",
          remedy: "give the name of a file to write")
      }
      guard overwrite else { throw Self.exists(path) }
      existing = status
    } else {
      existing = nil
    }
  }

  /// Follows symbolic links of the last path component, dangling ones too.
  private static func resolve(_ path: String) throws(PictureError) -> String {
    guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else {
      throw PictureError(
        .cannotCreate, path: path, problem: "is not the name of a file",
        remedy: "give the name of a file to write")
    }
    var current = path
    for _ in 0..<40 {
      var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let length = buffer.withUnsafeMutableBytes { bytes in
        bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(current, $0, bytes.count) } ?? 0
      }
      guard length > 0 else { return current }
      let link = String(decoding: buffer.prefix(length), as: UTF8.self)
      let slash = current.lastIndex(of: "/")
      current = link.hasPrefix("/") ? link : (slash.map { current[...$0] } ?? "") + link
    }
    throw PictureError(
      .cannotCreate, path: path, problem: "is a circle of symbolic links",
      remedy: "give the name of a file to write")
  }

  /// Opens a new file of an unpredictable name beside the target.
  func createTemporary() throws(PictureError) -> (path: String, descriptor: Int32) {
    // A replacement starts private and gets the old file's mode; a new file gets the user's umask.
    let mode: mode_t = existing == nil ? 0o666 : 0o600
    for _ in 0..<16 {
      let name = String(UInt64.random(in: .min ... .max), radix: 36)
      let temporary = (folder == "/" ? "" : folder) + "/.tessera-\(name).tmp"
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
      let descriptor = open(temporary, flags, mode)
      if descriptor >= 0 { return (temporary, descriptor) }
      if errno == EINTR || errno == EEXIST { continue }
      let code = errno
      let isFull = code == ENOSPC || code == EDQUOT
      if isFull { throw AtomicFile.failure(path, code) }
      throw PictureError(
        .cannotCreate, path: path,
        problem: "no file can be made in the folder \(folder) (\(reason(code)))",
        remedy: code == ENOENT ? "make the folder first" : "save to a folder you may write to")
    }
    throw PictureError(
      .cannotCreate, path: path, problem: "no temporary name is free in \(folder)",
      remedy: "save to another folder")
  }

  /// Puts the temporary file in the target's place.
  func install(_ temporary: String, calls: FileCalls) throws(PictureError) {
    if !overwrite {
      // A link fails where a file has appeared meanwhile; a rename would replace it.
      if link(temporary, resolved) == 0 {
        unlink(temporary)
        return
      }
      if errno == EEXIST { throw Self.exists(path) }
      // Some file systems have no links; there the check made at the start has to do.
    }
    guard calls.rename(temporary, resolved) == 0 else { throw AtomicFile.failure(path, errno) }
  }

  private static func exists(_ path: String) -> PictureError {
    PictureError(
      .cannotCreate, path: path, problem: "exists already",
      remedy: "choose another name, or allow it to be overwritten with --force")
  }
}
