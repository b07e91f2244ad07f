import DiffMask
import Raster

/// What each pixel of an edit is to become, as a picture of numbers says it.
struct MaterialMap {
  /// Bytes of `PaintKind`, 0 where the map says nothing.
  let kinds: Mask

  /// Pixels that the map says something about.
  var painted: PixelMask { PixelMask(kinds, atLeast: 1) }

  /// Reads a map of exactly the given size.
  ///
  /// - Throws: `PictureError`; `CommandError` where it has another size or a number that says nothing.
  init(at path: String, width: Int, height: Int, limits: PictureLimits) throws {
    let numbers = try Mask.readIndices(path, limits: limits)
    guard numbers.width == width, numbers.height == height else {
      throw CommandError(
        .badData,
        "\(path.printable): the material map has \(numbers.width)x\(numbers.height) pixels, the "
          + "picture \(width)x\(height); make them equally large")
    }
    if let at = numbers.values.firstIndex(where: { !Self.isKnown($0) }) {
      throw CommandError(
        .badData,
        "\(path.printable): \(numbers.values[at]) at pixel (\(at % width), \(at / width)) is no "
          + "material; 0 is none, 1 to \(Material.allCases.count) are those that `tessera materials` "
          + "lists, 254 erases, 255 is the colour painted")
    }
    kinds = numbers
  }

  /// A picture that is opaque where a material is to be: it shows on transparency as paint does.
  func shown(in picture: Picture) -> Picture {
    guard picture.hasTransparency else { return picture }
    func shown<Sample>(_ bitmap: Bitmap<Sample>) -> Bitmap<Sample> {
      var bitmap = bitmap
      for (pixel, number) in kinds.values.enumerated() where Material(rawValue: number) != nil {
        bitmap.samples[4 * pixel + 3] = .max
      }
      return bitmap
    }
    var result = picture
    switch picture.pixels {
    case .eight(let bitmap): result.pixels = .eight(shown(bitmap))
    case .sixteen(let bitmap): result.pixels = .sixteen(shown(bitmap))
    }
    return result
  }

  private static func isKnown(_ number: UInt8) -> Bool {
    if number == 0 { return true }
    switch PaintKind(rawValue: number) {
    case .color, .erasure, .material: return true
    // What no model changes is no part of an edit.
    case .finished, nil: return false
    }
  }
}
