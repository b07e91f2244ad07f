import Editor
import Glibc

/// xterm's colours 16...255, a 6x6x6 cube and 24 greys, matched as they look.
///
/// The cube's steps are far apart in the dark, where distances of red, green and blue say little about
/// what is seen: photographs came out purple and teal. So distances are taken in OKLab (Ottosson 2020),
/// and a picture's colours are mixed of two that lie side by side, averaged as light. The first 16 belong
/// to the user. What was found is kept for each of 32,768 colours.
final class PaletteColors {
  /// Two colours side by side, the second on a quarter of a cell, on half of it or nowhere.
  struct Mix: Equatable {
    var low: UInt8
    var high: UInt8
    var quarters: UInt8
  }

  private struct Entry {
    var light: SIMD3<Float>
    var look: SIMD3<Float>
  }

  private var nearest = [UInt8](repeating: 0, count: 1 << 15)
  private var mixes = [Mix?](repeating: nil, count: 1 << 15)
  private let entries: [Entry] = (16...255).map {
    let light = PaletteColors.light(PaletteColors.color(of: $0))
    return Entry(light: light, look: PaletteColors.look(light))
  }

  /// The colour of a number of 16...255.
  static func color(of number: Int) -> Color {
    if number >= 232 {
      let grey = UInt8(8 + 10 * (number - 232))
      return Color(grey, grey, grey)
    }
    func level(_ step: Int) -> UInt8 { step == 0 ? 0 : UInt8(55 + 40 * step) }
    let place = number - 16
    return Color(level(place / 36), level(place / 6 % 6), level(place % 6))
  }

  /// The number of the colour that looks most like this one, to five bits a channel.
  func index(of color: Color) -> Int32 {
    let key = Self.key(color)
    if nearest[key] == 0 { nearest[key] = UInt8(closest(to: Self.look(key), 1)[0] + 16) }
    return Int32(nearest[key])
  }

  /// The mixture that stands for a cell of two colours better than the two that are nearest to them;
  /// nil where those do. Told by what will be seen: what a mixture loses is the difference of the two.
  ///
  /// `part` of the cell has the first colour.
  func mix(_ first: Color, _ second: Color, part: Float) -> Mix? {
    let middle = second.mixed(with: first, Int(exactly: (part * 256).rounded()) ?? 256)
    let (a, b) = (Self.look(Self.light(first)), Self.look(Self.light(second)))
    let mean = Self.look(Self.light(middle))
    func miss(_ color: Color, _ look: SIMD3<Float>) -> Float {
      Self.distance(entries[Int(index(of: color)) - 16].look, look)
    }
    let apart = part * miss(first, a) + (1 - part) * miss(second, b)
    let lost = part * Self.distance(a, mean) + (1 - part) * Self.distance(b, mean)
    guard lost < apart else { return nil }
    let key = Self.key(middle)
    let mix = mixes[key] ?? best(for: Self.look(key))
    mixes[key] = mix
    return lost + cost(of: mix, for: mean) < apart ? mix : nil
  }

  /// Indices of the entries that look most like a colour, the nearest first.
  private func closest(to wanted: SIMD3<Float>, _ count: Int) -> [Int] {
    var found: [(index: Int, distance: Float)] = []
    for (index, entry) in entries.enumerated() {
      let distance = Self.distance(entry.look, wanted)
      if found.count == count, distance >= found[count - 1].distance { continue }
      let place = found.firstIndex { $0.distance > distance } ?? found.count
      found.insert((index, distance), at: place)
      if found.count > count { found.removeLast() }
    }
    return found.map(\.index)
  }

  /// The best mixture of two of the eight nearest.
  private func best(for wanted: SIMD3<Float>) -> Mix {
    let near = closest(to: wanted, 8).map { UInt8($0 + 16) }
    var best = Mix(low: near[0], high: near[0], quarters: 0)
    var least = cost(of: best, for: wanted)
    for low in near {
      for high in near where low != high {
        for quarters: UInt8 in [1, 2] {
          let mix = Mix(low: low, high: high, quarters: quarters)
          let cost = cost(of: mix, for: wanted)
          if cost < least { (best, least) = (mix, cost) }
        }
      }
    }
    return best
  }

  /// How far a mixture is from a colour. A pattern has to earn its unrest; how much was chosen by
  /// looking at photographs.
  private func cost(of mix: Mix, for wanted: SIMD3<Float>) -> Float {
    let (low, high) = (entries[Int(mix.low) - 16], entries[Int(mix.high) - 16])
    guard mix.quarters > 0 else { return Self.distance(low.look, wanted) }
    let part = Float(mix.quarters) / 4
    let light = low.light + (high.light - low.light) * part
    return Self.distance(Self.look(light), wanted)
      + 0.15 * part * Self.distance(low.look, high.look)
  }

  private static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    ((a - b) * (a - b)).sum()
  }

  /// Five bits of each channel.
  private static func key(_ color: Color) -> Int {
    Int(color.red >> 3) << 10 | Int(color.green >> 3) << 5 | Int(color.blue >> 3)
  }

  /// How the colours of a key look; black and white are among them.
  private static func look(_ key: Int) -> SIMD3<Float> {
    func level(_ bits: Int) -> UInt8 { UInt8((bits & 31) << 3 | (bits & 31) >> 2) }
    return look(light(Color(level(key >> 10), level(key >> 5), level(key))))
  }

  /// Linear light of the levels of sRGB (IEC 61966-2-1), 0...1.
  private static let lights: [Float] = (0...255).map {
    let level = Float($0) / 255
    return level <= 0.04045 ? level / 12.92 : powf((level + 0.055) / 1.055, 2.4)
  }

  private static func light(_ color: Color) -> SIMD3<Float> {
    SIMD3(lights[Int(color.red)], lights[Int(color.green)], lights[Int(color.blue)])
  }

  /// Lightness, and the two opponent axes, of OKLab.
  private static func look(_ light: SIMD3<Float>) -> SIMD3<Float> {
    let cones = SIMD3<Float>(
      (light * SIMD3(0.412_221_47, 0.536_332_54, 0.051_445_99)).sum(),
      (light * SIMD3(0.211_903_5, 0.680_699_55, 0.107_396_96)).sum(),
      (light * SIMD3(0.088_302_46, 0.281_718_84, 0.629_978_7)).sum())
    let roots = SIMD3(cbrtf(cones.x), cbrtf(cones.y), cbrtf(cones.z))
    return SIMD3(
      (roots * SIMD3(0.210_454_26, 0.793_617_8, -0.004_072_05)).sum(),
      (roots * SIMD3(1.977_998_5, -2.428_592_2, 0.450_593_7)).sum(),
      (roots * SIMD3(0.025_904_04, 0.782_771_77, -0.808_675_77)).sum())
  }
}
