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
    return try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
      guard let reader = cjpeg_reader_create(buffer.baseAddress, buffer.count) else {
        throw PictureError(
          .badData, path: path, problem: "there is no memory left to read it",
          remedy: "close other programs and try again")
      }
      defer { cjpeg_reader_destroy(reader) }
      return try decode(reader, path: path, limits: limits)
    }
  }

  private static func decode(_ reader: OpaquePointer, path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    let cLimits = CJPEGLimits(
      max_side: UInt32(clamping: limits.side),
      max_pixels: UInt64(clamping: min(limits.pixels, limits.decodedBytes / 4)),
      max_scans: UInt32(clamping: limits.scans))
    var header = CJPEGHeader()
    guard cjpeg_read_header(reader, cLimits, &header) == 0 else {
      throw broken(reader, path: path)
    }
    // Before the pixels: libjpeg forgets its markers at the end.
    let (orientation, profile) = markers(of: reader)
    let size = 4 * Int(header.width) * Int(header.height)
    var status: Int32 = -1
    let samples = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      status = cjpeg_read_pixels(reader, buffer.baseAddress, size)
      initialized = status == 0 ? size : 0
    }
    guard status == 0 else { throw broken(reader, path: path) }
    let stored = RGBA8(width: Int(header.width), height: Int(header.height), samples: samples)
    var metadata = PictureMetadata()
    metadata.physicalSize = physicalSize(header, turned: orientation.swapsSides)
    metadata.source = source(header, orientation, warning: reader)
    if Int(header.color) == CJPEG_CMYK {
      // The profile is of inks; the pixels are light now.
      metadata.source?.warnings.append("CMYK colours were converted without their profile")
    } else if let profile {
      metadata.iccProfile = .init(name: "ICC profile", bytes: profile)
    }
    return Picture(pixels: .eight(stored.upright(from: orientation)), metadata: metadata)
  }

  private static func broken(_ reader: OpaquePointer, path: String) -> PictureError {
    let reason = String(cString: cjpeg_reader_error(reader))
    return PictureError(
      .badData, path: path, problem: "not a readable JPEG picture (\(reason))",
      remedy: "get an intact copy of the file, or save it again as an ordinary JPEG or PNG")
  }

  private static func source(
    _ header: CJPEGHeader, _ orientation: Orientation, warning reader: OpaquePointer
  ) -> PictureMetadata.SourceFormat {
    let color: PictureMetadata.SourceFormat.Color =
      switch Int(header.color) {
      case CJPEG_GREY: .grey
      case CJPEG_CMYK: .cmyk
      default: .rgb
      }
    let warning = String(cString: cjpeg_reader_warning(reader))
    return .init(
      container: .jpeg, color: color, bitDepth: 8, interlaced: header.progressive != 0,
      orientation: orientation.value, warnings: warning.isEmpty ? [] : [warning])
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

  /// Reads the Exif orientation and joins the parts of a colour profile.
  private static func markers(of reader: OpaquePointer) -> (Orientation, profile: [UInt8]?) {
    var orientation = Orientation(1)
    var parts: [Int: ArraySlice<UInt8>] = [:]
    var partCount = 0
    var index: Int32 = 0
    var code: Int32 = 0
    var data: UnsafePointer<UInt8>?
    var size = 0
    while cjpeg_marker(reader, index, &code, &data, &size) != 0 {
      let payload = Array(UnsafeBufferPointer(start: data, count: size))
      let isExif = payload.starts(with: Array("Exif\0\0".utf8))
      let isProfile = payload.starts(with: Array("ICC_PROFILE\0".utf8)) && size > 14
      if code == 0xE1, isExif, orientation.value == 1 {
        orientation = Orientation(exif: payload[6...])
      } else if code == 0xE2, isProfile {
        // Part number, number of parts, then the bytes; parts may come in any order.
        parts[Int(payload[12])] = payload[14...]
        partCount = Int(payload[13])
      }
      index += 1
    }
    let numbers = partCount > 0 ? 1...partCount : 1...1
    let found = numbers.compactMap { parts[$0] }
    return (
      orientation, found.count == partCount ? (found.isEmpty ? nil : Array(found.joined())) : nil
    )
  }
}
