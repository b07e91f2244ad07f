import Editor
import Foundation
import Terminal
import Testing

/// Pictures for tests, and what terminals make of the bytes that carry them.
enum SentPictures {
  static func noise(_ width: Int, _ height: Int, seed: UInt64) -> PaneSamples {
    var random = Seeded(seed)
    func level() -> UInt8 { .random(in: 0...255, using: &random) }
    return PaneSamples(
      width: width, height: height,
      colors: (0..<width * height).map { _ in Color(level(), level(), level()) })
  }

  /// A sky over hills: what photographs are made of, smooth places and rough ones.
  static func scene(_ width: Int, _ height: Int) -> PaneSamples {
    var random = Seeded(8)
    let colors = (0..<width * height).map { at in
      let (x, y) = (Double(at % width) / Double(width), Double(at / width) / Double(height))
      guard y > 0.6 + 0.1 * sin(9 * x) else {
        return Color(UInt8(90 + 80 * y), UInt8(130 + 80 * y), UInt8(200 + 50 * y))
      }
      let grain = Double.random(in: -20...20, using: &random)
      return Color(UInt8(80 + grain + 30 * x), UInt8(110 + grain), UInt8(50 + grain * 0.5))
    }
    return PaneSamples(width: width, height: height, colors: colors)
  }

  /// Control data and payloads of application program commands.
  static func commands(
    _ bytes: [UInt8]
  ) -> [(control: [String: String], payload: String)] {
    String(decoding: bytes, as: UTF8.self).matches(
      of: /\u{1B}_G([^;\u{1B}]*);?([^\u{1B}]*)\u{1B}\\/
    )
    .map { command in
      let pairs = command.1.split(separator: ",").map { $0.split(separator: "=") }
      return (
        Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) }),
        String(command.2)
      )
    }
  }

  struct Decoded {
    var width: Int
    var height: Int
    /// Red, green and blue in percent; empty where nothing was drawn.
    var pixels: [[Int]]
    var palette: [Int: [Int]]
  }

  /// A small decoder of sixels, which takes only what stays inside the size that was declared.
  static func decode(_ bytes: [UInt8]) throws -> Decoded {
    let text = String(decoding: bytes, as: UTF8.self)
    let match = try #require(
      text.wholeMatch(of: /\u{1B}P0;1;0q"1;1;(\d+);(\d+)((?s).*)\u{1B}\\/))
    let (width, height) = (Int(match.1) ?? 0, Int(match.2) ?? 0)
    var result = Decoded(
      width: width, height: height, pixels: [[Int]](repeating: [], count: width * height),
      palette: [:])
    var (x, top, color) = (0, 0, 0)
    let body = Array(match.3.utf8)
    var at = 0
    func number() -> Int {
      var value = 0
      while at < body.count, (48...57).contains(body[at]) {
        value = value * 10 + Int(body[at]) - 48
        at += 1
      }
      return value
    }
    while at < body.count {
      let letter = body[at]
      at += 1
      switch letter {
      case UInt8(ascii: "#"):
        color = number()
        var values: [Int] = []
        while at < body.count, body[at] == UInt8(ascii: ";") {
          at += 1
          values.append(number())
        }
        if values.count == 4 { result.palette[color] = Array(values[1...]) }
      case UInt8(ascii: "$"): x = 0
      case UInt8(ascii: "-"): (x, top) = (0, top + 6)
      default:
        var count = 1
        var sixel = letter
        if letter == UInt8(ascii: "!") {
          count = number()
          sixel = try #require(at < body.count ? body[at] : nil)
          at += 1
        }
        try #require((63...126).contains(sixel))
        for _ in 0..<count {
          for row in 0..<6 where (sixel - 63) >> UInt8(row) & 1 == 1 {
            try #require(x < width && top + row < height)
            try #require(result.pixels[(top + row) * width + x].isEmpty)
            result.pixels[(top + row) * width + x] = try #require(result.palette[color])
          }
          x += 1
        }
      }
    }
    return result
  }
}

@Suite struct PictureProtocolTests {
  // MARK: Kitty

  @Test(arguments: [(2, 1), (7, 3), (100, 61)])
  func kittyCarriesEveryPixel(width: Int, height: Int) throws {
    let pixels = SentPictures.noise(width, height, seed: 3)
    let bytes = KittyGraphics.show(pixels, id: 7, columns: 12, rows: 5)
    let commands = SentPictures.commands(bytes)
    let first = try #require(commands.first?.control)
    #expect(["a", "f", "q", "C", "i"].map { first[$0] } == ["T", "24", "2", "1", "7"])
    #expect(["s", "v"].map { first[$0] } == ["\(width)", "\(height)"])
    #expect(["c", "r"].map { first[$0] } == ["12", "5"])
    #expect(commands.dropLast().allSatisfy { $0.control["m"] == "1" })
    #expect(commands.last?.control["m"] == "0")
    #expect(commands.allSatisfy { $0.payload.count <= 4096 })
    let data = try #require(Data(base64Encoded: commands.map(\.payload).joined()))
    #expect(Array(data) == pixels.colors.flatMap { [$0.red, $0.green, $0.blue] })
  }

