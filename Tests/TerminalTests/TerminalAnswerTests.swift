import Editor
import Terminal
import Testing

@Suite struct TerminalAnswerTests {
  static let table: [(String, TerminalAnswer)] = [
    ("\u{1B}[?2026;1$y", .mode(2026, canChange: true)),
    ("\u{1B}[?2026;2$y", .mode(2026, canChange: true)),
    ("\u{1B}[?1016;0$y", .mode(1016, canChange: false)),
    ("\u{1B}[?1016;4$y", .mode(1016, canChange: false)),
    ("\u{1B}[?5u", .keyboard(flags: 5)),
    ("\u{1B}[6;18;9t", .cellSize(width: 9, height: 18)),
    ("\u{1B}_Gi=31;OK\u{1B}\\", .graphics(true)),
    ("\u{1B}_Gi=31;ENOTSUPPORTED:no\u{1B}\\", .graphics(false)),
    ("\u{1B}[?62;4;22c", .attributes([62, 4, 22])),
    ("\u{1B}P>|XTerm(390)\u{1B}\\", .name("XTerm(390)")),
    ("\u{1B}[>65;7006;1c", .name("VTE(7006)")),
    ("\u{1B}P1$r0;38:2::1:2:3m\u{1B}\\", .color(.direct)),
    ("\u{1B}P1$r0;38;5;16m\u{1B}\\", .color(.palette)),
    ("\u{1B}P1+r5463=\u{1B}\\", .color(.direct)),
    (
      "\u{1B}[?62;1;2;4;6;9;15;16;17;18;21;22;28;29;42;44c",
      .attributes([
        62, 1, 2, 4, 6, 9, 15, 16, 17, 18, 21, 22, 28, 29, 42, 44,
      ])
    ),
  ]

  /// An answer is an answer and never a key, whole, cut anywhere, or with pauses at each cut.
  @Test(arguments: table) func answersAreNoKeys(bytes: String, answer: TerminalAnswer) {
    for pauses in 0...2 {
      var parser = InputParser()
      var events: [Event] = []
      for byte in bytes.utf8 {
        events += parser.feed([byte])
        // A lone escape that nothing follows is a key: a line that cuts there cannot be told apart.
        if byte != 0x1B { for _ in 0..<pauses { events += parser.flush() } }
      }
      #expect(events.isEmpty)
      #expect(parser.takeAnswers() == [answer])
      #expect(parser.takeAnswers().isEmpty)
      #expect(parser.feed("q".utf8) == [.key(.character("q"))])
    }
  }

  @Test(arguments: [
    "\u{1B}P1$r0m\u{1B}\\", "\u{1B}]11;rgb:1c/1d/20\u{7}",
    "\u{1B}]11;rgb:1c1c/1d1d/2020\u{1B}\\", "\u{1B}[>0;276;0c", "\u{1B}[>41;379;0c",
    "\u{1B}P0+r5463\u{1B}\\", "\u{1B}[6;999;9t", "\u{1B}[?2026$y",
  ])
  func whatWasNotAskedIsDropped(bytes: String) {
    var parser = InputParser()
    #expect(parser.feed((bytes + "q").utf8) == [.key(.character("q"))])
    #expect(parser.takeAnswers().isEmpty)
  }

  /// A begun answer that never ends holds up keys for a moment only.
  @Test(arguments: ["\u{1B}[?62", "\u{1B}P>|xt", "\u{1B}_Gi=3"])
  func whatNeverEndsIsGivenUp(bytes: String) {
    var parser = InputParser()
    #expect(parser.feed(bytes.utf8).isEmpty)
    var flushes = 0
    while parser.isWaiting, flushes < 100 {
      #expect(parser.flush().isEmpty)
      flushes += 1
    }
    #expect(flushes < 20)
    #expect(parser.feed("q".utf8) == [.key(.character("q"))])
  }

  @Test(arguments: [("P", Key.alt("P")), ("]", .alt("]")), ("_", .alt("_"))])
  func altLettersRemainKeys(letter: String, key: Key) {
    var parser = InputParser()
    #expect(parser.feed(("\u{1B}" + letter + "x").utf8) == [.key(key), .key(.character("x"))])
  }

  @Test(arguments: [
    ("27u", Key.escape), ("99;5u", .control("c")), ("97;3u", .alt("a")), ("13u", .enter),
    ("9;2u", .backTab), ("127;1:1u", .backspace), ("233;1;233u", .character("é")),
  ])
  func keyboardProtocol(bytes: String, key: Key) {
    var parser = InputParser()
    #expect(parser.feed(("\u{1B}[" + bytes).utf8) == [.key(key)])
  }

