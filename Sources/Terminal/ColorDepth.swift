package import Editor

/// How many colours a terminal shows.
package enum ColorDepth: Int, Sendable, Hashable, Comparable {
  case mono = 1
  case eight = 8
  case sixteen = 16
  case palette = 256
  case direct = 16_777_216

  package static func < (a: ColorDepth, b: ColorDepth) -> Bool { a.rawValue < b.rawValue }
}

/// What the person asked for.
package enum ColorChoice: String, Sendable, Hashable, CaseIterable {
  case auto
  /// Bold, underline and reverse only; the picture in black and white.
  case none
  case ansi8 = "8"
  case ansi16 = "16"
  case palette = "256"
  case direct = "24bit"
}

extension ColorDepth {
  /// Chooses by wish, then by environment, then by what the terminal answered, then by its description.
  ///
  /// `NO_COLOR` counts when it is not empty; COLORTERM is believed except in Apple's Terminal and GNU
  /// screen, which do not show what the variable, theirs or inherited, says. 24-bit colour is never
  /// tried where nothing speaks for it.
  /// - Parameters:
  ///   - described: `colors` of the description; -1 or 0 without.
  ///   - answered: how many colours the terminal itself keeps apart; nil where it did not say.
  package static func choose(
    _ choice: ColorChoice, environment: [String: String], described: Int, describedDirect: Bool,
    answered: ColorDepth? = nil
  ) -> ColorDepth {
    var choice = choice
    if choice == .auto, let named = environment["TESSERA_COLOR"].flatMap(ColorChoice.init) {
      choice = named
    }
    switch choice {
    case .none: return .mono
    case .ansi8: return .eight
    case .ansi16: return .sixteen
    case .palette: return .palette
    case .direct: return .direct
    case .auto: break
    }
    if let value = environment["NO_COLOR"], !value.isEmpty { return .mono }
    let promised = environment["COLORTERM"] ?? ""
    let isApple = environment["TERM_PROGRAM"] == "Apple_Terminal"
    let isScreen =
      (environment["TERM"] ?? "").hasPrefix("screen") && (environment["TMUX"] ?? "").isEmpty
    let isPromised = ["truecolor", "24bit"].contains(promised) && !isApple && !isScreen
    if describedDirect || isPromised { return .direct }
    return max(answered ?? .mono, ColorDepth(colors: described))
  }

  /// The depth that so many colours allow.
  init(colors: Int) {
    self =
      switch colors {
      case 0x100_0000...: .direct
      case 256...: .palette
      case 16...: .sixteen
      case 8...: .eight
      default: .mono
      }
  }
}

/// Colours as a terminal numbers them.
package struct Quantizer {
  /// What the terminal shows.
  package let depth: ColorDepth
  /// Bits a channel for direct colour: fewer make fewer different pairs and fewer bytes.
  package var bits: Int
  /// Only where there are 256 colours.
  let palette: PaletteColors?

  /// Makes a quantiser.
  package init(depth: ColorDepth, bits: Int = 8) {
    self.depth = depth
    self.bits = bits
    palette = depth == .palette ? PaletteColors() : nil
  }

  /// The number of the nearest colour the terminal has.
  package func index(of color: Color) -> Int32 {
    switch depth {
    case .mono: return 0
    case .direct: return direct(color)
    case .palette: return palette?.index(of: color) ?? 0
    case .sixteen: return Int32(Self.nearest(color, in: Self.ansi[...]))
    case .eight: return Int32(Self.nearest(color, in: Self.ansi[..<8]))
    }
  }

  private func direct(_ color: Color) -> Int32 {
    func round(_ value: UInt8) -> Int32 {
      guard bits < 8 else { return Int32(value) }
      let most = (1 << bits) - 1
      let level = (Int(value) * most + 127) / 255
      return Int32(level * 255 / most)
    }
    return round(color.red) << 16 | round(color.green) << 8 | round(color.blue)
  }

  /// What the sixteen usually look like (xterm's defaults).
  static let ansi: [(Int, Int, Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
    (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
    (255, 0, 255), (0, 255, 255), (255, 255, 255),
  ]

  private static func nearest(_ color: Color, in colors: ArraySlice<(Int, Int, Int)>) -> Int {
    colors.indices.min { distance(color, colors[$0]) < distance(color, colors[$1]) } ?? 0
  }

  /// Squared distance; green weighs most, blue enough to keep skies blue.
  static func distance(_ color: Color, _ other: (Int, Int, Int)) -> Int {
    let r = Int(color.red) - other.0
    let g = Int(color.green) - other.1
    let b = Int(color.blue) - other.2
    return 2 * r * r + 4 * g * g + 3 * b * b
  }
}

/// Pairs of a small palette whose ordered mixture looks like a colour.
///
/// With eight or sixteen colours the nearest one is mostly a grey; two of them in the right shares keep
/// the hue. Shares are chosen once a colour (of 32,768) and remembered.
package final class ColorMixes {
  private struct Mix {
    var low: Int32
    var high: Int32
    /// Sixteenths of `high`.
    var share: Int
  }
  private let palette: [(Int, Int, Int)]
  private var found: [Int: Mix] = [:]

  /// Nil where there are enough colours or none.
  package init?(depth: ColorDepth) {
    guard depth == .eight || depth == .sixteen else { return nil }
    palette = Array(Quantizer.ansi[..<depth.rawValue])
  }

  /// The colour for a pixel whose place has this threshold, 0...15.
  package func index(of color: Color, threshold: Int) -> Int32 {
    let key = Int(color.red >> 3) << 10 | Int(color.green >> 3) << 5 | Int(color.blue >> 3)
    let mix = found[key] ?? best(for: color)
    found[key] = mix
    return threshold < mix.share ? mix.high : mix.low
  }

  private func best(for color: Color) -> Mix {
    var best = Mix(low: 0, high: 0, share: 0)
    var least = Int.max
    for a in palette.indices {
      for b in a..<palette.count {
        let (p, q) = (palette[a], palette[b])
        // Far apart colours make a coarse pattern, so they have to earn it.
        let unrest = Quantizer.distance(Color(UInt8(p.0), UInt8(p.1), UInt8(p.2)), q) / 8
        for share in stride(from: 0, through: 8, by: 2) {
          func mixed(_ from: Int, _ to: Int) -> Int { from + (to - from) * share / 16 }
          let mean = (mixed(p.0, q.0), mixed(p.1, q.1), mixed(p.2, q.2))
          for (cost, mix) in [
            (Quantizer.distance(color, mean), Mix(low: Int32(a), high: Int32(b), share: share)),
            (
              Quantizer.distance(
                color, (p.0 + q.0 - mean.0, p.1 + q.1 - mean.1, p.2 + q.2 - mean.2)),
              Mix(low: Int32(b), high: Int32(a), share: share)
            ),
          ] where cost + (share == 0 ? 0 : unrest * share / 8) < least {
            least = cost + (share == 0 ? 0 : unrest * share / 8)
            best = mix
          }
        }
      }
    }
    return best
  }
}
