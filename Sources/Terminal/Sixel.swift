package import Editor

/// Sixel pictures: bands of six rows, one colour after the other.
///
/// Reference: DEC VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
package enum Sixel {
  /// Sends pixels from the cursor on, in the colours that suit them best.
  ///
  /// The picture is exactly as large as `pixels`: what the last band has below them is left as it
  /// is, and no line feed follows, which could scroll the screen.
  /// - Parameter registers: how many colours the terminal keeps for a picture, 2...256.
  /// - Complexity: O(pixels) and the colours of every band times its width.
  package static func encode(_ pixels: PaneSamples, registers: Int) -> [UInt8] {
    let palette = SixelPalette(of: pixels.colors, registers: registers)
    let indices = palette.indices(of: pixels)
    var bytes = Array("\u{1B}P0;1;0q\"1;1;\(pixels.width);\(pixels.height)".utf8)
    bytes.reserveCapacity(2 * pixels.colors.count)
    for (index, color) in palette.percents.enumerated() {
      bytes += "#\(index);2;\(color.x);\(color.y);\(color.z)".utf8
    }
    var band = Band(width: pixels.width, colors: palette.percents.count)
    for top in stride(from: 0, to: pixels.height, by: 6) {
      if top > 0 { bytes.append(UInt8(ascii: "-")) }
      band.append(indices, rows: top..<min(top + 6, pixels.height), to: &bytes)
    }
    return bytes + "\u{1B}\\".utf8
  }

  /// Six rows under way: for every colour which of them each column has it in.
  private struct Band {
    let width: Int
    private var bits: [UInt8]
    /// The columns that have a colour at all.
    private var spans: [(first: Int, last: Int)]

    init(width: Int, colors: Int) {
      self.width = width
      bits = [UInt8](repeating: 0, count: width * colors)
      spans = [(first: Int, last: Int)](repeating: (width, -1), count: colors)
    }

    mutating func append(_ indices: [UInt8], rows: Range<Int>, to bytes: inout [UInt8]) {
      for y in rows {
        for x in 0..<width {
          let index = Int(indices[y * width + x])
          bits[index * width + x] |= 1 << (y - rows.lowerBound)
          if x < spans[index].first { spans[index].first = x }
          if x > spans[index].last { spans[index].last = x }
        }
      }
      var isFirst = true
      for index in spans.indices where spans[index].last >= 0 {
        if !isFirst { bytes.append(UInt8(ascii: "$")) }
        isFirst = false
        bytes.append(UInt8(ascii: "#"))
        Sixel.append(index, to: &bytes)
        appendRuns(index, to: &bytes)
        spans[index] = (width, -1)
      }
    }

    /// Six bits a column, plus 63; `!n` before a character repeats it. Empty columns at the end go.
    private mutating func appendRuns(_ index: Int, to bytes: inout [UInt8]) {
      let row = index * width
      let last = spans[index].last
      Sixel.append(63, count: spans[index].first, to: &bytes)
      var x = spans[index].first
      while x <= last {
        let value = bits[row + x]
        var end = x
        while end <= last, bits[row + end] == value {
          bits[row + end] = 0
          end += 1
        }
        Sixel.append(value + 63, count: end - x, to: &bytes)
        x = end
      }
    }
  }

  private static func append(_ character: UInt8, count: Int, to bytes: inout [UInt8]) {
    if count > 3 {
      bytes.append(UInt8(ascii: "!"))
      append(count, to: &bytes)
      bytes.append(character)
    } else {
      for _ in 0..<count { bytes.append(character) }
    }
  }

  /// A number of at most four digits, which is written often.
  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &bytes) }
    bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
  }
}
