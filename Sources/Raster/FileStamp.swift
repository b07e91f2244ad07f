import Files
package import Glibc

/// What a file was when it was read or written, to find out later whether somebody else has changed
/// it since.
package struct FileStamp: Sendable, Equatable {
  /// Bytes.
  private let size: Int
  private let device: UInt
  private let inode: UInt
  private let times: [Int]
  /// SHA-256 of its bytes, 64 hexadecimal digits.
  package let digest: String
  /// Whether times are too coarse to tell a change that comes at once.
  private let isFresh: Bool

  /// Times of files count in steps of up to two seconds (FAT).
  private static let coarsest = 2

  /// Notes what an open file is.
  ///
  /// - Parameter digest: of all of its bytes, which were read after `status` was asked for, or
  ///   written before.
  package init(_ status: stat, digest: String) {
    (size, self.digest) = (Int(status.st_size), digest)
    (device, inode, times) = Self.identity(status)
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    isFresh = max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) + Self.coarsest >= now.tv_sec
  }

  /// Reads a file to note what it is; nil where that cannot be done.
  package init?(of path: String) {
    guard let status = FileSystem.status(path), let digest = SHA256.hex(ofFile: path) else {
      return nil
    }
    self.init(status, digest: digest)
  }

  /// Whether what is at `path` now is still the same, or has the same bytes.
  ///
  /// - Complexity: reads the file where inode or times differ, or are no proof.
  package func isStill(at path: String) -> Bool {
    guard let status = FileSystem.status(path), Int(status.st_size) == size else { return false }
    let (device, inode, times) = Self.identity(status)
    if !isFresh, device == self.device, inode == self.inode, times == self.times { return true }
    return SHA256.hex(ofFile: path) == digest
  }

  /// Whether it is the very file that `status` is of, with the same bytes or others.
  package func isSameFile(as status: stat) -> Bool {
    let (device, inode, _) = Self.identity(status)
    return device == self.device && inode == self.inode
  }

  private static func identity(_ status: stat) -> (device: UInt, inode: UInt, times: [Int]) {
    (
      UInt(status.st_dev), UInt(status.st_ino),
      [
        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
    )
  }
}

/// Which file that is there already a save may replace.
package enum Replacement: Sendable, Equatable {
  case never
  /// One that is still what it was.
  case only(FileStamp)
  case always
}
