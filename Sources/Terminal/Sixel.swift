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

  /// Six rows under way: for every colour the columns that have it, and in which of the rows.
  private struct Band {
    private struct Column {
      var x: Int32
      /// The next column of the colour; -1 at the end.
      var next: Int32
      var bits: UInt8
    }

    private let width: Int
    private var columns: [Column]
    /// The first and the last column of each colour; -1 where it has none.
    private var ends: [(first: Int32, last: Int32)]

    init(width: Int, colors: Int) {
      self.width = width
      columns = [Column](repeating: Column(x: 0, next: -1, bits: 0), count: 6 * width)
      ends = [(first: Int32, last: Int32)](repeating: (-1, -1), count: colors)
    }

    mutating func append(_ indices: [UInt8], rows: Range<Int>, to bytes: inout [UInt8]) {
      gather(indices, rows: rows)
      var isFirst = true
      for index in ends.indices where ends[index].first >= 0 {
        if !isFirst { bytes.append(UInt8(ascii: "$")) }
        isFirst = false
        bytes.append(UInt8(ascii: "#"))
        Sixel.append(index, to: &bytes)
        appendRuns(from: ends[index].first, to: &bytes)
        ends[index] = (-1, -1)
      }
    }

    private mutating func gather(_ indices: [UInt8], rows: Range<Int>) {
      let width = width
      indices.withUnsafeBufferPointer { indices in
        columns.withUnsafeMutableBufferPointer { columns in
          ends.withUnsafeMutableBufferPointer { ends in
            var count: Int32 = 0
            for x in 0..<width {
              for y in rows {
                let index = Int(indices[y * width + x])
                let bit: UInt8 = 1 << UInt8(y - rows.lowerBound)
                let last = ends[index].last
                if last >= 0, columns[Int(last)].x == x {
                  columns[Int(last)].bits |= bit
                  continue
                }
                columns[Int(count)] = Column(x: Int32(x), next: -1, bits: bit)
                if last >= 0 { columns[Int(last)].next = count } else { ends[index].first = count }
                ends[index].last = count
                count += 1
              }
            }
          }
        }
      }
    }

    /// Six bits a column, plus 63; `!n` before a character repeats it. Empty columns at the end go.
    private func appendRuns(from first: Int32, to bytes: inout [UInt8]) {
      var (at, x): (Int32, Int32) = (first, 0)
      while at >= 0 {
        let start = columns[Int(at)]
        if start.x > x { Sixel.append(63, count: Int(start.x - x), to: &bytes) }
        x = start.x + 1
        at = start.next
        while at >= 0, columns[Int(at)].x == x, columns[Int(at)].bits == start.bits {
          x += 1
          at = columns[Int(at)].next
        }
        Sixel.append(start.bits + 63, count: Int(x - start.x), to: &bytes)
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
