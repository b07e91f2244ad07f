import CFiles
package import Glibc

/// Files that are not finished yet: without a name, or with one that tells whose they are.
package enum Temporary {
  /// Opens a file without a name in a folder, for writing; -1 where the file system has none, or
  /// none that could get a name later.
  ///
  /// Nothing is left of it, however the process ends, until `name` gives it one.
  package static func unnamed(in folder: String, mode: mode_t) -> Int32 {
    guard FileSystem.isFolder("/proc/self/fd") else { return -1 }
    return locked(FileSystem.open(folder, O_WRONLY | cfiles_unnamed(), mode))
  }

  /// Gives an unnamed file a name that is free; 0, or -1 with the reason in `errno`.
  package static func name(_ descriptor: Int32, _ path: String) -> Int32 {
    FileSystem.makeLink("/proc/self/fd/\(descriptor)", at: path)
  }

  /// Opens a file of a new name for writing; -1 with the reason in `errno`.
  package static func named(_ path: String, mode: mode_t) -> Int32 {
    let descriptor = locked(
      FileSystem.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode))
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) != 0 || status.st_nlink == 0 else {
      return descriptor
    }
    // Taken for a stale one and removed before it was locked.
    close(descriptor)
    errno = EEXIST
    return -1
  }

  /// A name in a folder that nobody can guess.
  package static func newName(in folder: String) -> String {
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    return (folder == "/" ? "" : folder) + "/\(prefix)\(name)\(suffix)"
  }

  /// Removes what processes of this user that are gone have left in a folder.
  ///
  /// - Complexity: reads the folder once.
  package static func removeStale(in folder: String) {
    for name in FileSystem.names(in: folder) ?? []
    where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      removeIfStale(folder + "/" + name)
    }
  }

  private static let prefix = ".tessera-"
  private static let suffix = ".tmp"

  private static func removeIfStale(_ path: String) {
    let descriptor = FileSystem.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    // Whoever still writes it holds its lock.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      let named = FileSystem.status(path, followingLinks: false), named.st_ino == status.st_ino
    else { return }
    FileSystem.remove(path)
  }

  /// Locks a new file; where locks cannot be had, nobody takes it for stale either.
  private static func locked(_ descriptor: Int32) -> Int32 {
    if descriptor >= 0 { _ = flock(descriptor, LOCK_EX | LOCK_NB) }
    return descriptor
  }
}

/// Has a file removed by a signal that ends the process, for as long as the value lives.
package final class EndingGuard: Sendable {
  private let number: Int32

  /// Remembers a file that is there or will be.
  package init(_ path: String) {
    number = PathText.withName(path) { cfiles_remember($0) } ?? -1
  }

  deinit { cfiles_forget(number) }
}
