package import Editor
import Foundation

/// The kitty graphics protocol: pictures as base64 text in application program commands.
///
/// Reference: "Terminal graphics protocol" of kitty's documentation.
package enum KittyGraphics {
  /// The number under which the first picture is kept; those of the others follow.
  static let firstID = 7301
  /// Payload characters in one command, a multiple of 4.
  static let chunk = 4096

  /// Sends pixels and shows them over `columns` x `rows` cells from the cursor, which stays.
  ///
  /// A picture that was shown before under the same number is replaced. No answer is asked for.
  package static func show(
    _ pixels: PaneSamples, id: Int, columns: Int, rows: Int
  ) -> [UInt8] {
    // One pixel is enough for one colour.
    let isFlat = pixels.colors.allSatisfy { $0 == pixels.colors[0] }
    let (width, height) = isFlat ? (1, 1) : (pixels.width, pixels.height)
    let text = base64(isFlat ? pixels.colors[..<1] : pixels.colors[...])
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + text.count / 64 + 200)
    for start in stride(from: 0, to: text.count, by: chunk) {
      let end = min(text.count, start + chunk)
      let more = end < text.count ? 1 : 0
      let control =
        start > 0
        ? "m=\(more)"
        : "a=T,f=24,s=\(width),v=\(height),i=\(id),p=1,c=\(columns),r=\(rows),"
          + "C=1,q=2,m=\(more)"
      bytes += "\u{1B}_G\(control);".utf8
      bytes += text[start..<end]
      bytes += "\u{1B}\\".utf8
    }
    return bytes
  }

  private static func base64(_ colors: ArraySlice<Color>) -> [UInt8] {
    var rgb = [UInt8]()
    rgb.reserveCapacity(3 * colors.count)
    for color in colors {
      rgb.append(color.red)
      rgb.append(color.green)
      rgb.append(color.blue)
    }
    return Array(Data(rgb).base64EncodedData())
  }

  /// Takes a picture away and frees it.
  package static func hide(id: Int) -> [UInt8] {
    Array("\u{1B}_Ga=d,d=I,i=\(id),q=2\u{1B}\\".utf8)
  }
}
