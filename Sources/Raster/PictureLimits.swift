/// What a picture file may ask for, against files made to exhaust memory.
package struct PictureLimits: Sendable, Equatable {
  /// Pixels in all; the sides may be of any length.
  package var pixels = 128 << 20
  /// Bytes of the decoded RGBA samples, with the rows and coefficients that decoding needs.
  package var decodedBytes = 1 << 30
  /// Chunks of a PNG that are kept beside the pixels.
  package var chunks = 128
  /// Bytes of one such chunk, decompressed.
  package var chunkBytes = 4 << 20
  /// Bytes of all such chunks together, decompressed: texts, Exif data and the like.
  package var textBytes = 8 << 20
  /// Passes of a progressive JPEG.
  package var scans = 100
  /// Bytes of the file itself.
  package var fileBytes = 1 << 30
  /// Whether a file that is damaged outside its pixels, or holds what is not kept, is refused.
  package var isStrict = false

  /// Makes the default limits.
  package init() {}

  /// The limits for help texts, as `up to 134 megapixels (1 GB of memory)`.
  package static var inWords: String {
    let limits = PictureLimits()
    let memory = "\(limits.decodedBytes >> 30) GB of memory"
    return "up to \(limits.pixels / 1_000_000) megapixels (\(memory))"
  }

  /// Refuses a picture that is too large, before memory of its size is spent.
  ///
  /// - Parameter bytesPerPixel: what a pixel takes while the file is decoded.
  /// - Throws: `badData`; the limit is named.
  func check(width: Int, height: Int, bytesPerPixel: Int, path: String) throws(PictureError) {
    // A decoder keeps about three rows beside the picture, which counts where they are long.
    let (count, isVast) = width.multipliedReportingOverflow(by: height)
    let isLarge = isVast || count > pixels
    let size = "its \(width)x\(height) pixels"
    if isLarge {
      throw PictureError(
        .badData, path: path, problem: "\(size) are more than the limit of \(pixels)",
        remedy: "scale it down, or cut a part out of it")
    }
    guard width <= pixels, bytesPerPixel * (count + 3 * width) <= decodedBytes else {
      throw PictureError(
        .badData, path: path,
        problem: "\(size) take more memory than the limit of \(decodedBytes >> 20) MiB",
        remedy: "scale it down, save it with fewer bits a sample, or cut a part out of it")
    }
  }
}
