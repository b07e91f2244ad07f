package import Editor

/// A cell as a particular terminal can show it.
package struct TerminalCell: Sendable, Equatable {
  /// Unicode scalar.
  package var glyph: UInt32
  /// Colour numbers of the terminal; both 0 without colours.
  package var foreground: Int32
  /// Colour number behind it.
  package var background: Int32
  /// Bold 1, underline 2, reverse 4.
  package var attributes: UInt8

  /// Makes a cell.
  package init(glyph: UInt32, foreground: Int32, background: Int32, attributes: UInt8) {
    self.glyph = glyph
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

/// Turns the editor's cells into what a terminal's colours and characters allow.
package struct CellTranslator {
  /// How colours become numbers.
  package var colors: Quantizer
  /// Whether block and line characters may be sent.
  package var hasUnicode: Bool
  /// Only where colours are so few that a picture needs mixtures of them.
  private let mixes: ColorMixes?

  /// Makes a translator for a kind of terminal.
  package init(depth: ColorDepth, hasUnicode: Bool, bits: Int = 8) {
    colors = Quantizer(depth: depth, bits: bits)
    self.hasUnicode = hasUnicode
    mixes = ColorMixes(depth: depth)
  }

  /// `column` and `row` choose the dither threshold where there are no colours.
  package func translate(_ cell: Cell, column: Int, row: Int) -> TerminalCell {
    let isPicture = cell.attributes.contains(.picture)
    if isPicture || cell.attributes.contains(.blocks), let mixed = mixed(cell, row: row) {
      return mixed
    }
    if cell.attributes.contains(.blocks) { return blocks(cell) }
    if colors.depth == .mono {
      return isPicture
        ? monoPicture(cell, column: column, row: row)
        : TerminalCell(
          glyph: plain(cell.glyph), foreground: 0, background: 0,
          attributes: monoAttributes(cell))
    }
    if isPicture, !hasUnicode {
      let mean = colors.index(of: cell.foreground.mixed(with: cell.background, 128))
      return TerminalCell(glyph: 0x20, foreground: mean, background: mean, attributes: 0)
    }
    var foreground: Int32
    let background: Int32
    if isPicture, let mixes {
      foreground = mixes.index(of: cell.foreground, threshold: Dither.threshold(column, 2 * row))
      background = mixes.index(
        of: cell.background, threshold: Dither.threshold(column, 2 * row + 1))
    } else {
      foreground = colors.index(of: cell.foreground)
      background = colors.index(of: cell.background)
    }
    var glyph = plain(cell.glyph)
    if isPicture, foreground == background {
      // One colour needs no block: fewer bytes. With few colours the unseen foreground is a fixed one,
      // so that all pairs fit into the 63 that such terminals have.
      glyph = 0x20
      if mixes != nil { foreground = background == 7 ? 0 : 7 }
    } else if foreground == background, glyph != 0x20 {
      // Text that few colours would swallow.
      foreground = colors.index(of: cell.background.luma > 127 ? .black : .white)
    }
    return TerminalCell(
      glyph: glyph, foreground: foreground, background: background,
      attributes: Self.bits(cell.attributes))
  }

  /// A picture's cell whose character was chosen for its two colours already.
  private func blocks(_ cell: Cell) -> TerminalCell {
    guard colors.depth != .mono else {
      return TerminalCell(
        glyph: hasUnicode ? cell.glyph.value : plain(cell.glyph), foreground: 0, background: 0,
        attributes: 0)
    }
    let (foreground, background) = (
      colors.index(of: cell.foreground), colors.index(of: cell.background)
    )
    let glyph = foreground == background ? 0x20 : plain(cell.glyph)
    return TerminalCell(
      glyph: glyph, foreground: glyph == 0x20 ? background : foreground, background: background,
      attributes: 0)
  }

  /// A picture's cell as two of 256 colours in a pattern, where that comes nearer to it than its own
  /// character in the nearest colours.
  private func mixed(_ cell: Cell, row: Int) -> TerminalCell? {
    guard hasUnicode, let part = Self.parts[cell.glyph],
      let mix = colors.palette?.mix(cell.foreground, cell.background, part: part)
    else { return nil }
    let glyph: Unicode.Scalar =
      switch mix.quarters {
      case 0: " "
      // Off the place of the row above, so that no lines come of it.
      case 1: row & 1 == 0 ? "▘" : "▝"
      default: "▚"
      }
    return TerminalCell(
      glyph: glyph.value, foreground: Int32(mix.high), background: Int32(mix.low), attributes: 0)
  }

  /// How much of a cell each block character covers.
  private static let parts: [Unicode.Scalar: Float] = {
    var parts: [Unicode.Scalar: Float] = [:]
    for glyphs in [Glyphs.quadrant, .sextant, .octant] {
      let samples = glyphs.grid.across * glyphs.grid.down
      for mask in 0..<(1 << samples) {
        parts[glyphs.shape(mask)] = Float(mask.nonzeroBitCount) / Float(samples)
      }
    }
    return parts
  }()

  private static func bits(_ attributes: Cell.Attributes) -> UInt8 {
    attributes.intersection([.bold, .underline, .reverse]).rawValue
  }

  private func monoAttributes(_ cell: Cell) -> UInt8 {
    var attributes = cell.attributes
    if cell.background.luma > 40 { attributes.formSymmetricDifference(.reverse) }
    return Self.bits(attributes)
  }

  private func monoPicture(_ cell: Cell, column: Int, row: Int) -> TerminalCell {
    guard hasUnicode else {
      let ramp = Array(" .:-=+*#%@".unicodeScalars)
      let luma = cell.foreground.mixed(with: cell.background, 128).luma
      return TerminalCell(
        glyph: ramp[luma * (ramp.count - 1) / 255].value, foreground: 0, background: 0,
        attributes: 0)
    }
    let glyph: Unicode.Scalar =
      switch (
        Dither.isLit(cell.foreground, x: column, y: 2 * row),
        Dither.isLit(cell.background, x: column, y: 2 * row + 1)
      ) {
      case (true, true): "█"
      case (true, false): "▀"
      case (false, true): "▄"
      case (false, false): " "
      }
    return TerminalCell(glyph: glyph.value, foreground: 0, background: 0, attributes: 0)
  }

  /// The character itself, or an ASCII stand-in.
  private func plain(_ glyph: Unicode.Scalar) -> UInt32 {
    if hasUnicode || glyph.value < 0x7F { return glyph.value }
    switch glyph {
    case "│": return 0x7C
    case "─": return 0x2D
    case "█", "▓": return 0x23
    case "…": return 0x2E
    default: return 0x3F
    }
  }
}
