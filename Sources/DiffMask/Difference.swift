import Glibc
package import Raster

extension PixelMask {
  /// The difference above which a pixel counts as edited, on values scaled to [-1, 1].
  package static let defaultThreshold = 0.01

  /// The pixels on which two 8 bit pictures differ in red, green or blue.
  ///
  /// A pixel is masked where |a - b| * 2 / 255 > `threshold` (strictly) on any colour channel.
  /// Alpha is not compared, since no model sees it.
  ///
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height) for one comparison of memory; the rest is by changed rows.
  package init(from a: RGBA8, to b: RGBA8, threshold: Double = defaultThreshold) {
    self.init(samplesOf: a, and: b, threshold: threshold)
  }

  /// The pixels on which two 16 bit pictures differ in red, green or blue.
  ///
  /// A pixel is masked where |a - b| * 2 / 65535 > `threshold` (strictly) on any colour channel.
  ///
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height) for one comparison of memory; the rest is by changed rows.
  package init(from a: RGBA16, to b: RGBA16, threshold: Double = defaultThreshold) {
    self.init(samplesOf: a, and: b, threshold: threshold)
  }

  private init<Sample>(samplesOf a: Bitmap<Sample>, and b: Bitmap<Sample>, threshold: Double) {
    precondition(a.width == b.width && a.height == b.height, "pictures of one size")
    let (width, height) = (a.width, a.height)
    let scaled = (threshold * Double(Sample.max) / 2).rounded(.down)
    // Integer samples differ by more than the threshold where they differ by more than its floor.
    let limit = Sample(clamping: Int(scaled.isFinite ? min(max(scaled, 0), 65535) : 0))
    let rowBytes = 4 * width * MemoryLayout<Sample>.stride
    var bits = [Bool](repeating: false, count: width * height)
    var rows = Span()
    a.samples.withUnsafeBufferPointer { a in
      b.samples.withUnsafeBufferPointer { b in
        bits.withUnsafeMutableBufferPointer { bits in
          guard let aBase = a.baseAddress, let bBase = b.baseAddress, width > 0 else { return }
          for y in 0..<height {
            let start = 4 * width * y
            if memcmp(aBase + start, bBase + start, rowBytes) == 0 { continue }
            rows.include(y)
            for x in 0..<width {
              let i = start + 4 * x
              bits[y * width + x] =
                distance(a[i], b[i]) > limit || distance(a[i + 1], b[i + 1]) > limit
                || distance(a[i + 2], b[i + 2]) > limit
            }
          }
        }
      }
    }
    self.init(width: width, height: height, bits: bits, within: rows.band(width: width))
  }

  /// The cells on which two feature maps of layout [C][H][W] differ.
  ///
  /// A cell is masked where |a - b| > `threshold` (strictly) on any channel; the values are taken as
  /// already in the model's range. A value that is not a number counts as different.
  ///
  /// - Precondition: `a.count == b.count == channels * width * height`.
  /// - Complexity: O(channels * width * height).
  package init(
    planes a: [Float], and b: [Float], channels: Int, width: Int, height: Int,
    threshold: Float = Float(defaultThreshold)
  ) {
    let cells = width * height
    precondition(a.count == channels * cells && b.count == a.count, "planes of one shape")
    var bits = [Bool](repeating: false, count: cells)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        bits.withUnsafeMutableBufferPointer { bits in
          for channel in 0..<channels {
            for cell in 0..<cells {
              let i = channel * cells + cell
              // Written as "not within" so that a NaN is a change.
              if !(abs(a[i] - b[i]) <= threshold) { bits[cell] = true }
            }
          }
        }
      }
    }
    self.init(width: width, height: height, bits: bits)
  }
}

/// The first and last row seen so far.
private struct Span {
  var first = Int.max
  var last = -1

  mutating func include(_ row: Int) {
    first = min(first, row)
    last = max(last, row)
  }

  func band(width: Int) -> PixelRect {
    last < 0
      ? PixelRect(x: 0, y: 0, width: 0, height: 0)
      : PixelRect(x: 0, y: first, width: width, height: last - first + 1)
  }
}

@inline(__always)
private func distance<Sample: FixedWidthInteger & UnsignedInteger>(_ a: Sample, _ b: Sample)
  -> Sample
{
  a > b ? a &- b : b &- a
}
