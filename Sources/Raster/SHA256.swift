import Files
import Glibc

/// The SHA-256 digest of bytes that come in pieces (FIPS 180-4).
///
/// ```swift
/// var digest = SHA256()
/// digest.update("abc".utf8)
/// digest.hex  // "ba7816bf..."
/// ```
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var waiting: [UInt8] = []
  private var length: UInt64 = 0

  /// Makes the digest of no bytes.
  package init() {}

  /// The digest of `bytes`, 64 hexadecimal digits.
  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    var digest = SHA256()
    digest.update(bytes)
    return digest.hex
  }

  /// The digest of an ordinary file of `most` bytes at most, read in pieces; nil where it cannot be
  /// read, is larger, or is none.
  package static func hex(ofFile path: String, atMost most: Int = .max) -> String? {
    // Not blocking, so that a named pipe is not waited for.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= most
    else { return nil }
    var digest = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return digest.hex }
      digest.update(buffer[..<count])
    }
  }

  /// Adds bytes.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let before = waiting.count
    waiting.append(contentsOf: bytes)
    length += UInt64(waiting.count - before)
    let whole = waiting.count / 64 * 64
    waiting.withUnsafeBufferPointer { buffer in
      for start in stride(from: 0, to: whole, by: 64) {
        Self.compress(UnsafeBufferPointer(rebasing: buffer[start..<start + 64]), into: &state)
      }
    }
    waiting.removeFirst(whole)
  }

  /// The digest of what was added so far, 64 hexadecimal digits.
  package var hex: String {
    var last = self
    let zeros = (119 - waiting.count % 64) % 64
    let padding = [0x80] + [UInt8](repeating: 0, count: zeros)
    last.update(padding + (0..<8).map { UInt8(truncatingIfNeeded: (8 * length) >> (56 - 8 * $0)) })
    let digits = Array("0123456789abcdef")
    return last.state.reduce(into: "") { text, word in
      for shift in stride(from: 28, through: 0, by: -4) {
        text.append(digits[Int(word >> UInt32(shift) & 15)])
      }
    }
  }

  /// One block of 64 bytes: FIPS 180-4, section 6.2.2.
  private static func compress(_ block: UnsafeBufferPointer<UInt8>, into state: inout [UInt32]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      for t in 0..<16 {
        w[t] = (0..<4).reduce(0) { $0 << 8 | UInt32(block[4 * t + $1]) }
      }
      for t in 16..<64 {
        let a = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3
        let b = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10
        w[t] = w[t - 16] &+ a &+ w[t - 7] &+ b
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      Self.constants.withUnsafeBufferPointer { k in
        for t in 0..<64 {
          let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
          let t1 = h &+ s1 &+ (e & f ^ ~e & g) &+ k[t] &+ w[t]
          let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
          let t2 = s0 &+ (a & b ^ a & c ^ b & c)
          (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
        }
      }
      for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  /// The first 32 bits of the fractions of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    let primes = (2...311).filter { n in !(2..<n).contains { n % $0 == 0 } }
    return primes.map { prime in
      // The integer cube root of prime * 2^96, whose low 32 bits are the fraction's first.
      var (low, high): (UInt64, UInt64) = (1 << 32, 7 << 32)
      while high - low > 1 {
        let middle = (low + high) / 2
        let square = middle.multipliedFullWidth(by: middle)
        // (high, low) of the square, times middle, compared with prime * 2^96.
        let upper = square.high.multipliedFullWidth(by: middle)
        let lower = square.low.multipliedFullWidth(by: middle)
        let (word, carry) = upper.low.addingReportingOverflow(lower.high)
        let top = upper.high + (carry ? 1 : 0)
        let isBelow = top == 0 && word < UInt64(prime) << 32
        if isBelow { low = middle } else { high = middle }
      }
      return UInt32(truncatingIfNeeded: low)
    }
  }()
}
