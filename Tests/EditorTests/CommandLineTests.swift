import Editor
import Raster
import Testing

@Suite struct CommandLineTests {
  @Test(arguments: [
    ("nonsense", "no command nonsense"), ("size 0", "size takes a number from 1 to 512, not 0"),
    ("size 12.5", "size takes a whole number"), ("size x", "size takes a number"),
    ("size 1 2", "size takes a number"), ("color #12", "color takes #rrggbb"),
    ("color", "usage: :color"), ("seed -2", "seed takes a number from 0"),
    ("zoom 17:1", "usage: :zoom"), ("zoom 1:0", "usage: :zoom"),
    ("mode warp", "mode takes one of sparse dense"), ("strength nan", "strength takes a number"),
    ("strength 150%", "strength takes a number from 0.05 to 1"), ("set set=set", "usage: :set"),
    ("hsv 1 2", "usage: :hsv"), ("hsv 400 0 0", "usage: :hsv"), ("mask dance", "usage: :mask"),
    ("mask grow 0", "a mask grows"), ("mask grow x", "a mask grows"),
    ("swatch 17", "usage: :swatch"),
    ("swatch 3 red", "usage: :swatch"), ("go 1", "usage: :go"), ("undo all", "usage: :undo"),
    ("undo-steps 0", "undo-steps takes a number from 1"),
    ("tool hammer", "tool takes one of brush"),
    ("source 99 99 99", "usage: :source"), ("tint red", "tint takes #rrggbb"),
    ("material gold", "material takes one of grass"), ("edges torn", "edges takes one of natural"),
    ("connect", "no last point"), ("melt 65", "melt takes a number from 0 to 64"),
    ("melt 2.5", "melt takes a whole number"),
    ("texture maybe", "texture takes one of on off"),
  ])
  func complaints(line: String, start: String) {
    var state = EditorState.tiny("..\n..")
    let before = state.settings
    state.type(":" + line + "<Enter>")
    #expect(state.message?.isError == true)
    #expect(state.message?.text.hasPrefix(start) == true, "\(state.message?.text ?? "silence")")
    #expect(state.settings == before)
    #expect(state.canvas.history.undoCount == 0)
  }

  @Test func settings() {
    var state = EditorState.tiny("..\n..")
    state.type(
      ":set steps=12<Enter>:strength 50%<Enter>:seed 99<Enter>:feather 7<Enter>:mode dense<Enter>")
    state.type(":set grow=3<Enter>:opacity 0.25<Enter>:set softness=1<Enter>:tolerance 0<Enter>")
    #expect(state.settings.steps == 12)
    #expect(state.settings.strength == 0.5)
    #expect(state.settings.seed == 99)
    #expect(state.settings.feather == 7)
    #expect(state.settings.grow == 3)
    #expect(state.settings.mode == .dense)
    state.type(":melt 9<Enter>:set texture=off<Enter>")
    #expect(state.settings.melt == 9)
    #expect(state.settings.texture == .off)
    state.type(":set edges=smooth<Enter>:mode texture<Enter>")
    #expect(state.settings.edges == .smooth && state.settings.mode == .texture)
    state.type(":edges natural<Enter>:melt auto<Enter>:texture on<Enter>")
    #expect(state.settings.edges == .natural)
    #expect(state.settings.melt == nil)
    #expect(state.settings.texture == .on)
    #expect(state.nib.opacity == 0.25)
    #expect(state.nib.softness == 1)
    #expect(state.tolerance == 0)
  }

  @Test(arguments: [
    ("size", "size is 1"), ("steps", "steps is 8"), ("seed", "seed is 1"), ("melt", "melt is auto"),
  ])
  func aSettingAloneTellsItsValue(line: String, text: String) {
    var state = EditorState.tiny("..\n..")
    state.type(":" + line + "<Enter>")
    #expect(state.message?.text == text)
  }

