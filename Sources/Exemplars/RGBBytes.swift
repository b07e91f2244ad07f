package import Tensors

/// A picture of RGB bytes, interleaved, row by row from the top left.
///
/// What makes another picture of it has the same bytes for any workers, or none.
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
  package func halved(on workers: WorkerPool? = nil) -> RGBBytes {
    let (columns, rows) = ((width + 1) / 2, (height + 1) / 2)
    let small = bytes.withUnsafeBufferPointer { bytes in
      [UInt8](lines: rows, of: 3 * columns, on: workers) { lines, small in
        for y in lines {
          let upper = 6 * y * width
          let lower = 3 * min(2 * y + 1, height - 1) * width
          let to = 3 * y * columns
          for x in 0..<columns {
            let (left, right) = (6 * x, 3 * min(2 * x + 1, width - 1))
            for channel in 0..<3 {
              let sum =
                UInt32(bytes[upper + left + channel]) + UInt32(bytes[upper + right + channel])
                + UInt32(bytes[lower + left + channel]) + UInt32(bytes[lower + right + channel])
              small[to + 3 * x + channel] = UInt8(truncatingIfNeeded: (sum + 2) / 4)
            }
          }
        }
      }
    }
    return RGBBytes(width: columns, height: rows, bytes: small)
  }

  /// The picture with a margin of `margin` pixels that repeat its border.
  ///
  /// - Parameter slack: bytes of zeros after the last pixel.
  func padded(by margin: Int, slack: Int, on workers: WorkerPool? = nil) -> [UInt8] {
    let line = 3 * (width + 2 * margin)
    let size = line * (height + 2 * margin)
    return [UInt8](unsafeUninitializedCapacity: size + slack) { grid, count in
      guard let grid = grid.baseAddress else { return }
      (grid + size).initialize(repeating: 0, count: slack)
      bytes.withUnsafeBufferPointer { bytes in
        guard let bytes = bytes.baseAddress else { return }
        workers.spread(height + 2 * margin, grain: (1 << 16) / line) { rows in
          for y in rows {
            let from = bytes + 3 * width * min(max(y - margin, 0), height - 1)
            let to = grid + y * line
            (to + 3 * margin).update(from: from, count: 3 * width)
            for k in 0..<3 * margin {
              to[k] = from[k % 3]
              to[3 * (margin + width) + k] = from[3 * (width - 1) + k % 3]
            }
          }
        }
      }
      count = size + slack
    }
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
  package func smoothed(radius: Int, on workers: WorkerPool? = nil) -> RGBBytes {
    let means = BoxMeans(radius: radius, channels: 3, workers: workers)
    return RGBBytes(width: width, height: height, bytes: means.twice(bytes, line: 3 * width))
  }

  /// The light of every pixel's surroundings, 0...255: luma after two means over squares of
  /// `2 * radius + 1` pixels.
  ///
  /// - Precondition: `radius` is at most 60.
  /// - Complexity: O(pixels).
  package func light(radius: Int, on workers: WorkerPool? = nil) -> [UInt8] {
    let luma = bytes.withUnsafeBufferPointer { bytes in
      [UInt8](lines: height, of: width, on: workers) { rows, luma in
        for pixel in rows.lowerBound * width..<rows.upperBound * width {
          // 0.299, 0.587 and 0.114 of Rec. 601, times 256.
          let (red, green) = (77 * UInt32(bytes[3 * pixel]), 150 * UInt32(bytes[3 * pixel + 1]))
          let sum = red + green + 29 * UInt32(bytes[3 * pixel + 2])
          luma[pixel] = UInt8(truncatingIfNeeded: (sum + 128) >> 8)
        }
      }
    }
    let means = BoxMeans(radius: radius, channels: 1, workers: workers)
    return means.twice(luma, line: width)
  }

  /// The picture with half of the differences of light taken away, as far as its bytes can hold that.
  ///
  /// - Precondition: `light` has a value for every pixel.
  package func evened(by light: [UInt8], on workers: WorkerPool? = nil) -> RGBBytes {
    precondition(light.count == width * height, "one value a pixel")
    let even = bytes.withUnsafeBufferPointer { bytes in
      light.withUnsafeBufferPointer { light in
        [UInt8](lines: height, of: 3 * width, on: workers) { rows, even in
          for pixel in rows.lowerBound * width..<rows.upperBound * width {
            let change = (127 - Int32(light[pixel])) / 2
            for k in 3 * pixel..<3 * pixel + 3 {
              even[k] = UInt8(truncatingIfNeeded: min(max(Int32(bytes[k]) + change, 0), 255))
            }
          }
        }
      }
    }
    return RGBBytes(width: width, height: height, bytes: even)
  }
}
