import Editor
import Foundation
import Raster
import Testing

/// What is kept for the case of a crash, and that it brings the work back.
@Suite struct JournalingTests {
  static let blank = Array(repeating: String(repeating: ".", count: 70), count: 66)
    .joined(separator: "\n")

  private func editor() -> EditorState {
    var state = EditorState.tiny(Self.blank)
    state.keepJournal()
    return state
  }

  private func entries(_ effects: [Effect]) -> [JournalEntry] {
    effects.compactMap { if case .journal(let entry) = $0 { entry } else { nil } }
  }

  /// All that a journal would hold after `entries`, newest tiles last.
  private func work(_ entries: [JournalEntry]) -> JournalEntry? {
    entries.isEmpty ? nil : JournalEntry.merged(entries)
  }

  /// Keys, whether a run is answered at "!", and how many entries they make.
  @Test(arguments: [
    (".", 1), ("", 0), ("l", 0), (".l.", 2), (".u", 2), (".u<C-r>", 3), (" lll ", 2),
    (".:seed 9<Enter>", 2), (":seed 9<Enter>", 0), (".<Enter>!a", 2), (".<Enter>!au", 3),
    ("f.", 1), ("m.", 1), ("E.", 1), ("I.", 1), (":material brick<Enter>.", 1), (".EL.Iu.", 4),
    (".:set edges=smooth<Enter>P", 3), (".:restore<Enter>", 2), (":mask invert<Enter>", 1),
  ])
  func everyChangeIsKeptAndComesBack(keys: String, count: Int) throws {
    try expectBack(keys, count, isWhole: true)
    try expectBack(keys, count, isWhole: false)
  }

  /// Work comes back as one step where nothing is known of its steps, else step by step.
  private func expectBack(_ keys: String, _ count: Int, isWhole: Bool) throws {
    var state = editor()
    var kept: [JournalEntry] = []
    for part in keys.split(separator: "!", omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 { state.answer(id: 1, width: 66) }
      kept += entries(state.type(String(part.element)))
    }
    #expect(kept.count == count)
    guard let work = work(kept) else { return }
    var other = editor()
    other.offer(Recovery(work: work, entries: isWhole ? [] : kept, description: ""))
    #expect(entries(other.type("y")).isEmpty)
    #expect(other.canvas.edited == state.canvas.edited)
    #expect(other.canvas.original == state.canvas.original)
    #expect(other.canvas.touched == state.canvas.touched)
    #expect(other.canvas.mask == state.canvas.mask)
    #expect(other.canvas.generations == state.canvas.generations)
    #expect(other.settings == state.settings)
    // Work goes on from there: every step has its name.
    #expect(other.canvas.history.undoCount == (isWhole ? 1 : state.canvas.history.undoCount))
    while other.canvas.history.undoCount > 0 {
      other.type("u")
      state.type("u")
      let said = isWhole ? "undid recovery" : state.message?.text
      #expect(other.message?.text == said, "\(keys)")
    }
    #expect(other.canvas.edited == editor().canvas.edited)
    #expect(other.canvas.original == editor().canvas.original)
    #expect(other.canvas.touchedCount == 0)
  }

