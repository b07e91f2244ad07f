import Files

extension Unicode.Scalar {
  /// Whether a terminal might obey it, or order what stands around it otherwise than it is written:
  /// control characters (C0, DEL, C1), separators of lines and paragraphs, and the controls of
  /// bidirectional text (Boucher and Anderson 2021, "Trojan Source").
  package var isControl: Bool {
    if value < 0x7F { return value < 0x20 }
    if value < 0x61C { return value < 0xA0 }
    // The last are deprecated controls of shaping and mirroring.
    return value == 0x2028 || value == 0x2029 || (0x206A...0x206F).contains(value)
      || properties.isBidiControl
  }
}

extension String {
  /// The text as one line that is fit for a terminal: controls (`Unicode.Scalar.isControl`) are
  /// replaced by U+FFFD, as are bytes of names that are no text (`PathText`).
  package var printable: String { replacingControls { _ in false } }

  /// The same of a text of several lines, whose ends and tabs stay.
  package var printableLines: String { replacingControls { $0 == "\n" || $0 == "\t" } }

  private func replacingControls(but isKept: (Unicode.Scalar) -> Bool) -> String {
    let text = PathText.shown(self)
    guard text.unicodeScalars.contains(where: { $0.isControl && !isKept($0) }) else { return text }
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      safe.append(scalar.isControl && !isKept(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(safe)
  }
}
