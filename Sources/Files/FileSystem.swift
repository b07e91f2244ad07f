package import Glibc

/// The system calls that take names of files; the only place where a path's text becomes bytes.
///
/// Results and `errno` are those of the calls in section 2 of the manual; a name with a zero in it
/// is one that is not there (ENOENT).
package enum FileSystem {
  /// open(2); never handed down to programs that are started.
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    named(path) { Glibc.open($0, flags | O_CLOEXEC, mode) }
  }

  /// What stat(2) says, or lstat(2) where links are not followed; nil where the call fails.
  package static func status(_ path: String, followingLinks: Bool = true) -> stat? {
    var status = Glibc.stat()
    let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
    let result = named(path) { fstatat(AT_FDCWD, $0, &status, flags) }
    return result == 0 ? status : nil
  }

  /// Whether there is something of this name, behind links.
  package static func exists(_ path: String) -> Bool { status(path) != nil }

  /// Whether it is a folder, or a link to one.
  package static func isFolder(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether it is an ordinary file, or a link to one.
  package static func isFile(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
  }

  /// Whether this process may write there.
  package static func isWritable(_ path: String) -> Bool { named(path) { access($0, W_OK) } == 0 }

  /// What a symbolic link holds; nil where it is none.
  package static func link(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { buffer in
        buffer.baseAddress.map { start in named(path) { readlink($0, start, buffer.count) } } ?? 0
      }
    }
    return count > 0 ? PathText.text(of: buffer[..<count]) : nil
  }

  /// The absolute path without links; nil where there is no such file.
  package static func resolved(_ path: String) -> String? {
    guard let found = PathText.withName(path, { realpath($0, nil) }) ?? nil else { return nil }
    defer { free(found) }
    return text(found)
  }

  /// rename(2).
  package static func rename(_ path: String, to other: String) -> Int32 {
    named(path) { path in named(other) { Glibc.rename(path, $0) } }
  }

  /// linkat(2), of what a link points to.
  package static func makeLink(_ path: String, at other: String) -> Int32 {
    named(path) { path in
      named(other) { linkat(AT_FDCWD, path, AT_FDCWD, $0, AT_SYMLINK_FOLLOW) }
    }
  }

  /// unlink(2).
  @discardableResult
  package static func remove(_ path: String) -> Int32 { named(path) { unlink($0) } }

  /// Makes a folder and those around it that are missing; true where it is there in the end.
  package static func makeFolder(_ path: String, mode: mode_t) -> Bool {
    if isFolder(path) { return true }
    if named(path, { mkdir($0, mode) }) == 0 { return true }
    guard errno == ENOENT, path.parentPath != path else { return isFolder(path) }
    return makeFolder(path.parentPath, mode: mode) && named(path) { mkdir($0, mode) } == 0
  }

  /// chmod(2).
  package static func setMode(_ path: String, _ mode: mode_t) -> Int32 {
    named(path) { chmod($0, mode) }
  }

  /// The names in a folder, in no order; nil where it cannot be read.
  package static func names(in folder: String) -> [String]? {
    guard let stream = PathText.withName(folder, { opendir($0) }) ?? nil else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        PathText.text(of: bytes.prefix { $0 != 0 })
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The bytes of an ordinary file of at most `limit` bytes; nil where it is none, is larger or
  /// cannot be read.
  package static func contents(_ path: String, limit: Int = .max) -> [UInt8]? {
    // Not blocking, so that a named pipe is refused and not waited for.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = Glibc.stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int(status.st_size) <= limit
    else { return nil }
    return read(descriptor, limit: Int(status.st_size))
  }

  /// What can be read from a descriptor, up to `limit` bytes; nil where reading fails.
  package static func read(_ descriptor: Int32, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      let count = Glibc.read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  private static func named<Value: SignedInteger>(
    _ path: String, _ call: (UnsafePointer<CChar>) -> Value
  ) -> Value {
    if let result = PathText.withName(path, call) { return result }
    errno = ENOENT
    return -1
  }

  /// A text of the system's, such as a variable or a path.
  static func text(_ pointer: UnsafePointer<CChar>) -> String {
    PathText.text(of: UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
  }
}