  @Test(arguments: [
    // Completion.
    (":siz<Tab>", "size "), (":sw<Tab>", "swatch "), (":undo-<Tab>", "undo-"),
    (":undo-<Tab><Tab>", "undo-steps "), (":undo-<Tab><Tab><Tab>", "undo-memory "),
    (":undo-<Tab><S-Tab>", "undo-memory "), (":undo-<Tab><Tab><Esc>", "undo-steps "),
    (":tool era<Tab><Tab>", "tool eraser"), (":mode <Tab><Tab>", "mode sparse"),
    (":set tol<Tab>", "set tolerance="), (":set tolerance=<Tab>", "set tolerance=24"),
    (":set mode=d<Tab>", "set mode=dense"), (":seed <Tab>", "seed 1"),
    (":nothing <Tab>", "nothing "),
    (":material s<Tab><Tab>", "material sand"), (":set edges=<Tab>", "set edges="),
    (":mode t<Tab>", "mode texture"), (":mask s<Tab>", "mask s"), (":mask g<Tab>2", "mask grow 2"),
    (":color <Tab>", "color #ff0000"),
    (":export ma<Tab>", "export mask "), (":undo b<Tab>", "undo branch"),
    // Editing as in a shell.
    (":size 12<BS>", "size 1"), (":size 12<C-w>9", "size 9"), (":abc<C-u>x", "x"),
    (":abc<Left><Left>Z", "aZbc"), (":abc<C-a>Z<C-e>Y", "ZabcY"), (":abc<C-b><C-b><C-k>", "a"),
    (":a b c<C-Left><C-Left><Del>", "a  c"), (":a b c<Home><C-Right>x", "ax b c"),
    (":ab cd<A-b><A-d>x", "ab x"), (":ab<C-a><C-f>x", "axb"),
    // History; every line is kept once.
    (":seed 5<Enter>:<Up>", "seed 5"), (":seed 5<Enter>:size 3<Enter>:se<Up>", "seed 5"),
    (":seed 5<Enter>:size 3<Enter>:<Up><Up>", "seed 5"),
    (":seed 5<Enter>:seed 6<Enter>:se<Up><Up><Down><Down>", "se"),
    (":seed 5<Enter>:size 3<Enter>:seed 5<Enter>:<Up><Up>", "size 3"),
    (":seed 5<Enter>:see<Up><Up><Up>", "seed 5"), (":seed 5<Enter>:x<Up>", "x"),
    (":seed 5<Enter>:<C-p><BS>7", "seed 7"),
  ])
  func editing(keys: String, text: String) {
    var state = EditorState.tiny("..\n..")
    state.type(keys)
    guard case .command(let line) = state.prompt else {
      Issue.record("no command line")
      return
    }
    #expect(line.string == text)
  }

  @Test func tabAsksForFilesAndTakesTheAnswerWhileItFits() throws {
    var state = EditorState.tiny("..\n..")
    #expect(state.type(":w out/a b<Tab>") == [.listFiles(prefix: "out/a b")])
    _ = state.handle(.file(.listed(prefix: "out/a b", names: ["out/a bed.png", "out/a big.png"])))
    #expect(state.commandHint.words == ["out/a bed.png", "out/a big.png"])
    state.type("<Tab>")
    #expect(state.commandHint.chosen == 0)
    #expect(
      state.type("<Enter>").contains { effect in
        guard case .save(let request) = effect else { return false }
        return request.path == "out/a bed.png"
      })
    #expect(state.type(":export mask x<Tab>") == [.listFiles(prefix: "x")])
    state.type("y")
    _ = state.handle(.file(.listed(prefix: "x", names: ["xa", "xb"])))
    let line = try #require(state.prompt?.commandLine)
    #expect(line.string == "export mask xy")
  }

  @Test func spacesInsideAFileNameStay() throws {
    var state = EditorState.tiny("..\n..")
    let effects = state.type(":w   two  spaces .png  <Enter>")
    let request = try #require(effects.last?.saved)
    #expect(request.path == "two  spaces .png")
  }

  @Test func everyCommandExplainsItself() {
    var state = EditorState.tiny("..\n..")
    state.type(":feather")
    #expect(state.commandHint.words == [":feather N", "border blend, 0...64", "now 4"])
    #expect(Editor.draw(state).text(row: 22).hasPrefix(" :feather N  border blend"))
  }

  @Test func pastedTextIsNeverKeys() throws {
    var state = EditorState.tiny("..\n..")
    for keys in ["", "?", "q", "V", "g"] {
      state.type(keys)
      let before = state.settings
      #expect(state.handle(.paste("q.\n:q!\nlll)")).isEmpty)
      #expect(state.canvas.touchedCount == 0)
      #expect(state.settings == before)
      state.type("<Esc>")
    }
    state.type(":")
    _ = state.handle(.paste("w a\nb"))
    let line = try #require(state.prompt?.commandLine)
    #expect(line.string == "w a b")
  }
}

