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
    Triple(
      "an outlined rectangle", blank, "rF:size 1<Enter> llljjj ", "RRRR..\nR..R..\nR..R..\nRRRR.."),
    Triple(
      "an outlined ellipse is open", blank, "OF:size 1<Enter> lllljjj ",
      ".RRR..\nR...R.\nR...R.\n.RRR.."),
    Triple("a line from the last point", blank, ".lll\\", "RRRR..\n......\n......\n......"),
    Triple(
      "a line from the last point goes on", blank, ".ll\\jjj\\",
      "RRR...\n..R...\n..R...\n..R..."),
    Triple(
      "going to a pixel with the pen down draws", blank, " :go 0 3<Enter> ",
      "R.....\nR.....\nR.....\nR....."),
    Triple("the pen moves by pixels", blank, " <A-l><A-j><A-h> ", "RR....\nRR....\n......\n......"),
    Triple(
      "clone copies from elsewhere", "GB....\n......\n......\n......",
      "SA:size 1<Enter>jj l ", "GB....\n......\nGB....\n......"),
    Triple(
      "clone keeps its distance", "GB....\nWK....\n......\n......",
      "SA:size 1<Enter>jj.lj.", "GB....\nWK....\nG.....\n.K...."),
    Triple(
      "clone reads what was there before its stroke", "G.....\n......\n......\n......",
      "SA:size 1<Enter>l lll ", "GG....\n......\n......\n......"),
    Triple(
      "the place to clone from can be named", "G.....\n.....B\n......\n......",
      ":source 5 1<Enter>:size 1<Enter>jj.", "G.....\n.....B\nB.....\n......"),
    Triple(
      "erasing to the background continues it", "......\n..RR..\n..RR..\n......",
      "E:size 2<Enter>:go 2 1<Enter> ljh ", "......\n......\n......\n......"),
    Triple("default colours", blank, "d.", "K.....\n......\n......\n......"),
    Triple(
      "a swatch beyond the tenth", blank, ":swatch 16 #0000ff<Enter>x<A-6>.",
      "B.....\n......\n......\n......"),
    Triple(
      "hue, saturation, value", blank, ":hsv 120 100 100<Enter>.",
      "G.....\n......\n......\n......"),
    Triple(
      "fill does not pass between corners", "..K..R\n.K...R\nK....R\n....RR", "llllf.",
      "..KRRR\n.KRRRR\nKRRRRR\nRRRRRR"),
    Triple("choosing a tool lifts the pen", blank, " lrl", "RR....\n......\n......\n......"),
  ]

  @Test(arguments: triples) func keysPaint(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    let after = triple.after.replacing("?", with: ".")
    #expect(Drawn.text(state.canvas.edited) == after)
    #expect(Drawn.text(state.canvas.original) == triple.before)
  }

  @Test(arguments: [UInt64(1), 2, 3]) func aMarkTouchesWhatItsShapeCovers(seed: UInt64) {
    var random = Seeded(seed)
    func point() -> Point {
      Point(x: .random(in: -40...340, using: &random), y: .random(in: -40...240, using: &random))
    }
    let picture = RGBA8(width: 300, height: 200, filledWith: (0, 0, 0, 255))
    for _ in 0..<12 {
      let size = Int.random(in: 1...30, using: &random)
      let border = Bool.random(using: &random) ? size : nil
      let shapes: [Shape] = [
        .segment(from: point(), to: point(), diameter: size, softness: 0.4, hard: border == nil),
        .rectangle(point(), point(), border: border), .ellipse(point(), point(), border: border),
      ]
      for shape in shapes {
        var canvas = Canvas(picture: picture)
        canvas.beginStroke("shape", ink: .color(.white))
        canvas.mark(shape)
        canvas.endStroke()
        let covered = (0..<300 * 200).map { pixel -> UInt8 in
          shape.coverage(x: pixel % 300, y: pixel / 300) > 0 ? 255 : 0
        }
        #expect(canvas.touched.values == covered)
      }
    }
  }

  @Test func aThinLineAcrossKeepsFewTiles() {
    let size = 64 * 20
    var canvas = Canvas(picture: RGBA8(width: size, height: size, filledWith: (0, 0, 0, 255)))
    canvas.beginStroke("line", ink: .color(.white))
    canvas.mark(
      .segment(
        from: Point(x: 0, y: 0), to: Point(x: size - 1, y: size - 1), diameter: 1, softness: 0,
        hard: true))
    canvas.endStroke()
    #expect(canvas.touchedCount >= size)
    // The tiles on the diagonal, and those that meet it at a corner.
    #expect(canvas.history.byteCount == (20 + 2 * 19) * 24_576)
  }

  /// Grain does not end a fill, an edge does; keys after it make it anew, as one step.
  @Test func fillReachesOverGrain() {
    var random = Seeded(9)
    var picture = RGBA8(width: 480, height: 480, filledWith: (90, 120, 150, 255))
    for index in picture.samples.indices where index % 4 < 3 {
      let isRight = index / 4 % 480 >= 300
      let value =
        Int(picture.samples[index]) + (isRight ? 80 : 0) + .random(in: -28...28, using: &random)
      picture.samples[index] = UInt8(max(0, min(255, value)))
    }
    var state = EditorState(picture: picture, name: "grain.png")
    state.type("f:go 100 200<Enter>.")
    let filled = state.canvas.touchedCount
    #expect(filled > 300 * 480 * 9 / 10, "\(filled)")
    #expect(
      (306..<480).allSatisfy { x in
        (0..<480).allSatisfy { state.canvas.touched.values[$0 * 480 + x] == 0 }
      })
    #expect(state.message?.text.hasPrefix("filled \(filled) pixels, ") == true)
    #expect(state.message?.text.contains("[ ] fill less, more") == true)
    state.type("[[[[[[")
    #expect(state.tolerance == 0 && state.canvas.touchedCount < 100)
    #expect(state.canvas.history.undoCount == 1)
    // What is done since is not undone by it.
    state.type("N]")
    #expect(state.canvas.history.undoCount == 2 && state.message?.text == "fill tolerance 4")
  }

  @Test func fillSeesAlpha() {
    var picture = Drawn.picture("....\n....")
    for x in 2..<4 {
      for y in 0..<2 { picture.samples[picture.offset(x: x, y: y) + 3] = 0 }
    }
    // Of what cannot be seen the colour does not count.
    picture.samples[picture.offset(x: 3, y: 0)] = 255
    var state = EditorState(picture: picture, name: "a.png")
    state.type(":go 0 0<Enter>f.")
    #expect(Drawn.text(state.canvas.touched) == "##..\n##..")
    state.type("u:go 2 0<Enter>.")
    #expect(Drawn.text(state.canvas.touched) == "..##\n..##")
    #expect(state.canvas.edited.samples[picture.offset(x: 2, y: 0) + 3] == 255)
  }

  @Test(arguments: [UInt64(1), 2, 3]) func fillIsTheConnectedRegion(seed: UInt64) {
    var random = Seeded(seed)
    let (width, height) = (47, 33)
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    for pixel in 0..<width * height {
      picture.samples[4 * pixel] = UInt8.random(in: 0..<3, using: &random) * 20
    }
    let start = Point(x: 20, y: 15)
    let target = Int(picture.samples[picture.offset(x: start.x, y: start.y)])
    var slow = Mask(width: width, height: height)
    var waiting = [start]
    while let point = waiting.popLast() {
      guard (0..<width).contains(point.x), (0..<height).contains(point.y) else { continue }
      let index = point.y * width + point.x
      guard slow.values[index] == 0, abs(Int(picture.samples[4 * index]) - target) <= 20 else {
        continue
      }
      slow.values[index] = 255
      for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
        waiting.append(Point(x: point.x + dx, y: point.y + dy))
      }
    }
    var canvas = Canvas(picture: picture)
    canvas.fill(from: start, ink: .color(.white), tolerance: 20)
    #expect(canvas.touched == slow)
  }

  @Test func opacityAndSoftnessAreEachToolsOwn() {
    var state = EditorState(
      picture: RGBA8(width: 40, height: 40, filledWith: (0, 0, 0, 255)), name: "dark.png")
    state.type("b:size 9<Enter>:color #ffffff<Enter>wwwww}}}n:size 9<Enter>:go 30 30<Enter>.")
    #expect(state.canvas.color(at: Point(x: 30, y: 30)) == .white)
    state.type("b:go 10 10<Enter> <A-l><A-h> ")
    // A stroke over itself gets no denser; a second one does.
    #expect(state.canvas.color(at: Point(x: 10, y: 10)).red == 128)
    #expect((1..<128).contains(state.canvas.color(at: Point(x: 10, y: 14)).red))
    state.type(".")
    #expect(state.canvas.color(at: Point(x: 10, y: 10)).red == 192)
    #expect(state.nib.softness == 0.3)
    #expect(state.toolLabel == "brush 9px 50%")
  }

  @Test func theBackgroundGoesOnThroughWhatIsErased() {
    var ramp = RGBA8(width: 60, height: 40, filledWith: (0, 100, 0, 255))
    for pixel in 0..<60 * 40 {
      ramp.samples[4 * pixel] = UInt8(4 * (pixel % 60))
      ramp.samples[4 * pixel + 2] = UInt8(5 * (pixel / 60))
    }
    var state = EditorState(picture: ramp, name: "ramp.png")
    state.type("n:size 7<Enter>:color #ff00ff<Enter>:go 30 20<Enter> :go 36 22<Enter> ")
    state.type("E:size 11<Enter>:go 30 20<Enter> :go 36 22<Enter> ")
    for index in ramp.samples.indices {
      #expect(abs(Int(state.canvas.edited.samples[index]) - Int(ramp.samples[index])) <= 3)
    }
    #expect(state.canvas.color(at: Point(x: 33, y: 21)).green == 100)
    state.type("u")
    #expect(state.canvas.color(at: Point(x: 33, y: 21)) == Color(255, 0, 255))
  }

  @Test func cloningOutsideThePictureDoesNothing() {
    var state = EditorState.tiny(Self.blank)
    state.type("A.")
    #expect(state.message?.isError == true)
    state.type(":source 0 0<Enter>:size 1<Enter>:go 3 3<Enter>.:go 0 0<Enter>.")
    // The second dot would copy from three pixels outside.
    #expect(Drawn.text(state.canvas.touched) == "......\n......\n......\n...#..")
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
