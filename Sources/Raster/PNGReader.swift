import CPNG

/// What a picture file may ask for, against files made to exhaust memory.
package struct PictureLimits: Sendable, Equatable {
  /// Pixels along either side.
  package var side = 16384
  /// Pixels in all.
  package var pixels = 64 << 20
  /// Bytes of the decoded RGBA samples.
  package var decodedBytes = 512 << 20
  /// Ancillary chunks of a PNG.
  package var chunks = 128
  /// Bytes of one such chunk, decompressed.
  package var chunkBytes = 4 << 20
  /// Passes of a progressive JPEG.
  package var scans = 100
  /// Bytes of the file itself.
  package var fileBytes = 1 << 30

  /// Makes the default limits.
  package init() {}
}

/// PNG decoding through libpng's row interface.
enum PNGReader {
  /// Decodes a whole file; `path` is for error texts only.
  static func decode(_ bytes: [UInt8], path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
      guard let reader = cpng_reader_create(buffer.baseAddress, buffer.count) else {
        throw PictureError(
          .badData, path: path, problem: "there is no memory left to read it",
          remedy: "close other programs and try again")
      }
      defer { cpng_reader_destroy(reader) }
      return try decode(reader, path: path, limits: limits)
    }
  }

  private static func decode(_ reader: OpaquePointer, path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    var header = CPNGHeader()
    guard cpng_read_header(reader, limits.forPNG, &header) == 0 else {
      throw broken(reader, path: path)
    }
    let (width, height) = (Int(header.width), Int(header.height))
    let pixels: Picture.Pixels
    if header.sample_bytes == 2 {
      let samples: [UInt16] = try read(reader, count: 4 * width * height, path: path)
      pixels = .sixteen(RGBA16(width: width, height: height, samples: samples))
    } else {
      let samples: [UInt8] = try read(reader, count: 4 * width * height, path: path)
      pixels = .eight(RGBA8(width: width, height: height, samples: samples))
    }
    let trailing = cpng_trailing_bytes(reader)
    guard trailing == 0 else {
      throw PictureError(
        .badData, path: path, problem: "\(trailing) bytes follow the end of the PNG picture",
        remedy: "save it again from the program it came from, or cut the rest off")
    }
    return Picture(pixels: pixels, metadata: metadata(of: reader, header: header))
  }

  /// Decodes into a fresh array, without filling it first.
  private static func read<Sample>(_ reader: OpaquePointer, count: Int, path: String)
    throws(PictureError) -> [Sample]
  {
    var status: Int32 = -1
    let samples = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      let size = count * MemoryLayout<Sample>.stride
      status = cpng_read_pixels(reader, buffer.baseAddress, size)
      initialized = status == 0 ? count : 0
    }
    guard status == 0 else { throw broken(reader, path: path) }
    return samples
  }

  private static func broken(_ reader: OpaquePointer, path: String) -> PictureError {
    let reason = String(cString: cpng_reader_error(reader))
    return PictureError(
      .badData, path: path, problem: "not a readable PNG picture (\(reason))",
      remedy: "get an intact copy of the file, or save it again as an ordinary PNG")
  }

  private static func metadata(of reader: OpaquePointer, header: CPNGHeader) -> PictureMetadata {
    var metadata = PictureMetadata()
    for index in 0..<cpng_chunk_count(reader) {
      let chunk = cpng_chunk(reader, index)
      let bytes = Array(UnsafeBufferPointer(start: chunk.data, count: chunk.size))
      let type = withUnsafeBytes(of: chunk.type) { String(decoding: $0.prefix(4), as: UTF8.self) }
      metadata.take(chunk: type, bytes)
    }
    var name: UnsafePointer<CChar>?
    var profile: UnsafePointer<UInt8>?
    let size = cpng_icc_profile(reader, &name, &profile)
    if size > 0, let name {
      let bytes = Array(UnsafeBufferPointer(start: profile, count: size))
      metadata.iccProfile = .init(name: String(latin1: UnsafeRawPointer(name)), bytes: bytes)
      // A file must not hold both; the profile says more.
      metadata.srgbIntent = nil
    }
    for index in 0..<cpng_text_count(reader) {
      let entry = cpng_text(reader, index)
      let raw = UnsafeRawBufferPointer(start: entry.value, count: entry.value_size)
      metadata.text.append(
        .init(
          key: String(latin1: UnsafeRawPointer(entry.key)),
          value: entry.utf8 != 0 ? String(decoding: raw, as: UTF8.self) : String(latin1: raw)))
    }
    metadata.source = source(of: reader, header: header)
    return metadata
  }

  private static func source(of reader: OpaquePointer, header: CPNGHeader)
    -> PictureMetadata.SourceFormat
  {
    let color: PictureMetadata.SourceFormat.Color =
      switch header.color_type {
      case 0: .grey
      case 2: .rgb
      case 3: .palette
      case 4: .greyAlpha
      default: .rgba
      }
    var warnings: [String] = []
    while let text = cpng_reader_warning(reader, Int32(warnings.count)) {
      warnings.append(String(cString: text))
    }
    return .init(
      container: .png, color: color, bitDepth: Int(header.bit_depth),
      interlaced: header.interlaced != 0,
      hasTransparencyChunk: header.has_transparency != 0, warnings: warnings)
  }
}

extension PictureLimits {
  fileprivate var forPNG: CPNGLimits {
    CPNGLimits(
      max_side: UInt32(clamping: side), max_pixels: UInt64(clamping: pixels),
      max_bytes: UInt64(clamping: decodedBytes), max_chunks: UInt32(clamping: chunks),
      max_chunk_bytes: chunkBytes)
  }
}

extension PictureMetadata {
  /// Takes one raw chunk in; a second one of a kind, or one of a wrong size, is ignored.
  fileprivate mutating func take(chunk type: String, _ bytes: [UInt8]) {
    let words = stride(from: 0, to: bytes.count / 4 * 4, by: 4).map { i in
      bytes[i..<i + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    switch (type, bytes.count) {
    case ("gAMA", 4): gamma = gamma ?? words[0]
    case ("cHRM", 32): chromaticities = chromaticities ?? words
    case ("sRGB", 1): srgbIntent = srgbIntent ?? bytes[0]
    case ("pHYs", 9):
      physicalSize = physicalSize ?? .init(x: words[0], y: words[1], perMetre: bytes[8] == 1)
    case ("eXIf", _): exif = exif ?? bytes
    case ("cICP", _), ("mDCV", _), ("cLLI", _):
      if !colorChunks.contains(where: { $0.type == type }) {
        colorChunks.append(.init(type: type, bytes: bytes))
      }
    default: break
    }
  }
}

extension String {
  /// Decodes Latin-1, in which each byte is the scalar of its value.
  init(latin1 bytes: some Sequence<UInt8>) {
    var scalars = String.UnicodeScalarView()
    for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
    self.init(scalars)
  }

  /// Decodes Latin-1 up to a zero byte.
  init(latin1 start: UnsafeRawPointer) {
    var length = 0
    while start.load(fromByteOffset: length, as: UInt8.self) != 0 { length += 1 }
    self.init(latin1: UnsafeRawBufferPointer(start: start, count: length))
  }
}
