import Editor
import Raster
import Testing

/// Any events in any order: no trap, and the promises still hold.
@Suite struct FuzzTests {
  private func event(_ random: inout Seeded, id: Int) -> Event {
    let letters = Array(
      "bneEASIpPvs|XCf/rOiFV\\yg[]{}wWmMxd1290hjklHJKL .tGaDco<>T+-zZ()NuNuq:?w!#=5\t ")
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<45: return .key(.character(letters.randomElement(using: &random) ?? "b"))
    case 45..<60:
      let keys: [Key] = [
        .enter, .escape, .tab, .backspace, .delete, .up, .down, .left, .right, .home, .end,
        .pageUp, .pageDown, .controlLeft, .controlUp, .control("z"), .control("r"),
        .control("s"), .function(1), .alt("x"), .alt("1"), .alt("h"), .backTab, .control("a"),
        .control("k"), .control("w"),
      ]
      return .key(keys.randomElement(using: &random) ?? .enter)
    case 60..<85:
      let actions: [Mouse.Action] = [.down, .drag, .move, .up, .wheelUp, .wheelDown]
      let buttons: [Mouse.Button] = [.left, .middle, .right, .none]
      return .mouse(
        Mouse(
          actions.randomElement(using: &random) ?? .up,
          buttons.randomElement(using: &random) ?? .left,
          column: .random(in: -3...220, using: &random), row: .random(in: -3...70, using: &random),
          control: Int.random(in: 0..<8, using: &random) == 0))
    case 85..<88:
      return .resize(
        columns: .random(in: 0...130, using: &random), rows: .random(in: 0...40, using: &random))
    case 88..<90: return .tick(milliseconds: .random(in: 0...100_000, using: &random))
    case 90..<92: return .paste("a\u{1B}[200~\n:q!")
    case 92..<93: return .focus(Bool.random(using: &random))
    case 93..<94:
      let news: [JournalEvent] = [.stopped(message: "no room"), .wantsAll, .resumed]
      return .journal(news.randomElement(using: &random) ?? .resumed)
    default: return .engine(engineEvent(&random, id: id))
    }
  }

  private func engineEvent(_ random: inout Seeded, id: Int) -> EngineEvent {
    switch Int.random(in: 0..<11, using: &random) {
    case 0:
      return .progress(
        id: id,
        RunProgress(
          step: .random(in: -1...9, using: &random), steps: .random(in: 0...8, using: &random),
          tile: .random(in: -1...4, using: &random), tiles: 3))
    case 1: return .cancelled(id: id)
    case 2: return .failed(id: id, message: "no")
    case 3: return .preparing(stepsDone: .random(in: 0...9, using: &random), stepsTotal: 8)
    case 4:
      return .modelReady(
        ModelFacts(
          name: "m", tileSide: .random(in: 0...9, using: &random), dilation: 5, steps: 8,
          strength: 1))
    case 5:
      return .preview(
        id: id,
        origin: Point(
          x: .random(in: -1...70, using: &random), y: .random(in: -1...40, using: &random)),
        pixels: RGBA8(
          width: .random(in: 0...9, using: &random), height: 3, filledWith: (1, 2, 3, 255)))
    case 6:
      return .window(
        id: id, Area(x: -1, y: .random(in: -1...9, using: &random), width: 9, height: 90))
    case 7: return Bool.random(using: &random) ? .preparingStopped : .measured(macsPerSecond: .nan)
    default:
      let pixels = RGBA8(
        width: .random(in: 0...9, using: &random), height: .random(in: 0...9, using: &random),
        filledWith: (1, 2, 3, 255))
      return .finished(
        EngineResult(
          id: id,
          origin: Point(
            x: .random(in: -1...40, using: &random), y: .random(in: -1...20, using: &random)),
          pixels: pixels, settings: GenerationSettings(), editFraction: 0.5, tilesActive: 1,
          tilesTotal: 0, macsExecuted: 0, macsDense: 0, seconds: .nan))
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 4]) func events(seed: UInt64) {
    var random = Seeded(seed)
    let picture = RGBA8(width: 70, height: 40, filledWith: (90, 120, 150, 255))
    var state = EditorState(picture: picture, name: "fuzz.png")
    state.keepJournal()
    for step in 0..<5_000 {
      let id = state.run?.request.id ?? 0
      let event = event(&random, id: id)
      for case .save(let request) in state.handle(event) {
        _ = state.handle(
          .file(
            Bool.random(using: &random)
              ? .objection(
                request,
                [.exists, .changed, .notReplaceable].randomElement(using: &random) ?? .exists)
              : .saved(request)))
      }
      if step % 50 == 0 { _ = Editor.draw(state) }
    }
    #expect(state.canvas.touchedCount == state.canvas.touched.values.count { $0 != 0 })
    while state.canvas.undo() != nil {}
    #expect(state.canvas.original.width == 70)
  }

  /// Everything said while anything happens is laid out whole: no word is cut, and from 60 columns
  /// on no first clause; less important clauses go as a whole.
  @Test(arguments: [UInt64(21), 22, 23]) func nothingSaidIsCut(seed: UInt64) {
    var random = Seeded(seed)
    let picture = RGBA8(width: 70, height: 40, filledWith: (90, 120, 150, 255))
    var state = EditorState(picture: picture, name: "fuzz.png")
    var said: Set<String> = [
      "/home/somebody/pictures/2026/summer/a-rather-long-name-of-a-file.png: cannot be written "
        + "(No space left on device); save elsewhere by :w NAME"
    ]
    for step in 0..<6_000 {
      let event = event(&random, id: state.run?.request.id ?? 0)
      for case .save(let request) in state.handle(event) {
        _ = state.handle(
          .file(
            Bool.random(using: &random)
              ? .objection(
                request,
                [.exists, .changed, .notReplaceable].randomElement(using: &random) ?? .exists)
              : .saved(request)))
      }
      if step % 7 == 0 {
        let line = (0...2).map { _ in Self.words.randomElement(using: &random) ?? "" }
        _ = state.run(command: line.joined(separator: " "))
      }
      if let text = state.message?.text { said.insert(text) }
      if let text = state.question { said.insert(text) }
    }
    #expect(said.count > 100, "\(said.count)")
    // Names that were pasted may be as long as they like.
    for text in said where !text.contains("[200~") {
      for columns in [32, 60, 80, 100, 120] {
        let lines = Wording.bottom(text, columns: columns, rows: 24, mark: 10).lines
        #expect(lines.allSatisfy { $0.count <= columns - 2 }, "\(text)")
        expectWhole(lines, of: text, columns: columns)
      }
    }
  }

  private func expectWhole(_ lines: [String], of text: String, columns: Int) {
    let shown = lines.joined(separator: "").filter { $0 != " " }
    let all = text.filter { $0 != " " }
    if columns >= 60 { #expect(all.hasPrefix(shown), "\(columns): \(lines) of \(text)") }
    // What follows is a clause, or nothing.
    let rest = all.dropFirst(shown.count)
    #expect(
      rest.isEmpty || rest.first == ";" || text.contains("   ") || columns < 60,
      "\(columns): \(lines) of \(text)")
    // A word is broken only where it is longer than a line.
    let words = Set(text.replacing(";", with: " ").split(separator: " "))
    let isLong = words.contains { $0.count > columns - 12 }
    for word in lines.flatMap({ $0.replacing(";", with: " ").split(separator: " ") })
    where word != "..." && !isLong {
      #expect(words.contains(word), "\(columns): \(lines) of \(text)")
    }
  }

  private static let words = [
    "size", "softness", "opacity", "tolerance", "tool", "go", "source", "connect", "background",
    "erase", "tint", "material", "grass", "edges", "smooth",
    "restore", "color", "second", "hsv", "swatch", "palette", "mask", "undo", "redo", "undo-steps",
    "undo-memory", "generate", "dense", "variants", "cancel", "accept", "discard", "live", "mode",
    "strength", "steps", "feather", "grow", "melt", "texture", "seed", "auto", "on", "off",
    "zoom", "set", "help", "export", "w", "0", "1",
    "-1", "7", "64", "99999999999999999999", "0.5", "nan", "50%", "#abc", "red", "all", "clear",
    "e", "mask-color", "mask-opacity", "out", "a.jpg", "wq", "invert", "strokes", "shrink",
    "branch", "picture", "clone", "fill", "rectangle", "stroke",
    "new",
    "fit", "1:2", "size=9", "mode=dense", "=", " ", "!",
  ]

  @Test(arguments: [UInt64(11), 12]) func commandLines(seed: UInt64) {
    var random = Seeded(seed)
    let picture = RGBA8(width: 70, height: 40, filledWith: (90, 120, 150, 255))
    var state = EditorState(picture: picture, name: "fuzz.png")
    for _ in 0..<2_000 {
      let line = (0...Int.random(in: 0...3, using: &random)).map { _ in
        Self.words.randomElement(using: &random) ?? ""
      }
      _ = state.run(command: line.joined(separator: " "))
      state.type(
        [" l", ".", "<Esc>", ":<Tab><Tab><Tab><Esc><Esc>"].randomElement(using: &random) ?? "")
      if let id = state.run?.request.id, Bool.random(using: &random) {
        state.answer(id: id, width: 9, height: 9)
      }
    }
    state.type("<Esc><Esc>")
    _ = Editor.draw(state)
    #expect(state.canvas.maskCount == state.canvas.mask.values.count { $0 != 0 })
    #expect(state.canvas.history.undoCount <= state.canvas.history.mostSteps)
  }
}
