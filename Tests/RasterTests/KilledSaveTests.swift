import Glibc
import Raster
import Testing

/// A save of a process that ends by a signal at some moment of it.
@Suite(.serialized) struct KilledSaveTests {
  /// Where in a save the signal comes.
  enum Moment: String, Codable, CaseIterable {
    case firstWrite, lateWrite, sync, beforeRename, afterRename
  }

  private static let old = [UInt8](repeating: 7, count: 50_000)
  private static let new = [UInt8](repeating: 9, count: 60_000)

  /// The calls of a save that ends its process.
  private static func calls(_ moment: Moment, _ number: Int32, _ usesUnnamed: Bool) -> FileCalls {
    @Sendable func fall(at other: Moment) { if moment == other { raise(number) } }
    return FileCalls(
      write: { descriptor, bytes, count in
        fall(at: count == new.count ? .firstWrite : count < 9000 ? .lateWrite : .sync)
        return write(descriptor, bytes, min(count, 8000))
      },
      sync: {
        fall(at: .sync)
        return fsync($0)
      },
      rename: { from, to in
        fall(at: .beforeRename)
        defer { fall(at: .afterRename) }
        return rename(from, to)
      }, usesUnnamed: usesUnnamed)
  }

  /// A test's process has most signals blocked, as it comes from a pool of threads.
  private static func takeSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
  }

  /// Ends a process in the middle of a save over `path`.
  private func kill(_ path: String, _ moment: Moment, _ number: Int32, _ usesUnnamed: Bool) async {
    let name = moment.rawValue
    await #expect(processExitsWith: .signal(number)) {
      [
        path = path as String, name = name as String, number = number as Int32,
        usesUnnamed = usesUnnamed as Bool
      ] in
      let moment = try #require(Moment(rawValue: name))
      Self.takeSignals()
      _ = try AtomicFile.write(
        Self.new, to: path, replacing: .always, calls: Self.calls(moment, number, usesUnnamed))
    }
  }

  @Test(arguments: Moment.allCases, [SIGTERM, SIGHUP, SIGKILL])
  func leavesOneFileOrTheOther(moment: Moment, number: Int32) async throws {
    for usesUnnamed in [false, true] {
      let folder = TemporaryFolder()
      put(Self.old, at: folder / "a")
      await kill(folder / "a", moment, number, usesUnnamed)
      let isWhole = get(folder / "a") == (moment == .afterRename ? Self.new : Self.old)
      #expect(isWhole)
      let mayStay = number == SIGKILL && moment != .afterRename
      // Without a name nothing stays, but in the moment before it takes the other's place.
      let stays = mayStay && (!usesUnnamed || moment == .beforeRename)
      #expect(folder.contents.count == (stays ? 2 : 1), "\(folder.contents) \(usesUnnamed)")
      _ = try AtomicFile.write(Self.old, to: folder / "b", overwrite: false)
      #expect(folder.contents == ["a", "b"], "the next save removes what is left")
    }
  }

  /// What somebody still writes is not taken for a leftover, nor is what only has such a name.
  @Test func removesNothingElse() throws {
    let folder = TemporaryFolder()
    let (inner, path) = (folder / "b", folder / "a")
    let calls = FileCalls(
      sync: { descriptor in
        _ = try? AtomicFile.write([1], to: inner, overwrite: true)
        return fsync(descriptor)
      }, usesUnnamed: false)
    symlink("/etc/passwd", folder / ".tessera-link.tmp")
    mkdir(folder / ".tessera-folder.tmp", 0o700)
    mkfifo(folder / ".tessera-pipe.tmp", 0o600)
    put([1], at: folder / ".tessera-other")
    _ = try AtomicFile.write(Self.new, to: path, replacing: .always, calls: calls)
    let isSaved = get(path) == Self.new
    #expect(isSaved && get(inner) == [1])
    #expect(
      folder.contents == [
        ".tessera-folder.tmp", ".tessera-link.tmp", ".tessera-other", ".tessera-pipe.tmp", "a", "b",
      ])
  }

  /// A signal that somebody catches, and does not end by, disturbs no save.
  @Test func aSignalThatIsCaughtDisturbsNothing() async {
    await #expect(processExitsWith: .success) {
      Self.takeSignals()
      let folder = TemporaryFolder()
      signal(SIGINT) { _ in }
      signal(SIGHUP, SIG_IGN)
      for number in [SIGINT, SIGHUP] {
        _ = try AtomicFile.write(
          Self.new, to: folder / "a", replacing: .always, calls: Self.calls(.sync, number, false))
        let isSaved = get(folder / "a") == Self.new
        #expect(isSaved && folder.contents == ["a"])
      }
    }
  }

  /// Handlers are as before once a save is over, and somebody's own is called after ours.
  @Test func theSignalGoesOnToWhoeverHadIt() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Self.takeSignals()
      let folder = TemporaryFolder()
      signal(SIGTERM) { _ in _exit(42) }
      _ = try AtomicFile.write([1], to: folder / "b", overwrite: true)
      _ = try AtomicFile.write(
        Self.new, to: folder / "a", replacing: .always, calls: Self.calls(.sync, SIGTERM, false))
    }
  }
}
