import Editor
import Raster
import Testing

/// Tools that need no colour, and materials.
@Suite struct ToolTests {
  static let blank = "......\n......\n......\n......"

  private func toolLine(_ state: EditorState, columns: Int) -> String {
    var state = state
    _ = state.handle(.resize(columns: columns, rows: 24))
    return Editor.draw(state).text(row: 0)
  }

  /// Keys, and the tool line at 100 and at 60 columns.
  @Test(arguments: [
    ("E:size 24<Enter>", "erase 24px: what is around goes on ", "erase 24px "),
    (":erase<Enter>:size 7<Enter>", "erase 7px: what is around goes on ", "erase 7px "),
    (":background<Enter>", "erase 3px: what is around goes on ", "erase 3px "),
    (":tool background<Enter>", "erase 3px: what is around goes on ", "erase 3px "),
    ("I:size 9<Enter>", "tint 9px: keeps the light ", "tint 9px "),
    ("b:size 24<Enter>:material grass<Enter>", "brush 24px grass ", "brush 24px grass "),
    ("f:material water<Enter>", "fill 24 water ", "fill 24 water "),
    ("E:material water<Enter>:size 5<Enter>", "brush 5px water ", "brush 5px water "),
    (":material water<Enter>:size 5<Enter>e:size 3<Enter>", "eraser 3px ", "eraser 3px "),
    (":material water<Enter>:size 5<Enter>1", "pen 5px ", "pen 5px "),
    (":material water<Enter>:material off<Enter>", "pen 1px ", "pen 1px "),
  ])
  func theToolLineSaysWhatItIs(keys: String, wide: String, narrow: String) {
    var state = EditorState.tiny(Self.blank)
    state.type(keys)
    #expect(toolLine(state, columns: 100).hasPrefix(" " + wide))
    #expect(toolLine(state, columns: 60).hasPrefix(" " + narrow))
    #expect(state.message?.isError != true)
  }

  /// With something masked `:erase` erases just that, as one step.
  @Test(arguments: ["erase", "background"]) func erasingTheMask(command: String) {
    var state = EditorState.tiny("......\n.RR...\n.RR...\n......")
    state.type("mr:go 1 1<Enter> lj m:\(command)<Enter>")
    #expect(Drawn.text(state.canvas.edited) == Self.blank)
    #expect(KindTests.text(state.canvas.touched) == "......\n.ee...\n.ee...\n......")
    #expect(Drawn.text(state.canvas.mask) == "......\n.##...\n.##...\n......")
    #expect(state.message?.text.hasPrefix("erased what is masked, 17%") == true)
    state.type("u")
    #expect(state.canvas.touchedCount == 0 && state.canvas.maskCount == 4)
  }

  /// What `:erase` does after other keys: whether it takes the tool, and the kinds.
  @Test(arguments: [
    ("", true, "......"), ("E:size 1<Enter>.n", true, "e....."), (".", false, "e....."),
    ("E:size 1<Enter>.nl.", false, "ee...."), (".:mask clear<Enter>", true, "c....."),
  ])
  func eraseAfter(keys: String, takesTool: Bool, row: String) {
    var state = EditorState.tiny(Self.blank)
    state.type(keys + ":erase<Enter>")
    #expect((state.tool == .erase) == takesTool)
    #expect(KindTests.text(state.canvas.touched) == row + "\n......\n......\n......")
  }

  /// Keys with a material chosen, and the kinds.
  static let triples: [Triple] = [
    Triple("pen", blank, ":material grass<Enter> ll ", "GGG...\n......\n......\n......"),
    Triple(
      "rectangle", blank, ":material rock<Enter>r ljl ", "RRR...\nRRR...\n......\n......"),
    Triple("ellipse", blank, ":material sky<Enter>O ll ", "SSS...\n......\n......\n......"),
    Triple(
      "line", blank, ":material wood<Enter>/:size 1<Enter> lll ",
      "WWWW..\n......\n......\n......"),
    Triple(
      "fill", "..K...\n..K...\nKKK...\nKKK...", ":material sand<Enter>f.",
      "SS....\nSS....\n......\n......"),
    Triple(
      "a swatch ends it", blank, ":material rock<Enter>.2l.", "Rc....\n......\n......\n......"),
    Triple(
      "so does any colour", blank, ":material rock<Enter>.:color #123<Enter>l.",
      "Rc....\n......\n......\n......"),
    Triple(
      "and off", blank, ":material rock<Enter>.:material off<Enter>l.",
      "Rc....\n......\n......\n......"),
    Triple(
      "another material over it", blank, ":material rock<Enter> ll :material snow<Enter>h.",
      "RSR...\n......\n......\n......"),
    Triple(
      "erasing needs none", blank, ":material rock<Enter>.E:size 1<Enter>l.",
      "Re....\n......\n......\n......"),
    Triple(
      "the mask neither", blank, ":material rock<Enter>mn.m", blank),
    Triple("undo", blank, ":material rock<Enter>.l.u", "R.....\n......\n......\n......"),
  ]

  @Test(arguments: triples) func keysPaintMaterials(_ triple: Triple) {
    var state = EditorState.tiny(triple.before)
    state.type(triple.keys)
    #expect(KindTests.text(state.canvas.touched) == triple.after)
  }

