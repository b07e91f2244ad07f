import Raster

extension Material {
  /// What stands for it until it is made.
  package var standIn: Color {
    let (red, green, blue) = standInColor
    return Color(red, green, blue)
  }

  /// The key that chooses it in the palette.
  fileprivate var key: Character {
    switch self {
    case .grass: "g"
    case .foliage: "f"
    case .bark: "b"
    case .rock: "r"
    case .sand: "s"
    case .water: "w"
    case .snow: "n"
    case .cloud: "c"
    case .sky: "y"
    case .brick: "i"
    case .wood: "o"
    case .soil: "d"
    }
  }
}

/// What keys do in the palette of materials, and what is said of them.
enum MaterialKey {
  static let hints = ["a letter chooses", "Left Right move", "Enter paints it", "Esc back"]

  /// The palette in order: the colour, then every material.
  static let entries: [Material?] = [nil] + Material.allCases

  static func letter(_ index: Int) -> Character { entries[index]?.key ?? "x" }

  static func name(_ index: Int) -> String { entries[index]?.name ?? "colour" }

  /// The place after `index`, so many on, round and round.
  static func moved(_ index: Int, by step: Int) -> Int {
    (index + step + entries.count) % entries.count
  }
}

extension EditorState {
  /// The palette on the bottom line, at what is painted now.
  mutating func openMaterials() {
    liftPen()
    prompt = .materials(MaterialKey.entries.firstIndex(of: material) ?? 0)
  }

  mutating func answerMaterials(_ index: Int, _ key: Key) {
    switch key {
    case .left, .up, .backTab, .character("h"), .character("k"):
      prompt = .materials(MaterialKey.moved(index, by: -1))
    case .right, .down, .tab, .character("l"), .character("j"):
      prompt = .materials(MaterialKey.moved(index, by: 1))
    case .home: prompt = .materials(0)
    case .end: prompt = .materials(MaterialKey.entries.count - 1)
    case .enter, .character(" "): choose(material: index)
    case .escape, .control("c"), .character("q"), .backspace: prompt = nil
    case _ where bindings[key] == .materials: prompt = nil
    case .character(let letter):
      guard
        let found = MaterialKey.entries.indices.first(where: { MaterialKey.letter($0) == letter })
      else { return }
      choose(material: found)
    default: break
    }
  }

  private mutating func choose(material index: Int) {
    prompt = nil
    paint(MaterialKey.entries[index])
  }

  /// Paints what a word names, as `:material` does.
  mutating func paint(material word: String?) {
    guard let word else {
      say("material is \(material?.name ?? "off")")
      return
    }
    if let found = Material(name: word) {
      paint(found)
    } else if word == "off" {
      paint(nil)
    } else {
      let names = Material.allCases.map(\.name).joined(separator: " ")
      complain("material takes one of \(names) off")
    }
  }

  /// Paints a material from now on, with the brush where the tool in hand paints none; or the colour.
  private mutating func paint(_ next: Material?) {
    liftPen()
    material = next
    guard let next else {
      say("painting colour \(primary.hex)")
      return
    }
    if isMasking { toggleMasking() }
    if !tool.paintsMaterial { tool = .brush }
    say("\(tool.rawValue) paints \(next.name); any colour ends that")
  }

  /// The palette in one row, each entry on its colour, moved so that the chosen one is seen.
  func drawMaterials(_ chosen: Int, row: Int, on screen: inout Screen) {
    func text(_ index: Int) -> String {
      let words = "\(MaterialKey.letter(index)) \(MaterialKey.name(index))"
      return index == chosen ? "[\(words)]" : " \(words) "
    }
    var first = 0
    while first < chosen,
      (first...chosen).reduce(0, { $0 + text($1).count }) > screen.columns - 1
    { first += 1 }
    var x = 1
    for index in first..<MaterialKey.entries.count where x + text(index).count <= screen.columns {
      let color = MaterialKey.entries[index]?.standIn ?? primary
      let ink: Color = color.luma > 127 ? .black : .white
      let style = Screen.Style(
        foreground: ink, background: color, attributes: index == chosen ? [.bold, .underline] : [])
      x = screen.write(text(index), column: x, row: row, style)
    }
  }
}
