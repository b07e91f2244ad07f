import Editor
import Foundation
import Journal
import Raster
import Testing

/// A folder of its own, removed with the value.
final class Scratch {
  let path = NSTemporaryDirectory() + "tessera-journal-\(UUID().uuidString)"
  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct JournalTests {
  private let header = JournalHeader(
    picture: "/a/b.png", width: 100, height: 70, digest: nil,
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

  @Test func theNewestStateOfEachTileIsRead() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1), entry(3, 2), entry(0, 7)], to: path)
    let found = try #require(JournalFolder.read(path))
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
    let found = try #require(JournalFolder.read(path))
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
    #expect(JournalFolder.read(path)?.changes == 2)
    for length in whole..<bytes.count {
      try bytes.prefix(length).write(to: URL(filePath: path))
      let found = try #require(JournalFolder.read(path))
      #expect(found.changes == 1 && found.length == whole && found.work.tiles[0].payload[0] == 1)
    }
    // Work goes on behind the last whole record.
    write([entry(5, 4)], to: path, continuing: whole)
    #expect(JournalFolder.read(path)?.work.tiles.map(\.index) == [0, 5])
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
      #expect((JournalFolder.read(path)?.changes ?? 0) < 2, "byte \(index)")
    }
  }

  @Test(arguments: ["", "tessera journal 1\n", "tessera journal 2\nxxxxxxxxxxxxxxxx", "PNG"])
  func otherFilesAreNoJournals(text: String) throws {
    let folder = try Scratch()
    try Data(text.utf8).write(to: URL(filePath: folder.path + "/x.journal"))
    #expect(JournalFolder.read(folder.path + "/x.journal") == nil)
    #expect(JournalFolder(path: folder.path).all.isEmpty)
  }

  @Test func aFreshEntryReplacesWhatWasKept() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    write([entry(0, 1), entry(2, 5, isFresh: true), entry(4, 6)], to: path)
    #expect(JournalFolder.read(path)?.work.tiles.map(\.index) == [2, 4])
    let none = JournalEntry(
      isFresh: true, tiles: [], settings: GenerationSettings(), generations: [])
    write([none], to: path, continuing: JournalFolder.read(path)?.length)
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
    nonisolated(unsafe) var lines: [String] = []
    let writer = JournalWriter(path: "/proc/none/x.journal", header: header, continuing: nil) {
      lines.append($0)
    }
    for byte in UInt8(0)..<3 { writer.append(entry(0, byte)) }
    writer.close(keeping: false)
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("/proc/none/x.journal: the journal cannot be written") == true)
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

  /// A holder that was killed leaves its file but not its lock.
  @Test func aFileWithoutAHolderIsNoObstacle() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.lock"
    try Data("process 1 on elsewhere\n".utf8).write(to: URL(filePath: path))
    _ = try PictureLock(path: path)
  }

  @Test func aFolderThatIsMissingIsSaid() {
    #expect(throws: PictureLock.Refusal.self) { _ = try PictureLock(path: "/proc/none/x.lock") }
  }
}
