import CKernels
import Tensors
import Testing

/// Softmax over rows of any length, for any size of scores.
@Suite struct SoftmaxTests {
  /// Columns: fewer than a vector, whole vectors, and remainders for all vector lengths.
  @Test(arguments: kernelNames, [1, 3, 7, 8, 16, 17, 31, 64, 100])
  func matchesTheDefinition(name: String, columns: Int) throws {
    let kernels = try #require(Kernels(named: name))
    for range in [-1...1, -40...40, -3e4...3e4, 1000...1001, -1e30...1e30] as [ClosedRange<Float>] {
      var random = Seeded(UInt64(columns))
      let stride = columns + 3
      let scores = random.floats(4 * stride, in: range)
      let scale: Float = 0.35
      var rows = scores
      kernels.table.softmax(&rows, 4, Int32(columns), stride, scale)
      for r in 0..<4 {
        let row = r * stride..<r * stride + columns
        let exact = Reference.softmax(scores[row].map { Double($0) * Double(scale) })
        for (weight, expected) in zip(rows[row], exact) {
          // Scores near the limit of float precision move the exponent's argument.
          let slack = 4e-7 * Double(max(1, scale * (range.upperBound - range.lowerBound)))
          #expect(abs(Double(weight) - expected) < min(slack, 2e-5) * max(expected, 1e-2))
        }
        #expect(abs(rows[row].reduce(0, +) - 1) < 1e-5)
        #expect(
          rows[row.upperBound..<(r + 1) * stride] == scores[row.upperBound..<(r + 1) * stride])
      }
    }
  }

  @Test(arguments: kernelNames)
  func equalScoresShareEvenly(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    for value in [0, 88, -1e6, 3e38] as [Float] {
      var row = [Float](repeating: value, count: 20)
      kernels.table.softmax(&row, 1, 20, 20, 1)
      #expect(row.allSatisfy { abs($0 - 0.05) < 1e-8 })
    }
  }

  /// Scores that are not finite give some weights or other, and none outside of their row.
  @Test(arguments: kernelNames, [1, 5, 16, 33])
  func noScoreTraps(name: String, columns: Int) throws {
    let kernels = try #require(Kernels(named: name))
    for bad in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for places in [[0], [columns - 1], Array(0..<columns)] {
        var rows = [Float](repeating: 1, count: 2 * columns + 1)
        for place in places { rows[place] = bad }
        kernels.table.softmax(&rows, 2, Int32(columns), columns, 0.5)
        #expect(rows[columns..<2 * columns].allSatisfy { abs($0 - 1 / Float(columns)) < 1e-6 })
        #expect(rows.last == 1)
      }
    }
  }
}
