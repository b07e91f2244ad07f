import Editor
import Foundation
import Raster
import Testing

/// What paint is to become: kept with every stroke, told to the engine, kept by the journal.
@Suite struct KindTests {
  static let blank = "......\n......\n......\n......"

  /// Kinds as letters: what is colour, erased, finished, of a material by its first letter.
  static func text(_ kinds: Mask) -> String {
    (0..<kinds.height).map { y in
      String(
        (0..<kinds.width).map { x -> Character in
          let byte = kinds.values[y * kinds.width + x]
          guard byte != 0 else { return "." }
          switch PaintKind(rawValue: byte) {
          case .color: return "c"
          case .erasure: return "e"
          case .finished: return "f"
          case .material(let material): return material.name.uppercased().first ?? "?"
          case nil: return "?"
          }
        })
    }.joined(separator: "\n")
  }

  /// Before is the picture, after the kinds.
  static let triples: [Triple] = [
    Triple("colour", blank, ".ll.", "c.c...\n......\n......\n......"),
    Triple("clones are paint", blank, "SA:size 1<Enter>ll.", "..c...\n......\n......\n......"),
    Triple(
      "the eraser takes kinds away", blank, " ll e:size 1<Enter>.", "cc....\n......\n......\n......"
    ),
    Triple("erasing", blank, "E:size 1<Enter> ll ", "eee...\n......\n......\n......"),
    Triple(
      "colour over it", blank, "E:size 1<Enter> ll nh.", "ece...\n......\n......\n......"),
    Triple(
      "erasing over colour", blank, " ll E:size 1<Enter>h.", "cec...\n......\n......\n......"),
    Triple("undo", blank, " ll E:size 1<Enter>h.u", "ccc...\n......\n......\n......"),
    Triple("redo", blank, " ll E:size 1<Enter>h.u<C-r>", "cec...\n......\n......\n......"),
    Triple("the mask tells no kinds", blank, "m:size 1<Enter> ll m", blank),
  ]

  @Test(arguments: triples) func keysTellKinds(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    #expect(Self.text(state.canvas.touched) == triple.after)
    #expect(state.canvas.touchedCount == state.canvas.touched.values.count { $0 != 0 })
    #expect(state.canvas.finishedCount == state.canvas.touched.values.count { $0 == 253 })
  }

  /// Keys, the mask that the engine gets, and the kinds; nil where all is colour.
  static let requests: [(keys: String, mask: String, kinds: String?)] = [
    (".", "#.....\n......\n......\n......", nil),
    ("E:size 1<Enter>.", "#.....\n......\n......\n......", "e.....\n......\n......\n......"),
    (
      "E:size 1<Enter>.nl.", "##....\n......\n......\n......",
      "ec....\n......\n......\n......"
    ),
    (
      "E:size 1<Enter>.:grow 1<Enter>", "##....\n#.....\n......\n......",
      "ec....\nc.....\n......\n......"
    ),
    ("E:size 1<Enter>.:mask clear<Enter>mnl.m", ".#....\n......\n......\n......", nil),
    (
      "E:size 1<Enter>.mnl.m", "##....\n......\n......\n......",
      "ec....\n......\n......\n......"
    ),
  ]

  @Test(arguments: requests) func theEngineIsToldKinds(
    keys: String, mask: String, kinds: String?
  ) throws {
    var state = EditorState.tiny(Self.blank)
    state.type(keys)
    let request = try #require(state.type("<Enter>").last?.generated)
    #expect(Drawn.text(request.mask) == mask)
    #expect(request.kinds.map(Self.text) == kinds)
  }

  /// What was painted in another way since a run began stays, though it has the same colours.
  @Test func anotherKindSinceIsNewer() throws {
    var state = EditorState.tiny(Self.blank)
    state.type(":color #808080<Enter> l ")
    let request = try #require(state.type("<Enter>").last?.generated)
    state.type("E:size 1<Enter>.")
    state.answer(id: request.id, width: 6, height: 4)
    state.type("a")
    #expect(Self.text(state.canvas.touched) == ".e....\n......\n......\n......")
    state.type("u")
    #expect(Self.text(state.canvas.touched) == "ce....\n......\n......\n......")
    #expect(Drawn.text(state.canvas.edited) == Self.blank)
  }

  // MARK: The journal

  private func entries(_ effects: [Effect]) -> [JournalEntry] {
    effects.compactMap { if case .journal(let entry) = $0 { entry } else { nil } }
  }

  private func recovered(_ tile: JournalTile) -> Canvas? {
    var canvas = EditorState.tiny(Self.blank).canvas
    let work = JournalEntry(tiles: [tile], settings: GenerationSettings(), generations: [])
    return canvas.recover(work).map { _ in canvas }
  }

  /// Bytes before the kinds: flags and three planes of 24 bits.
  private static let planes = 1 + 3 * 3

  /// Colour alone is written as it always was; other kinds follow what differs.
  @Test(arguments: [
    (".ll.", "c.c...", 2 * 4), ("E:size 1<Enter> ll ", "eee...", 3),
    (" ll E:size 1<Enter>h.", "cec...", 3 * 4 + 3),
  ])
  func tiles(keys: String, row: String, more: Int) throws {
    var state = EditorState.tiny(Self.blank)
    state.keepJournal()
    let tile = try #require(entries(state.type(keys)).last?.tiles.first)
    #expect(tile.payload.count == Self.planes + more)
    #expect(tile.payload[0] == (row.contains("e") ? 2 : 0))
    let canvas = try #require(recovered(tile))
    #expect(Self.text(canvas.touched) == row + "\n......\n......\n......")
    #expect(canvas.edited == state.canvas.edited && canvas.mask == state.canvas.mask)
  }

  /// Any byte in the place of a kind: those that are none become colour.
  @Test func anyByteIsHarmless() throws {
    var state = EditorState.tiny(Self.blank)
    state.keepJournal()
    var tile = try #require(entries(state.type("E:size 1<Enter> ll ")).last?.tiles.first)
    for byte in UInt8.min...UInt8.max {
      tile.payload[Self.planes] = byte
      let canvas = try #require(recovered(tile))
      let known = PaintKind(rawValue: byte) == nil ? 255 : byte
      #expect(canvas.touched.values[0] == known && canvas.touched.values[1] == 254)
    }
    // Kinds that are missing, and some too many.
    for payload in [Array(tile.payload.dropLast()), tile.payload + [254]] {
      #expect(recovered(JournalTile(index: 0, payload: payload)) == nil)
    }
    tile.payload[0] = 4
    #expect(recovered(tile) == nil)
  }
}
