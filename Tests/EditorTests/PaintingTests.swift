import Editor
import Raster
import Testing

/// Before, keys, after.
struct Triple: Sendable, CustomTestStringConvertible {
  var name: String
  var before: String
  var keys: String
  var after: String
  var testDescription: String { name }

  init(_ name: String, _ before: String, _ keys: String, _ after: String) {
    self.name = name
    self.before = before
    self.keys = keys
    self.after = after
  }
}

@Suite struct PaintingTests {
  static let blank = "......\n......\n......\n......"

  static let triples: [Triple] = [
    Triple("a dot", blank, "lj.", "......\n.R....\n......\n......"),
    Triple("a stroke with the pen down", blank, " lll ", "RRRR..\n......\n......\n......"),
    Triple("a pen lifted paints no more", blank, " l ll.", "RR.R..\n......\n......\n......"),
    Triple("a diagonal has no holes", blank, " ljljlj ", "RR....\n.RR...\n..RR..\n...R.."),
    Triple("a thick pen", blank, ":size 3<Enter>lljj.", "......\n.RRR..\n.RRR..\n.RRR.."),
    Triple(
      "the eraser paints the original back", "RGB...\nRGB...\n......\n......",
      ":color #000000<Enter> ll e:size 1<Enter>.", "KKB...\nRGB...\n......\n......"),
    Triple("undo takes back one stroke", blank, ".ll.u", "R.....\n......\n......\n......"),
    Triple("control z too", blank, ".ll.<C-z>", "R.....\n......\n......\n......"),
    Triple("redo", blank, ".ll.uu<C-r><C-y>", "R.R...\n......\n......\n......"),
    Triple("a new stroke ends redo", blank, ".ll.u.<C-r>", "R.R...\n......\n......\n......"),
    Triple("undo lifts the pen first", blank, " lu", blank),
    Triple("a rectangle from two corners", blank, "r lljj ", "RRR...\nRRR...\nRRR...\n......"),
    Triple("a shape can be called off", blank, "r lljj<Esc>", blank),
    Triple("a line", blank, "/:size 1<Enter> lll ", "RRRR..\n......\n......\n......"),
    Triple("an ellipse", blank, "O lllljjj ", "?RRR..\nRRRRR.\nRRRRR.\n?RRR.."),
    Triple(
      "fill stops at other colours", "..K...\n..K...\n..K...\nKKK...", "f.",
      "RRK...\nRRK...\nRRK...\nKKK..."),
    Triple(
      "fill reaches as far as the tolerance", "..K...\n..K...\n..K...\nKKK...",
      "f:tolerance 255<Enter>.", "RRRRRR\nRRRRRR\nRRRRRR\nRRRRRR"),
    Triple(
      "pick, then paint with it", "G.....\n......\n......\n......", "i.nl.",
      "GG....\n......\n......\n......"),
    Triple(
      "pick returns to the tool before", "G.....\n......\n......\n......", "i.j.",
      "G.....\nG.....\n......\n......"),
    Triple(
      "swap changes colours", blank, ":color #0000ff<Enter>x:color #00ff00<Enter>.lx.",
      "GB....\n......\n......\n......"),
    Triple("the cursor stops at the border", blank, "KKHH.", "R.....\n......\n......\n......"),
    Triple("restore brings everything back", blank, " llljjj :restore<Enter>", blank),
    Triple(
      "restore can be undone", blank, " ll :restore<Enter>u",
      "RRR...\n......\n......\n......"),
    Triple("choosing a tool lifts the pen", blank, " lrl", "RR....\n......\n......\n......"),
  ]

  @Test(arguments: triples) func keysPaint(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    let after = triple.after.replacing("?", with: ".")
    #expect(Drawn.text(state.canvas.edited) == after)
    #expect(Drawn.text(state.canvas.original) == triple.before)
  }

  @Test func touchedFollowsStrokeEraserAndUndo() {
    var state = EditorState.tiny(Self.blank)
    state.type(" ll ")
    #expect(Drawn.text(state.canvas.touched) == "###...\n......\n......\n......")
    #expect(state.canvas.touchedCount == 3)
    state.type("e:size 1<Enter>.")
    #expect(Drawn.text(state.canvas.touched) == "##....\n......\n......\n......")
    state.type("uu")
    #expect(state.canvas.touchedCount == 0)
    #expect(state.canvas.touchedBounds.isEmpty)
  }

