import Tensors

/// SplitMix64: a small seeded generator, so that random tests replay.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `count` floats in `range`.
  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// The kernels of every instruction set that this CPU runs.
let kernelNames = ["avx512", "avx2", "plain"].filter { Kernels(named: $0) != nil }

/// A value no computation here makes, to find writes where none belong.
let untouched: Float = -1234.5

/// Norm of the difference over the norm of the reference.
func relativeError(_ a: [Float], _ reference: [Float]) -> Double {
  precondition(a.count == reference.count)
  var difference = 0.0
  var norm = 0.0
  for (x, y) in zip(a, reference) {
    difference += Double(x - y) * Double(x - y)
    norm += Double(y) * Double(y)
  }
  return (difference / max(norm, 1e-300)).squareRoot()
}
