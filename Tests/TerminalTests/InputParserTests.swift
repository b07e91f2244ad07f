import Editor
import Raster
import Terminal
import Testing

@Suite struct InputParserTests {
  static let keyTable: [(String, Key)] = [
    ("a", .character("a")), ("?", .character("?")), ("é", .character("é")),
    ("漢", .character("漢")), ("\r", .enter), ("\n", .enter), ("\t", .tab),
    ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{13}", .control("s")),
    ("\u{1A}", .control("z")), ("\u{3}", .control("c")), ("\u{1B}[A", .up),
    ("\u{1B}OB", .down), ("\u{1B}[C", .right), ("\u{1B}[D", .left), ("\u{1B}[H", .home),
    ("\u{1B}[F", .end), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown), ("\u{1B}[3~", .delete),
    ("\u{1B}[1;5A", .controlUp), ("\u{1B}[1;5D", .controlLeft), ("\u{1B}[1;2A", .up),
    ("\u{1B}OP", .function(1)), ("\u{1B}[11~", .function(1)), ("\u{1B}[Z", .backTab),
    ("\u{1B}x", .alt("x")),
  ]

  @Test(arguments: keyTable) func keys(bytes: String, key: Key) {
    var parser = InputParser()
    #expect(parser.feed(bytes.utf8) == [.key(key)])
    #expect(!parser.isWaiting)
  }

  /// A slow line may cut anywhere.
  @Test(arguments: keyTable) func keysByteByByte(bytes: String, key: Key) {
    var parser = InputParser()
    #expect(bytes.utf8.flatMap { parser.feed([$0]) } == [.key(key)])
  }

  static let reportTable: [(String, Mouse)] = [
    ("0;1;1M", Mouse(.down, .left, column: 0, row: 0)),
    ("0;10;5m", Mouse(.up, .left, column: 9, row: 4)),
    ("32;300;20M", Mouse(.drag, .left, column: 299, row: 19)),
    ("1;2;3M", Mouse(.down, .middle, column: 1, row: 2)),
    ("2;2;3M", Mouse(.down, .right, column: 1, row: 2)),
    ("34;2;3M", Mouse(.drag, .right, column: 1, row: 2)),
    ("64;2;3M", Mouse(.wheelUp, .none, column: 1, row: 2)),
    ("65;2;3M", Mouse(.wheelDown, .none, column: 1, row: 2)),
    ("80;2;3M", Mouse(.wheelUp, .none, column: 1, row: 2, control: true)),
    ("16;2;3M", Mouse(.down, .left, column: 1, row: 2, control: true)),
    ("35;2;3M", Mouse(.move, .none, column: 1, row: 2)),
  ]

  @Test(arguments: reportTable) func mouse(report: String, mouse: Mouse) {
    var parser = InputParser()
    #expect(parser.feed(("\u{1B}[<" + report).utf8) == [.mouse(mouse)])
  }

  @Test func oldMouseReports() {
    var parser = InputParser()
    #expect(
      parser.feed([0x1B, 0x5B, 0x4D, 32, 33 + 200, 33 + 2])
        == [.mouse(Mouse(.down, .left, column: 200, row: 2))])
  }

  @Test(arguments: [
    "\u{1B}[<0;1M", "\u{1B}[<0;0;1M", "\u{1B}[<0;99999;1M", "\u{1B}[<;;M",
    "\u{1B}[<0;1;1;1M", "\u{1B}[<200;1;1M", "\u{1B}[99~",
    "\u{1B}[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1A",
  ])
  func junkIsDroppedAndTheNextKeyIsRead(bytes: String) {
    var parser = InputParser()
    #expect(parser.feed((bytes + "q").utf8) == [.key(.character("q"))])
  }

  @Test func aLoneEscapeWaitsForItsDelay() {
    var parser = InputParser()
    #expect(parser.feed([0x1B]).isEmpty)
    #expect(parser.isWaiting)
    #expect(parser.flush() == [.key(.escape)])
    #expect(!parser.isWaiting)
  }

  @Test func twoEscapesAreTwo() {
    var parser = InputParser()
    #expect(parser.feed([0x1B, 0x1B]) + parser.flush() == [.key(.escape), .key(.escape)])
  }

  @Test func pasteIsOneEventWhateverIsInIt() {
    var parser = InputParser()
    let text = "q\u{1B}[A\u{1B}[<0;1;1M:q!\r"
    let bytes = Array("\u{1B}[200~\(text)\u{1B}[201~x".utf8)
    var events = bytes.flatMap { parser.feed([$0]) }
    #expect(events == [.paste(text), .key(.character("x"))])
    events = parser.feed(bytes)
    #expect(events == [.paste(text), .key(.character("x"))])
  }

  @Test func aPasteWithoutEndKeepsBoundedMemoryAndEndsLater() {
    var parser = InputParser()
    #expect(parser.feed("\u{1B}[200~".utf8).isEmpty)
    for _ in 0..<20 { #expect(parser.feed([UInt8](repeating: 0x61, count: 10_000)).isEmpty) }
    guard case .paste(let text)? = parser.feed("\u{1B}[201~".utf8).first else {
      Issue.record("no paste")
      return
    }
    #expect(text.utf8.count == 65_536)
  }

  @Test func focus() {
    var parser = InputParser()
    #expect(parser.feed("\u{1B}[I\u{1B}[O".utf8) == [.focus(true), .focus(false)])
  }

  /// 100,000 bytes that look like a terminal's: no trap, and a key afterwards is still a key.
  @Test(arguments: [UInt64(1), 2, 3]) func randomBytes(seed: UInt64) {
    var random = Seeded(seed)
    var parser = InputParser()
    let likely = Array("\u{1B}\u{1B}\u{1B}[[[O<;;;0123456789MmA~~IZ200~201~".utf8)
    var count = 0
    while count < 100_000 {
      let portion = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? likely.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
      }
      count += portion.count
      _ = parser.feed(portion)
      if Int.random(in: 0..<10, using: &random) == 0 { _ = parser.flush() }
    }
    _ = parser.flush()
    _ = parser.feed("\u{1B}[201~".utf8)
    _ = parser.flush()
    #expect(parser.feed("q".utf8) == [.key(.character("q"))])
  }
}

/// What a broken line or a cat on the keyboard sends: bytes through the parser into the editor.
@Suite struct InputFuzzTests {
  @Test(arguments: [UInt64(5), 6]) func bytesIntoTheEditor(seed: UInt64) {
    var random = Seeded(seed)
    var parser = InputParser()
    var state = EditorState(
      picture: RGBA8(width: 90, height: 50, filledWith: (90, 120, 150, 255)), name: "a.png")
    let likely = Array("\u{1B}[<;0123456789Mmhjkl .bnefr/[]:qw\rua?GtD".utf8)
    for step in 0..<5_000 {
      let portion = (0..<20).map { _ in
        Int.random(in: 0..<4, using: &random) > 0
          ? likely.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
      }
      for event in parser.feed(portion) { _ = state.handle(event) }
      if step % 10 == 0 {
        for event in parser.flush() { _ = state.handle(event) }
      }
      if step % 500 == 0 {
        _ = state.handle(.resize(columns: 1 + step % 137, rows: 1 + step % 41))
        _ = Editor.draw(state)
      }
    }
    #expect(state.canvas.touchedCount == state.canvas.touched.values.count { $0 != 0 })
    #expect(state.view.cursor.x < 90 && state.view.cursor.y < 50)
  }
}

/// A generator with a seed, so that what it found can be found again (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
