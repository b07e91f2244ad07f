package import Editor
import Foundation

/// The kitty graphics protocol: pictures as base64 text in application program commands.
///
/// Reference: "Terminal graphics protocol" of kitty's documentation.
package enum KittyGraphics {
  /// The number under which the one picture on the screen is kept.
  static let id = 7301
  /// Payload characters in one command, a multiple of 4.
  static let chunk = 4096

  /// Sends pixels and shows them over `columns` x `rows` cells from the cursor, which stays.
  ///
  /// A picture that was shown before is replaced. No answer is asked for.
  package static func show(_ pixels: PaneSamples, columns: Int, rows: Int) -> [UInt8] {
    var rgb = Data(capacity: 3 * pixels.colors.count)
    for color in pixels.colors { rgb.append(contentsOf: [color.red, color.green, color.blue]) }
    let text = Array(rgb.base64EncodedData())
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + text.count / 64 + 200)
    for start in stride(from: 0, to: text.count, by: chunk) {
      let end = min(text.count, start + chunk)
      let more = end < text.count ? 1 : 0
      let control =
        start > 0
        ? "m=\(more)"
        : "a=T,f=24,s=\(pixels.width),v=\(pixels.height),i=\(id),p=1,c=\(columns),r=\(rows),"
          + "C=1,q=2,m=\(more)"
      bytes += "\u{1B}_G\(control);".utf8
      bytes += text[start..<end]
      bytes += "\u{1B}\\".utf8
    }
    return bytes
  }

  /// Takes the picture away and frees it.
  package static let hide = Array("\u{1B}_Ga=d,d=I,i=\(id),q=2\u{1B}\\".utf8)
}

/// Sixel pictures: bands of six rows, one colour after the other.
///
/// Reference: DEC VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
package enum Sixel {
  /// Levels of red, green and blue; their 216 mixtures are the palette.
  private static let levels = 6

  /// Sends pixels from the cursor on, in 216 colours with an ordered dither.
  package static func encode(_ pixels: PaneSamples) -> [UInt8] {
    var bytes = Array("\u{1B}P0;1;0q\"1;1;\(pixels.width);\(pixels.height)".utf8)
    for index in 0..<levels * levels * levels {
      let channels = [index / (levels * levels), index / levels % levels, index % levels]
      let percents = channels.map { String($0 * 100 / (levels - 1)) }.joined(separator: ";")
      bytes += "#\(index);2;\(percents)".utf8
    }
    for top in stride(from: 0, to: pixels.height, by: 6) {
      // None after the last: it could scroll the screen.
      if top > 0 { bytes.append(UInt8(ascii: "-")) }
      appendBand(from: top, of: pixels, to: &bytes)
    }
    return bytes + "\u{1B}\\".utf8
  }

  /// The palette's number for a pixel: each channel goes to the level below or above it, by how far
  /// it is between them and by the threshold of its place.
  package static func index(of color: Color, x: Int, y: Int) -> Int {
    // Sixteenths of a level, with half a step so that a level itself stays.
    let threshold = Dither.threshold(x, y)
    func level(_ value: UInt8) -> Int {
      let sixteenths = Int(value) * (levels - 1) * 16 / 255
      return min(levels - 1, sixteenths / 16 + (sixteenths % 16 > threshold ? 1 : 0))
    }
    return (level(color.red) * levels + level(color.green)) * levels + level(color.blue)
  }

  private static func appendBand(from top: Int, of pixels: PaneSamples, to bytes: inout [UInt8]) {
    var rows: [Int: [UInt8]] = [:]
    for y in top..<min(top + 6, pixels.height) {
      for x in 0..<pixels.width {
        let index = index(of: pixels.colors[y * pixels.width + x], x: x, y: y)
        rows[index, default: [UInt8](repeating: 0, count: pixels.width)][x] |= 1 << (y - top)
      }
    }
    for (number, index) in rows.keys.sorted().enumerated() {
      if number > 0 { bytes.append(UInt8(ascii: "$")) }
      bytes += "#\(index)".utf8
      appendRuns(rows[index] ?? [], to: &bytes)
    }
  }

  /// Six bits a column, plus 63; `!n` before a character repeats it. Empty columns at the end go.
  private static func appendRuns(_ row: [UInt8], to bytes: inout [UInt8]) {
    let end = (row.lastIndex { $0 != 0 } ?? -1) + 1
    var x = 0
    while x < end {
      let run = row[x..<end].prefix { $0 == row[x] }.count
      let character = row[x] + 63
      if run > 3 {
        bytes += "!\(run)".utf8
        bytes.append(character)
      } else {
        bytes += [UInt8](repeating: character, count: run)
      }
      x += run
    }
  }
}
