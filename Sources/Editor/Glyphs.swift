/// Which characters a picture is made of: each shows a grid of samples in two colours.
package enum Glyphs: String, Sendable, Hashable, CaseIterable {
  /// One colour a cell.
  case cell
  /// Upper half blocks: two samples, exactly.
  case half
  /// 2x2 samples.
  case quadrant
  /// 2x3 samples; Unicode 13.
  case sextant
  /// 2x4 samples; Unicode 16.
  case octant
  /// A letter as dense as the cell is bright.
  case ascii

  /// Samples across and down a cell.
  package var grid: (across: Int, down: Int) {
    switch self {
    case .cell, .ascii: (1, 1)
    case .half: (1, 2)
    case .quadrant: (2, 2)
    case .sextant: (2, 3)
    case .octant: (2, 4)
    }
  }

  /// The cell that comes nearest to the samples, row by row from the top left of the grid.
  ///
  /// - Precondition: as many samples as the grid has.
  /// - Complexity: O(2^samples), at most 128 sums.
  package func cell(of samples: some RandomAccessCollection<Color>) -> Cell {
    guard let first = samples.first else { return Cell() }
    switch self {
    case .cell: return Cell(foreground: first, background: first, attributes: .blocks)
    case .ascii:
      return Cell(
        glyph: Self.ramp[first.luma * (Self.ramp.count - 1) / 255], foreground: first,
        background: .black, attributes: .blocks)
    case .half:
      return Cell(
        glyph: "▀", foreground: first, background: samples.last ?? first, attributes: .picture)
    case .quadrant, .sextant, .octant:
      let fit = TwoTone(fitting: samples)
      return Cell(
        glyph: shape(fit.mask), foreground: fit.foreground, background: fit.background,
        attributes: .blocks)
    }
  }

  /// The cell for samples that are lit or not, on a terminal without colours.
  package func cell(lit mask: Int) -> Cell {
    Cell(glyph: shape(mask), foreground: .white, background: .black, attributes: .blocks)
  }

  private static let ramp: [Unicode.Scalar] = Array(" .:-=+*#%@".unicodeScalars)

  /// The character whose bit 0 is the top left sample, then row by row.
  package func shape(_ mask: Int) -> Unicode.Scalar {
    switch self {
    case .cell, .ascii: mask & 1 == 0 ? " " : "█"
    case .half: Self.quadrants[(mask & 1) * 3 | (mask >> 1 & 1) * 12]
    case .quadrant: Self.quadrants[mask & 15]
    case .sextant: Self.sextants[mask & 63]
    case .octant: Self.octants[mask & 255]
    }
  }

  private static let quadrants: [Unicode.Scalar] = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█".unicodeScalars)

  /// U+1FB00 on, in the order of their masks; the halves and the full block are older characters.
  private static let sextants: [Unicode.Scalar] = {
    let older: [Int: Unicode.Scalar] = [0: " ", 21: "▌", 42: "▐", 63: "█"]
    return numbered(64, from: 0x1FB00, older: older)
  }()

  /// U+1CD00 on, in the order of their masks, without the 26 shapes that have characters elsewhere.
  private static let octants: [Unicode.Scalar] = {
    var older: [Int: Unicode.Scalar] = [
      0x03: "\u{1FB82}", 0x3F: "\u{1FB85}", 0xC0: "▂", 0xFC: "▆", 0x14: "\u{1FBE6}",
      0x28: "\u{1FBE7}", 0x01: "\u{1CEA8}", 0x02: "\u{1CEAB}", 0x40: "\u{1CEA3}",
      0x80: "\u{1CEA0}",
    ]
    // A quadrant's sample is two octants, one above the other.
    let parts = [0x05, 0x0A, 0x50, 0xA0]
    for mask in quadrants.indices {
      let octants = (0..<4).reduce(0) { mask >> $1 & 1 == 1 ? $0 | parts[$1] : $0 }
      older[octants] = quadrants[mask]
    }
    return numbered(256, from: 0x1CD00, older: older)
  }()

  private static func numbered(
    _ count: Int, from first: UInt32, older: [Int: Unicode.Scalar]
  ) -> [Unicode.Scalar] {
    var next = first
    return (0..<count).map { mask in
      if let scalar = older[mask] { return scalar }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }
}

/// A division of samples into two sets, each shown in the mean of its colours.
package struct TwoTone: Sendable, Equatable {
  /// Bit i is set where sample i is in the foreground.
  package var mask: Int
  /// Mean colour of the set.
  package var foreground: Color
  /// Mean colour of the rest; the same where there is none.
  package var background: Color

  /// Finds the division with the least squared error over red, green and blue.
  ///
  /// That error is the samples' own sum of squares less |F|²/f + |B|²/b, for F and B the sums of f
  /// and b samples; so the division that maximises the latter is best. Masks are visited in Gray
  /// code, one sample changing sides at a time; the last sample stays behind, as the two sets may be
  /// exchanged.
  package init(fitting samples: some RandomAccessCollection<Color>) {
    var values = [SIMD4<Int32>](repeating: .zero, count: samples.count)
    for (index, color) in samples.enumerated() {
      values[index] = SIMD4(Int32(color.red), Int32(color.green), Int32(color.blue), 1)
    }
    let total = values.reduce(.zero, &+)
    var (set, mask) = (SIMD4<Int32>.zero, 0)
    var (best, bestSet, bestMask) = (Self.score(set, total), set, 0)
    if values.dropFirst().contains(where: { $0 != values[0] }) {
      values.withUnsafeBufferPointer { values in
        for step in 1..<(1 &<< (values.count - 1)) {
          let bit = step.trailingZeroBitCount
          mask ^= 1 &<< bit
          if mask &>> bit & 1 == 1 { set &+= values[bit] } else { set &-= values[bit] }
          let score = Self.score(set, total)
          if score > best { (best, bestSet, bestMask) = (score, set, mask) }
        }
      }
    }
    let rest = total &- bestSet
    self.mask = bestMask
    background = Self.mean(rest)
    foreground = bestMask == 0 ? background : Self.mean(bestSet)
  }

  private static func score(_ set: SIMD4<Int32>, _ total: SIMD4<Int32>) -> Double {
    func part(_ sum: SIMD4<Int32>) -> Double {
      let (red, green, blue) = (Double(sum.x), Double(sum.y), Double(sum.z))
      return (red * red + green * green + blue * blue) * shares[Int(sum.w & 15)]
    }
    return part(set) + part(total &- set)
  }

  /// One over each number of samples; nothing over none.
  private static let shares = SIMD16<Double>((0..<16).map { $0 == 0 ? 0 : 1 / Double($0) })

  private static func mean(_ sum: SIMD4<Int32>) -> Color {
    let (n, half) = (max(1, sum.w), sum.w / 2)
    return Color(
      UInt8((sum.x + half) / n), UInt8((sum.y + half) / n), UInt8((sum.z + half) / n))
  }
}

/// Thresholds of a 4x4 ordered dither (Bayer).
package enum Dither {
  private static let table = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  /// The threshold of a place, 0...15 sixteenths.
  package static func threshold(_ x: Int, _ y: Int) -> Int { table[(y & 3) * 4 + (x & 3)] }

  /// Whether a colour at a place is white where there is only black and white.
  package static func isLit(_ color: Color, x: Int, y: Int) -> Bool {
    color.luma * 16 > (threshold(x, y) * 2 + 1) * 128
  }
}
