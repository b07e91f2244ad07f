import Glibc
import Raster

/// SplitMix64: a small seeded generator, so that random tests replay.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/tessera-tests-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
  }

  deinit {
    for name in contents { unlink(self / name) }
    for name in contents { rmdir(self / name) }
    rmdir(path)
  }

  /// Names in the folder, sorted.
  var contents: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }
}

/// Writes a file plainly, without the code under test.
func put(_ bytes: [UInt8], at path: String) {
  guard let file = fopen(path, "w") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}

/// Reads a file plainly.
func get(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while true {
    let byte = fgetc(file)
    if byte == EOF { return bytes }
    bytes.append(UInt8(byte))
  }
}

/// The error that `body` throws, nil where it throws none.
func pictureError(_ body: () throws(PictureError) -> Void) -> PictureError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}

/// A bitmap of random samples.
func randomBitmap<Sample>(width: Int, height: Int, seed: UInt64) -> Bitmap<Sample> {
  var generator = SeededGenerator(state: seed)
  let samples = (0..<4 * width * height).map { _ in
    Sample.random(in: .min ... .max, using: &generator)
  }
  return Bitmap(width: width, height: height, samples: samples)
}
