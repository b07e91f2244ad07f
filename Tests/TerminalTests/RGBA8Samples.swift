import Raster

enum RGBA8Samples {
  /// Red from left to right, green from top to bottom.
  static func gradient(_ width: Int, _ height: Int) -> RGBA8 {
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 90, 255))
    for y in 0..<height {
      for x in 0..<width {
        picture.samples[picture.offset(x: x, y: y)] = UInt8(60 + 150 * x / width)
        picture.samples[picture.offset(x: x, y: y) + 1] = UInt8(60 + 150 * y / height)
      }
    }
    return picture
  }
}
