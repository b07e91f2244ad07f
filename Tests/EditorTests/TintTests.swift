import Editor
import Raster
import Testing

/// Another colour over the same light.
@Suite struct TintTests {
  static let blank = "......\n......\n......\n......"

  /// What is tinted, with what, and the very result.
  @Test(arguments: [
    // Grey takes the chroma as it is: luma 128 and red less 76.245, scaled to fit.
    ("#808080", "#ff0000", "#ff4a4a"), ("#808080", "#0000ff", "#7070ff"),
    ("#808080", "#805040", "#a37363"), ("#646464", "#3c6e28", "#497b35"),
    // A grey makes grey; black and white have no room for colour.
    ("#3c6e28", "#777777", "#575757"), ("#000000", "#ff0000", "#000000"),
    ("#ffffff", "#123456", "#ffffff"), ("#3c6e28", "#3c6e28", "#3c6e28"),
    ("#204060", "#f0d010", "#483e00"),
  ])
  func values(below: String, color: String, result: String) throws {
    let (below, color) = (try #require(Color(hex: below)), try #require(Color(hex: color)))
    #expect(below.tinted(with: color).hex == result)
  }

  private func luma(_ color: Color) -> Double {
    (299 * Double(color.red) + 587 * Double(color.green) + 114 * Double(color.blue)) / 1000
  }

  @Test(arguments: [UInt64(1), 2, 3]) func lumaIsKept(seed: UInt64) {
    var random = Seeded(seed)
    func color() -> Color {
      func byte() -> UInt8 { .random(in: 0...255, using: &random) }
      return Color(byte(), byte(), byte())
    }
    for _ in 0..<20_000 {
      let (below, other) = (color(), color())
      let tinted = below.tinted(with: other)
      #expect(abs(luma(tinted) - luma(below)) <= 0.5)
      // The same hue: chroma is that of the colour, times one share for all channels.
      let parts = zip(
        [tinted.red, tinted.green, tinted.blue], [other.red, other.green, other.blue]
      ).map { (Double($0) - luma(below), Double($1) - luma(other)) }
      let largest = parts.max { abs($0.1) < abs($1.1) } ?? (0, 0)
      guard abs(largest.1) > 1 else { continue }
      let share = largest.0 / largest.1
      #expect(share > -0.02 && share < 1 + 1 / abs(largest.1))
      for part in parts { #expect(abs(part.0 - share * part.1) <= 1.1) }
    }
  }

  /// Before is the picture, after the kinds.
  static let kinds: [Triple] = [
    Triple("tint is finished", blank, "I:size 1<Enter> ll ", "fff...\n......\n......\n......"),
    Triple(
      "colour over it is colour", blank, "I:size 1<Enter> ll nh.",
      "fcf...\n......\n......\n......"),
    Triple(
      "over paint it only changes the colour", blank, "lnI:size 1<Enter>h ll u",
      blank),
    Triple(
      "paint stays what it is to become", blank, "l.HI:size 1<Enter> ll ",
      "fcf...\n......\n......\n......"),
    Triple(
      "what is erased too", blank, "E:size 1<Enter>l.HI:size 1<Enter> ll ",
      "fef...\n......\n......\n......"),
    Triple(
      "all that is masked", blank, "mr lljj m:tint #ff0000<Enter>",
      "fff...\nfff...\nfff...\n......"),
    Triple(
      "the eraser takes it away", blank, "I:size 1<Enter> ll e:size 1<Enter>.",
      "ff....\n......\n......\n......"),
    Triple("undo", blank, ":mask all<Enter>:tint #00f<Enter>u", blank),
  ]

  @Test(arguments: kinds) func keysTint(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    #expect(KindTests.text(state.canvas.touched) == triple.after)
    #expect(state.canvas.finishedCount == triple.after.count { $0 == "f" })
    // What is finished is not regenerated, what is paint is.
    let wanted = triple.after.count { $0 != "f" && $0 != "." && $0 != "\n" }
    if !triple.keys.hasSuffix("u") { #expect(state.canvas.maskCount == wanted) }
    while state.canvas.history.undoCount > 0 { state.type("u") }
    #expect(Drawn.text(state.canvas.edited) == triple.before)
  }

  /// A soft, faint tint keeps luma, and alpha stays; what nobody sees is not touched.
  @Test(arguments: [UInt64(5), 6]) func strokesKeepLumaAndAlpha(seed: UInt64) {
    var random = Seeded(seed)
    let picture = RGBA8(
      width: 60, height: 40,
      samples: (0..<60 * 40 * 4).map { _ in UInt8.random(in: 0...255, using: &random) })
    var state = EditorState(picture: picture, name: "random.png")
    state.type("I:size 25<Enter>:softness 1<Enter>:opacity 0.6<Enter>:color #2060c0<Enter>")
    state.type(":go 20 20<Enter> :go 40 22<Enter> ")
    #expect(state.canvas.finishedCount > 300)
    func color(_ picture: RGBA8, _ pixel: Int) -> Color {
      Color(
        picture.samples[4 * pixel], picture.samples[4 * pixel + 1], picture.samples[4 * pixel + 2])
    }
    for pixel in 0..<60 * 40 {
      let edited = state.canvas.edited
      #expect(edited.samples[4 * pixel + 3] == picture.samples[4 * pixel + 3])
      #expect(abs(luma(color(edited, pixel)) - luma(color(picture, pixel))) <= 1)
      if picture.samples[4 * pixel + 3] == 0 { #expect(state.canvas.touched.values[pixel] == 0) }
    }
  }

  @Test func aloneItChoosesTheTool() {
    var state = EditorState.tiny(Self.blank)
    state.type(":tint #00ff00<Enter>")
    #expect(state.tool == .tint && state.primary == Color(0, 255, 0))
    #expect(state.canvas.touchedCount == 0)
    #expect(state.toolLabel.hasPrefix("tint "))
  }

  /// There is nothing to regenerate where all is finished, and all that is said is so.
  @Test func nothingWaitsForTheEngine() {
    var state = HintTests.ready()
    state.type("I:size 9<Enter>.")
    #expect(state.type("<Enter>").isEmpty)
    #expect(state.message?.text.hasPrefix("tinted is finished") == true)
    #expect(state.hints.first == ":w saves" && state.isUnsaved)
    state.type("b:size 1<Enter>L.")
    #expect(state.hints.first?.hasPrefix("Enter regenerates") == true)
  }

  /// A result shows and saves what is finished, whether that was tinted before or after; accepting
  /// leaves it as it is.
  @Test(arguments: [true, false]) func resultsHoldWhatIsFinished(isBefore: Bool) throws {
    var state = EditorState.tiny(Self.blank)
    let tint = ":go 3 0<Enter>I:size 1<Enter>:color #ff0000<Enter> jjj n"
    if isBefore { state.type(tint + ":go 0 0<Enter>") }
    state.type(".")
    let request = try #require(state.type("<Enter>").last?.generated)
    #expect(request.kinds == nil && Drawn.text(request.mask) == "#.....\n......\n......\n......")
    if !isBefore { state.type(tint) }
    state.answer(id: request.id, width: 4, height: 2)
    let tinted = Color(128, 128, 128).tinted(with: Color(255, 0, 0))
    func column(_ picture: RGBA8) -> [Color] {
      (0..<4).map {
        let at = picture.offset(x: 3, y: $0)
        return Color(picture.samples[at], picture.samples[at + 1], picture.samples[at + 2])
      }
    }
    let all = [Color](repeating: tinted, count: 4)
    #expect(column(state.content(.picture)) == all)
    #expect(Drawn.text(state.content(.picture)).hasPrefix("GGG?"))
    #expect(column(state.picture(.result)) == all)
    state.type("a")
    #expect(column(state.canvas.edited) == all && state.canvas.finishedCount == 4)
    #expect(Drawn.text(state.canvas.original) == "GGGG..\nGGGG..\n......\n......")
    while state.canvas.history.undoCount > 0 { state.type("u") }
    #expect(Drawn.text(state.canvas.edited) == Self.blank)
  }

  /// Undoing a tint takes it out of the result that is shown too.
  @Test func resultsFollowUndo() throws {
    var state = EditorState.tiny(Self.blank)
    state.type(".")
    let request = try #require(state.type("<Enter>").last?.generated)
    state.answer(id: request.id, width: 4, height: 2)
    let before = state.content(.picture)
    state.type(":go 3 0<Enter>I:size 1<Enter> jjj ")
    #expect(state.content(.picture) != before)
    state.type("u")
    #expect(state.content(.picture) == before)
    state.type("<C-r>")
    #expect(state.content(.picture) != before)
  }
}
