import Files
import Raster
import Synchronization

/// What a session knows of the files it has read and written, to tell when another program changes
/// one of them.
final class KnownFiles: Sendable {
  private struct Knowledge {
    var stamp: FileStamp
    /// Whether this session wrote it, so that it may write it again without a question.
    var isOurs = false
    /// Whether it is written into, since it cannot be replaced.
    var isInPlace = false
  }

  private let known = Mutex<[[UInt8]: Knowledge]>([:])

  /// The file has been read.
  func noteRead(_ path: String, _ stamp: FileStamp?) {
    known.withLock { $0[PathText.bytes(of: path)] = stamp.map { Knowledge(stamp: $0) } }
  }

  /// The file has been written.
  func noteWritten(_ path: String, _ stamp: FileStamp, inPlace: Bool) {
    known.withLock {
      $0[PathText.bytes(of: path)] = Knowledge(stamp: stamp, isOurs: true, isInPlace: inPlace)
    }
  }

  /// What may be replaced at a path without asking.
  func replacement(at path: String) -> Replacement {
    guard let file = known.withLock({ $0[PathText.bytes(of: path)] }), file.isOurs else {
      return .never
    }
    return .only(file.stamp)
  }

  /// Whether the person has agreed to write into the file before.
  func isInPlace(_ path: String) -> Bool {
    known.withLock { $0[PathText.bytes(of: path)]?.isInPlace ?? false }
  }

  /// Whether the file was read or written here and is another one now.
  func hasChanged(_ path: String) -> Bool {
    let file = known.withLock { $0[PathText.bytes(of: path)] }
    return file.map { !$0.stamp.isStill(at: path) } ?? false
  }
}
