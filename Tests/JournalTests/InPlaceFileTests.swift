import Files
import Foundation
import Glibc
import Journal
import Raster
import Testing

/// Saves into files that cannot be replaced.
@Suite(.serialized) struct InPlaceFileTests {
  private static let old = [UInt8](repeating: 7, count: 50_000)
  private static let new = [UInt8](repeating: 9, count: 60_000)

  private func prepare(_ scratch: Scratch) throws -> (path: String, folder: JournalFolder) {
    let path = JournalFolder.resolved(scratch.path) + "/a.png"
    try Data(Self.old).write(to: URL(filePath: path))
    return (path, JournalFolder(path: scratch.path))
  }

  /// Compared here, as a failure would print every byte.
  private func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
    FileSystem.contents(path) == bytes
  }

  @Test func writesIntoTheSameFile() throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let inode = try #require(FileSystem.status(path)).st_ino
    for content in [Self.new, Self.old, [], Self.new] {
      let stamp = try #require(FileStamp(of: path))
      let saved = try InPlaceFile.write(content, to: path, replacing: .only(stamp), keptIn: folder)
      #expect(holds(path, content) && FileSystem.status(path)?.st_ino == inode)
      #expect(saved.stamp.isStill(at: path))
    }
    #expect(FileSystem.names(in: scratch.path) == ["a.png"])
  }

  @Test func othersChangesAreNotOverwritten() throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let stamp = try #require(FileStamp(of: path))
    try Data([1, 2, 3]).write(to: URL(filePath: path))
    #expect(throws: PictureError.self) {
      try InPlaceFile.write(Self.new, to: path, replacing: .only(stamp), keptIn: folder)
    }
    #expect(holds(path, [1, 2, 3]) && FileSystem.names(in: scratch.path) == ["a.png"])
  }

  /// A disk that is full after some bytes: the file holds what it held.
  @Test(arguments: [0, 1, 3])
  func aFailurePutsBackWhatWasThere(writes: Int) throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let calls = FileCalls(write: { descriptor, bytes, count in
      guard Self.new.count - count < 8000 * writes else {
        errno = ENOSPC
        return -1
      }
      return write(descriptor, bytes, 8000)
    })
    let error = #expect(throws: PictureError.self) {
      try InPlaceFile.write(
        Self.new, to: path, replacing: .always, keptIn: folder, calls: calls)
    }
    #expect(error?.kind == .inputOutput && holds(path, Self.old))
    #expect(FileSystem.names(in: scratch.path) == ["a.png"])
  }

  /// Killed before a byte is written, in the middle, and before the last.
  @Test(arguments: [0, 3, 7], [SIGKILL, SIGTERM])
  func aKillLosesNothing(writes: Int, number: Int32) async throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let place = folder.path
    await #expect(processExitsWith: .signal(number)) {
      [
        path = path as String, place = place as String, writes = writes as Int,
        number = number as Int32
      ] in
      var none = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, nil)
      let calls = FileCalls(write: { descriptor, bytes, count in
        if Self.new.count - count >= 8000 * writes { raise(number) }
        return write(descriptor, bytes, min(count, 8000))
      })
      try InPlaceFile.write(
        Self.new, to: path, replacing: .always, keptIn: JournalFolder(path: place), calls: calls)
    }
    #expect(!holds(path, Self.new))
    let left = try #require(KeptCopy.left(of: path, in: folder))
    let isOld = left.bytes == Self.old
    #expect(isOld && KeptCopy.all(in: folder).map(\.picture) == [path])
    // Another save that is cut off does not take the half file for what was there.
    let calls = FileCalls(write: { _, _, _ in
      errno = EIO
      return -1
    })
    #expect(throws: PictureError.self) {
      try InPlaceFile.write(
        Self.new, to: path, replacing: .always, keptIn: folder, calls: calls)
    }
    let stillOld = KeptCopy.left(of: path, in: folder)?.bytes == Self.old
    #expect(stillOld)
    try InPlaceFile.write(Self.new, to: path, replacing: .always, keptIn: folder)
    #expect(holds(path, Self.new) && KeptCopy.left(of: path, in: folder) == nil)
    #expect(FileSystem.names(in: scratch.path) == ["a.png"])
  }

  /// A copy whose file is whole is no loss to tell of.
  @Test(arguments: [true, false])
  func aCopyOfAWholeFileGoes(isNew: Bool) async throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let place = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, place = place as String] in
      try InPlaceFile.write(
        Self.new, to: path, replacing: .always, keptIn: JournalFolder(path: place),
        calls: FileCalls(sync: { _ in raise(SIGKILL) }))
    }
    try Data(isNew ? Self.new : Self.old).write(to: URL(filePath: path))
    #expect(KeptCopy.left(of: path, in: folder) == nil)
    #expect(FileSystem.names(in: scratch.path) == ["a.png"])
  }

  /// A file that may be written, in a folder that may not.
  @Test(.enabled(if: geteuid() == 0, "only root may become somebody else"))
  func aFolderWithoutPermission() async throws {
    let scratch = try Scratch()
    let path = try prepare(scratch).path
    let inner = scratch.path + "/own"
    #expect(FileSystem.makeFolder(inner, mode: 0o777) && chmod(inner, 0o777) == 0)
    #expect(chmod(scratch.path, 0o555) == 0 && chmod(path, 0o666) == 0)
    await #expect(processExitsWith: .success) {
      [file = path as String, inner = inner as String] in
      #expect(setgid(65534) == 0 && setuid(65534) == 0)
      let error = #expect(throws: PictureError.self) {
        try AtomicFile.write(Self.new, to: file, overwrite: true)
      }
      #expect(error?.kind == .notReplaceable && error?.exitCode == 73)
      try InPlaceFile.write(
        Self.new, to: file, replacing: .always, keptIn: JournalFolder(path: inner))
    }
    #expect(holds(path, Self.new) && FileSystem.status(path)?.st_uid == 0)
    #expect(FileSystem.names(in: inner) == [])
  }

  @Test func damagedCopiesAreNone() throws {
    let scratch = try Scratch()
    let (path, folder) = try prepare(scratch)
    let whole = Array("tessera copy 1\n".utf8)
    for damaged in [[], [1], whole, whole + [255, 255, 255, 255], whole + [1, 0, 0, 0, 65]] {
      try Data(damaged as [UInt8]).write(to: URL(filePath: folder.copy(of: path)))
      #expect(KeptCopy.left(of: path, in: folder) == nil && KeptCopy.all(in: folder).isEmpty)
    }
  }
}
