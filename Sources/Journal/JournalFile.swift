import Files
import Glibc
import Raster

/// Why a journal's file is not written: the system's reason.
struct JournalFault: Error {
  var reason: String

  init(_ code: Int32) { reason = String(cString: strerror(code)) }
}

/// A journal's file, open.
///
/// Whatever lies under its name, only an ordinary file is opened, no link is followed, and nothing
/// is waited for.
final class JournalFile {
  private let descriptor: Int32
  /// Bytes up to where it is written on.
  private(set) var length: Int

  private init(_ descriptor: Int32, length: Int) {
    self.descriptor = descriptor
    self.length = length
  }

  deinit { close(descriptor) }

  /// Opens a file to read, as long as it is now; nil where there is none that can be.
  convenience init?(reading path: String) {
    let descriptor = FileSystem.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    guard let status = Self.status(of: descriptor), status.st_size <= Int.max / 2 else {
      close(descriptor)
      return nil
    }
    self.init(descriptor, length: Int(status.st_size))
  }

  /// Opens a file to write on behind its first `length` bytes; the rest, half a record, is cut off.
  convenience init(continuing path: String, at length: Int) throws(JournalFault) {
    let descriptor = FileSystem.open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw JournalFault(errno) }
    guard let status = Self.status(of: descriptor), status.st_size >= length else {
      close(descriptor)
      throw JournalFault(EINVAL)
    }
    self.init(descriptor, length: length)
    fchmod(descriptor, 0o600)
    guard ftruncate(descriptor, length) == 0 else { throw JournalFault(errno) }
  }

  /// Makes a file of `bytes` in the place of whatever has the name now, once it is whole and on the
  /// disk; it is the user's alone.
  ///
  /// Not by `AtomicFile`, which is for files of the user's own: it keeps their modes and follows
  /// their links.
  convenience init(replacing path: String, with bytes: [UInt8]) throws(JournalFault) {
    let temporary = Temporary.newName(in: path.parentPath)
    let guarded = EndingGuard(temporary)
    defer { withExtendedLifetime(guarded) {} }
    let descriptor = Temporary.named(temporary, mode: 0o600)
    guard descriptor >= 0 else { throw JournalFault(errno) }
    self.init(descriptor, length: 0)
    var isPlaced = false
    defer { if !isPlaced { FileSystem.remove(temporary) } }
    try append(bytes)
    try synchronise()
    guard FileSystem.rename(temporary, to: path) == 0 else { throw JournalFault(errno) }
    isPlaced = true
    Temporary.removeStale(in: path.parentPath)
  }

  /// Whether `bytes` more bytes have room in the folder of a file, which is made where it is not
  /// there any more.
  static func hasRoom(for bytes: Int, besides path: String) -> Bool {
    _ = FileSystem.makeFolder(path.parentPath, mode: 0o700)
    let probe = Temporary.newName(in: path.parentPath)
    let descriptor = Temporary.named(probe, mode: 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    FileSystem.remove(probe)
    return posix_fallocate(descriptor, 0, max(1, bytes)) == 0
  }

  private static func status(of descriptor: Int32) -> stat? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status
  }

  /// Adds bytes; where that fails the file is as long as before.
  func append(_ bytes: [UInt8]) throws(JournalFault) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
          off_t(length + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = count == 0 ? ENOSPC : errno
        ftruncate(descriptor, off_t(length))
        throw JournalFault(code)
      }
      done += count
    }
    length += bytes.count
  }

  /// Brings everything to the disk.
  ///
  /// - Throws: where that fails, or the file has no name any more under which it would be found.
  func synchronise() throws(JournalFault) {
    guard fsync(descriptor) == 0 else { throw JournalFault(errno) }
    guard let status = Self.status(of: descriptor), status.st_nlink > 0 else {
      throw JournalFault(ENOENT)
    }
  }

  /// Bytes from a place on; nil where there are not so many.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= length, count <= length - offset else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(
          descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }
}
