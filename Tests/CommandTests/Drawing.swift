import Foundation
import Raster

/// Small pictures drawn by formula.
enum Drawing {
  /// Where `painted` has its patch.
  static let patch = (x: 24..<48, y: 16..<40)

  /// A sky over a speckled ground.
  static func scene(width: Int = 96, height: Int = 64) -> RGBA8 {
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    for y in 0..<height {
      for x in 0..<width {
        let at = picture.offset(x: x, y: y)
        let speckle = (x &* 73 ^ y &* 151 ^ x &* y) & 31
        let isSky = 2 * y < height
        picture.samples[at] = UInt8(isSky ? 90 + 60 * y / height : 60 + speckle)
        picture.samples[at + 1] = UInt8(isSky ? 140 + 60 * y / height : 90 + speckle)
        picture.samples[at + 2] = UInt8(isSky ? 220 : 40 + speckle)
      }
    }
    return picture
  }

  /// The scene with a square of one colour painted over.
  static func painted(_ scene: RGBA8) -> RGBA8 {
    var picture = scene
    for y in patch.y {
      for x in patch.x {
        let at = picture.offset(x: x, y: y)
        picture.samples[at] = 150
        picture.samples[at + 1] = 110
        picture.samples[at + 2] = 70
      }
    }
    return picture
  }

  /// White where `painted` differs.
  static func mask(width: Int = 96, height: Int = 64) -> Mask {
    var mask = Mask(width: width, height: height)
    for y in patch.y { for x in patch.x { mask.values[y * width + x] = 255 } }
    return mask
  }

  /// 24x16 pixels, two bits each, of a palette whose third colour, of 112 pixels, is half transparent.
  static let palette = decoded(
    """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQAgMAAABxSlcGAAAADFBMVEXIKCgooDwePLTw5tLlE8c8AAAAA3RSTlP//4
    A6co5hAAAAa0lEQVR42gXBgwHDAAAAwY+drFYbq8XGarWRO2Dg+wcEYRgER0RxFIYnJGkcRWdkeRLHFxRlmiRXVHWW
    pjc0bZ5ld3R9kecPDGNZFE9Mc1WWLyxrXVVvbHtT1x8cZ9s0X1x317Y/PG/fdf8e76Aq0ctfE/oAAAAASUVORK5CYI
    I=
    """)

  /// 16x8 pixels, red and blue.
  static let jpeg = decoded(
    """
    /9j/4AAQSkZJRgABAQEBLACWAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT
    c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj
    Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABADAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EAB
    QQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAGBf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAM
    AwEAAhEDEQA/AB08vGH4Q//Z
    """)

  private static func decoded(_ text: String) -> [UInt8] {
    [UInt8](Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
  }
}

extension ScratchFolder {
  /// Saves a bitmap as a plain PNG.
  func save(_ bitmap: RGBA8, _ name: String, alpha: Bool = false) throws {
    var picture = Picture(pixels: .eight(bitmap))
    picture.metadata.source = .init(container: .png, color: alpha ? .rgba : .rgb, bitDepth: 8)
    try picture.write(to: self / name, overwrite: true)
  }

  /// Saves the scene as a.png and the painted one as b.png.
  func saveScene() throws {
    let scene = Drawing.scene()
    try save(scene, "a.png")
    try save(Drawing.painted(scene), "b.png")
  }

  func picture(_ name: String) throws -> Picture { try Picture.read(self / name) }
}
