import Crypto
import Files
import Glibc

/// SHA-256 digests as text (FIPS 180-4).
package enum SHA256 {
  /// The digest of `bytes`, 64 hexadecimal digits.
  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    hex(Crypto.SHA256.hash(data: Array(bytes)))
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
    var digest = Crypto.SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return hex(digest.finalize()) }
      digest.update(data: buffer[..<count])
    }
  }

  private static func hex(_ digest: Crypto.SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
