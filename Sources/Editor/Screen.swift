/// One character cell: what stands in it, and its two colours.
package struct Cell: Sendable, Equatable {
  /// How a cell's text stands out.
  package struct Attributes: OptionSet, Sendable, Hashable {
    /// The bits.
    package let rawValue: UInt8
    /// Makes a set from its bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Bold.
    package static let bold = Attributes(rawValue: 1)
    /// Underlined.
    package static let underline = Attributes(rawValue: 2)
    /// Foreground and background exchanged.
    package static let reverse = Attributes(rawValue: 4)
    /// Two picture pixels, not text; terminals with few colours treat it as such.
    package static let picture = Attributes(rawValue: 8)
    /// A part of a picture whose character was chosen for its two colours.
    package static let blocks = Attributes(rawValue: 16)
    /// Left empty for a picture in pixels; text written over it takes the attribute away.
    package static let pixels = Attributes(rawValue: 32)
  }

  /// A character one cell wide.
  package var glyph: Unicode.Scalar
  /// Colour of the character.
  package var foreground: Color
  /// Colour behind it.
  package var background: Color
  /// How it stands out.
  package var attributes: Attributes

  /// Makes a cell.
  package init(
    glyph: Unicode.Scalar = " ", foreground: Color = .white, background: Color = .black,
    attributes: Attributes = []
  ) {
    self.glyph = glyph
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

/// A grid of cells, row by row.
package struct Screen: Sendable, Equatable {
  /// Cells in a row, at least 1.
  package let columns: Int
  /// Rows, at least 1.
  package let rows: Int
  /// `columns * rows` cells.
  package var cells: [Cell]
  /// Pictures over some of the cells, for terminals that show pictures. Where anything is written
  /// over their cells later, what is written counts.
  package private(set) var pictures: [ScreenPicture] = []

  /// Makes a screen of equal cells.
  package init(columns: Int, rows: Int, filledWith cell: Cell = Cell()) {
    self.columns = max(1, columns)
    self.rows = max(1, rows)
    cells = [Cell](repeating: cell, count: self.columns * self.rows)
  }

  /// The cell at a place; reading outside gives an empty cell, writing there does nothing.
  package subscript(column: Int, row: Int) -> Cell {
    get {
      guard column >= 0, column < columns, row >= 0, row < rows else { return Cell() }
      return cells[row * columns + column]
    }
    set {
      guard column >= 0, column < columns, row >= 0, row < rows else { return }
      cells[row * columns + column] = newValue
    }
  }

  /// Puts a picture over its cells.
  package mutating func show(_ picture: ScreenPicture) {
    pictures.append(picture)
    for row in picture.area.minY..<picture.area.maxY {
      for column in picture.area.minX..<picture.area.maxX {
        self[column, row] = Cell(
          foreground: PictureView.desk, background: PictureView.desk, attributes: .pixels)
      }
    }
  }

  /// Whether nothing was written over any of some cells, so that pixels may lie there.
  package func isFree(_ cells: Area) -> Bool {
    (cells.minY..<max(cells.minY, cells.maxY)).allSatisfy { row in
      (cells.minX..<max(cells.minX, cells.maxX)).allSatisfy {
        self[$0, row].attributes.contains(.pixels)
      }
    }
  }

  /// The characters of a row, for tests and for reading aloud.
  package func text(row: Int) -> String {
    var result = String.UnicodeScalarView()
    for column in 0..<columns { result.append(self[column, row].glyph) }
    return String(result)
  }

  /// Colours and attributes of a piece of text.
  package struct Style: Sendable, Equatable {
    /// Colour of the characters.
    package var foreground: Color
    /// Colour behind them.
    package var background: Color
    /// How they stand out.
    package var attributes: Cell.Attributes

    /// Makes a style.
    package init(foreground: Color, background: Color, attributes: Cell.Attributes = []) {
      self.foreground = foreground
      self.background = background
      self.attributes = attributes
    }

    func with(_ attributes: Cell.Attributes) -> Style {
      Style(foreground: foreground, background: background, attributes: attributes)
    }
  }

  /// Writes text and returns the column after it. Characters that might not be one cell wide, or
  /// that a terminal might obey, become `?`.
  @discardableResult
  package mutating func write(_ text: String, column: Int, row: Int, _ style: Style) -> Int {
    var x = column
    for character in text {
      let glyph = Self.safe(character)
      self[x, row] = Cell(
        glyph: glyph, foreground: style.foreground, background: style.background,
        attributes: style.attributes)
      x += 1
    }
    return x
  }

  mutating func fill(row: Int, _ style: Style) {
    for column in 0..<columns {
      self[column, row] = Cell(foreground: style.foreground, background: style.background)
    }
  }

  private static func safe(_ character: Character) -> Unicode.Scalar {
    guard let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1 else {
      return "?"
    }
    switch scalar.value {
    // Latin, Greek and Cyrillic letters; box drawing and blocks, which are this program's own.
    case 0x20..<0x7F, 0xA1..<0xAD, 0xAE..<0x250, 0x370..<0x483, 0x2026, 0x2500..<0x25A1:
      return scalar
    default: return "?"
    }
  }
}
