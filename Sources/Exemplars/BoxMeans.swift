import Tensors

/// Means of bytes over squares, all of them whole numbers.
struct BoxMeans {
  /// Bytes of a strip of columns that one task averages down: long enough for vectors.
  private static let strip = 256

  private let radius: Int
  private let channels: Int
  private let workers: WorkerPool?
  /// 2^24 over the pixels of a window: a multiplication by it and a shift divides sums of bytes.
  private let factor: UInt32

  /// Means over squares of `2 * radius + 1` pixels.
  ///
  /// - Precondition: `radius` is at most 60.
  init(radius: Int, channels: Int, workers: WorkerPool?) {
    precondition(radius <= 60, "the mean's factor is exact up to here")
    (self.radius, self.channels, self.workers) = (radius, channels, workers)
    factor = UInt32((1 << 24) / (2 * radius + 1) + 1)
  }

  /// Bytes, `line` of them in a row, after two means; the border repeats.
  ///
  /// - Complexity: O(bytes).
  func twice(_ bytes: [UInt8], line: Int) -> [UInt8] {
    var result = bytes
    for _ in 0..<2 { result = averagedDown(averagedAcross(result, line), line) }
    return result
  }

  /// Means over `radius` pixels to the left and right, rounded to the nearest.
  private func averagedAcross(_ bytes: [UInt8], _ line: Int) -> [UInt8] {
    bytes.withUnsafeBufferPointer { bytes in
      [UInt8](lines: bytes.count / line, of: line, on: workers) { rows, means in
        guard let bytes = bytes.baseAddress else { return }
        // A row whose ends are repeated as far as windows reach, so that no place is special.
        let reach = channels * (radius + 1)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: line + 2 * reach) { wide in
          guard let wide = wide.baseAddress else { return }
          for y in rows {
            let row = bytes + y * line
            (wide + reach).initialize(from: row, count: line)
            for k in 0..<reach {
              wide[k] = row[k % channels]
              wide[reach + line + k] = row[line - channels + k % channels]
            }
            if channels == 3 {
              averageColors(wide, into: means + y * line, pixels: line / 3)
            } else {
              average(wide, into: means + y * line, count: line)
            }
          }
        }
      }
    }
  }

  /// Three sums that run side by side.
  private func averageColors(
    _ wide: UnsafePointer<UInt8>, into means: UnsafeMutablePointer<UInt8>, pixels: Int
  ) {
    var (red, green, blue) = (UInt32(radius), UInt32(radius), UInt32(radius))
    for x in 1...2 * radius + 1 {
      red &+= UInt32(wide[3 * x])
      green &+= UInt32(wide[3 * x + 1])
      blue &+= UInt32(wide[3 * x + 2])
    }
    var (to, first, next) = (means, wide + 3, wide + 3 * (2 * radius + 2))
    for _ in 0..<pixels {
      to[0] = UInt8(truncatingIfNeeded: (red &* factor) >> 24)
      to[1] = UInt8(truncatingIfNeeded: (green &* factor) >> 24)
      to[2] = UInt8(truncatingIfNeeded: (blue &* factor) >> 24)
      red = red &+ UInt32(next[0]) &- UInt32(first[0])
      green = green &+ UInt32(next[1]) &- UInt32(first[1])
      blue = blue &+ UInt32(next[2]) &- UInt32(first[2])
      (to, first, next) = (to + 3, first + 3, next + 3)
    }
  }

  private func average(
    _ wide: UnsafePointer<UInt8>, into means: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    var sum = UInt32(radius)
    for x in 1...2 * radius + 1 { sum &+= UInt32(wide[x]) }
    for x in 0..<count {
      means[x] = UInt8(truncatingIfNeeded: (sum &* factor) >> 24)
      sum = sum &+ UInt32(wide[x + 2 * radius + 2]) &- UInt32(wide[x + 1])
    }
  }

  /// Means over `radius` pixels up and down, rounded to the nearest, a row at a time.
  private func averagedDown(_ bytes: [UInt8], _ line: Int) -> [UInt8] {
    let last = bytes.count / line - 1
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { means, count in
      bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress, let means = means.baseAddress else { return }
        workers.spread(line, grain: max(Self.strip, (1 << 14) / (last + 1))) { columns in
          let width = columns.count
          withUnsafeTemporaryAllocation(of: UInt32.self, capacity: width) { sums in
            guard let sums = sums.baseAddress else { return }
            sums.initialize(repeating: UInt32(radius), count: width)
            let bytes = bytes + columns.lowerBound
            for y in -radius...radius {
              let row = bytes + min(max(y, 0), last) * line
              for k in 0..<width { sums[k] &+= UInt32(row[k]) }
            }
            for y in 0...last {
              let next = bytes + min(y + radius + 1, last) * line
              let first = bytes + max(y - radius, 0) * line
              let to = means + columns.lowerBound + y * line
              for k in 0..<width {
                to[k] = UInt8(truncatingIfNeeded: (sums[k] &* factor) >> 24)
                sums[k] = sums[k] &+ UInt32(next[k]) &- UInt32(first[k])
              }
            }
          }
        }
      }
      count = bytes.count
    }
  }
}
