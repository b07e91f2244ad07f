import CPNG
import Glibc

/// What the chunks beside a PNG's pixels say, within the limits for all of them together.
struct PNGMetadata {
  /// What is carried on.
  private(set) var metadata = PictureMetadata()
  /// What could not be kept.
  private(set) var remarks: [PictureRemark] = []
  /// How the camera was held.
  private(set) var orientation = Orientation(1)

  private let limits: PictureLimits
  private var bytesLeft: Int
  private var tooLarge = 0
  private var unreadable = 0

  /// Reads the intact chunks of a file.
  ///
  /// - Complexity: O(bytes of the chunks + `limits.textBytes`), in time and memory.
  init(_ chunks: PNGChunks, limits: PictureLimits) {
    self.limits = limits
    bytesLeft = limits.textBytes
    for chunk in chunks.beside { take(chunk.type, chunks.bytes(of: chunk)) }
    if tooLarge > 0 {
      let limit = "\(limits.textBytes >> 20) MiB"
      remarks.append(
        .init(.loss, "texts or data beside the pixels (\(tooLarge)) are past the limit of \(limit)")
      )
    }
    if orientation.swapsSides, let size = metadata.physicalSize {
      metadata.physicalSize = .init(x: size.y, y: size.x, perMetre: size.perMetre)
    }
    if unreadable > 0 {
      remarks.append(.init(.loss, "unreadable texts or Exif data (\(unreadable)) are not kept"))
    }
  }

  /// Takes the colour profile in, where there is one; a file must not hold an sRGB chunk as well, and
  /// the profile says more.
  mutating func take(profile: PictureMetadata.ICCProfile?) {
    guard let profile else { return }
    metadata.iccProfile = profile
    metadata.srgbIntent = nil
  }

  private mutating func take(_ type: String, _ payload: UnsafeBufferPointer<UInt8>) {
    switch type {
    case "tEXt", "zTXt", "iTXt": takeText(type, payload)
    case "acTL": break
    default:
      guard payload.count <= min(bytesLeft, limits.chunkBytes) else { return tooLarge += 1 }
      bytesLeft -= payload.count
      takeRaw(type, Array(payload))
    }
  }

  /// Takes one raw chunk in; a second one of a kind, or one of a wrong size, is ignored.
  private mutating func takeRaw(_ type: String, _ bytes: [UInt8]) {
    func words() -> [UInt32] {
      stride(from: 0, to: bytes.count / 4 * 4, by: 4).map { i in
        bytes[i..<i + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
    }
    switch (type, bytes.count) {
    case ("gAMA", 4): metadata.gamma = metadata.gamma ?? words()[0]
    case ("cHRM", 32): metadata.chromaticities = metadata.chromaticities ?? words()
    case ("sRGB", 1): metadata.srgbIntent = metadata.srgbIntent ?? bytes[0]
    case ("pHYs", 9):
      let size = words()
      metadata.physicalSize =
        metadata.physicalSize ?? .init(x: size[0], y: size[1], perMetre: bytes[8] == 1)
    case ("gAMA", _), ("cHRM", _), ("sRGB", _), ("pHYs", _): unreadable += 1
    case ("eXIf", _): if metadata.exif == nil { takeExif(bytes) }
    case ("cICP", _), ("mDCV", _), ("cLLI", _):
      if !metadata.colorChunks.contains(where: { $0.type == type }) {
        metadata.colorChunks.append(.init(type: type, bytes: bytes))
      }
    default: metadata.otherChunks.append(.init(type: type, bytes: bytes))
    }
  }

  /// The data are kept saying that the picture is upright, as the pixels then are.
  private mutating func takeExif(_ bytes: [UInt8]) {
    guard var exif = Exif(bytes) else { return unreadable += 1 }
    orientation = exif.orientation
    if orientation.value != 1 { exif.setUpright() }
    metadata.exif = exif.bytes
  }

  // MARK: - Texts

  private mutating func takeText(_ type: String, _ payload: UnsafeBufferPointer<UInt8>) {
    var fields = Fields(rest: payload[...])
    guard let key = fields.next(), !key.isEmpty, key.count < 80 else { return unreadable += 1 }
    var isPacked = false
    if type == "zTXt" {
      guard fields.byte() == 0 else { return unreadable += 1 }
      isPacked = true
    } else if type == "iTXt" {
      // Whether it is packed and how, language, and the key in it.
      guard let flag = fields.byte(), let method = fields.byte(), fields.next() != nil,
        fields.next() != nil, flag == 0 || method == 0
      else { return unreadable += 1 }
      isPacked = flag != 0
    }
    let stored = UnsafeBufferPointer(rebasing: fields.rest)
    guard let text = isPacked ? unpacked(stored) : plain(stored) else { return }
    metadata.text.append(
      .init(
        key: String(latin1: key),
        value: type == "iTXt" ? String(decoding: text, as: UTF8.self) : String(latin1: text)))
  }

  private mutating func plain(_ stored: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard stored.count <= min(bytesLeft, limits.chunkBytes) else {
      tooLarge += 1
      return nil
    }
    bytesLeft -= stored.count
    return Array(stored)
  }

  /// The text of a zlib stream; what is unpacked in vain counts as well, so that a file of many
  /// such texts costs no more than the limit.
  private mutating func unpacked(_ stored: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let room = min(bytesLeft, limits.chunkBytes)
    var status: Int32 = 1
    let text = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      if room > 0 {
        status = cpng_inflate(
          stored.baseAddress, stored.count, buffer.baseAddress, room, &count)
      }
    }
    bytesLeft -= text.count
    if status > 0 { tooLarge += 1 }
    if status < 0 { unreadable += 1 }
    return status == 0 ? text : nil
  }

  /// Reads fields that end with a zero byte, and single bytes between them.
  private struct Fields {
    var rest: Slice<UnsafeBufferPointer<UInt8>>

    /// The field up to the next zero byte; nil where there is none.
    mutating func next() -> Slice<UnsafeBufferPointer<UInt8>>? {
      guard let end = rest.firstIndex(of: 0) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }

    mutating func byte() -> UInt8? { rest.popFirst() }
  }
}

extension String {
  /// Decodes Latin-1, in which each byte is the scalar of its value.
  init(latin1 bytes: some Collection<UInt8>) {
    if bytes.allSatisfy({ $0 < 0x80 }) {
      self.init(decoding: bytes, as: UTF8.self)
      return
    }
    var scalars = String.UnicodeScalarView()
    for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
    self.init(scalars)
  }

  /// Decodes Latin-1 up to a zero byte.
  init(latin1 start: UnsafePointer<CChar>) {
    self.init(latin1: UnsafeRawBufferPointer(start: start, count: strlen(start)))
  }
}
