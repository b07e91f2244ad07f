import Editor
import Foundation
import Journal
import Raster
import Testing

/// Files in the journal's place that no session wrote.
@Suite(.serialized) struct HostileJournalTests {
  private static let side = 128

  /// A valid journal of a session with strokes, results, undo and settings, and its picture.
  private static func journal(in folder: Scratch) throws -> [UInt8] {
    let path = folder.path + "/x.journal"
    let header = JournalHeader(
      picture: "/a.png", width: side, height: side, digest: nil,
      begun: Date(timeIntervalSince1970: 1_700_000_000))
    let writer = JournalWriter(path: path, header: header, continuing: nil) {
      Issue.record("\($0)")
    }
    var state = Session.fresh(side: side)
    var entries = 0
    let events =
      Session.keys(".llll.") + Session.accepted(id: 1, side: side) + Session.keys("u")
      + Session.accepted(id: 2, side: side) + Session.keys("LL.")
      + Session.accepted(id: 3, side: side) + [.journal(.wantsAll)] + Session.keys("JJ.u:seed 9")
      + [.key(.enter)] + Session.keys("m.")
    for event in events {
      for case .journal(let entry) in state.handle(event) {
        writer.append(entry)
        entries += 1
      }
    }
    #expect(entries > 9)
    writer.close(keeping: true)
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  /// Reads, offers and takes what is there, and goes on from it; whether there was anything.
  private func use(_ path: String) -> Bool {
    for found in JournalFolder(path: String(path.dropLast("/x.journal".count))).all {
      #expect(found.summary.changes >= 0)
    }
    guard let found = JournalFolder.read(path, width: Self.side, height: Self.side) else {
      return false
    }
    let fresh = Session.fresh(side: Self.side)
    // What is listed as work can be taken, and other work cannot.
    if !found.entries.isEmpty, !found.work.tiles.isEmpty {
      #expect(found.summary.isWhole == fresh.canvas.takes(found.work))
    }
    _ = fresh.canvas.takes(found.work)
    _ = fresh.canvas.wouldChange(by: found.work)
    for entries in [found.entries, []] {
      var state = fresh
      state.offer(Recovery(work: found.work, entries: entries, description: "of today"))
      for event in Session.keys("y") + [.key(.enter)] + Session.keys("aD:seed 4") {
        for case .generate(let request) in state.handle(event) {
          #expect(request.settings.isSound)
        }
      }
      #expect(state.settings.isSound)
      #expect(state.canvas.generations.allSatisfy { $0.isSound })
      _ = Editor.draw(state)
      _ = state.handle(.journal(.wantsAll))
      while state.canvas.undo() != nil {}
      while state.canvas.redo() != nil {}
      #expect(state.canvas.original.samples.count == fresh.canvas.original.samples.count)
      #expect(state.canvas.touchedCount == state.canvas.touched.values.count { $0 != 0 })
    }
    return !found.entries.isEmpty
  }

  /// Thousands of changed journals whose checksums are right all the same.
  @Test(arguments: [UInt64(1), 2, 3, 4]) func mutations(seed: UInt64) throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    let whole = JournalBytes(try Self.journal(in: folder))
    #expect(use(path))
    var random = Seeded(seed)
    var (used, largest) = (0, 0)
    let before = Session.peakMemory
    for _ in 0..<800 {
      var changed = whole
      for _ in 0...Int.random(in: 0...2, using: &random) { changed.mutate(&random) }
      let bytes = changed.bytes
      largest = max(largest, bytes.count)
      try Data(bytes).write(to: URL(filePath: path))
      if use(path) { used += 1 }
    }
    // Some are still of use, and some must be refused from the first record on.
    #expect(used > 200 && used < 790, "\(used)")
    #expect(Session.peakMemory - before < 400 << 20, "for \(largest) bytes")
  }

  /// What lies under the journal's name may be anything; nothing is waited for, nothing is read that
  /// does not end.
  @Test(arguments: [
    "mkfifo x.journal", "mkdir x.journal", "ln -s /dev/zero x.journal", "mv j k; ln -s k x.journal",
    ": > x.journal", "mknod x.journal c 1 5 || :", "truncate -s 1T x.journal",
    "ln -s x.journal x.journal",
  ])
  func notAFile(command: String) throws {
    let folder = try Scratch()
    _ = try Self.journal(in: folder)
    let path = folder.path + "/x.journal"
    try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/j")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(filePath: folder.path)
    try process.run()
    process.waitUntilExit()
    #expect(JournalFolder.read(path, width: Self.side, height: Self.side) == nil)
    #expect(JournalFolder(path: folder.path).all.isEmpty)
    JournalFolder.putAside(path)
    var status = stat()
    #expect(lstat(path, &status) != 0)
  }

  /// A writer puts an ordinary file in the place of whatever is there, and touches nothing behind it.
  @Test func aLinkIsReplacedNotFollowed() throws {
    let folder = try Scratch()
    let (path, other) = (folder.path + "/x.journal", folder.path + "/other")
    try Data("mine".utf8).write(to: URL(filePath: other))
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
    let bytes = try Self.journal(in: folder)
    #expect(!bytes.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: other)) == Data("mine".utf8))
    #expect(JournalFolder.read(path, width: Self.side, height: Self.side) != nil)
  }

