import Glibc
package import Raster

extension PixelMask {
  /// The difference above which a pixel counts as edited, on values scaled to [-1, 1].
  package static let defaultThreshold = 0.01

  /// The pixels on which two 8 bit pictures differ in red, green, blue or alpha.
  ///
  /// A pixel is masked where |a - b| * 2 / 255 > `threshold` (strictly) on any channel, unless alpha
  /// is 0 in both pictures: colours that nobody sees are no difference.
  ///
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height) for one comparison of memory, less where they share storage;
  ///   the rest is by changed rows.
  package init(from a: RGBA8, to b: RGBA8, threshold: Double = defaultThreshold) {
    self.init(samplesOf: a, and: b, threshold: threshold)
  }

  /// The pixels on which two 16 bit pictures differ in red, green, blue or alpha.
  ///
  /// A pixel is masked where |a - b| * 2 / 65535 > `threshold` (strictly) on any channel, unless alpha
  /// is 0 in both pictures.
  ///
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height) for one comparison of memory, less where they share storage;
  ///   the rest is by changed rows.
  package init(from a: RGBA16, to b: RGBA16, threshold: Double = defaultThreshold) {
    self.init(samplesOf: a, and: b, threshold: threshold)
  }

  private init<Sample>(samplesOf a: Bitmap<Sample>, and b: Bitmap<Sample>, threshold: Double) {
    let scaled = (threshold * Double(Sample.max) / 2).rounded(.down)
    // Integer samples differ by more than the threshold where they differ by more than its floor.
    self.init(samplesOf: a, and: b, above: Sample(saturating: max(scaled, 0)))
  }

  /// The pixels of which a sample differs by more than `limit`, as long as either picture shows them.
  ///
  /// - Precondition: both pictures have the same size.
  init<Sample>(samplesOf a: Bitmap<Sample>, and b: Bitmap<Sample>, above limit: Sample) {
    precondition(a.width == b.width && a.height == b.height, "pictures of one size")
    let (width, height) = (a.width, a.height)
    let band = Self.changedRows(a, b)
    let region = PixelRect(x: 0, y: band.lowerBound, width: width, height: band.count)
    var bits = [Bool](repeating: false, count: width * band.count)
    a.samples.withUnsafeBufferPointer { a in
      b.samples.withUnsafeBufferPointer { b in
        bits.withUnsafeMutableBufferPointer { bits in
          let start = 4 * width * band.lowerBound
          for pixel in bits.indices {
            let i = start + 4 * pixel
            let differs =
              distance(a[i], b[i]) > limit || distance(a[i + 1], b[i + 1]) > limit
              || distance(a[i + 2], b[i + 2]) > limit || distance(a[i + 3], b[i + 3]) > limit
            bits[pixel] = differs && a[i + 3] | b[i + 3] != 0
          }
        }
      }
    }
    self.init(width: width, height: height, region: region, bits: bits)
  }

  /// From the first row with a differing byte to past the last; empty where there is none.
  private static func changedRows<Sample>(_ a: Bitmap<Sample>, _ b: Bitmap<Sample>) -> Range<Int> {
    let rowSamples = 4 * a.width
    let rowBytes = rowSamples * MemoryLayout<Sample>.stride
    return a.samples.withUnsafeBufferPointer { aSamples in
      b.samples.withUnsafeBufferPointer { bSamples in
        guard let aBase = aSamples.baseAddress, let bBase = bSamples.baseAddress, aBase != bBase
        else { return 0..<0 }
        let differs = { (y: Int) in
          memcmp(aBase + rowSamples * y, bBase + rowSamples * y, rowBytes) != 0
        }
        guard let first = (0..<a.height).first(where: differs),
          let last = (first..<a.height).last(where: differs)
        else { return 0..<0 }
        return first..<last + 1
      }
    }
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

@inline(__always)
private func distance<Sample: FixedWidthInteger & UnsignedInteger>(_ a: Sample, _ b: Sample)
  -> Sample
{
  a > b ? a &- b : b &- a
}
