/// What a file tells of its picture beside the pixels themselves.
package struct PictureFacts: Sendable, Equatable {
  /// Pixels in a row, upright.
  package let width: Int
  /// Rows, upright.
  package let height: Int
  /// Pixels whose alpha is below full.
  package let transparentPixels: Int
  /// Colour profile, physical size, text, remarks and the like.
  package let metadata: PictureMetadata

  /// Puts the facts together.
  package init(width: Int, height: Int, transparentPixels: Int, metadata: PictureMetadata) {
    (self.width, self.height, self.transparentPixels) = (width, height, transparentPixels)
    self.metadata = metadata
  }

  /// The facts of a picture that is decoded.
  ///
  /// - Complexity: O(width * height).
  init(_ picture: Picture) {
    self.init(
      width: picture.width, height: picture.height, transparentPixels: picture.transparentPixels,
      metadata: picture.metadata)
  }

  /// Reads a PNG or JPEG file to its end.
  ///
  /// - Throws: what `Picture.read` throws.
  /// - Complexity: memory is the file and a row of a PNG, or the decoded pixels of a JPEG.
  package static func read(_ path: String, limits: PictureLimits = PictureLimits())
    throws(PictureError) -> PictureFacts
  {
    try decode(try Picture.fileBytes(path, limits: limits), path: path, limits: limits)
  }

  /// The same of the bytes of a file; `path` is for error texts.
  package static func decode(
    _ bytes: [UInt8], path: String, limits: PictureLimits = PictureLimits()
  ) throws(PictureError) -> PictureFacts {
    guard FileSignature(bytes) == .png else {
      return PictureFacts(try Picture.decode(bytes, path: path, limits: limits))
    }
    let facts = try PNGReader.facts(bytes, path: path, limits: limits)
    try limits.judge(facts.metadata, path: path)
    return facts
  }
}

extension Picture {
  /// Pixels whose alpha is below full.
  fileprivate var transparentPixels: Int {
    switch pixels {
    case .eight(let bitmap): bitmap.transparentPixels
    case .sixteen(let bitmap): bitmap.transparentPixels
    }
  }
}

extension Bitmap {
  fileprivate var transparentPixels: Int {
    samples.withUnsafeBufferPointer { samples in
      stride(from: 3, to: samples.count, by: 4).count { samples[$0] != Sample.max }
    }
  }
}
