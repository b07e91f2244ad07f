import Editor
import Foundation
import Journal
import Raster
import Testing

/// A disk that is full for a while, journals that grow, and whose they are.
@Suite(.serialized) struct JournalRoomTests {
  private static let header = JournalHeader(
    picture: "/a/b.png", width: 200, height: 130, digest: nil,
    begun: Date(timeIntervalSince1970: 1_700_000_000))

  private static func entry(_ tile: Int, _ byte: UInt8, isFresh: Bool = false) -> JournalEntry {
    JournalEntry(
      isFresh: isFresh, tiles: [JournalTile(index: tile, payload: [byte, 2, 3])],
      settings: GenerationSettings(), generations: [])
  }

  private static func states(_ path: String) -> [Int: UInt8] {
    let found = JournalFolder.read(path, width: header.width, height: header.height)
    let tiles = found?.work.tiles ?? []
    return Dictionary(uniqueKeysWithValues: tiles.map { ($0.index, $0.payload[0]) })
  }

  private static func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// A limit on the sizes of files is a disk that is full, and raised it is one with room again.
  private static func limitFiles(to bytes: Int?) {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    getrlimit(files, &limit)
    limit.rlim_cur = bytes.map { rlim_t($0) } ?? limit.rlim_max
    setrlimit(files, &limit)
  }

  @Test func itGoesOnByItselfOnceThereIsRoom() async throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      let news = News()
      let writer = JournalWriter(
        path: path, header: Self.header, continuing: nil, posting: news.note)
      writer.append(Self.entry(0, 1))
      for _ in 0..<500 where Self.size(path) == 0 { usleep(10_000) }
      Self.limitFiles(to: Self.size(path) - 10)
      writer.append(Self.entry(1, 2))
      #expect(news.wait(for: 1))
      writer.append(Self.entry(2, 3))
      usleep(2_500_000)
      // What was kept is there and whole; half a record is not. It is said once.
      #expect(Self.states(path) == [0: 1])
      #expect(news.all.count == 1)
      guard case .stopped(let line) = news.all.first else { exit(1) }
      #expect(line.hasSuffix("the journal cannot be written (File too large)"))
      // An attempt that fails too is no news.
      writer.append(Self.entry(0, 4, isFresh: true))
      usleep(200_000)
      Self.limitFiles(to: nil)
      #expect(news.wait(for: 2))
      #expect(news.all.last == .wantsAll)
      writer.append(Self.entry(0, 5, isFresh: true))
      writer.append(Self.entry(1, 6))
      #expect(news.wait(for: 3))
      writer.close(keeping: true)
      #expect(news.all.last == .resumed)
      #expect(Self.states(path) == [0: 5, 1: 6])
      exit(0)
    }
    #expect(Self.states(path) == [0: 5, 1: 6])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.journal"])
  }

  /// A journal whose file somebody deletes, or whose whole folder, is made anew.
  @Test func whatIsDeletedIsMadeAnew() throws {
    let folder = try Scratch()
    let path = folder.path + "/in/x.journal"
    try JournalFolder(path: folder.path + "/in").make()
    let news = News()
    let writer = JournalWriter(
      path: path, header: Self.header, continuing: nil, posting: news.note)
    writer.append(Self.entry(0, 1))
    for _ in 0..<500 where Self.size(path) == 0 { usleep(10_000) }
    try FileManager.default.removeItem(atPath: folder.path + "/in")
    writer.append(Self.entry(1, 2))
    #expect(news.wait(for: 2))
    #expect(news.all.last == .wantsAll)
    writer.append(Self.entry(0, 5, isFresh: true))
    writer.close(keeping: true)
    #expect(Self.states(path) == [0: 5])
  }

  /// What sixty accepted results add is no more than what the sixty before added.
  @Test func acceptedResultsAddUp() throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    let side = 128
    let header = JournalHeader(
      picture: "/a.png", width: side, height: side, digest: nil, begun: Date())
    let news = News()
    var writer = JournalWriter(path: path, header: header, continuing: nil, posting: news.note)
    var state = EditorState(
      picture: RGBA8(width: side, height: side, filledWith: (9, 9, 9, 255)), name: "a.png")
    state.keepJournal()
    var sizes = [0]
    for id in 1...180 {
      for event in Session.accepted(id: id, side: side) {
        for case .journal(let entry) in state.handle(event) { writer.append(entry) }
      }
      guard id % 60 == 0 else { continue }
      writer.close(keeping: true)
      sizes.append(Self.size(path))
      writer = JournalWriter(
        path: path, header: header, continuing: sizes.last, posting: news.note)
    }
    #expect(news.all.isEmpty)
    #expect(state.canvas.generations.count == 180)
    let added = zip(sizes.dropFirst(), sizes).map(-)
    #expect(Double(added[2]) < 1.05 * Double(added[0]), "\(added)")
    let found = try #require(JournalFolder.read(path, width: side, height: side))
    #expect(found.work.generations == state.canvas.generations)
  }

  /// Beyond some bytes or records everything is asked for anew, once, and that takes the place of all.
  @Test(arguments: [(34_000, 500), (10, 10_100)])
  func aLargeJournalIsBegunAnew(bytes: Int, count: Int) throws {
    let folder = try Scratch()
    let path = folder.path + "/x.journal"
    let news = News()
    let writer = JournalWriter(
      path: path, header: Self.header, continuing: nil, posting: news.note)
    let payload = [UInt8](repeating: 7, count: bytes)
    for _ in 0..<count {
      writer.append(
        JournalEntry(
          tiles: (0..<(bytes > 10 ? 6 : 1)).map { JournalTile(index: $0, payload: payload) },
          settings: GenerationSettings(), generations: []))
    }
    #expect(news.wait(for: 1))
    writer.append(Self.entry(3, 4, isFresh: true))
    writer.append(Self.entry(4, 5))
    writer.close(keeping: true)
    #expect(news.all == [.wantsAll])
    #expect(Self.states(path) == [3: 4, 4: 5])
    #expect(Self.size(path) < 2000)
  }

  /// Whatever the umask, and whatever earlier versions left, a journal is its user's alone.
  @Test func nobodyElseReadsIt() throws {
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    let scratch = try Scratch()
    let folder = JournalFolder(path: scratch.path + "/journal")
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])
    try folder.make()
    #expect(try mode(folder.path) == 0o700)
    let path = folder.path + "/x.journal"
    func write(continuing length: Int?) {
      let writer = JournalWriter(path: path, header: Self.header, continuing: length) {
        Issue.record("\($0)")
      }
      writer.append(Self.entry(0, 1))
      writer.close(keeping: true)
    }
    write(continuing: nil)
    #expect(try mode(path) == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    write(continuing: Self.size(path))
    #expect(try mode(path) == 0o600)
  }
}
