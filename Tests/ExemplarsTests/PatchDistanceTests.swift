import CKernels
import Tensors
import Testing

/// The kernel that compares patches, on every instruction set of this CPU.
@Suite struct PatchDistanceTests {
  private static let side = Int(CK_PATCH_SIDE)

  @Test(arguments: ["plain", "avx2", "avx512"], [21, 64, 333])
  func sumsSquaresOfThePatchAlone(name: String, stride: Int) throws {
    guard let kernels = Kernels(named: name) else { return }
    let distance = try #require(kernels.table.patch_distance)
    let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 * $0 * 2654435 >> 7) }
    for (first, second) in [(0, 0), (0, 4000), (17, 3021), (3999, 1)] {
      var expected: Int32 = 0
      for y in 0..<Self.side {
        for i in 0..<3 * Self.side {
          let gap = Int32(bytes[first + y * stride + i]) - Int32(bytes[second + y * stride + i])
          expected += gap * gap
        }
      }
      bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        #expect(distance(base + first, base + second, stride) == expected)
      }
    }
  }

  @Test(arguments: ["plain", "avx2", "avx512"])
  func holdsTheLargestSum(name: String) throws {
    guard let kernels = Kernels(named: name) else { return }
    let distance = try #require(kernels.table.patch_distance)
    let (black, white) = ([UInt8](repeating: 0, count: 256), [UInt8](repeating: 255, count: 256))
    #expect(distance(black, white, 30) == Int32(3 * Self.side * Self.side * 255 * 255))
  }
}
