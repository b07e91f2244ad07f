import Editor
import Raster

/// Pictures as text: one letter a pixel, so that a test shows what it means.
enum Drawn {
  static let colors: [Character: Color] = [
    ".": Color(128, 128, 128), "R": Color(255, 0, 0), "G": Color(0, 255, 0),
    "B": Color(0, 0, 255), "W": .white, "K": .black,
  ]

  static func picture(_ text: String) -> RGBA8 {
    let rows = text.split(separator: "\n").map(Array.init)
    var picture = RGBA8(
      width: rows.first?.count ?? 0, height: rows.count, filledWith: (0, 0, 0, 255))
    for (y, row) in rows.enumerated() {
      for (x, letter) in row.enumerated() {
        let color = colors[letter] ?? .black
        let at = picture.offset(x: x, y: y)
        picture.samples[at] = color.red
        picture.samples[at + 1] = color.green
        picture.samples[at + 2] = color.blue
      }
    }
    return picture
  }

  /// The letters again; `?` for a colour that has none.
  static func text(_ picture: RGBA8) -> String {
    (0..<picture.height).map { y in
      String(
        (0..<picture.width).map { x -> Character in
          let at = picture.offset(x: x, y: y)
          let color = Color(
            picture.samples[at], picture.samples[at + 1], picture.samples[at + 2])
          return colors.first { $0.value == color }?.key ?? "?"
        })
    }.joined(separator: "\n")
  }

  /// `#` where a mask is set.
  static func text(_ mask: Mask) -> String {
    (0..<mask.height).map { y in
      String((0..<mask.width).map { mask.values[y * mask.width + $0] != 0 ? "#" : "." })
    }.joined(separator: "\n")
  }
}

extension Effect {
  /// The run that is asked for, where one is.
  var generated: GenerateRequest? { if case .generate(let request) = self { request } else { nil } }

  /// The file that is to be written, where one is.
  var saved: SaveRequest? { if case .save(let request) = self { request } else { nil } }
}

extension EditorState.Prompt {
  /// The `:` line, where it is that.
  var commandLine: CommandLine? { if case .command(let line) = self { line } else { nil } }
}

extension EditorState {
  /// Presses keys written as in help: single letters, and names in angle brackets.
  @discardableResult
  mutating func type(_ keys: String) -> [Effect] {
    var effects: [Effect] = []
    var rest = keys[...]
    while let first = rest.first {
      if first == "<", let end = rest.firstIndex(of: ">"),
        let key = Self.named[String(rest[...end])]
      {
        effects += handle(.key(key))
        rest = rest[rest.index(after: end)...]
      } else {
        effects += handle(.key(.character(first)))
        rest = rest.dropFirst()
      }
    }
    return effects
  }

  private static let named: [String: Key] = [
    "<lt>": .character("<"), "<Enter>": .enter, "<Esc>": .escape, "<Up>": .up, "<Down>": .down,
    "<Left>": .left,
    "<Right>": .right, "<BS>": .backspace, "<Tab>": .tab, "<C-s>": .control("s"),
    "<C-z>": .control("z"), "<C-r>": .control("r"), "<C-y>": .control("y"),
    "<C-c>": .control("c"), "<C-w>": .control("w"), "<C-u>": .control("u"),
    "<C-a>": .control("a"), "<C-e>": .control("e"), "<C-k>": .control("k"),
    "<C-b>": .control("b"), "<C-f>": .control("f"), "<C-p>": .control("p"),
    "<C-Left>": .controlLeft, "<C-Right>": .controlRight, "<Del>": .delete, "<Home>": .home,
    "<S-Tab>": .backTab, "<PgUp>": .pageUp, "<PgDn>": .pageDown, "<A-h>": .alt("h"),
    "<A-j>": .alt("j"), "<A-k>": .alt("k"), "<A-l>": .alt("l"), "<A-1>": .alt("1"),
    "<A-6>": .alt("6"), "<A-b>": .alt("b"), "<A-d>": .alt("d"),
  ]

  /// A tiny picture with a hard one-pixel red pen in its top left corner.
  static func tiny(_ text: String, pen: Int = 1) -> EditorState {
    var state = EditorState(picture: Drawn.picture(text), name: "tiny.png")
    state.type("n:size \(pen)<Enter>:color #ff0000<Enter>")
    state.type("HHHHKKKK")
    return state
  }

  /// Answers the run under way with a green rectangle; returns what was answered.
  @discardableResult
  mutating func answer(
    id: Int, x: Int = 0, y: Int = 0, width: Int = 2, height: Int = 2, seconds: Double = 0.5,
    color: (UInt8, UInt8, UInt8, UInt8) = (0, 255, 0, 255), macs: Int = 80
  ) -> EngineResult {
    var used = settings
    if let run { used = run.request.settings }
    let result = EngineResult(
      id: id, origin: Point(x: x, y: y),
      pixels: RGBA8(width: width, height: height, filledWith: color), settings: used,
      editFraction: 0.02, tilesActive: 41, tilesTotal: 1024, macsExecuted: macs, macsDense: 1000,
      seconds: seconds)
    _ = handle(.engine(.finished(result)))
    return result
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