  /// What an entry that begins anew holds and what comes after it makes the same canvas, whatever is
  /// taken back then.
  @Test(arguments: [".", ".lll.", ".<Enter>!a", ".<Enter>!aLL.u", ".<Enter>!au", "f.LLf.", ""])
  func beginningAnewKeepsEverything(keys: String) throws {
    for after in ["", "u", "uu", "LL.", "LL.u", "uLL.", "u<C-r>", "LL.<Enter>!a"] {
      var state = editor()
      var kept: [JournalEntry] = []
      var id = 0
      func play(_ keys: String) {
        for part in keys.split(separator: "!", omittingEmptySubsequences: false).enumerated() {
          if part.offset > 0 {
            id += 1
            state.answer(id: id, width: 66)
          }
          kept += entries(state.type(String(part.element)))
        }
      }
      play(keys)
      let all = entries(state.handle(.journal(.wantsAll)))
      #expect(all.count == 1 && all[0].isFresh && all[0].keptRuns == 0)
      kept = all
      play(after)
      var other = editor()
      other.offer(Recovery(work: try #require(work(kept)), entries: kept, description: ""))
      other.type("y")
      #expect(other.canvas.edited == state.canvas.edited, "\(keys) \(after)")
      #expect(other.canvas.original == state.canvas.original, "\(keys) \(after)")
      #expect(other.canvas.touched == state.canvas.touched, "\(keys) \(after)")
      #expect(other.canvas.generations == state.canvas.generations, "\(keys) \(after)")
    }
  }

  /// Every accepted run is written once, however many there are.
  @Test func runsAreWrittenOnce() {
    var state = editor()
    var kept: [JournalEntry] = []
    for id in 1...40 {
      kept += entries(state.type(".<Enter>"))
      state.answer(id: id, width: 66)
      kept += entries(state.type("al"))
    }
    #expect(state.canvas.generations.count == 40)
    #expect(kept.map(\.generations.count).reduce(0, +) == 40)
    #expect(JournalEntry.merged(kept)?.generations == state.canvas.generations)
  }

  /// That nothing is kept stays on the screen until it is kept again; nothing else stops.
  @Test(arguments: [(100, 30, "SPARSE  NO JOURNAL"), (40, 10, "SPARSE  NO JOURNAL")])
  func thatNothingIsKeptStaysOnTheScreen(columns: Int, rows: Int, label: String) {
    var state = editor()
    _ = state.handle(.resize(columns: columns, rows: rows))
    func screen() -> String {
      let drawn = Editor.draw(state)
      return (0..<rows).map { drawn.text(row: $0) }.joined(separator: "\n")
    }
    state.type(".")
    #expect(!screen().contains("NO JOURNAL"))
    _ = state.handle(.journal(.stopped(message: "x: is full")))
    #expect(screen().contains("x: is full; save soon"))
    state.type("lll.")
    _ = state.handle(.tick(milliseconds: 1_000_000))
    #expect(screen().contains(label), "\(screen())")
    // Nor does hiding the bars hide it.
    state.type("\\")
    _ = state.handle(.tick(milliseconds: 2_000_000))
    #expect(screen().contains("NO JOURNAL"), "\(screen())")
    state.type("\\")
    // A second failure says nothing more.
    state.type("l")
    _ = state.handle(.journal(.stopped(message: "again")))
    #expect(!screen().contains("again"))
    let all = entries(state.handle(.journal(.wantsAll)))
    #expect(all.first?.isFresh == true && all.first?.tiles.isEmpty == false)
    #expect(screen().contains("NO JOURNAL"))
    _ = state.handle(.journal(.resumed))
    #expect(!screen().contains("NO JOURNAL") && screen().contains("kept again"))
    #expect(entries(state.type("L.")).count == 1)
  }

  /// Work that was found is not written over before the person has decided.
  @Test func foundWorkIsNotReplacedUnasked() {
    var state = editor()
    let none = JournalEntry(tiles: [], settings: GenerationSettings(), generations: [])
    state.offer(Recovery(work: none, description: ""))
    #expect(entries(state.handle(.journal(.wantsAll))).isEmpty)
  }

  /// Settings that no one can choose, areas outside the picture, numbers that no run has.
  @Test(arguments: [
    "steps=0", "steps=-1", "steps=9223372036854775807", "strength=0", "strength=-1",
    "strength=1.5", "strength=1e300", "feather=-1", "feather=65", "feather=9223372036854775807",
    "grow=-9223372036854775808", "grow=65", "melt=-1", "melt=9223372036854775807", "steps=1e30",
    "seed=-1", "mode=\"none\"",
  ])
  func settingsOutOfTheirRangesAreNone(setting: String) throws {
    let parts = setting.split(separator: "=").map(String.init)
    var fields = ["mode": "\"sparse\"", "strength": "1", "steps": "2", "seed": "1"]
    fields[parts[0]] = parts[1]
    let json = "{" + fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(GenerationSettings.self, from: Data(json.utf8))
    }
  }

  /// Settings as versions without melting, texture and edges wrote them, and with all that there is.
  @Test func settingsOfEarlierVersionsAreRead() throws {
    var settings = GenerationSettings()
    (settings.mode, settings.strength, settings.steps, settings.seed) = (.dense, 0.5, 20, 7)
    (settings.scheme, settings.feather, settings.grow) = (.displaced, 9, 3)
    let earlier = """
      {"mode":"dense","scheme":"displaced","strength":0.5,"steps":20,"seed":7,"feather":9,"grow":3}
      """
    let read = try JSONDecoder().decode(GenerationSettings.self, from: Data(earlier.utf8))
    #expect(read == settings)
    (settings.melt, settings.texture, settings.edges) = (2, .off, .smooth)
    let written = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(GenerationSettings.self, from: written) == settings)
  }

