import CKernels
import Tensors
import Testing

/// Winograd's F(4x4, 3x3) against the matrices that define it (Lavin and Gray 2016).
@Suite struct WinogradTests {
  static let inputMatrix: [[Double]] = [
    [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
  ]
  static let filterMatrix: [[Double]] = [
    [1 / 4.0, 0, 0], [-1 / 6.0, -1 / 6.0, -1 / 6.0], [-1 / 6.0, 1 / 6.0, -1 / 6.0],
    [1 / 24.0, 1 / 12.0, 1 / 6.0], [1 / 24.0, -1 / 12.0, 1 / 6.0], [0, 0, 1],
  ]
  static let outputMatrix: [[Double]] = [
    [1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1],
  ]

  /// M X M^T.
  static func transform(_ m: [[Double]], _ x: [[Double]]) -> [[Double]] {
    let left = m.map { row in
      (0..<x[0].count).map { j in row.indices.reduce(0) { $0 + row[$1] * x[$1][j] } }
    }
    return left.map { row in m.map { other in zip(row, other).reduce(0) { $0 + $1.0 * $1.1 } } }
  }

  @Test(arguments: kernelNames, [1, 2, 3])
  func transformsWindows(name: String, tiles: Int) throws {
    let kernels = try #require(Kernels(named: name))
    let channels = 32
    let columns = 4 * tiles + 2
    let rowStride = channels + 16
    let matrixStride = 5 * rowStride
    var random = Seeded(UInt64(tiles))
    let strip = random.floats(6 * columns * channels)
    var v = [Float](repeating: untouched, count: 36 * matrixStride)
    kernels.table.winograd_input(
      strip, Int32(tiles), Int32(channels), &v, matrixStride, rowStride)
    for tile in 0..<tiles {
      for c in 0..<channels {
        let window = (0..<6).map { y in
          (0..<6).map { x in Double(strip[(y * columns + 4 * tile + x) * channels + c]) }
        }
        let expected = Self.transform(Self.inputMatrix, window)
        for xi in 0..<36 {
          let at = xi * matrixStride + tile * rowStride + c
          // Up to 100 in weight, each within one rounding of its terms.
          #expect(abs(Double(v[at]) - expected[xi / 6][xi % 6]) < 2e-5)
          v[at] = untouched
        }
      }
    }
    #expect(v.allSatisfy { $0 == untouched }, "wrote beside its rows")
  }

  @Test(arguments: kernelNames, [1, 2])
  func transformsBack(name: String, vectors: Int) throws {
    let kernels = try #require(Kernels(named: name))
    let width = vectors * Int(kernels.table.lanes)
    let tiles = 3
    var random = Seeded(UInt64(vectors))
    let stride = tiles * width + 7
    let m = random.floats(36 * stride)
    var out = [Float](repeating: untouched, count: tiles * 16 * width + 8)
    kernels.table.winograd_output(m, stride, Int32(tiles), Int32(vectors), &out)
    for tile in 0..<tiles {
      for n in 0..<width {
        let products = (0..<6).map { y in
          (0..<6).map { x in Double(m[(6 * y + x) * stride + tile * width + n]) }
        }
        let expected = Self.transform(Self.outputMatrix, products)
        for pixel in 0..<16 {
          let error = abs(
            Double(out[(tile * 16 + pixel) * width + n]) - expected[pixel / 4][pixel % 4])
          #expect(error < 4e-5)
        }
      }
    }
    #expect(out.suffix(8).allSatisfy { $0 == untouched })
  }

  @Test(arguments: kernelNames)
  func packsFilters(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    // The panel holds two outputs and padding; inputs reordered, one padded.
    let (outputs, inputs, first, width) = (5, 3, 3, kernels.panelWidth)
    let map: [Int32] = [2, -1, 0]
    var random = Seeded(3)
    let weights = random.floats(outputs * inputs * 9)
    let stride = map.count * width + 1
    var packed = [Float](repeating: untouched, count: 36 * stride)
    kernels.table.winograd_pack(
      weights, Int32(outputs), Int32(inputs), Int32(first), Int32(width), map, Int32(map.count),
      &packed, stride)
    for (row, input) in map.enumerated() {
      for j in 0..<width {
        let known = input >= 0 && first + j < outputs
        let filter = (0..<3).map { y in
          (0..<3).map { x in
            known ? Double(weights[((first + j) * inputs + Int(input)) * 9 + 3 * y + x]) : 0
          }
        }
        let expected = Self.transform(Self.filterMatrix, filter)
        for xi in 0..<36 {
          let at = xi * stride + row * width + j
          #expect(abs(Double(packed[at]) - expected[xi / 6][xi % 6]) < 1e-7)
          packed[at] = untouched
        }
      }
    }
    #expect(packed.allSatisfy { $0 == untouched })
  }
}