  @Test func oneColourIsOnePixel() throws {
    let flat = PaneSamples(
      width: 64, height: 64, colors: [Color](repeating: Color(1, 2, 3), count: 4096))
    let command = try #require(
      SentPictures.commands(KittyGraphics.show(flat, id: 1, columns: 8, rows: 4)).first)
    #expect(["s", "v", "c", "r"].map { command.control[$0] } == ["1", "1", "8", "4"])
    #expect(command.payload == "AQID")
  }

  // MARK: Sixel

  /// Every pixel is sent once, none beside or below the picture, and no line feed at the end.
  @Test(arguments: [(1, 1), (5, 6), (40, 7), (33, 20), (64, 48)], [2, 16, 256])
  func sixelCarriesEveryPixel(size: (Int, Int), registers: Int) throws {
    let pixels = SentPictures.noise(size.0, size.1, seed: 9)
    let bytes = Sixel.encode(pixels, registers: registers)
    let decoded = try SentPictures.decode(bytes)
    #expect((decoded.width, decoded.height) == size)
    #expect(decoded.pixels.allSatisfy { !$0.isEmpty })
    #expect(decoded.palette.count <= registers)
    #expect(decoded.palette.keys.allSatisfy { $0 < registers })
    #expect(bytes.count { $0 == UInt8(ascii: "-") } == (size.1 - 1) / 6)
  }

  private func error(_ decoded: SentPictures.Decoded, _ pixels: PaneSamples) -> Double {
    let squares = zip(decoded.pixels, pixels.colors).reduce(0.0) { sum, pair in
      let (percent, color) = pair
      return zip(percent, [color.red, color.green, color.blue]).reduce(sum) {
        let difference = Double($1.0) * 2.55 - Double($1.1)
        return $0 + difference * difference
      }
    }
    return (squares / Double(3 * pixels.colors.count)).squareRoot()
  }

  /// Few colours are all kept, as near as percents come to them.
  @Test func fewColoursAreExact() throws {
    let all = SentPictures.noise(16, 8, seed: 4).colors
    let pixels = PaneSamples(
      width: 64, height: 32, colors: (0..<64 * 32).map { all[($0 * 7 + $0 / 64) % all.count] })
    let decoded = try SentPictures.decode(Sixel.encode(pixels, registers: 256))
    for (percent, color) in zip(decoded.pixels, pixels.colors) {
      for (part, level) in zip(percent, [color.red, color.green, color.blue]) {
        #expect(abs(Double(part) * 2.55 - Double(level)) <= 1.28)
      }
    }
  }

  /// A tenth of the error that the best fixed colours have, and near that of the ideal: 256 colours
  /// are worth 8 bits a pixel, the percents alone cost 0.74.
  @Test func anAdaptedPaletteIsNear() throws {
    let pixels = SentPictures.scene(256, 192)
    #expect(try error(SentPictures.decode(Sixel.encode(pixels, registers: 256)), pixels) < 2.5)
    #expect(try error(SentPictures.decode(Sixel.encode(pixels, registers: 16)), pixels) < 14)
  }

  /// No dots in smooth places: neighbours in the sky differ by what its slope and percents make.
  @Test func smoothPlacesStaySmooth() throws {
    let pixels = SentPictures.scene(256, 192)
    let decoded = try SentPictures.decode(Sixel.encode(pixels, registers: 256))
    for y in 0..<80 {
      for x in 1..<256 {
        let (a, b) = (decoded.pixels[y * 256 + x - 1], decoded.pixels[y * 256 + x])
        #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 4 })
      }
    }
  }

  /// With few colours the error is spread so that means come out right.
  @Test func errorsAreHandedOn() throws {
    let (width, height) = (128, 64)
    var colors: [Color] = []
    for _ in 0..<height {
      for x in 0..<width { colors.append(Color(UInt8(2 * x), 60, UInt8(255 - x))) }
    }
    let ramp = PaneSamples(width: width, height: height, colors: colors)
    let decoded = try SentPictures.decode(Sixel.encode(ramp, registers: 4))
    // At both ends there is no colour beyond to mix with.
    for left in stride(from: 32, to: width - 32, by: 16) {
      var (mean, wanted) = (0.0, 0.0)
      for y in 0..<height {
        for x in left..<left + 16 {
          mean += Double(decoded.pixels[y * width + x][0]) * 2.55
          wanted += Double(2 * x)
        }
      }
      #expect(abs(mean - wanted) < 9 * Double(16 * height))
    }
  }
}

@Suite struct PictureLayerTests {
  private static func state(_ graphics: TerminalFacts.Graphics, columns: Int = 60) -> EditorState {
    var state = EditorState(
      picture: RGBA8Samples.gradient(120, 80), name: "a.png", columns: columns, rows: 20)
    var facts = TerminalFacts()
    facts.graphics = graphics
    (facts.cellWidth, facts.cellHeight) = (6, 12)
    _ = state.handle(.tick(milliseconds: 1000))
    _ = state.handle(.terminal(facts))
    return state
  }

