import Files
import Glibc
import Raster

/// What a file held before a save began to write into it, kept until that is done.
package struct KeptCopy: Sendable {
  /// The resolved path of the file.
  package let picture: String
  /// All that it held.
  package let bytes: [UInt8]
  /// SHA-256 of what it is to hold.
  private let coming: String

  private static let mark = Array("tessera copy 1\n".utf8)

  /// The copy of a file whose save was cut off; nil where there is none.
  ///
  /// One whose file is whole, as before or as it was to be, is removed, unless a process that still
  /// runs is at work on it.
  package static func left(of picture: String, in folder: JournalFolder) -> KeptCopy? {
    let path = folder.copy(of: picture)
    guard let lock = Lock(path), let copy = read(path), PathText.areSame(copy.picture, picture)
    else {
      return nil
    }
    defer { withExtendedLifetime(lock) {} }
    let now = SHA256.hex(ofFile: picture)
    guard now == copy.coming || now == SHA256.hex(copy.bytes) else { return copy }
    FileSystem.remove(path)
    return nil
  }

  /// Every copy in a folder whose file is not whole.
  package static func all(in folder: JournalFolder) -> [KeptCopy] {
    (FileSystem.names(in: folder.path) ?? []).filter { $0.hasSuffix(".before") }.sorted()
      .compactMap { read(folder.path + "/" + $0) }
      .compactMap { left(of: $0.picture, in: folder) }
  }

  /// Removes the copy of a file, if there is one; false where that fails.
  @discardableResult
  package static func remove(of picture: String, in folder: JournalFolder) -> Bool {
    FileSystem.remove(folder.copy(of: picture)) == 0 || errno == ENOENT
  }

  /// Keeps what a file holds, on the disk, or what is kept already of one that was cut off.
  ///
  /// - Returns: what is held while the file is written.
  static func keep(
    _ bytes: [UInt8], of picture: String, coming: String, in folder: JournalFolder
  ) throws(PictureError) -> (copy: KeptCopy, held: AnyObject) {
    let copy = KeptCopy(
      picture: picture, bytes: left(of: picture, in: folder)?.bytes ?? bytes, coming: coming)
    var file = mark
    file.append(field: PathText.bytes(of: picture))
    file.append(field: coming.utf8)
    file.append(field: copy.bytes)
    let path = folder.copy(of: picture)
    // Whoever looks at it before it is locked takes it for done.
    for _ in 0..<100 {
      try AtomicFile.write(file, to: path, overwrite: true)
      // It may be of a picture that nobody else may see.
      _ = FileSystem.setMode(path, 0o600)
      if let lock = Lock(path) { return (copy, lock) }
    }
    throw PictureError(
      .cannotCreate, path: picture, problem: "another process is saving it",
      remedy: "try again in a moment")
  }

  private static func read(_ path: String) -> KeptCopy? {
    guard let bytes = FileSystem.contents(path, limit: 1 << 31), bytes.starts(with: mark) else {
      return nil
    }
    var reader = ByteReader(bytes.dropFirst(mark.count))
    guard let picture = reader.field(), let coming = reader.field(), let held = reader.field()
    else {
      return nil
    }
    return KeptCopy(
      picture: PathText.text(of: picture), bytes: Array(held),
      coming: String(decoding: coming, as: UTF8.self))
  }

  /// An advisory lock on a copy that is there; the kernel drops it with the process.
  private final class Lock {
    private let descriptor: Int32

    init?(_ path: String) {
      descriptor = FileSystem.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      var status = stat()
      guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0,
        fstat(descriptor, &status) == 0, status.st_nlink > 0
      else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
  }
}