  @Test func anOpenStrokeIsKeptEverySecond() {
    var state = editor()
    var times: [Int] = []
    state.type(" ")
    for time in stride(from: 0, through: 3000, by: 100) {
      var effects = state.handle(.tick(milliseconds: time))
      effects += state.type("l")
      if !entries(effects).isEmpty { times.append(time) }
    }
    #expect(times.count == 3)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 1000 })
    // A pen that stays down but moves no more is waited for no longer than that.
    #expect(state.isJournalDue == !entries(state.handle(.tick(milliseconds: 9000))).isEmpty)
    #expect(!state.isJournalDue)
  }

  @Test func savingTheFileBeginsAnew() throws {
    var state = editor()
    var kept = entries(state.type("."))
    let request = try #require(state.type(":w!<Enter>").first?.saved)
    let saved = state.content(.picture)
    kept += entries(state.handle(.file(.saved(request))))
    #expect(kept.last?.isFresh == true)
    kept += entries(state.type("LL."))
    // The file now holds the first dot: what is kept has to fit that.
    var other = EditorState(picture: saved, name: "tiny.png")
    other.keepJournal()
    other.offer(Recovery(work: try #require(work(kept)), description: ""))
    other.type("y")
    #expect(other.canvas.edited == state.canvas.edited)
    #expect(other.canvas.original == state.canvas.original)
    #expect(other.canvas.touched == state.canvas.touched)
  }

  @Test func savingElsewhereDoesNot() throws {
    var state = editor()
    state.type(".")
    guard case .save(let request) = try #require(state.type(":w b.png<Enter>").first) else {
      return
    }
    #expect(entries(state.handle(.file(.saved(request)))).isEmpty)
  }

  /// Giving work up is asked about once more.
  @Test(arguments: [
    ("n", 0, true), ("ny", 1, false), ("nn", 0, true), ("n<Esc>", 0, true), ("nx", 0, true),
    ("q", 0, true), ("<Esc>", 0, true), ("x", 0, true),
  ])
  func theQuestion(key: String, fresh: Int, isOpen: Bool) {
    var state = editor()
    let none = JournalEntry(tiles: [], settings: GenerationSettings(), generations: [])
    state.offer(Recovery(work: none, description: "of today (1 change)"))
    #expect(Editor.draw(state).text(row: state.rows - 1).contains("unsaved work of today"))
    let effects = state.type(key)
    #expect(entries(effects).filter(\.isFresh).count == fresh)
    #expect(state.isRecoveryOpen == isOpen)
    #expect(effects.contains(.quit) == (key == "q"))
  }

  /// Whatever a journal holds, nothing traps, and what does not fit changes nothing.
  @Test func damagedTilesChangeNothing() {
    var random = Seeded(5)
    var state = editor()
    let whole = entries(state.type("."))[0]
    for _ in 0..<300 {
      var tile = whole.tiles[0]
      tile.index = .random(in: -1...5, using: &random)
      let cut = Int.random(in: 0...tile.payload.count, using: &random)
      tile.payload = Array(tile.payload.prefix(cut))
      for _ in 0..<2 where !tile.payload.isEmpty {
        let at = Int.random(in: 0..<min(600, tile.payload.count), using: &random)
        tile.payload[at] = .random(in: 0...255, using: &random)
      }
      var other = editor()
      let work = JournalEntry(tiles: [tile], settings: GenerationSettings(), generations: [])
      if other.canvas.recover(work) == nil {
        #expect(other.canvas.edited == editor().canvas.edited)
      } else {
        #expect(other.canvas.edited.samples.count == state.canvas.edited.samples.count)
      }
    }
  }
}