  /// Sizes in the header that no picture has, dates and paths that are none.
  @Test(arguments: [
    "width=0", "width=-1", "width=9223372036854775807", "height=1073741824", "begun=\"x\"",
    "begun=\"-9999-01-01T00:00:00Z\"", "picture=\"a.png\"", "picture=\"\"", "picture=7",
    "height=null",
  ])
  func headersOfNoPicture(field: String) throws {
    let folder = try Scratch()
    var journal = JournalBytes(try Self.journal(in: folder))
    let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
    var fields = [
      "picture": "\"/a.png\"", "width": "128", "height": "128", "begun": "\"2026-01-01T00:00:00Z\"",
    ]
    func write() throws {
      let json = fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
      journal.payloads[0] = Array("{\(json)}".utf8)
      try Data(journal.bytes).write(to: URL(filePath: folder.path + "/x.journal"))
    }
    try write()
    #expect(JournalFolder(path: folder.path).all.count == 1)
    fields[parts[0]] = parts[1]
    try write()
    #expect(JournalFolder(path: folder.path).all.isEmpty)
  }

  /// A journal as earlier versions wrote it, with all runs in every record.
  @Test func earlierJournalsAreRead() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    var journal = JournalBytes(try Self.journal(in: folder))
    let runs = try #require(
      JournalFolder.read(path, width: Self.side, height: Self.side)?.work.generations)
    #expect(runs.count == 2)
    let json = String(decoding: try JSONEncoder().encode(runs), as: UTF8.self)
    let tile = JournalTile(index: 1, payload: [UInt8](repeating: 0, count: 1 + 3 * 512))
    journal.payloads = [journal.payloads[0]]
    for count in 1...2 {
      let all = count == 1 ? "[]" : json
      let facts = Array("{\"settings\":{\"mode\":\"dense\"},\"generations\":\(all)}".utf8)
      journal.payloads.append(
        JournalBytes.number(facts.count) + facts + JournalBytes.number(1)
          + JournalBytes.number(tile.index) + JournalBytes.number(tile.payload.count)
          + tile.payload)
    }
    try Data(journal.bytes).write(to: URL(filePath: path))
    let found = try #require(JournalFolder.read(path, width: Self.side, height: Self.side))
    #expect(found.changes == 2)
    #expect(found.work.generations == runs)
    #expect(found.work.settings.mode == .dense)
    #expect(use(path))
  }
}

/// A journal's records, to be changed and put together again with right checksums.
struct JournalBytes {
  var payloads: [[UInt8]] = []
  private var isTorn = false
  private static let mark = Array("tessera journal 1\n".utf8)

  init(_ bytes: [UInt8]) {
    var rest = bytes.dropFirst(Self.mark.count)
    while rest.count >= 8 {
      let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      payloads.append(Array(rest.dropFirst(4).prefix(size)))
      rest = rest.dropFirst(size + 8)
    }
  }

  static func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// CRC-32C, bit by bit, so that it does not share the program's mistakes.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  var bytes: [UInt8] {
    var result = Self.mark
    for payload in payloads {
      let record = Self.number(payload.count) + payload
      let sum = ~record.reduce(~UInt32(0)) { $0 >> 8 ^ Self.table[Int(UInt8($0 & 255) ^ $1)] }
      result += record + Self.number(Int(sum))
    }
    return isTorn ? Array(result.dropLast(5)) : result
  }

  private static let numbers = [
    "-1", "0", "65", "1e300", "-1e300", "9223372036854775807", "-9223372036854775808", "1e-320",
    "18446744073709551616", "null", "true", "\"x\"", "[[[[[[[[", "{}", "0.5", "4294967296", "63",
    "129",
  ]

  mutating func mutate(_ random: inout some RandomNumberGenerator) {
    guard let index = payloads.indices.randomElement(using: &random) else { return }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: payloads.remove(at: index)
    case 1:
      payloads.insert(payloads[index], at: payloads.indices.randomElement(using: &random) ?? 0)
    case 2: isTorn = true
    case 3..<5:
      guard let at = payloads[index].indices.randomElement(using: &random) else { return }
      payloads[index][at] = .random(in: 0...255, using: &random)
    case 5:
      payloads[index].removeLast(min(payloads[index].count, .random(in: 1...9, using: &random)))
    case 6: mutateField(of: index, &random)
    default: mutateJSON(of: index, &random)
    }
  }

  /// Another number where a length, a count or a tile's number stands.
  private mutating func mutateField(of index: Int, _ random: inout some RandomNumberGenerator) {
    let payload = payloads[index]
    guard index > 0, payload.count > 12 else { return }
    let json = payload.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let at = [0, 4 + json, 8 + json, 12 + json].randomElement(using: &random) ?? 0
    guard at + 4 <= payload.count else { return }
    let value = [0, 1, 2, 5, 0x7FFF_FFFF, 0xFFFF_FFFF, payload.count].randomElement(using: &random)
    payloads[index].replaceSubrange(at..<at + 4, with: Self.number(value ?? 0))
  }

  /// Another value where a number stands in the JSON, with the right length before it.
  private mutating func mutateJSON(of index: Int, _ random: inout some RandomNumberGenerator) {
    let payload = payloads[index]
    let start = index == 0 ? 0 : 4
    guard payload.count > start else { return }
    let count =
      index == 0 ? payload.count : payload.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= payload.count - start else { return }
    var json = String(decoding: payload[start..<start + count], as: UTF8.self)
    let places = json.matches(of: /:(-?[0-9][0-9.e+-]*)/).map {
      $0.output.1.startIndex..<$0.output.1.endIndex
    }
    guard let place = places.randomElement(using: &random) else { return }
    json.replaceSubrange(place, with: Self.numbers.randomElement(using: &random) ?? "0")
    let text = Array(json.utf8)
    payloads[index] =
      (index == 0 ? [] : Self.number(text.count)) + text + payload[(start + count)...]
  }
}
