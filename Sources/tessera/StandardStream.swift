import Glibc

/// Standard output and standard error, of which everything is written here.
///
/// A stream may be closed, full, or have nobody at its other end: writing to it says so, and nothing
/// else happens.
enum StandardStream: Int32 {
  case output = 1
  case errors = 2

  /// Keeps streams from ending the program or passing for a file; before anything is opened.
  ///
  /// Without a reader a write fails rather than ends the process, and no file gets the number of a
  /// stream that was closed, where texts for people would be written into it.
  static func secure() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      // The wrong way round, so that using it still fails; the lowest free number is this one.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes a text as it is; false where not all of it could be.
  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  /// Writes bytes as they are; false where not all of them could be.
  func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      guard count < 0, errno == EAGAIN || errno == EINTR else { return false }
      // Somebody else may have made it one that does not wait.
      var check = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
      poll(&check, 1, -1)
    }
    return true
  }
}
