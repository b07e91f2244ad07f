/// A second, slow and obvious PNG encoder: every kind of file, valid or lying, byte by byte.
struct HandmadePNG {
  /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
  var colorType: UInt8
  /// 1, 2, 4, 8 or 16.
  var depth: Int
  var width: Int
  var height: Int
  var interlaced = false
  /// Chunks between IHDR and IDAT.
  var chunks: [(type: String, bytes: [UInt8])] = []
  /// Chunks between IDAT and IEND.
  var chunksAfter: [(type: String, bytes: [UInt8])] = []
  /// Size in the header, where it is to lie.
  var declaredSize: (width: Int, height: Int)?
  /// Sample values of pixel (x, y), `channels` of them, each below 2^depth.
  var pixel: (_ x: Int, _ y: Int) -> [Int]

  var file: [UInt8] {
    let size = declaredSize ?? (width, height)
    let header =
      bigEndian(size.width) + bigEndian(size.height)
      + [UInt8(depth), colorType, 0, 0, interlaced ? 1 : 0]
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += Self.chunk("IHDR", header)
    for (type, payload) in chunks { bytes += Self.chunk(type, payload) }
    bytes += Self.chunk("IDAT", Self.zlibStored(scanlines))
    for (type, payload) in chunksAfter { bytes += Self.chunk(type, payload) }
    return bytes + Self.chunk("IEND", [])
  }

  /// Filter byte 0 and packed samples of each row of each pass.
  private var scanlines: [UInt8] {
    let adam7 = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
      (0, 1, 1, 2),
    ]
    var bytes: [UInt8] = []
    for (x0, y0, dx, dy) in interlaced ? adam7 : [(0, 0, 1, 1)] where x0 < width {
      for y in stride(from: y0, to: height, by: dy) {
        let samples = stride(from: x0, to: width, by: dx).flatMap { pixel($0, y) }
        bytes.append(0)
        bytes += packed(samples)
      }
    }
    return bytes
  }

  private func packed(_ samples: [Int]) -> [UInt8] {
    if depth == 16 { return samples.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }
    var bytes = [UInt8](repeating: 0, count: (samples.count * depth + 7) / 8)
    for (i, sample) in samples.enumerated() {
      let bit = i * depth
      bytes[bit / 8] |= UInt8(sample << (8 - depth - bit % 8))
    }
    return bytes
  }

  static func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + payload
    return bigEndian(payload.count) + body + bigEndian(Int(crc32(body)))
  }

  /// A zlib stream of stored blocks.
  static func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let block = bytes[start..<min(start + 65535, bytes.count)]
      start += block.count
      let (low, high) = (UInt8(block.count & 0xFF), UInt8(block.count >> 8))
      stream += [start == bytes.count ? 1 : 0, low, high, ~low, ~high] + block
    } while start < bytes.count
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    return stream + bigEndian(b << 16 | a)
  }

  private static let crcTable: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ (c >> 1) : c >> 1 }
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF) { crcTable[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
  }
}

func bigEndian(_ value: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) }
}