@Suite struct ColorTests {
  @Test(arguments: [
    ("#ff0000", 0.0, 100.0, 100.0), ("#00ff00", 120, 100, 100), ("#0000ff", 240, 100, 100),
    ("#ffffff", 0, 0, 100), ("#000000", 0, 0, 0), ("#804000", 30, 100, 50),
    ("#ff00ff", 300, 100, 100),
  ])
  func huesAreThoseOfTheCircle(hex: String, hue: Double, saturation: Double, value: Double) throws {
    let color = try #require(Color(hex: hex))
    let hsv = HSV(color)
    #expect(abs(hsv.hue - hue) < 0.5)
    #expect(abs(hsv.saturation - saturation) < 0.5)
    #expect(abs(hsv.value - value) < 0.5)
  }

  @Test func everyColorComesBackFromItsHSV() {
    for red in stride(from: 0, through: 255, by: 15) {
      for green in stride(from: 0, through: 255, by: 17) {
        for blue in stride(from: 0, through: 255, by: 51) {
          let color = Color(UInt8(red), UInt8(green), UInt8(blue))
          #expect(HSV(color).color == color)
        }
      }
    }
  }

  @Test(arguments: [
    ("V", "#ff0000"), ("V<Up><Down>", "#ff0000"), ("V<PgUp><PgUp><PgUp>", "#ff8000"),
    ("V<Right><PgDn><PgDn><PgDn><PgDn><PgDn>", "#ff8080"), ("V<Left>JJJJJ", "#800000"),
    ("V<Left>JJJJJJJJJJKKKKKKKKKK", "#ff0000"), ("VK<Esc>", "#ff0000"), ("Vl<Enter>", "#ff0000"),
    ("V120<Enter>", "#00ff00"), ("V<Tab>50<Enter>", "#ff8080"), ("V<Tab>505<Enter>", "#ff8080"),
    ("V120<BS><BS><BS>240<Enter>", "#0000ff"), ("V120<Esc>", "#ff0000"),
  ])
  func arrowsAdjustTheColour(keys: String, hex: String) {
    var state = EditorState.tiny("..\n..")
    state.type(keys)
    #expect(state.primary.hex == hex)
    #expect(state.canvas.touchedCount == 0)
  }

