import DiffMask

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

/// Draws a mask as text, one line a row: `#` masked, `.` not.
func drawing(_ mask: PixelMask) -> [String] {
  (0..<mask.height).map { y in
    String((0..<mask.width).map { x in mask[x, y] ? "#" : "." })
  }
}

/// Reads a mask back from such a drawing.
func mask(_ rows: [String]) -> PixelMask {
  PixelMask(
    width: rows.first?.count ?? 0, height: rows.count,
    bits: rows.flatMap { $0.map { $0 == "#" } })
}

/// A mask in which each pixel is set with probability `density`.
func randomMask(width: Int, height: Int, density: Double, seed: UInt64) -> PixelMask {
  var generator = SeededGenerator(state: seed)
  let bits = (0..<width * height).map { _ in Double.random(in: 0..<1, using: &generator) < density }
  return PixelMask(width: width, height: height, bits: bits)
}