  private static let kinds: [TerminalFacts.Graphics] = [.kitty, .sixel]

  /// Where pictures begin that some bytes show, as cells.
  private func places(_ update: PictureLayer.Update) -> [String] {
    String(decoding: update.bytes, as: UTF8.self)
      .matches(of: /\u{1B}\[(\d+);(\d+)H\u{1B}[_P]/).map { "\($0.2),\($0.1)" }
  }

  @Test(arguments: kinds) func onlyWhatChangedIsSent(graphics: TerminalFacts.Graphics) throws {
    var state = Self.state(graphics)
    var layer = PictureLayer()
    let first = Editor.draw(state)
    let picture = try #require(first.pictures.first)
    let all = layer.update(to: first, changedRows: [], registers: 256)
    #expect(places(all).count == picture.tiles.count)
    #expect(layer.update(to: first, changedRows: [], registers: 256) == .init())
    _ = state.handle(.key(.character(".")))
    let second = Editor.draw(state, after: first)
    let differing = zip(picture.tiles, second.pictures[0].tiles).enumerated().filter {
      $0.element.0 != $0.element.1
    }.map { index, _ in
      let cells = picture.cells(ofTile: index)
      return "\(cells.minX + 1),\(cells.minY + 1)"
    }
    let update = layer.update(to: second, changedRows: [], registers: 256)
    #expect(places(update) == differing && !differing.isEmpty)
    #expect(update.staleRows.isEmpty)
    // The cursor is where curses believes it to be.
    let text = String(decoding: update.bytes, as: UTF8.self)
    #expect(text.hasPrefix("\u{1B}7") && text.hasSuffix("\u{1B}8"))
  }

  /// Pictures vanish with what they showed: kitty's are freed, sixels' cells are sent again.
  @Test(arguments: kinds) func picturesVanish(graphics: TerminalFacts.Graphics) throws {
    var state = Self.state(graphics)
    var layer = PictureLayer()
    let first = Editor.draw(state)
    let shown = layer.update(to: first, changedRows: [], registers: 256)
    _ = state.handle(.key(.character("?")))
    let gone = layer.update(to: Editor.draw(state), changedRows: [], registers: 256)
    #expect(places(gone).isEmpty)
    if graphics == .kitty {
      func ids(_ update: PictureLayer.Update, _ action: String) -> Set<String> {
        Set(
          SentPictures.commands(update.bytes).filter { $0.control["a"] == action }.compactMap {
            $0.control["i"]
          })
      }
      #expect(ids(gone, "d") == ids(shown, "T") && !ids(gone, "d").isEmpty)
      #expect(gone.staleRows.isEmpty)
    } else {
      let area = try #require(first.pictures.first?.area)
      #expect(gone.staleRows == Set(area.minY..<area.maxY))
    }
    _ = state.handle(.key(.escape))
    let back = layer.update(to: Editor.draw(state), changedRows: [], registers: 256)
    #expect(places(back) == places(shown))
  }

  /// Every number that is in use shows one picture, whatever comes and goes.
  @Test func numbersAreUsedOnce() {
    var state = Self.state(.kitty, columns: 130)
    var layer = PictureLayer()
    var shown = Set<String>()
    for keys in ["", "s", "?", "\u{1B}", "s", "+", "\t", ".", "?", "\u{1B}", "|"] {
      for key in keys {
        let named: [Character: Key] = ["\t": .tab, "\u{1B}": .escape]
        _ = state.handle(.key(named[key] ?? .character(key)))
      }
      if keys == "+" { layer.forget() }
      let bytes = layer.update(to: Editor.draw(state), changedRows: [], registers: 256).bytes
      for command in SentPictures.commands(bytes) {
        guard let id = command.control["i"] else { continue }
        if command.control["a"] == "d" {
          #expect(shown.remove(id) != nil)
        } else {
          shown.insert(id)
        }
      }
      let tiles = Editor.draw(state).pictures.reduce(0) { $0 + $1.tiles.count }
      #expect(shown.count == tiles)
    }
    #expect(SentPictures.commands(layer.hideAll()).count == shown.count)
  }

  /// Cells that are sent in a row take sixels with them in some terminals, kitty's pictures never.
  @Test(arguments: kinds) func lostRowsAreSentAgain(graphics: TerminalFacts.Graphics) throws {
    let screen = Editor.draw(Self.state(graphics))
    let area = try #require(screen.pictures.first?.area)
    var layer = PictureLayer()
    _ = layer.update(to: screen, changedRows: [], registers: 256)
    let above = layer.update(to: screen, changedRows: [area.minY - 1], registers: 256)
    #expect(above == .init())
    let inside = layer.update(to: screen, changedRows: [area.minY], registers: 256)
    #expect(places(inside).isEmpty == (graphics == .kitty))
  }
}