  @Test(arguments: ["99;5:3u", "57441u", "u", ";;u", "1114112u"])
  func releasesAndUnusedKeysAreDropped(bytes: String) {
    var parser = InputParser()
    #expect(parser.feed(("\u{1B}[" + bytes + "q").utf8) == [.key(.character("q"))])
  }

  @Test func mouseInPixels() {
    var parser = InputParser()
    parser.pixelsInCell = (10, 20)
    let expected = Mouse(
      .down, .left, column: 2, row: 1, fractionX: 0.55, fractionY: 0.275)
    #expect(parser.feed("\u{1B}[<0;26;26M".utf8) == [.mouse(expected)])
  }
}

@Suite struct CapabilitiesTests {
  private static let answers: [TerminalAnswer] = [
    .mode(2026, canChange: true), .mode(1016, canChange: true), .keyboard(flags: 0),
    .graphics(true), .attributes([62, 4]),
  ]

  @Test func answersInTimeCount() {
    var capabilities = Capabilities(deadline: 1000)
    for answer in Self.answers { capabilities.take(answer, at: 900) }
    #expect(capabilities.synchronises && capabilities.reportsPixels && capabilities.hasKeyboard)
    #expect(capabilities.hasKitty && capabilities.hasSixel && capabilities.isSettled)
  }

  @Test func lateAnswersChangeNothing() {
    var capabilities = Capabilities(deadline: 1000)
    for answer in Self.answers { capabilities.take(answer, at: 1001) }
    #expect(!capabilities.synchronises && !capabilities.hasKeyboard && !capabilities.hasSixel)
    // The attributes are asked for last: what comes after them is late too.
    capabilities = Capabilities(deadline: 1000)
    capabilities.take(.attributes([1]), at: 5)
    capabilities.take(.graphics(true), at: 6)
    #expect(!capabilities.hasKitty)
  }

  @Test(arguments: [
    (["TERM": "xterm-256color"], true, true),
    (["TERM": "tmux-256color", "TMUX": "x"], true, false),
    (["TERM": "screen"], true, false), (["TERM": "linux"], false, false),
  ])
  func onlyHarmlessQuestions(environment: [String: String], asks: Bool, asksGraphics: Bool) {
    let questions = Capabilities.questions(environment: environment)
    #expect(questions.hasSuffix("\u{1B}[c") == asks)
    #expect(questions.contains("\u{1B}_G") == asksGraphics)
  }
}

@Suite struct OutputLineTests {
  /// However frames and calls fall, no second carries more than 1.1 times the limit, and all arrives.
  @Test(arguments: [(10_000, UInt64(1)), (100_000, 2), (1_000_000, 3)])
  func staysWithinItsLimit(limit: Int, seed: UInt64) {
    var random = Seeded(seed)
    var line = OutputLine(limit: limit)
    var sent: [(at: Int, count: Int)] = []
    var (now, given) = (50_000, 0)
    while now < 55_000 {
      if Int.random(in: 0..<5, using: &random) == 0 {
        let frame = Int.random(in: 0..<limit / 5, using: &random)
        line.append([UInt8](repeating: 7, count: frame))
        given += frame
      }
      line.release(at: now) { part in
        // The terminal takes what it likes.
        let taken = Int.random(in: 0...part.count, using: &random)
        sent.append((now, taken))
        return taken
      }
      now += Int.random(in: 0..<40, using: &random)
    }
    for start in sent.map(\.at) {
      let inSecond = sent.filter { (start..<start + 1000).contains($0.at) }
      #expect(inSecond.reduce(0) { $0 + $1.count } <= limit + limit / 10)
    }
    #expect(sent.reduce(0) { $0 + $1.count } + line.count == given)
    for _ in 0..<1000 where !line.isEmpty {
      now += line.wait(at: now) ?? 0
      line.release(at: now) { $0.count }
    }
    #expect(line.isEmpty && line.wait(at: now) == nil)
  }

  @Test func withoutALimitEverythingGoesAtOnce() {
    var line = OutputLine()
    line.append([1, 2, 3])
    line.append([4])
    var sent: [UInt8] = []
    line.release(at: 0) { part in
      sent += part.prefix(3)
      return 3
    }
    #expect(!line.isEmpty && line.wait(at: 0) == 0)
    line.release(at: 0) { part in
      sent += part
      return part.count
    }
    #expect(sent == [1, 2, 3, 4] && line.isEmpty)
  }
}
