import Editor
import Raster
import Testing

@Suite struct MaskTests {
  static let blank = "......\n......\n......\n......"

  /// Before is the picture, after the mask.
  static let triples: [Triple] = [
    Triple("the mask follows strokes", blank, ".lj.", "#.....\n.#....\n......\n......"),
    Triple(
      "the eraser takes from it", blank, " ll e:size 1<Enter>.", "##....\n......\n......\n......"),
    Triple("mask mode adds", blank, "mb:size 1<Enter> ll ", "###...\n......\n......\n......"),
    Triple("mask mode adds to strokes", blank, ".mlnj.", "#.....\n.#....\n......\n......"),
    Triple(
      "its eraser takes away", blank, " ll me:size 1<Enter>.", "##....\n......\n......\n......"),
    Triple("shapes paint it too", blank, "mr lljj ", "###...\n###...\n###...\n......"),
    Triple(
      "fill takes connected pixels of like colour", "..K...\n.K....\nK.....\n......", "mf.",
      "##....\n#.....\n......\n......"),
    Triple("invert", blank, ".M", ".#####\n######\n######\n######"),
    Triple("all and clear", blank, ":mask all<Enter>:mask clear<Enter>", blank),
    Triple(
      "grow by a disc", blank, ":go 2 1<Enter>.:mask grow 1<Enter>",
      "..#...\n.###..\n..#...\n......"),
    Triple(
      "shrink, but not from the picture's border", blank, "r lllljjj :mask shrink 1<Enter>",
      "####..\n####..\n####..\n####.."),
    Triple(
      "braces grow and shrink in mask mode", blank, ":go 2 1<Enter>.m}}{",
      "..#...\n.###..\n..#...\n......"),
    Triple("strokes again", blank, ".M:mask strokes<Enter>", "#.....\n......\n......\n......"),
    Triple(
      "strokes go on adding after it was edited", blank, ":mask clear<Enter>.",
      "#.....\n......\n......\n......"),
    Triple("undo knows masks", blank, ".MMM:mask all<Enter>uu", "#.....\n......\n......\n......"),
    Triple("redo too", blank, ".Mu<C-r>", ".#####\n######\n######\n######"),
    Triple(
      "back in colour mode strokes paint again", blank, "mnm.", "#.....\n......\n......\n......"),
  ]

  @Test(arguments: triples) func keysMask(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    #expect(Drawn.text(state.canvas.mask) == triple.after)
    #expect(state.canvas.maskCount == state.canvas.mask.values.count { $0 != 0 })
    #expect(Drawn.text(state.canvas.original) == triple.before)
  }

  @Test func masksLeaveThePictureAndTheUnsavedStarAlone() {
    var state = EditorState.tiny(Self.blank)
    state.type("mn llljjj M:mask grow 3<Enter>r ll ")
    #expect(Drawn.text(state.canvas.edited) == Self.blank)
    #expect(state.canvas.touchedCount == 0)
    #expect(!state.isUnsaved)
  }

  @Test func theMaskIsWhatTheEngineGetsGrownAsWished() throws {
    var state = EditorState.tiny(Self.blank)
    state.type(".:mask clear<Enter>")
    #expect(state.type("<Enter>").isEmpty)
    #expect(state.message?.text.contains("mask is empty") == true)
    state.type(":go 2 1<Enter>mn.m:grow 1<Enter>")
    let request = try #require(state.type("<Enter>").last?.generated)
    #expect(Drawn.text(request.mask) == "..#...\n.###..\n..#...\n......")
    #expect(Drawn.text(state.canvas.mask) == "......\n..#...\n......\n......")
  }

  @Test func acceptingTakesOnlyWhatWasMasked() throws {
    var state = EditorState.tiny(Self.blank)
    state.type(" ll :mask clear<Enter>mn.m")
    let request = try #require(state.type("<Enter>").last?.generated)
    #expect(Drawn.text(request.mask) == "..#...\n......\n......\n......")
    state.answer(id: request.id, width: 6, height: 4)
    state.type("a")
    #expect(Drawn.text(state.canvas.edited) == "RRGGGG\nGGGGGG\nGGGGGG\nGGGGGG")
    #expect(Drawn.text(state.canvas.touched) == "##....\n......\n......\n......")
    #expect(state.canvas.maskCount == 0)
  }

  @Test func rightButtonTakesAway() {
    var state = EditorState.tiny(Self.blank)
    state.type(":mask all<Enter>mb:size 1<Enter>:zoom 1:1<Enter>")
    let pane = state.layout.panes[0].area
    // 6x4 pixels at 1:1 in the middle of 80x42 sub-pixels.
    let place = Mouse(.down, .right, column: pane.minX + 37, row: pane.minY + 9, fractionY: 0.9)
    _ = state.handle(.mouse(place))
    _ = state.handle(
      .mouse(Mouse(.up, .right, column: place.column, row: place.row, fractionY: 0.9)))
    #expect(state.canvas.maskCount == 23)
  }

  /// A slow twin: every pixel against every set pixel.
  @Test(arguments: [UInt64(1), 2, 3]) func growingIsADiscOfTheRadius(seed: UInt64) {
    var random = Seeded(seed)
    let (width, height) = (41, 29)
    let mask = Mask(
      width: width, height: height,
      values: (0..<width * height).map { _ in
        Int.random(in: 0..<60, using: &random) == 0 ? 255 : 0
      })
    let set = mask.values.indices.filter { mask.values[$0] != 0 }
    for radius in [0, 1, 2, 5, 9, 64] {
      let slow = mask.values.indices.map { index -> UInt8 in
        set.contains {
          let (dx, dy) = ($0 % width - index % width, $0 / width - index / width)
          return dx * dx + dy * dy <= radius * radius
        } ? 255 : 0
      }
      #expect(mask.grown(by: radius).values == slow)
      #expect(mask.shrunk(by: radius) == mask.inverted.grown(by: radius).inverted)
    }
  }
}
