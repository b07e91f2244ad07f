import Glibc
import Raster
import Synchronization
import Testing

@Suite struct AtomicFileTests {
  private let folder = TemporaryFolder()
  private let old: [UInt8] = [1, 2, 3]
  private let new: [UInt8] = (0..<10_000).map { UInt8($0 & 255) }

  private func save(
    _ path: String, overwrite: Bool = true, calls: FileCalls = .system
  ) -> PictureError? {
    pictureError { () throws(PictureError) in
      _ = try AtomicFile.write(new, to: path, overwrite: overwrite, calls: calls)
    }
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test(arguments: [false, true], [false, true])
  func makesANewFile(overwrite: Bool, usesUnnamed: Bool) {
    let calls = FileCalls(usesUnnamed: usesUnnamed)
    #expect(save(folder / "a", overwrite: overwrite, calls: calls) == nil)
    #expect(get(folder / "a") == new)
    #expect(folder.contents == ["a"])
    #expect(mode(folder / "a") & 0o600 == 0o600)
  }

  @Test func replacesOnlyWhenAllowed() {
    put(old, at: folder / "a")
    let error = save(folder / "a", overwrite: false)
    #expect(error?.kind == .exists && error?.exitCode == 73)
    #expect(error?.description.contains("--force") == true)
    #expect(get(folder / "a") == old)
    #expect(save(folder / "a") == nil)
    #expect(get(folder / "a") == new)
    #expect(folder.contents == ["a"])
  }

  @Test(arguments: [0o600, 0o644, 0o640, 0o755] as [mode_t])
  func keepsTheMode(mode wanted: mode_t) {
    put(old, at: folder / "a")
    chmod(folder / "a", wanted)
    #expect(save(folder / "a") == nil)
    #expect(mode(folder / "a") == wanted)
  }

  @Test func linksKeepPointing() {
    put(old, at: folder / "real")
    symlink("real", folder / "near")
    symlink(folder / "near", folder / "far")
    symlink("fresh", folder / "dangling")
    #expect(save(folder / "far") == nil)
    #expect(get(folder / "real") == new)
    #expect(save(folder / "dangling") == nil)
    #expect(get(folder / "fresh") == new)
    for name in ["near", "far", "dangling"] {
      var status = stat()
      #expect(lstat(folder / name, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }
    symlink("loop", folder / "loop")
    #expect(save(folder / "loop")?.kind == .cannotCreate)
  }

  @Test func placesThatCannotBeWritten() {
    mkdir(folder / "inner", 0o755)
    put(old, at: folder / "file")
    let paths = [
      folder.path, folder.path + "/", folder / "inner", folder / "none/a", folder / "file/a", "",
      "/proc/tessera", "/dev/null", "a\0b",
    ]
    for path in paths {
      #expect(save(path)?.kind == .cannotCreate, "\(path)")
      #expect(save(path, overwrite: false)?.kind == .cannotCreate, "\(path)")
    }
    #expect(folder.contents == ["file", "inner"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aFolderWithoutPermission() {
    chmod(folder.path, 0o500)
    #expect(save(folder / "a")?.kind == .cannotCreate)
    chmod(folder.path, 0o700)
    #expect(folder.contents == [])
  }

  /// Each way in which a save can fail underway.
  static let failures: [(String, FileCalls)] = [
    (
      "a full disk",
      FileCalls(write: { _, bytes, count in
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        return write(full, bytes, count)
      })
    ),
    (
      "a disk full after half",
      FileCalls(write: { descriptor, bytes, count in
        if count < 6000 {
          errno = ENOSPC
          return -1
        }
        return write(descriptor, bytes, 5000)
      })
    ),
    (
      "nothing written",
      FileCalls(write: { _, _, _ in 0 })
    ),
    (
      "a sync that fails",
      FileCalls(sync: { _ in
        errno = EIO
        return -1
      })
    ),
    (
      "a rename that fails",
      FileCalls(rename: { _, _ in
        errno = EIO
        return -1
      })
    ),
  ]

  @Test(arguments: failures.indices, [false, true])
  func aFailureLeavesTheOldFile(_ index: Int, usesUnnamed: Bool) {
    let (name, failing) = Self.failures[index]
    let calls = FileCalls(
      write: failing.write, sync: failing.sync, rename: failing.rename, usesUnnamed: usesUnnamed)
    put(old, at: folder / "a")
    let error = save(folder / "a", calls: calls)
    #expect(error?.kind == .inputOutput && error?.exitCode == 74, "\(name)")
    #expect(get(folder / "a") == old, "\(name)")
    #expect(folder.contents == ["a"], "\(name) leaves no temporary file")
  }

  @Test func aFullDiskIsNamed() {
    let error = save(folder / "a", calls: Self.failures[0].1)
    #expect(error?.problem == "could not be written (no space left on device)")
    #expect(folder.contents == [])
  }

  @Test func shortAndInterruptedWritesGoOn() {
    let turn = Counter()
    let calls = FileCalls(write: { descriptor, bytes, count in
      if turn.next() % 2 == 0 {
        errno = EINTR
        return -1
      }
      return write(descriptor, bytes, min(count, 333))
    })
    #expect(save(folder / "a", calls: calls) == nil)
    #expect(get(folder / "a") == new)
    #expect(turn.next() > 60)
  }
}

/// Counts calls: 0, 1, 2 and so on.
private final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
