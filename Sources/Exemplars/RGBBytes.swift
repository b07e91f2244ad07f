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

  /// The part of the picture in some rows and columns.
  ///
  /// - Precondition: they lie in the picture.
  func cropped(rows: Range<Int>, columns: Range<Int>) -> RGBBytes {
    var part = [UInt8]()
    part.reserveCapacity(3 * rows.count * columns.count)
    for y in rows {
      let row = 3 * y * width
      part += bytes[row + 3 * columns.lowerBound..<row + 3 * columns.upperBound]
    }
    return RGBBytes(width: columns.count, height: rows.count, bytes: part)
  }

  /// The picture after two means over squares of `2 * radius + 1` pixels; the border repeats.
  ///
  /// - Precondition: `radius` is at most 60.
  /// - Complexity: O(pixels).
  package func smoothed(radius: Int) -> RGBBytes {
    let bytes = Self.smoothed(bytes, line: 3 * width, channels: 3, radius)
    return RGBBytes(width: width, height: height, bytes: bytes)
  }

  /// The light of every pixel's surroundings, 0...255: luma after two means over squares of
  /// `2 * radius + 1` pixels.
  ///
  /// - Precondition: `radius` is at most 60.
  /// - Complexity: O(pixels).
  package func light(radius: Int) -> [UInt8] {
    // 0.299, 0.587 and 0.114 of Rec. 601, times 256.
    let luma = (0..<width * height).map { pixel in
      let red = 77 * UInt32(bytes[3 * pixel])
      return UInt8(
        (red + 150 * UInt32(bytes[3 * pixel + 1]) + 29 * UInt32(bytes[3 * pixel + 2]) + 128) >> 8)
    }
    return Self.smoothed(luma, line: width, channels: 1, radius)
  }

  /// The picture with half of the differences of light taken away, as far as its bytes can hold that.
  ///
  /// - Precondition: `light` has a value for every pixel.
  package func evened(by light: [UInt8]) -> RGBBytes {
    precondition(light.count == width * height, "one value a pixel")
    var even = bytes
    for pixel in light.indices {
      let change = (127 - Int(light[pixel])) / 2
      for k in 3 * pixel..<3 * pixel + 3 {
        even[k] = UInt8(min(max(Int(bytes[k]) + change, 0), 255))
      }
    }
    return RGBBytes(width: width, height: height, bytes: even)
  }

  /// Bytes, `channels` of them for each pixel and `line` of them in a row, after two means over squares.
  private static func smoothed(
    _ bytes: [UInt8], line: Int, channels: Int, _ radius: Int
  ) -> [UInt8] {
    precondition(radius <= 60, "the mean's factor is exact up to here")
    var result = bytes
    for _ in 0..<2 {
      result = averagedAcross(result, line, channels, radius)
      result = averagedDown(result, line, radius)
    }
    return result
  }

  /// 2^24 over the pixels of a window: a multiplication by it and a shift divides sums of bytes.
  private static func factor(_ radius: Int) -> Int { (1 << 24) / (2 * radius + 1) + 1 }

  /// Means over `radius` pixels to the left and right, rounded to the nearest.
  private static func averagedAcross(
    _ bytes: [UInt8], _ line: Int, _ channels: Int, _ radius: Int
  ) -> [UInt8] {
    let (factor, last) = (factor(radius), line / channels - 1)
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { means, count in
      for start in stride(from: 0, to: bytes.count, by: line) {
        for channel in start..<start + channels {
          var sum = 0
          for x in -radius...radius { sum += Int(bytes[channel + channels * min(max(x, 0), last)]) }
          for x in 0...last {
            means[channel + channels * x] = UInt8(((sum + radius) * factor) >> 24)
            sum += Int(bytes[channel + channels * min(x + radius + 1, last)])
            sum -= Int(bytes[channel + channels * max(x - radius, 0)])
          }
        }
      }
      count = bytes.count
    }
  }

  /// Means over `radius` pixels up and down, rounded to the nearest, a row at a time.
  private static func averagedDown(_ bytes: [UInt8], _ line: Int, _ radius: Int) -> [UInt8] {
    let (factor, last) = (UInt32(factor(radius)), bytes.count / line - 1)
    var sums = [UInt32](repeating: UInt32(radius), count: line)
    for y in -radius...radius {
      let row = min(max(y, 0), last) * line
      for k in 0..<line { sums[k] += UInt32(bytes[row + k]) }
    }
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { means, count in
      bytes.withUnsafeBufferPointer { bytes in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0...last {
            let next = min(y + radius + 1, last) * line
            let first = max(y - radius, 0) * line
            for k in 0..<line {
              means[y * line + k] = UInt8(truncatingIfNeeded: (sums[k] &* factor) >> 24)
              sums[k] = sums[k] &+ UInt32(bytes[next + k]) &- UInt32(bytes[first + k])
            }
          }
        }
      }
      count = bytes.count
    }
  }
}
