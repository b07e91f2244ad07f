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
  /// Memory that is left for reading; unknown where nil.
  package var room: Room?
  /// Whether a file that is damaged outside its pixels, or holds what is not kept, is refused.
  package var isStrict = false

  /// Memory that whoever reads can have.
  package struct Room: Sendable, Equatable {
    /// Bytes.
    package var bytes: Int
    /// What to do where that is too little, an imperative clause.
    package var remedy: String

    /// Puts the two together.
    package init(bytes: Int, remedy: String) { (self.bytes, self.remedy) = (bytes, remedy) }
  }

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

  /// Refuses what takes more memory than is left, before any of it is taken.
  ///
  /// - Throws: `noMemory`.
  func admit(_ bytes: Int, for subject: String, path: String) throws(PictureError) {
    guard let room, bytes > room.bytes else { return }
    func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
    throw PictureError(
      .noMemory, path: path,
      problem:
        "\(subject) takes \(mebibytes(bytes)) of memory, and \(mebibytes(room.bytes)) can be "
        + "had",
      remedy: room.remedy)
  }

  /// The same for decoding a file of so many bytes: the pixels, three rows beside them, and a copy
  /// where they are turned.
  func admit(
    width: Int, height: Int, bytesPerPixel: Int, turned: Orientation, fileSize: Int, path: String
  ) throws(PictureError) {
    let copy = turned.value == 1 ? 0 : bytesPerPixel * width * height
    try admit(
      fileSize + bytesPerPixel * (width * height + 3 * width) + copy,
      for: "reading its \(width)x\(height) pixels", path: path)
  }
}
