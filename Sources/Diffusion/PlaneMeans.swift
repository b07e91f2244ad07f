/// Means over squares of a plane of numbers.
enum PlaneMeans {
  /// Each number's mean over `2 * radius + 1` squared, taken twice; beyond the border nothing counts.
  ///
  /// - Complexity: O(numbers).
  static func twice(_ values: [Float], width: Int, radius: Int) -> [Float] {
    var means = values
    for _ in 0..<2 {
      means = along(means, lines: means.count / width, length: width, line: width, step: 1, radius)
      means = along(
        means, lines: width, length: means.count / width, line: 1, step: width, radius)
    }
    return means
  }

  private static func along(
    _ values: [Float], lines: Int, length: Int, line: Int, step: Int, _ radius: Int
  ) -> [Float] {
    var means = values
    for start in 0..<lines {
      let first = start * line
      // In Double, so that what is added and taken away again leaves nothing.
      var sum = 0.0
      for i in 0..<min(radius, length) { sum += Double(values[first + i * step]) }
      for i in 0..<length {
        if i + radius < length { sum += Double(values[first + (i + radius) * step]) }
        if i > radius { sum -= Double(values[first + (i - radius - 1) * step]) }
        let count = min(i + radius, length - 1) - max(i - radius, 0) + 1
        means[first + i * step] = Float(sum / Double(count))
      }
    }
    return means
  }

  /// Each pixel's mean over those around that count, weighted by the overlap of two squares of
  /// `2 * radius + 1` pixels.
  ///
  /// - Parameter values: three numbers, and 1 where a pixel counts; else zeros.
  /// - Complexity: O(pixels).
  static func masked(_ values: [SIMD4<Float>], width: Int, radius: Int) -> [SIMD3<Float>] {
    var sums = values
    for _ in 0..<2 {
      sums = runningSums(sums, lines: sums.count / width, line: width, step: 1, radius)
      sums = runningSums(sums, lines: width, line: 1, step: width, radius)
    }
    return sums.map { SIMD3($0.x, $0.y, $0.z) / max($0.w, 1) }
  }

  /// For each value the sum of those within `radius` of it on its line; `line` is the distance of
  /// lines, `step` that of a line's values.
  private static func runningSums(
    _ values: [SIMD4<Float>], lines: Int, line: Int, step: Int, _ radius: Int
  ) -> [SIMD4<Float>] {
    var sums = values
    let length = values.count / lines
    for start in stride(from: 0, to: lines * line, by: line) {
      // In Double, so that what is added and taken away again leaves nothing.
      var sum = SIMD4<Double>.zero
      for i in -radius..<length {
        if i + radius < length { sum += SIMD4(values[start + (i + radius) * step]) }
        if i > radius { sum -= SIMD4(values[start + (i - radius - 1) * step]) }
        if i >= 0 { sums[start + i * step] = SIMD4(sum) }
      }
    }
    return sums
  }
}
