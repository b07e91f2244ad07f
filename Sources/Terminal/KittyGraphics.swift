package import Editor

/// The kitty graphics protocol: pictures as base64 text in application program commands.
///
/// Reference: "Terminal graphics protocol" of kitty's documentation.
package enum KittyGraphics {
  /// The number under which the first picture is kept; those of the others follow.
  static let firstID = 7301
  /// Pixels in one command, whose payload may be 4096 characters.
  static let chunk = 1024

  /// Sends pixels and shows them over `columns` x `rows` cells from the cursor, which stays.
  ///
  /// A picture that was shown before under the same number is replaced. No answer is asked for.
  package static func show(
    _ pixels: PaneSamples, id: Int, columns: Int, rows: Int
  ) -> [UInt8] {
    // One pixel is enough for one colour.
    let isFlat = pixels.colors.allSatisfy { $0 == pixels.colors[0] }
    let (width, height) = isFlat ? (1, 1) : (pixels.width, pixels.height)
    let count = width * height
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * count + count / 64 + 200)
    for start in stride(from: 0, to: count, by: chunk) {
      let end = min(count, start + chunk)
      let more = end < count ? 1 : 0
      let control =
        start > 0
        ? "m=\(more)"
        : "a=T,f=24,s=\(width),v=\(height),i=\(id),p=1,c=\(columns),r=\(rows),"
          + "C=1,q=2,m=\(more)"
      bytes += "\u{1B}_G\(control);".utf8
      append(pixels.colors[start..<end], to: &bytes)
      bytes += "\u{1B}\\".utf8
    }
    return bytes
  }

  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Base64 makes four characters of three bytes, which is one colour.
  private static func append(_ colors: ArraySlice<Color>, to bytes: inout [UInt8]) {
    letters.withUnsafeBufferPointer { letters in
      for color in colors {
        let bits = Int(color.red) << 16 | Int(color.green) << 8 | Int(color.blue)
        bytes.append(letters[bits >> 18])
        bytes.append(letters[bits >> 12 & 63])
        bytes.append(letters[bits >> 6 & 63])
        bytes.append(letters[bits & 63])
      }
    }
  }

  /// Takes a picture away and frees it.
  package static func hide(id: Int) -> [UInt8] {
    Array("\u{1B}_Ga=d,d=I,i=\(id),q=2\u{1B}\\".utf8)
  }
}
