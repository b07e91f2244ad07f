import CPNG

extension Mask {
  /// Reads the numbers that a PNG picture stores: of one with a palette each pixel's place in it, whatever
  /// its colour; of a grey one each pixel's value, not scaled where it has fewer than 8 bits.
  ///
  /// The picture is put upright as all others are.
  /// - Throws: as `Picture.read`; `badData` too where it is no PNG, has 16 bits a sample, or has neither
  ///   palette nor grey alone.
  /// - Complexity: memory is the file plus a byte a pixel.
  package static func readIndices(_ path: String, limits: PictureLimits = PictureLimits())
    throws(PictureError) -> Mask
  {
    try decodeIndices(try Picture.readFile(path, limits: limits).bytes, path: path, limits: limits)
  }

  /// The same of a file's bytes; `path` is for error texts.
  package static func decodeIndices(
    _ bytes: [UInt8], path: String, limits: PictureLimits = PictureLimits()
  ) throws(PictureError) -> Mask {
    guard FileSignature(bytes) == .png else { throw unsuited("is no PNG file", path) }
    return try PNGReader.open(bytes, path: path, limits: limits) {
      (reader, header, orientation) throws(PictureError) in
      guard header.color_type == 0 || header.color_type == 3 else {
        throw unsuited("has neither a palette nor grey alone", path)
      }
      guard header.bit_depth <= 8 else { throw unsuited("has 16 bits a sample", path) }
      return try pixels(of: reader, header, path).upright(from: orientation)
    } result: { mask, _ in
      mask
    }
  }

  private static func pixels(
    of reader: OpaquePointer, _ header: CPNGHeader, _ path: String
  ) throws(PictureError) -> Mask {
    var mask = Mask(width: Int(header.width), height: Int(header.height))
    let count = mask.values.count
    let status = mask.values.withUnsafeMutableBufferPointer {
      cpng_read_indices(reader, $0.baseAddress, count)
    }
    guard status == 0 else {
      throw PNGReader.broken(String(cString: cpng_reader_error(reader)), path: path)
    }
    return mask
  }

  private static func unsuited(_ problem: String, _ path: String) -> PictureError {
    PictureError(
      .badData, path: path, problem: problem,
      remedy: "save it as a PNG with a palette, or in grey with 8 bits")
  }

  /// The mask put upright.
  private func upright(from orientation: Orientation) -> Mask {
    guard orientation.value != 1 else { return self }
    let bitmap = Picture(self).rgba8.upright(from: orientation)
    let values = stride(from: 0, to: bitmap.samples.count, by: 4).map { bitmap.samples[$0] }
    return Mask(width: bitmap.width, height: bitmap.height, values: values)
  }
}
