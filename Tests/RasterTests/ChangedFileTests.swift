import Files
import Glibc
import Raster
import Testing

/// Saves over files that another program may have changed since they were read or saved.
@Suite struct ChangedFileTests {
  private let folder = TemporaryFolder()
  private let old: [UInt8] = Array("what was read".utf8)
  private let new: [UInt8] = Array("what is saved".utf8)
  /// As long as `old`, so that the size tells nothing.
  private let other: [UInt8] = Array("of others 123".utf8)

  private func save(_ stamp: FileStamp, calls: FileCalls = .system) -> PictureError? {
    pictureError { () throws(PictureError) in
      _ = try AtomicFile.write(new, to: folder / "a", replacing: .only(stamp), calls: calls)
    }
  }

  /// Sets a file's times, or gives it those of another.
  private func setTimes(_ path: String, like status: stat) {
    let times = [status.st_atim, status.st_mtim]
    #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
  }

  /// What another program does, and whether that is a change.
  @Test(arguments: [
    ("nothing", false), ("written again with the same bytes", false), ("touched", false),
    ("replaced by a copy", false), ("removed", false), ("written at once", true),
    ("written with the old times", true), ("replaced", true),
    ("replaced with the old times", true), ("grown", true), ("cut", true), ("emptied", true),
  ])
  func changes(how: String, isChange: Bool) throws {
    put(old, at: folder / "a")
    let stamp = try #require(FileStamp(of: folder / "a"))
    let before = try #require(FileSystem.status(folder / "a"))
    switch how {
    case "written again with the same bytes": put(old, at: folder / "a")
    case "touched": utimensat(AT_FDCWD, folder / "a", nil, 0)
    case "removed": unlink(folder / "a")
    case "written at once": put(other, at: folder / "a")
    case "written with the old times":
      put(other, at: folder / "a")
      setTimes(folder / "a", like: before)
    case "replaced by a copy", "replaced", "replaced with the old times":
      put(how == "replaced by a copy" ? old : other, at: folder / "b")
      if how.hasSuffix("times") { setTimes(folder / "b", like: before) }
      rename(folder / "b", folder / "a")
    case "grown": put(old + [1], at: folder / "a")
    case "cut": truncate(folder / "a", 5)
    case "emptied": put([], at: folder / "a")
    default: break
    }
    let theirs = get(folder / "a")
    let error = save(stamp)
    #expect(error?.kind == (isChange ? .changed : nil))
    #expect(get(folder / "a") == (isChange ? theirs : new))
    #expect(folder.contents == ["a"])
  }

  /// What a save tells of its file is what the next one needs.
  @Test func oneSaveAfterTheOther() throws {
    var stamp = try AtomicFile.write(old, to: folder / "a", replacing: .never).stamp
    for _ in 0..<3 {
      stamp = try AtomicFile.write(new, to: folder / "a", replacing: .only(stamp)).stamp
    }
    put(other, at: folder / "a")
    #expect(save(stamp)?.kind == .changed && get(folder / "a") == other)
  }

  /// A change while the new bytes are on their way to the disk.
  @Test(arguments: [false, true])
  func aChangeDuringTheSave(usesUnnamed: Bool) throws {
    put(old, at: folder / "a")
    let stamp = try #require(FileStamp(of: folder / "a"))
    let (path, other) = (folder / "a", other)
    let calls = FileCalls(
      sync: {
        put(other, at: path)
        return fsync($0)
      }, usesUnnamed: usesUnnamed)
    #expect(save(stamp, calls: calls)?.kind == .changed)
    #expect(get(folder / "a") == other && folder.contents == ["a"])
  }

  /// A file that comes during the save is not replaced either.
  @Test(arguments: [false, true])
  func aFileThatComesDuringTheSave(usesUnnamed: Bool) {
    let (path, other) = (folder / "a", other)
    let calls = FileCalls(
      sync: {
        put(other, at: path)
        return fsync($0)
      }, usesUnnamed: usesUnnamed)
    let error = pictureError { () throws(PictureError) in
      _ = try AtomicFile.write(new, to: path, replacing: .never, calls: calls)
    }
    #expect(error?.kind == .exists && get(path) == other && folder.contents == ["a"])
  }

  /// A link that points elsewhere since leads to a file nobody has agreed to.
  @Test func aLinkThatPointsElsewhere() throws {
    put(old, at: folder / "real")
    put(other, at: folder / "another")
    symlink("real", folder / "a")
    let stamp = try #require(FileStamp(of: folder / "a"))
    unlink(folder / "a")
    symlink("another", folder / "a")
    #expect(save(stamp)?.kind == .changed)
    #expect(get(folder / "another") == other && get(folder / "real") == old)
  }
}
