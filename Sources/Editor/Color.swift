/// An opaque colour, eight bits a channel, sRGB.
package struct Color: Sendable, Hashable {
  /// Red, 0...255.
  package var red: UInt8
  /// Green, 0...255.
  package var green: UInt8
  /// Blue, 0...255.
  package var blue: UInt8

  /// Makes a colour from its channels.
  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Reads `#8a6f3c`, `8a6f3c` or `#863`; nil for anything else.
  package init?(hex text: String) {
    var digits = text[...]
    if digits.hasPrefix("#") { digits = digits.dropFirst() }
    guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { return nil }
    switch digits.count {
    case 6:
      self.init(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    case 3:
      self.init(
        UInt8(value >> 8) * 17, UInt8(value >> 4 & 15) * 17, UInt8(value & 15) * 17)
    default:
      return nil
    }
  }

  /// `#rrggbb`.
  package var hex: String {
    let digits = Array("0123456789abcdef")
    return [red, green, blue].reduce(into: "#") {
      $0.append(digits[Int($1 >> 4)])
      $0.append(digits[Int($1 & 15)])
    }
  }

  /// Brightness 0...255, with the weights of BT.601.
  package var luma: Int {
    (299 * Int(red) + 587 * Int(green) + 114 * Int(blue)) / 1000
  }

  /// This colour with `amount` of 256 parts of `other` in it.
  package func mixed(with other: Color, _ amount: Int) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Int(a) * (256 - amount) + Int(b) * amount) >> 8)
    }
    return Color(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// No light.
  package static let black = Color(0, 0, 0)
  /// Full light.
  package static let white = Color(255, 255, 255)
}

extension Color {
  /// The sixteen colours at hand: keys `1` to `0` reach the first ten, the mouse all of them.
  ///
  /// Chosen for landscapes and portraits: a hint in a colour that occurs in photographs gives the
  /// model something it has seen.
  package static let swatches: [Color] = [
    Color(250, 250, 248), Color(24, 24, 26), Color(128, 130, 132), Color(122, 176, 224),
    Color(38, 84, 140), Color(68, 112, 48), Color(150, 176, 84), Color(116, 84, 56),
    Color(206, 178, 132), Color(200, 62, 44), Color(236, 148, 52), Color(246, 214, 92),
    Color(232, 190, 166), Color(148, 96, 72), Color(128, 92, 156), Color(90, 160, 150),
  ]
}
