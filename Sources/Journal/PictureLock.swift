import Files
import Glibc
import Synchronization

/// The right to be the only one who edits a picture, held until it is released, or the value or the
/// process goes.
///
/// An advisory lock (flock) on a file that says who holds it. The kernel drops it with the process,
/// however that ends, so there are no stale locks to clear away.
package final class PictureLock: Sendable {
  /// Why there is no lock.
  package enum Refusal: Error, Equatable {
    /// Another process has it; the text is `process 123 on host`.
    case held(by: String)
    /// The file cannot be made; the system's reason.
    case unavailable(String)
  }

  private let path: String
  private let descriptor: Int32
  private let isHeld = Mutex(true)

  /// Takes the lock or says at once why not.
  package init(path: String) throws(Refusal) {
    self.path = path
    // The file may be removed by its holder between opening and locking; then there is a new one.
    for _ in 0..<100 {
      let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
      let descriptor = FileSystem.open(path, flags, 0o600)
      guard descriptor >= 0 else { throw .unavailable(String(cString: strerror(errno))) }
      var mine = stat()
      guard fstat(descriptor, &mine) == 0, mine.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw .unavailable("\(path) is not an ordinary file")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        defer { close(descriptor) }
        if code == EINTR { continue }
        guard code == EWOULDBLOCK else { throw .unavailable(String(cString: strerror(code))) }
        throw .held(by: Self.holder(descriptor))
      }
      if mine.st_ino == FileSystem.status(path)?.st_ino {
        self.descriptor = descriptor
        let text = Array("process \(getpid()) on \(Self.host)\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        return
      }
      close(descriptor)
    }
    throw .unavailable("it changes hands all the time")
  }

  deinit { release() }

  /// Gives the right up before the value goes; a second time does nothing.
  package func release() {
    isHeld.withLock { isHeld in
      guard isHeld else { return }
      isHeld = false
      FileSystem.remove(path)
      close(descriptor)
    }
  }

  private static func holder(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 300)
    let count = max(0, pread(descriptor, &buffer, buffer.count, 0))
    let text = String(decoding: buffer.prefix(count).prefix { $0 != 10 }, as: UTF8.self)
    return text.isEmpty ? "another process" : text
  }

  private static var host: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this machine" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
