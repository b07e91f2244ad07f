/// A picture of RGB bytes, interleaved, row by row from the top left.
package struct RGBBytes: Sendable, Equatable {
  /// Pixels in a row.
  package let width: Int
  /// Rows.
  package let height: Int
  /// `height * width * 3` bytes.
  package var bytes: [UInt8]

  /// Makes a picture of bytes.
  ///
  /// - Precondition: `bytes.count == height * width * 3`.
  package init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(bytes.count == 3 * width * height, "three bytes a pixel")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  /// The picture at half its size, odd sides rounded up; each pixel is the mean of four.
  ///
  /// - Complexity: O(pixels).
  package func halved() -> RGBBytes {
    let (columns, rows) = ((width + 1) / 2, (height + 1) / 2)
    var small = [UInt8](repeating: 0, count: 3 * columns * rows)
    for y in 0..<rows {
      let (upper, lower) = (2 * y * width, min(2 * y + 1, height - 1) * width)
      for x in 0..<columns {
        let (left, right) = (2 * x, min(2 * x + 1, width - 1))
        for channel in 0..<3 {
          let sum =
            Int(bytes[3 * (upper + left) + channel]) + Int(bytes[3 * (upper + right) + channel])
            + Int(bytes[3 * (lower + left) + channel]) + Int(bytes[3 * (lower + right) + channel])
          small[3 * (y * columns + x) + channel] = UInt8((sum + 2) / 4)
        }
      }
    }
    return RGBBytes(width: columns, height: rows, bytes: small)
  }

  /// The picture with a margin of `margin` pixels that repeat its border.
  ///
  /// - Parameter slack: bytes of zeros after the last pixel.
  func padded(by margin: Int, slack: Int) -> [UInt8] {
    let columns = width + 2 * margin
    var result = [UInt8]()
    result.reserveCapacity(3 * columns * (height + 2 * margin) + slack)
    for y in -margin..<height + margin {
      let row = 3 * width * min(max(y, 0), height - 1)
      for _ in 0..<margin { result += bytes[row..<row + 3] }
      result += bytes[row..<row + 3 * width]
      for _ in 0..<margin { result += bytes[row + 3 * (width - 1)..<row + 3 * width] }
    }
    return result + [UInt8](repeating: 0, count: slack)
  }

  /// The picture after two means over squares of `2 * radius + 1` pixels; the border repeats.
  ///
  /// - Precondition: `radius` is at most 60.
  /// - Complexity: O(pixels).
  package func smoothed(radius: Int) -> RGBBytes {
    precondition(radius <= 60, "the mean's factor is exact up to here")
    var result = bytes
    for _ in 0..<2 {
      result = averagedDown(averagedAcross(result, radius), radius)
    }
    return RGBBytes(width: width, height: height, bytes: result)
  }

  /// 2^24 over the pixels of a window: a multiplication by it and a shift divides sums of bytes.
  private static func factor(_ radius: Int) -> Int { (1 << 24) / (2 * radius + 1) + 1 }

  /// Means over `radius` pixels to the left and right, rounded to the nearest.
  private func averagedAcross(_ bytes: [UInt8], _ radius: Int) -> [UInt8] {
    let factor = Self.factor(radius)
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { means, count in
      for start in stride(from: 0, to: 3 * width * height, by: 3 * width) {
        for channel in start..<start + 3 {
          var sum = 0
          for x in -radius...radius { sum += Int(bytes[channel + 3 * min(max(x, 0), width - 1)]) }
          for x in 0..<width {
            means[channel + 3 * x] = UInt8(((sum + radius) * factor) >> 24)
            sum += Int(bytes[channel + 3 * min(x + radius + 1, width - 1)])
            sum -= Int(bytes[channel + 3 * max(x - radius, 0)])
          }
        }
      }
      count = bytes.count
    }
  }

  /// Means over `radius` pixels up and down, rounded to the nearest, a row at a time.
  private func averagedDown(_ bytes: [UInt8], _ radius: Int) -> [UInt8] {
    let (length, factor) = (3 * width, UInt32(Self.factor(radius)))
    var sums = [UInt32](repeating: UInt32(radius), count: length)
    for y in -radius...radius {
      let row = min(max(y, 0), height - 1) * length
      for k in 0..<length { sums[k] += UInt32(bytes[row + k]) }
    }
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { means, count in
      bytes.withUnsafeBufferPointer { bytes in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            let next = min(y + radius + 1, height - 1) * length
            let last = max(y - radius, 0) * length
            for k in 0..<length {
              means[y * length + k] = UInt8(truncatingIfNeeded: (sums[k] &* factor) >> 24)
              sums[k] = sums[k] &+ UInt32(bytes[next + k]) &- UInt32(bytes[last + k])
            }
          }
        }
      }
      count = bytes.count
    }
  }
}
