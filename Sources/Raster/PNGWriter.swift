import CPNG

/// PNG encoding through libpng's row interface.
///
/// The same picture always gives the same bytes. Every sample of every pixel survives, the colour
/// under full transparency too. What is dropped is only what holds nothing: the alpha channel of an
/// opaque picture, and two of three colour channels where the file read was grey and still is.
enum PNGWriter {
  /// Encodes a whole file.
  static func encode(_ picture: Picture, path: String) throws(PictureError) -> [UInt8] {
    guard picture.width > 0, picture.height > 0 else {
      throw PictureError(
        .badData, path: path, problem: "a PNG file cannot hold a picture of no pixels",
        remedy: "give a picture of at least one pixel")
    }
    let grey = picture.metadata.source?.isGrey ?? false
    switch picture.pixels {
    case .eight(let bitmap):
      return try encode(bitmap, depth: 8, grey: grey, picture.metadata, path: path)
    case .sixteen(let bitmap):
      return try encode(bitmap, depth: 16, grey: grey, picture.metadata, path: path)
    }
  }

  private static func encode<Sample>(
    _ bitmap: Bitmap<Sample>, depth: UInt8, grey: Bool, _ metadata: PictureMetadata, path: String
  ) throws(PictureError) -> [UInt8] {
    let (opaque, colorless) = bitmap.contents
    let isGrey = grey && colorless
    // libpng's colour types: 2 is colour, 4 is alpha.
    let colorType: UInt8 = (isGrey ? 0 : 2) | (opaque ? 0 : 4)
    let format = CPNGFormat(
      width: UInt32(bitmap.width), height: UInt32(bitmap.height), bit_depth: depth,
      color_type: colorType)
    let payloads = metadata.chunks(grey: isGrey)
    var error = [CChar](repeating: 0, count: Int(CPNG_TEXT))
    var file: UnsafeMutablePointer<UInt8>?
    var size = 0
    let status = withChunks(payloads) { chunks in
      bitmap.samples.withUnsafeBytes { samples in
        cpng_write(
          samples.baseAddress, format, chunks.baseAddress, chunks.count, &file, &size, &error)
      }
    }
    defer { cpng_free(file) }
    guard status == 0 else {
      let reason = String(
        decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw PictureError(
        .noMemory, path: path, problem: "the picture could not be encoded (\(reason))",
        remedy: "free some memory and save again")
    }
    guard cpng_can_allocate(size) != 0 else {
      throw PictureError(
        .noMemory, path: path, problem: "the picture's \(size) bytes cannot be held",
        remedy: "free some memory and save again")
    }
    return Array(UnsafeBufferPointer(start: file, count: size))
  }

  /// Lends the chunks to C for the length of a call.
  private static func withChunks<Result>(
    _ payloads: [(type: String, bytes: [UInt8])],
    _ body: (UnsafeBufferPointer<CPNGChunk>) -> Result
  ) -> Result {
    // One block holds all payloads, so that the pointers into it live exactly as long as the call.
    let block = payloads.flatMap(\.bytes)
    return block.withUnsafeBufferPointer { bytes in
      var start = 0
      var chunks: [CPNGChunk] = []
      for payload in payloads {
        var chunk = CPNGChunk()
        withUnsafeMutableBytes(of: &chunk.type) { $0.copyBytes(from: payload.type.utf8.prefix(4)) }
        chunk.data = bytes.baseAddress.map { $0 + start }
        chunk.size = payload.bytes.count
        start += payload.bytes.count
        chunks.append(chunk)
      }
      return chunks.withUnsafeBufferPointer(body)
    }
  }
}

extension Bitmap {
  /// Whether every alpha is full, and whether every pixel has equal red, green and blue.
  fileprivate var contents: (opaque: Bool, colorless: Bool) {
    samples.withUnsafeBufferPointer { samples in
      var opaque = true
      var colorless = true
      for i in stride(from: 0, to: samples.count, by: 4) {
        if samples[i + 3] != Sample.max { opaque = false }
        if samples[i] != samples[i + 1] || samples[i] != samples[i + 2] { colorless = false }
        if !opaque && !colorless { break }
      }
      return (opaque, colorless)
    }
  }
}

extension PictureMetadata {
  /// The chunks of a PNG file that hold this, in the order the standard wants.
  ///
  /// A grey profile is left out of a colour picture and the other way round, which readers refuse.
  fileprivate func chunks(grey: Bool) -> [(type: String, bytes: [UInt8])] {
    var chunks: [(type: String, bytes: [UInt8])] = []
    chunks += colorChunks.filter { $0.type.utf8.count == 4 }.map { ($0.type, $0.bytes) }
    if let profile = iccProfile, profile.colorSpace == (grey ? "GRAY" : "RGB "),
      let payload = profile.payload
    {
      chunks.append(("iCCP", payload))
    } else if let srgbIntent {
      chunks.append(("sRGB", [srgbIntent]))
    }
    if let gamma { chunks.append(("gAMA", bigEndian(gamma))) }
    if let chromaticities, chromaticities.count == 8 {
      chunks.append(("cHRM", chromaticities.flatMap(bigEndian)))
    }
    if let size = physicalSize {
      chunks.append(("pHYs", bigEndian(size.x) + bigEndian(size.y) + [size.perMetre ? 1 : 0]))
    }
    if let exif { chunks.append(("eXIf", exif)) }
    chunks += text.compactMap(\.chunk)
    chunks += otherChunks.filter { $0.type.utf8.count == 4 }.map { ($0.type, $0.bytes) }
    return chunks
  }
}

extension PictureMetadata.ICCProfile {
  /// The profile as an iCCP chunk holds it: name, 0, compression method 0, zlib stream.
  fileprivate var payload: [UInt8]? {
    let key = pngKeyword(name) ?? Array("ICC profile".utf8)
    var stream: UnsafeMutablePointer<UInt8>?
    let size = bytes.withUnsafeBufferPointer { cpng_deflate($0.baseAddress, $0.count, &stream) }
    defer { cpng_free(stream) }
    guard size > 0 else { return nil }
    return key + [0, 0] + UnsafeBufferPointer(start: stream, count: size)
  }
}

extension PictureMetadata.TextEntry {
  /// A tEXt chunk where the text is Latin-1, else an iTXt chunk; nil where the key cannot be a key.
  fileprivate var chunk: (type: String, bytes: [UInt8])? {
    guard let key = pngKeyword(key) else { return nil }
    let scalars = value.unicodeScalars.filter { $0.value != 0 }
    let isLatin1 = scalars.allSatisfy {
      $0 == "\n" || (0x20...0x7E).contains($0.value) || (0xA0...0xFF).contains($0.value)
    }
    if isLatin1 { return ("tEXt", key + [0] + scalars.map { UInt8($0.value) }) }
    // Not compressed, no language, no translated keyword.
    return ("iTXt", key + [0, 0, 0, 0, 0] + Array(String(String.UnicodeScalarView(scalars)).utf8))
  }
}

/// A keyword as PNG allows it: 1...79 printable Latin-1 characters without outer or double spaces.
private func pngKeyword(_ text: String) -> [UInt8]? {
  var key: [UInt8] = []
  for scalar in text.unicodeScalars {
    let printable = (0x20...0x7E).contains(scalar.value) || (0xA1...0xFF).contains(scalar.value)
    let byte = printable ? UInt8(scalar.value) : UInt8(ascii: "?")
    if byte == 0x20 && (key.isEmpty || key.last == 0x20) { continue }
    if key.count < 79 { key.append(byte) }
  }
  if key.last == 0x20 { key.removeLast() }
  return key.isEmpty ? nil : key
}

private func bigEndian(_ value: UInt32) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
