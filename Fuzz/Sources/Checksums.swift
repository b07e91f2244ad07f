/// Makes checksums right, behind which changed bytes would never be looked at.
enum Checksums {
  /// The chunks of a PNG with the checksums they ought to have.
  static func mendingPNG(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = 8
    while start + 12 <= bytes.count {
      let size = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + size
      guard end + 4 <= bytes.count else { break }
      let sum = checksum(bytes[start + 4..<end], polynomial: 0xedb8_8320)
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
      start = end + 4
    }
    return bytes
  }

  /// The records of a journal, likewise.
  static func mendingJournal(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = (bytes.firstIndex(of: 0x0A) ?? bytes.count) + 1
    while start + 8 <= bytes.count {
      let size = bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      let end = start + 4 + size
      guard end + 4 <= bytes.count else { break }
      let sum = checksum(bytes[start..<end], polynomial: 0x82f6_3b78)
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
      start = end + 4
    }
    return bytes
  }

  /// A cyclic redundancy check of 32 bits, reflected.
  private static func checksum(_ bytes: ArraySlice<UInt8>, polynomial: UInt32) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
        value >> 1 ^ (value & 1 == 1 ? polynomial : 0)
      }
    }
  }
}
