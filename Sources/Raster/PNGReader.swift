import CPNG

/// PNG decoding through libpng's row interface.
enum PNGReader {
  /// Decodes a whole file and puts it upright; `path` is for error texts only.
  static func decode(_ bytes: [UInt8], path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    try open(bytes, path: path, limits: limits) {
      (reader, header, orientation) throws(PictureError) in
      try limits.admit(
        width: Int(header.width), height: Int(header.height),
        bytesPerPixel: 4 * Int(header.sample_bytes), turned: orientation, fileSize: bytes.count,
        path: path)
      return try pixels(of: reader, header, path: path).upright(from: orientation)
    } result: {
      Picture(pixels: $0, metadata: $1)
    }
  }

  /// Reads a whole file without keeping its pixels, in memory for a row of them.
  static func facts(_ bytes: [UInt8], path: String, limits: PictureLimits)
    throws(PictureError) -> PictureFacts
  {
    try open(bytes, path: path, limits: limits) {
      (reader, header, orientation) throws(PictureError) in
      var transparent = 0
      guard cpng_count_transparent(reader, &transparent) == 0 else {
        throw broken(String(cString: cpng_reader_error(reader)), path: path)
      }
      let (width, height) = (Int(header.width), Int(header.height))
      return orientation.swapsSides ? (height, width, transparent) : (width, height, transparent)
    } result: {
      PictureFacts(width: $0.0, height: $0.1, transparentPixels: $0.2, metadata: $1)
    }
  }

  /// Reads everything but the pixels, which `read` takes in meanwhile.
  static func open<Pixels, Result>(
    _ bytes: [UInt8], path: String, limits: PictureLimits,
    read: (OpaquePointer, CPNGHeader, Orientation) throws(PictureError) -> Pixels,
    result: (Pixels, PictureMetadata) -> Result
  ) throws(PictureError) -> Result {
    try bytes.withUnsafeBufferPointer { (file) throws(PictureError) in
      let chunks = PNGChunks(file, limits: limits)
      let spans = chunks.essential.map { range in
        let part = UnsafeBufferPointer(rebasing: file[range])
        return CPNGSpan(data: part.baseAddress, size: part.count)
      }
      guard let reader = cpng_reader_create(spans, spans.count, chunks.hasPixels ? 1 : 0) else {
        throw PictureError(
          .noMemory, path: path, problem: "there is no memory left to read it",
          remedy: "close other programs and try again")
      }
      defer { cpng_reader_destroy(reader) }
      let header = try header(of: reader, path: path, fileSize: file.count, limits: limits)
      // Texts are unpacked, at most 1032 to 1, and then taken apart.
      let texts = chunks.beside.reduce(0) { $0 + chunks.bytes(of: $1).count }
      try limits.admit(
        bytes.count + min(1032 * texts, 4 * limits.textBytes), for: "reading its texts", path: path)
      var said = PNGMetadata(chunks, limits: limits)
      let stored = try read(reader, header, said.orientation)
      let (profile, remarks) = profile(of: reader)
      said.take(profile: profile)
      var metadata = said.metadata
      metadata.source = source(header, orientation: said.orientation)
      metadata.source?.remarks = chunks.remarks + said.remarks + remarks
      return result(stored, metadata)
    }
  }

  private static func header(
    of reader: OpaquePointer, path: String, fileSize: Int, limits: PictureLimits
  ) throws(PictureError) -> CPNGHeader {
    var header = CPNGHeader()
    guard cpng_read_header(reader, limits.chunkBytes, &header) == 0 else {
      throw broken(String(cString: cpng_reader_error(reader)), path: path)
    }
    let (width, height) = (Int(header.width), Int(header.height))
    try limits.check(
      width: width, height: height, bytesPerPixel: 4 * Int(header.sample_bytes), path: path)
    // Deflate packs at most 1032 to 1, so a header can be caught lying before memory is spent.
    let bits = width * height * Int(header.channels) * Int(header.bit_depth)
    guard bits / 8 / 1032 <= fileSize else {
      throw broken(
        "\(fileSize) bytes cannot hold the \(width)x\(height) pixels it declares", path: path)
    }
    return header
  }

  private static func pixels(of reader: OpaquePointer, _ header: CPNGHeader, path: String)
    throws(PictureError) -> Picture.Pixels
  {
    let (width, height) = (Int(header.width), Int(header.height))
    if header.sample_bytes == 2 {
      let samples: [UInt16] = try read(reader, count: 4 * width * height, path: path)
      return .sixteen(RGBA16(width: width, height: height, samples: samples))
    }
    let samples: [UInt8] = try read(reader, count: 4 * width * height, path: path)
    return .eight(RGBA8(width: width, height: height, samples: samples))
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
    guard status == 0 else {
      throw broken(String(cString: cpng_reader_error(reader)), path: path)
    }
    return samples
  }

  static func broken(_ reason: String, path: String) -> PictureError {
    PictureError(
      .badData, path: path, problem: "not a readable PNG picture (\(reason))",
      remedy: "get an intact copy of the file, or save it again as an ordinary PNG")
  }

  /// The colour profile, and what libpng noticed.
  private static func profile(of reader: OpaquePointer)
    -> (PictureMetadata.ICCProfile?, [PictureRemark])
  {
    var name: UnsafePointer<CChar>?
    var data: UnsafePointer<UInt8>?
    let size = cpng_icc_profile(reader, &name, &data)
    var profile: PictureMetadata.ICCProfile?
    if size > 0, let name {
      profile = .init(
        name: String(latin1: name), bytes: Array(UnsafeBufferPointer(start: data, count: size)))
    }
    var remarks: [PictureRemark] = []
    if cpng_has_extra_data(reader) != 0 {
      remarks.append(.init(.damage, "more bytes follow its compressed pixels"))
    }
    var index: Int32 = 0
    while let text = cpng_reader_warning(reader, index) {
      let words = String(cString: text)
      // A profile that libpng complains of and takes all the same is as good as another.
      let isProfile = words.hasPrefix("iCCP")
      let kind: PictureRemark.Kind = isProfile ? (profile == nil ? .loss : .note) : .damage
      remarks.append(.init(kind, words))
      index += 1
    }
    return (profile, remarks)
  }

  private static func source(_ header: CPNGHeader, orientation: Orientation)
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
    return .init(
      container: .png, color: color, bitDepth: Int(header.bit_depth),
      interlaced: header.interlaced != 0,
      hasTransparencyChunk: header.has_transparency != 0, orientation: orientation.value)
  }
}

extension Picture.Pixels {
  /// The pixels put upright.
  fileprivate func upright(from orientation: Orientation) -> Picture.Pixels {
    switch self {
    case .eight(let bitmap): .eight(bitmap.upright(from: orientation))
    case .sixteen(let bitmap): .sixteen(bitmap.upright(from: orientation))
    }
  }
}
