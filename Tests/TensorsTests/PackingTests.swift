import CKernels
import Tensors
import Testing

/// Lining up windows and weights as matrices.
@Suite struct PackingTests {
  @Test(arguments: [(1, 1, 1), (1, 1, 3), (3, 1, 1), (3, 1, 2), (3, 2, 1), (3, 2, 3)])
  func linesWindowsUp(kernel: Int, step: Int, tiles: Int) {
    let channels = 16
    let inputs = 40
    let columns = 4 * step * tiles + kernel - step
    let rows = 4 * step + kernel - step
    let strip = (0..<rows * columns * channels).map(Float.init)
    let depth = kernel * kernel * inputs + 5
    var out = [Float](repeating: untouched, count: tiles * 16 * depth)
    ck_window_rows(
      strip, Int32(tiles), Int32(channels), Int32(kernel), Int32(step), &out, depth, inputs)
    var expected = [Float](repeating: untouched, count: out.count)
    for tile in 0..<tiles {
      for pixel in 0..<16 {
        for tap in 0..<kernel * kernel {
          let y = pixel / 4 * step + tap / kernel
          let x = (4 * tile + pixel % 4) * step + tap % kernel
          for c in 0..<channels {
            expected[(16 * tile + pixel) * depth + tap * inputs + c] =
              strip[(y * columns + x) * channels + c]
          }
        }
      }
    }
    #expect(out == expected)
  }

  @Test(arguments: [false, true])
  func packsPanels(transposed: Bool) {
    let (rows, columns, width, stride) = (5, 6, 8, 9)
    let matrix = (0..<9 * 9).map(Float.init)
    var out = [Float](repeating: untouched, count: rows * width + 1)
    ck_pack_panel(
      matrix, stride, Int32(rows), Int32(columns), Int32(width), transposed ? 1 : 0, &out)
    for r in 0..<rows {
      for c in 0..<width {
        let expected =
          c >= columns ? 0 : transposed ? matrix[c * stride + r] : matrix[r * stride + c]
        #expect(out[r * width + c] == expected)
      }
    }
    #expect(out[rows * width] == untouched)
  }
}
