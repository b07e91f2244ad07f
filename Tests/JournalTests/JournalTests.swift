import Editor
import Foundation
import Journal
import Raster
import Synchronization
import Testing

/// A folder of its own, removed with the value.
final class Scratch {
  let path = NSTemporaryDirectory() + "tessera-journal-\(UUID().uuidString)"
  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What a writer posts, in order.
final class News: Sendable {
  private let events = Mutex<[JournalEvent]>([])
  var all: [JournalEvent] { events.withLock { $0 } }
  @Sendable func note(_ event: JournalEvent) { events.withLock { $0.append(event) } }

  /// Waits for so many events, at most ten seconds.
  func wait(for count: Int) -> Bool {
    for _ in 0..<1000 where all.count < count { usleep(10_000) }
    return all.count >= count
  }
}

@Suite struct JournalTests {
  private let header = JournalHeader(
    picture: "/a/b.png", width: 200, height: 130, digest: nil,
    begun: Date(timeIntervalSince1970: 1_700_000_000))

  private func entry(_ tile: Int, _ byte: UInt8, isFresh: Bool = false) -> JournalEntry {
    var settings = GenerationSettings()
    settings.seed = UInt64(byte)
    return JournalEntry(
      isFresh: isFresh, tiles: [JournalTile(index: tile, payload: [byte, 2, 3])],
      settings: settings, generations: [])
  }

  private func write(_ entries: [JournalEntry], to path: String, continuing: Int? = nil) {
    let writer = JournalWriter(path: path, header: header, continuing: continuing) {
      Issue.record("\($0)")
    }
    for entry in entries { writer.append(entry) }
    writer.close(keeping: true)
  }

  private func read(_ path: String) -> JournalContents? {
    JournalFolder.read(path, width: header.width, height: header.height)
  }

  @Test func theNewestStateOfEachTileIsRead() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1), entry(3, 2), entry(0, 7)], to: path)
    let found = try #require(read(path))
    #expect(found.header.picture == "/a/b.png")
    #expect(found.changes == 3)
    #expect(found.work.tiles.map(\.index) == [0, 3])
    #expect(found.work.tiles.map { $0.payload[0] } == [7, 2])
    #expect(found.work.settings.seed == 7)
    #expect(found.length == (try Data(contentsOf: URL(filePath: path))).count)
  }

  /// Entries come back one by one with what the person did, and journals without notes are read.
  @Test func everyEntryIsReadWithItsNote() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    var noted = entry(3, 2)
    noted.note = .init(kind: .undo, name: "brush")
    write([entry(0, 1), noted, entry(0, 7)], to: path)
    let found = try #require(read(path))
    #expect(found.entries == [entry(0, 1), noted, entry(0, 7)])
    #expect(found.entries.map(\.note?.kind) == [nil, .undo, nil])
  }

  /// A program that is killed may leave any part of its last record.
  @Test func everyTornTailLeavesTheRecordsBefore() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1)], to: path)
    let whole = try Data(contentsOf: URL(filePath: path)).count
    write([entry(0, 9)], to: path, continuing: whole)
    let bytes = try Data(contentsOf: URL(filePath: path))
    #expect(read(path)?.changes == 2)
    for length in whole..<bytes.count {
      try bytes.prefix(length).write(to: URL(filePath: path))
      let found = try #require(read(path))
      #expect(found.changes == 1 && found.length == whole && found.work.tiles[0].payload[0] == 1)
    }
    // Work goes on behind the last whole record.
    write([entry(5, 4)], to: path, continuing: whole)
    #expect(read(path)?.work.tiles.map(\.index) == [0, 5])
  }

  @Test func anyDamagedByteEndsTheJournalThere() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1), entry(1, 2)], to: path)
    let bytes = try Data(contentsOf: URL(filePath: path))
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0x41
      try damaged.write(to: URL(filePath: path))
      #expect((read(path)?.changes ?? 0) < 2, "byte \(index)")
    }
  }

  @Test(arguments: ["", "tessera journal 1\n", "tessera journal 2\nxxxxxxxxxxxxxxxx", "PNG"])
  func otherFilesAreNoJournals(text: String) throws {
    let folder = try Scratch()
    try Data(text.utf8).write(to: URL(filePath: folder.path + "/x.journal"))
    #expect(read(folder.path + "/x.journal") == nil)
    #expect(JournalFolder(path: folder.path).all.isEmpty)
  }

  @Test func aFreshEntryReplacesWhatWasKept() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1), entry(2, 5, isFresh: true), entry(4, 6)], to: path)
    #expect(read(path)?.work.tiles.map(\.index) == [2, 4])
    let none = JournalEntry(
      isFresh: true, tiles: [], settings: GenerationSettings(), generations: [])
    write([none], to: path, continuing: read(path)?.length)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func nothingIsLeftUnlessItShallStay() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    let writer = JournalWriter(path: path, header: header, continuing: nil) { _ in }
    writer.append(entry(0, 1))
    writer.close(keeping: false)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func aPlaceThatCannotBeWrittenIsToldOnce() throws {
    let news = News()
    let writer = JournalWriter(
      path: "/proc/none/x.journal", header: header, continuing: nil, posting: news.note)
    for byte in UInt8(0)..<3 { writer.append(entry(0, byte)) }
    writer.close(keeping: false)
    #expect(news.all.count == 1)
    guard case .stopped(let line) = news.all.first else {
      Issue.record("\(news.all)")
      return
    }
    #expect(line.hasPrefix("/proc/none/x.journal: the journal cannot be written (No such file"))
  }
}

@Suite struct PictureLockTests {
  @Test func oneAtATime() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.lock"
    var lock: PictureLock? = try PictureLock(path: path)
    #expect(throws: PictureLock.Refusal.self) { _ = try PictureLock(path: path) }
    do throws(PictureLock.Refusal) {
      _ = try PictureLock(path: path)
    } catch {
      guard case .held(let holder) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(holder.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier) on "))
    }
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    _ = try PictureLock(path: path)
  }

  @Test func whatIsReleasedIsFree() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.lock"
    let first = try PictureLock(path: path)
    first.release()
    let second = try PictureLock(path: path)
    // A second release, and the end of the value, take nothing from the next holder.
    first.release()
    #expect(throws: PictureLock.Refusal.self) { _ = try PictureLock(path: path) }
    withExtendedLifetime((first, second)) {}
  }

  /// A holder that was killed leaves its file but not its lock.
  @Test func aFileWithoutAHolderIsNoObstacle() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.lock"
    try Data("process 1 on elsewhere\n".utf8).write(to: URL(filePath: path))
    _ = try PictureLock(path: path)
  }

  @Test func aPipeIsNoLock() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.lock"
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: PictureLock.Refusal.unavailable("\(path) is not an ordinary file")) {
      _ = try PictureLock(path: path)
    }
  }

  @Test func aFolderThatIsMissingIsSaid() {
    #expect(throws: PictureLock.Refusal.self) { _ = try PictureLock(path: "/proc/none/x.lock") }
  }
}
