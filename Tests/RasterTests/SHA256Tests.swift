import Raster
import Testing

@Suite struct SHA256Tests {
  /// The examples of FIPS 180 and of NIST's short messages, and lengths around a block's end.
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func examples(text: String, times: Int, digest: String) {
    let bytes = Array(String(repeating: text, count: times).utf8)
    #expect(SHA256.hex(bytes) == digest)
  }

  /// Files are read in pieces of a mebibyte.
  @Test(arguments: [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
  func filesAsTheirBytes(size: Int) {
    let folder = TemporaryFolder()
    let path = folder / "bytes"
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    put(bytes, at: path)
    #expect(SHA256.hex(ofFile: path) == SHA256.hex(bytes))
    #expect(SHA256.hex(ofFile: path, atMost: size) != nil)
    #expect(SHA256.hex(ofFile: path, atMost: size - 1) == nil)
  }
}
