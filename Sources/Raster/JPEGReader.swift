import CJPEG

/// JPEG decoding through libjpeg, in builds that found it.
enum JPEGReader {
  /// Whether this build reads JPEG.
  static var isAvailable: Bool { cjpeg_available() != 0 }

  /// Decodes a whole file and puts it upright; `path` is for error texts only.
  static func decode(_ bytes: [UInt8], path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    guard isAvailable else {
      throw PictureError(
        .badData, path: path, problem: "is a JPEG picture, and this build reads PNG only",
        remedy: "install libjpeg62-turbo-dev and build again, or convert it to PNG")
    }
    return try bytes.withUnsafeBufferPointer { (file) throws(PictureError) in
      let segments = JPEGSegments(file)
      guard let reader = cjpeg_reader_create(file.baseAddress, segments.end) else {
        throw PictureError(
          .noMemory, path: path, problem: "there is no memory left to read it",
          remedy: "close other programs and try again")
      }
      defer { cjpeg_reader_destroy(reader) }
      return try decode(reader, file, segments, path: path, limits: limits)
    }
  }

  private static func decode(
    _ reader: OpaquePointer, _ file: UnsafeBufferPointer<UInt8>, _ segments: JPEGSegments,
    path: String, limits: PictureLimits
  ) throws(PictureError) -> Picture {
    var header = CJPEGHeader()
    guard cjpeg_read_header(reader, UInt32(clamping: limits.scans), &header) == 0 else {
      throw broken(reader, path: path)
    }
    var metadata = PictureMetadata()
    var orientation = Orientation(1)
    if let place = segments.exif, var exif = Exif(file[place]) {
      orientation = exif.orientation
      exif.setUpright()
      exif.removeThumbnail()
      metadata.exif = exif.bytes
    }
    let stored = try pixels(
      of: reader, header, orientation, fileSize: file.count, path: path, limits: limits)
    metadata.physicalSize = physicalSize(header, turned: orientation.swapsSides)
    metadata.source = source(header, orientation)
    metadata.source?.remarks = segments.remarks
    let warning = String(cString: cjpeg_reader_warning(reader))
    if !warning.isEmpty { metadata.source?.remarks.append(.init(.damage, warning)) }
    if Int(header.color) == CJPEG_CMYK {
      // The profile is of inks; the pixels are light now.
      metadata.source?.remarks.append(
        .init(.note, "CMYK colours were converted without their profile"))
    } else if let profile = profile(segments, file, limits: limits) {
      metadata.iccProfile = .init(name: "ICC profile", bytes: profile)
    } else if segments.profile.count > 0 {
      metadata.source?.remarks.append(.init(.loss, "its colour profile is damaged or too large"))
    }
    return Picture(pixels: .eight(stored.upright(from: orientation)), metadata: metadata)
  }

  private static func pixels(
    of reader: OpaquePointer, _ header: CJPEGHeader, _ orientation: Orientation, fileSize: Int,
    path: String, limits: PictureLimits
  ) throws(PictureError) -> RGBA8 {
    let (width, height) = (Int(header.width), Int(header.height))
    // Passes need all coefficients of all components at hand, two bytes each.
    let coefficients = header.multiple_scans != 0 ? 2 * Int(header.components) : 0
    try limits.check(width: width, height: height, bytesPerPixel: 4 + coefficients, path: path)
    try limits.admit(
      width: width, height: height, bytesPerPixel: 4 + coefficients, turned: orientation,
      fileSize: fileSize, path: path)
    let size = 4 * width * height
    var status: Int32 = -1
    let samples = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      status = cjpeg_read_pixels(reader, buffer.baseAddress, size)
      initialized = status == 0 ? size : 0
    }
    guard status == 0 else { throw broken(reader, path: path) }
    return RGBA8(width: width, height: height, samples: samples)
  }

  private static func broken(_ reader: OpaquePointer, path: String) -> PictureError {
    let reason = String(cString: cjpeg_reader_error(reader))
    return PictureError(
      .badData, path: path, problem: "not a readable JPEG picture (\(reason))",
      remedy: "get an intact copy of the file, or save it again as an ordinary JPEG or PNG")
  }

  private static func source(_ header: CJPEGHeader, _ orientation: Orientation)
    -> PictureMetadata.SourceFormat
  {
    let color: PictureMetadata.SourceFormat.Color =
      switch Int(header.color) {
      case CJPEG_GREY: .grey
      case CJPEG_CMYK: .cmyk
      default: .rgb
      }
    return .init(
      container: .jpeg, color: color, bitDepth: 8, interlaced: header.progressive != 0,
      orientation: orientation.value)
  }

  /// JFIF's density in pixels a metre, where the file gives one.
  private static func physicalSize(_ header: CJPEGHeader, turned: Bool)
    -> PictureMetadata.PhysicalSize?
  {
    let perMetre: Double
    switch header.density_unit {
    case 1: perMetre = 1 / 0.0254
    case 2: perMetre = 100
    default: return nil
    }
    let x = UInt32(saturating: (Double(header.density_x) * perMetre).rounded())
    let y = UInt32(saturating: (Double(header.density_y) * perMetre).rounded())
    guard x > 0, y > 0 else { return nil }
    return .init(x: turned ? y : x, y: turned ? x : y, perMetre: true)
  }

  /// Joins the parts of a colour profile; nil where one is missing, or they are too large.
  private static func profile(
    _ segments: JPEGSegments, _ file: UnsafeBufferPointer<UInt8>, limits: PictureLimits
  ) -> [UInt8]? {
    let (parts, count) = segments.profile
    guard count > 0 else { return nil }
    let found = (1...count).compactMap { parts[$0] }
    guard found.count == count, found.reduce(0, { $0 + $1.count }) <= limits.chunkBytes else {
      return nil
    }
    return found.flatMap { Array(file[$0]) }
  }
}