  /// A soft brush takes whole pixels, each in the colour that stands for the material.
  @Test(arguments: Material.allCases) func aMaterialHasOneColour(material: Material) {
    let picture = RGBA8(width: 40, height: 40, filledWith: (1, 2, 3, 255))
    var state = EditorState(picture: picture, name: "flat.png")
    state.type(
      ":material \(material.name)<Enter>b:size 15<Enter>:softness 1<Enter>:opacity 0.5<Enter>.")
    for (pixel, kind) in state.canvas.touched.values.enumerated() {
      let color = state.canvas.color(at: Point(x: pixel % 40, y: pixel / 40))
      #expect(kind == 0 || kind == material.rawValue)
      #expect(color == (kind == 0 ? Color(1, 2, 3) : material.standIn))
    }
    #expect(state.canvas.touchedCount > 20)
    #expect(Material.allCases.count { $0.standIn == material.standIn } == 1)
  }

  /// Keys in the palette, and the material then; nil is the colour.
  @Test(arguments: [
    ("pg", Material?.some(.grass)), ("pf", .foliage), ("pb", .bark), ("pr", .rock), ("ps", .sand),
    ("pw", .water), ("pn", .snow), ("pc", .cloud), ("py", .sky), ("pi", .brick), ("po", .wood),
    ("pd", .soil), ("pgpx", nil), ("p<Right><Enter>", .grass), ("p<Left> ", .soil),
    ("pgp<Right><Enter>", .foliage), ("pgp<Right><Esc>", .grass), ("pgpp", .grass),
    ("pgpz<Esc>", .grass),
    ("pgV<Esc>", .grass), ("pgV<Up><Esc>", nil), ("pgx", nil), ("pgd", nil),
  ])
  func thePalette(keys: String, material: Material?) {
    var state = EditorState.tiny(Self.blank)
    state.type(keys)
    #expect(state.material == material)
    #expect(state.prompt == nil)
  }

  /// The palette shows the chosen one on its colour at any width, and says its keys.
  @Test(arguments: [32, 60, 80, 120, 160]) func thePaletteIsSeen(columns: Int) {
    var state = EditorState.tiny(Self.blank)
    _ = state.handle(.resize(columns: columns, rows: 20))
    state.type("p")
    for material in Material.allCases {
      state.type("<Right>")
      let screen = Editor.draw(state)
      let line = screen.text(row: 19)
      #expect(line.contains(" \(material.name)]"), "\(line)")
      let column = Array(line).firstIndex(of: "[") ?? 0
      #expect(screen[column, 19].background == material.standIn)
      #expect(screen.text(row: 18).contains("a letter chooses"))
    }
  }
}

/// The mode without a network.
@Suite struct TextureModeTests {
  /// Keys, and the mode then.
  @Test(arguments: [
    ("P", GenerationMode.texture), ("PP", .sparse), ("tP", .texture), ("tPP", .dense),
    ("tPPP", .texture), ("Pt", .sparse), ("PtPP", .sparse), (":mode texture<Enter>P", .sparse),
    ("t:mode texture<Enter>P", .dense), ("Pu", .sparse), ("tPuP", .texture), ("tPuPP", .sparse),
    ("tP:mode sparse<Enter>PP", .sparse), ("g<Left><Left><Down><Enter>", .texture),
    ("tg<Left><Left><Up><Enter>P", .dense),
  ])
  func keys(keys: String, mode: GenerationMode) {
    var state = HintTests.ready()
    state.type(keys)
    #expect(state.settings.mode == mode)
  }

  @Test func itIsSaid() {
    var state = HintTests.ready()
    _ = state.handle(.resize(columns: 120, rows: 30))
    state.type("P")
    let status = Editor.draw(state).text(row: 28)
    #expect(status.hasPrefix(" TEXTURE  ") && !status.contains("steps"), "\(status)")
    #expect(state.message?.text == "texture: the picture's own textures, no network; instant")
    state.type("g<Left><Left>")
    #expect(Editor.draw(state).text(row: 29).contains("[mode texture]"))
  }

  /// That paint hardly changed is said where a network was to make a thing of it.
  @Test(arguments: [(".", true), ("E.", false), ("P.", false), ("E.bL.", true)])
  func hardlyChanged(keys: String, isSaid: Bool) throws {
    var state = HintTests.ready()
    state.type(":color #5a7896<Enter>" + keys)
    let request = try #require(state.type("<Enter>").last?.generated)
    state.answer(id: request.id, width: 48, height: 32, color: (90, 120, 150, 255))
    #expect(state.message?.text.contains("hardly changed") == isSaid)
  }

  /// A result says how it was made; the two modes of the network are compared as ever.
  @Test func comparisonIsOfSparseAndDense() throws {
    var state = HintTests.ready()
    state.type("P.")
    let request = try #require(state.type("<Enter>").last?.generated)
    #expect(request.settings.mode == .texture)
    state.answer(id: request.id, width: 9, height: 9)
    #expect(state.generations(in: .picture).map(\.settings.mode) == [.texture])
    state.type("<lt>")
    #expect(state.message?.text == "result 1/1: texture, seed 1, 0.50s")
    #expect(state.type("=").isEmpty && state.message?.text.contains("without a network") == true)
    state.type("t")
    let sparse = try #require(state.type("<Enter>").last?.generated)
    state.answer(id: sparse.id, width: 9, height: 9)
    let dense = try #require(state.type("=").last?.generated)
    #expect([sparse, dense].map(\.settings.mode) == [.sparse, .dense])
    state.answer(id: dense.id, width: 9, height: 9)
    #expect(state.staged?.rival != nil)
  }
}
