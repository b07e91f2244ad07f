import Files
import Glibc
package import Raster

/// Saving into a file that cannot be replaced: on a bind mount, or in a folder without permission.
///
/// What the file held is kept in another folder until the save is done, so that neither a killed
/// process nor a power cut loses it.
package enum InPlaceFile {
  /// Writes `bytes` into the file at `path`, which must be there.
  ///
  /// - Throws: `changed` where it is another file than `replacing` allows; `cannotCreate` where it
  ///   cannot be opened or the copy not be made; `inputOutput` where writing fails, after which the
  ///   file holds what it held before or its copy is kept.
  @discardableResult
  package static func write(
    _ bytes: [UInt8], to path: String, replacing: Replacement, keptIn folder: JournalFolder,
    calls: FileCalls = .system
  ) throws(PictureError) -> SavedFile {
    try AtomicFile.check(path, replacing: replacing)
    let file = try OpenFile(path)
    guard let old = file.contents() else { throw AtomicFile.failure(path, errno, replaces: true) }
    let resolved = JournalFolder.resolved(path)
    let digest = SHA256.hex(bytes)
    let (copy, held) = try KeptCopy.keep(old, of: resolved, coming: digest, in: folder)
    defer { withExtendedLifetime(held) {} }
    if let code = file.overwrite(with: bytes, calls) {
      // The system's own calls: what was there fitted.
      guard copy.bytes == old, file.overwrite(with: old, .system) == nil else {
        throw PictureError(
          .inputOutput, path: path, problem: "is half written (\(reason(code)))",
          remedy: "`tessera recover` has what it held before")
      }
      KeptCopy.remove(of: resolved, in: folder)
      throw AtomicFile.failure(path, code, replaces: true)
    }
    KeptCopy.remove(of: resolved, in: folder)
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else {
      throw AtomicFile.failure(path, errno, replaces: true)
    }
    return SavedFile(stamp: FileStamp(status, digest: digest), losses: [])
  }
}

/// A file that is open to be written into; closed with the value.
private final class OpenFile {
  let descriptor: Int32

  init(_ path: String) throws(PictureError) {
    descriptor = FileSystem.open(path, O_RDWR | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG
    else {
      throw PictureError(
        .cannotCreate, path: path, problem: "cannot be written into (\(reason(errno)))",
        remedy: "save somewhere else")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func contents() -> [UInt8]? {
    lseek(descriptor, 0, SEEK_SET) == 0 ? FileSystem.read(descriptor, limit: .max) : nil
  }

  /// Writes from the start, then cuts; returns the reason where that fails.
  func overwrite(with bytes: [UInt8], _ calls: FileCalls) -> Int32? {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { return errno }
    // Room is taken before anything is overwritten; file systems that cannot do so say nothing yet.
    let room = posix_fallocate(descriptor, 0, bytes.count)
    if room == ENOSPC || room == EFBIG || room == EDQUOT { return room }
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { calls.write(descriptor, $0 + offset, bytes.count - offset) } ?? 0
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return written == 0 ? ENOSPC : errno }
      offset += written
    }
    guard ftruncate(descriptor, bytes.count) == 0, calls.sync(descriptor) == 0 else { return errno }
    return nil
  }
}