  @Test func settingsCanBeAdjustedWithoutTyping() {
    var state = EditorState.tiny("..\n..")
    state.type("g<Down>l<PgUp>l<Up>lkkl<Up>")
    #expect(
      Editor.draw(state).text(row: 23).contains(
        "strength 0.95  steps 18  feather 5  grow 2  [seed 2]"))
    state.type("<Enter>x")
    #expect(state.settings.strength == 0.95)
    #expect(state.settings.steps == 18)
    #expect(state.prompt == nil)
  }

  /// Settings that are adjusted, their steps to undo, and whether the bottom lines are whole.
  @Test(arguments: [
    ("g.5<Enter>", 0.5, 4, 1), ("g0.5<Esc>", 1, 4, 0), ("g0.5<Right>12<Enter>", 0.5, 12, 1),
    ("g0.5<Right>12<Esc>", 1, 4, 0), ("g<Enter>", 1, 4, 0), ("g7<Enter>", 1, 4, 0),
    ("g<Left><Up><Enter>", 1, 4, 1), ("g<Left><Left><Down><Esc>", 1, 4, 0),
    ("g<Left>5<Enter>", 1, 4, 0),
    ("g<Right>99999<Enter>", 1, 999, 1), ("g<Right>0<Enter>", 1, 4, 0),
  ])
  func settingsAreTypedOrLeft(keys: String, strength: Double, steps: Int, undo: Int) {
    var state = EditorState.tiny("..\n..")
    let facts = ModelFacts(name: "m", tileSide: 8, dilation: 5, steps: 4, strength: 1)
    _ = state.handle(.engine(.modelReady(facts)))
    state.type(keys)
    #expect(state.settings.strength == strength)
    #expect(state.settings.steps == steps)
    #expect(state.canvas.history.undoCount == undo)
    while state.canvas.history.undoCount > 0 { state.type("u") }
    #expect(state.settings.steps == 4 && state.settings.strength == 1)
  }

  /// What is said of keys is what they do, at 60 columns too.
  @Test(arguments: ["g", "V"]) func adjustingSaysItsKeys(key: String) {
    var state = EditorState.tiny("..\n..")
    state.type(":seed 18446744073709551615<Enter>" + key)
    for columns in [32, 60, 80] {
      _ = state.handle(.resize(columns: columns, rows: 24))
      let help = Editor.draw(state).text(row: 22)
      #expect(help.contains("Left Right choose"))
      if columns > 32 {
        for part in ["Up Down change", "Enter done", "Esc back"] {
          #expect(help.contains(part), "\(help)")
        }
        let range = key == "g" ? "0.05...1" : "0...360"
        #expect((help + Editor.draw(state).text(row: 23)).contains(range) || columns == 60)
      }
      for _ in 0..<(key == "g" ? 7 : 3) {
        let line = Editor.draw(state).text(row: 23)
        #expect(line.count { $0 == "[" } == 1 && line.count { $0 == "]" } == 1, "\(line)")
        state.type("<Right>")
      }
    }
  }

  @Test func aPictureGivesItsColours() {
    var picture = RGBA8(width: 64, height: 48, filledWith: (10, 20, 30, 255))
    for x in 0..<20 {
      for y in 0..<48 {
        let at = picture.offset(x: x, y: y)
        picture.samples.replaceSubrange(at..<(at + 3), with: [200, 100, 0])
      }
    }
    picture.samples.replaceSubrange(0..<4, with: [255, 255, 255, 0])
    #expect(
      Color.dominant(in: picture, count: 16) == [Color(10, 20, 30), Color(200, 100, 0)])
    #expect(Color.dominant(in: picture, count: 1).count == 1)
    var state = EditorState(picture: picture, name: "two.png")
    state.type("y1")
    #expect(state.primary == Color(10, 20, 30))
    #expect(state.swatches.count == 16)
    state.type("y1")
    #expect(state.primary == Color.swatches[0])
  }

  @Test func dominantColoursOfManyAreSixteenAndAlwaysTheSame() {
    var random = Seeded(5)
    let picture = RGBA8(
      width: 700, height: 500,
      samples: (0..<700 * 500 * 4).map { _ in UInt8.random(in: 0...255, using: &random) })
    let colors = Color.dominant(in: picture, count: 16)
    #expect(Set(colors).count == 16)
    #expect(Color.dominant(in: picture, count: 16) == colors)
  }
}

@Suite struct BindingTests {
  @Test func noKeyIsBoundTwice() {
    let keys = Binding.standard.flatMap(\.keys)
    #expect(Dictionary(grouping: keys) { $0 }.filter { $0.value.count > 1 }.isEmpty)
  }

  /// What plain terminals do not deliver, or deliver as something else.
  @Test func everyKeyIsOneThatTerminalsSend() {
    for case .control(let letter) in Binding.standard.flatMap(\.keys) {
      #expect(!["i", "m", "j", "h", "["].contains(letter))
    }
  }
}
