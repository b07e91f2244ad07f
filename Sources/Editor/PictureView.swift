import Glibc
import Raster

/// Draws a part of a picture as upper-half blocks: a cell is one sub-pixel wide and two high.
struct PictureView {
  let picture: RGBA8
  let view: Viewport
  /// Drawn around the picture.
  static let desk = Color(28, 29, 32)

  /// At most this many samples a side are averaged into one sub-pixel; a reduced view of a large
  /// picture then costs what the screen costs, not what the picture costs.
  static let samplesASide = 6

  /// The colour of a sub-pixel; nil outside the picture.
  func color(atSubpixel point: Point) -> Color? {
    let block = view.block(atSubpixel: point).intersection(
      Area(x: 0, y: 0, width: picture.width, height: picture.height))
    guard !block.isEmpty else { return nil }
    if block.width == 1, block.height == 1 {
      let at = picture.offset(x: block.minX, y: block.minY)
      let color = Color(picture.samples[at], picture.samples[at + 1], picture.samples[at + 2])
      return over(checkerAt: point, color, alpha: Int(picture.samples[at + 3]))
    }
    return average(block, at: point)
  }

  /// The mean of a block in linear light, weighted by alpha.
  private func average(_ block: Area, at point: Point) -> Color {
    let stepX = max(1, (block.width + Self.samplesASide - 1) / Self.samplesASide)
    let stepY = max(1, (block.height + Self.samplesASide - 1) / Self.samplesASide)
    var red: Float = 0
    var green: Float = 0
    var blue: Float = 0
    var weight: Float = 0
    var count: Float = 0
    for y in stride(from: block.minY, to: block.maxY, by: stepY) {
      for x in stride(from: block.minX, to: block.maxX, by: stepX) {
        let at = picture.offset(x: x, y: y)
        let alpha = Float(picture.samples[at + 3])
        red += alpha * Light.linear[Int(picture.samples[at])]
        green += alpha * Light.linear[Int(picture.samples[at + 1])]
        blue += alpha * Light.linear[Int(picture.samples[at + 2])]
        weight += alpha
        count += 1
      }
    }
    guard weight > 0 else { return over(checkerAt: point, .black, alpha: 0) }
    let color = Color(
      Light.encoded(red / weight), Light.encoded(green / weight), Light.encoded(blue / weight))
    return over(checkerAt: point, color, alpha: Int(weight / count + 0.5))
  }

  private func over(checkerAt point: Point, _ color: Color, alpha: Int) -> Color {
    if alpha == 255 { return color }
    let isDark = (point.x / 4 + point.y / 4) % 2 == 0
    let below = isDark ? Color(96, 96, 96) : Color(150, 150, 150)
    return below.mixed(with: color, alpha)
  }
}

/// The sRGB transfer curve (IEC 61966-2-1) as tables.
enum Light {
  /// Linear intensity 0...1 of a sample.
  static let linear: [Float] = (0...255).map { sample in
    let value = Float(sample) / 255
    return value <= 0.04045 ? value / 12.92 : powf((value + 0.055) / 1.055, 2.4)
  }

  private static let inverse: [UInt8] = (0...4095).map { index in
    let value = Float(index) / 4095
    let encoded = value <= 0.003_130_8 ? value * 12.92 : 1.055 * powf(value, 1 / 2.4) - 0.055
    return UInt8(max(0, min(255, encoded * 255 + 0.5)))
  }

  static func encoded(_ linear: Float) -> UInt8 {
    inverse[Int(max(0, min(1, linear)) * 4095 + 0.5)]
  }
}
