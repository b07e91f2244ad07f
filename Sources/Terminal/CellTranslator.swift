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
      foreground = mixes.index(of: cell.foreground, threshold: Self.threshold(column, 2 * row))
      background = mixes.index(of: cell.background, threshold: Self.threshold(column, 2 * row + 1))
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

  private static func bits(_ attributes: Cell.Attributes) -> UInt8 {
    attributes.intersection([.bold, .underline, .reverse]).rawValue
  }

  private func monoAttributes(_ cell: Cell) -> UInt8 {
    var attributes = cell.attributes
    if cell.background.luma > 40 { attributes.formSymmetricDifference(.reverse) }
    return Self.bits(attributes)
  }

  /// Thresholds of a 4x4 ordered dither (Bayer), in sixteenths.
  private static func threshold(_ column: Int, _ y: Int) -> Int { dither[y % 4 * 4 + column % 4] }
  private static let dither = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  private func monoPicture(_ cell: Cell, column: Int, row: Int) -> TerminalCell {
    guard hasUnicode else {
      let ramp = Array(" .:-=+*#%@".unicodeScalars)
      let luma = cell.foreground.mixed(with: cell.background, 128).luma
      return TerminalCell(
        glyph: ramp[luma * (ramp.count - 1) / 255].value, foreground: 0, background: 0,
        attributes: 0)
    }
    func isLit(_ color: Color, _ y: Int) -> Bool {
      color.luma * 16 > (Self.threshold(column, y) * 2 + 1) * 128
    }
    let glyph: Unicode.Scalar =
      switch (isLit(cell.foreground, 2 * row), isLit(cell.background, 2 * row + 1)) {
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