  @Test func crossingOnesOwnSoftStrokeLeavesNoDarkSpot() {
    let picture = RGBA8(width: 32, height: 32, filledWith: (100, 100, 100, 255))
    var once = Canvas(picture: picture)
    let line = Shape.segment(
      from: Point(x: 4, y: 16), to: Point(x: 28, y: 16), diameter: 9, softness: 1, hard: false)
    once.beginStroke("brush", ink: .color(.white))
    once.mark(line)
    once.endStroke()
    var thrice = Canvas(picture: picture)
    thrice.beginStroke("brush", ink: .color(.white))
    for _ in 0..<3 { thrice.mark(line) }
    thrice.endStroke()
    #expect(once.edited == thrice.edited)
    #expect(once.edited != picture)
  }

  @Test func outsideTouchedTheEditedPictureIsTheOriginal() {
    var random = Seeded(7)
    var state = EditorState.tiny(Self.blank)
    for _ in 0..<200 {
      let keys = ["h", "j", "k", "l", " ", ".", "u", "<C-r>", "e", "n", "b", "[", "]", "x"]
      state.type(keys.randomElement(using: &random) ?? ".")
      for index in state.canvas.touched.values.indices where state.canvas.touched.values[index] == 0
      {
        let pixel = (4 * index)..<(4 * index + 4)
        #expect(state.canvas.edited.samples[pixel] == state.canvas.original.samples[pixel])
      }
    }
  }

  @Test func undoToTheBeginningGivesTheVeryPictureBack() {
    var random = Seeded(11)
    let picture = RGBA8(
      width: 150, height: 90,
      samples: (0..<(150 * 90 * 4)).map { _ in UInt8.random(in: 0...255, using: &random) })
    var canvas = Canvas(picture: picture)
    for _ in 0..<30 {
      canvas.beginStroke("brush", ink: Bool.random(using: &random) ? .original : .color(.white))
      canvas.mark(
        .segment(
          from: Point(
            x: .random(in: -20...170, using: &random), y: .random(in: -20...110, using: &random)),
          to: Point(
            x: .random(in: -20...170, using: &random), y: .random(in: -20...110, using: &random)),
          diameter: .random(in: 1...40, using: &random), softness: 0.5, hard: false))
      canvas.endStroke()
    }
    let painted = canvas
    while canvas.undo() != nil {}
    #expect(canvas.edited == picture)
    #expect(canvas.touchedCount == 0)
    while canvas.redo() != nil {}
    #expect(canvas.edited == painted.edited)
    #expect(canvas.touched == painted.touched)
    #expect(canvas.revision == painted.revision)
  }
}

@Suite struct HistoryTests {
  private func painted(_ strokes: Int, history: History) -> Canvas {
    var canvas = Canvas(
      picture: RGBA8(width: 128, height: 128, filledWith: (0, 0, 0, 255)), history: history)
    for step in 0..<strokes {
      canvas.beginStroke("dot", ink: .color(.white))
      canvas.mark(.rectangle(Point(x: step, y: 0), Point(x: step, y: 0)))
      canvas.endStroke()
    }
    return canvas
  }

  @Test func keepsAtMostSoManySteps() {
    #expect(painted(20, history: History(mostSteps: 7)).history.undoCount == 7)
  }

  /// One tile of 64x64 is 24,576 bytes: pixels, touches and mask.
  @Test(arguments: [(1, 5), (24_576 * 6, 6), (24_576 * 9 + 1, 9)])
  func keepsBytesButNeverFewerThanFiveSteps(bytes: Int, steps: Int) {
    let canvas = painted(20, history: History(mostBytes: bytes))
    #expect(canvas.history.undoCount == steps)
    #expect(canvas.history.byteCount == steps * 24_576)
  }

  @Test func aStrokeThatChangesNothingIsNoStep() {
    var canvas = painted(0, history: History())
    canvas.beginStroke("eraser", ink: .original)
    canvas.mark(.rectangle(Point(x: 0, y: 0), Point(x: 9, y: 9)))
    canvas.endStroke()
    #expect(canvas.history.undoCount == 0)
    #expect(canvas.revision == 0)
  }
}
