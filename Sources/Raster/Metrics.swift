import Glibc

/// How far two pictures are apart.
///
/// Two 8 bit pictures are compared at 8 bits; if either has 16, both are.
package struct PictureDifference: Sendable, Equatable {
  /// Which pixels count.
  package enum Region: Sendable, Equatable {
    /// All of them.
    case whole
    /// Those where the mask is not 0.
    case inside(Mask)
    /// Those where the mask is 0.
    case outside(Mask)
  }

  /// Pixels that counted.
  package let pixels: Int
  /// Peak signal to noise ratio in dB over red, green and blue, infinity where they are equal; nil
  /// where no pixel counted.
  ///
  /// 10 log10(L^2 / MSE), L being 255 or 65535.
  package let psnr: Double?
  /// Structural similarity, 1 for equal pictures, at most 1; nil where no window fits.
  ///
  /// Of luma (BT.601), Gaussian window 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, averaged over
  /// those windows that lie in the picture and whose centre counts. Reference: Wang, Bovik, Sheikh,
  /// Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
  package let ssim: Double?
  /// Largest difference of any sample, alpha too, as a part of full intensity, 0...1.
  package let maximumError: Double
  /// Bytes that differ, alpha too; a 16 bit sample has two.
  package let differingBytes: Int

  /// Compares two pictures.
  ///
  /// - Throws: `badData` where the pictures, or the mask of the region, differ in size.
  /// - Complexity: O(width * height), about 120 operations a pixel for the similarity.
  package init(_ a: Picture, _ b: Picture, in region: Region = .whole) throws(PictureError) {
    guard a.width == b.width, a.height == b.height else {
      throw PictureError(
        .badData, path: "the two pictures",
        problem: "\(a.width)x\(a.height) and \(b.width)x\(b.height) pixels cannot be compared",
        remedy: "give two pictures of one size")
    }
    let counts = try region.flags(width: a.width, height: a.height)
    if case .eight(let a) = a.pixels, case .eight(let b) = b.pixels {
      self.init(a, b, counts: counts)
    } else {
      self.init(a.rgba16, b.rgba16, counts: counts)
    }
  }

  private init<Sample>(_ a: Bitmap<Sample>, _ b: Bitmap<Sample>, counts: [Bool]?) {
    let peak = Double(Sample.max)
    let tally = Tally(a, b, counts: counts)
    pixels = tally.pixels
    maximumError = Double(tally.maximum) / peak
    differingBytes = tally.bytes
    psnr = tally.psnr
    ssim = structuralSimilarity(a.luma, b.luma, width: a.width, counts: counts, peak: peak)
  }
}

extension PictureDifference.Region {
  /// One flag a pixel, nil for all.
  fileprivate func flags(width: Int, height: Int) throws(PictureError) -> [Bool]? {
    let (mask, inside): (Mask, Bool)
    switch self {
    case .whole: return nil
    case .inside(let m): (mask, inside) = (m, true)
    case .outside(let m): (mask, inside) = (m, false)
    }
    guard mask.width == width, mask.height == height else {
      throw PictureError(
        .badData, path: "the mask",
        problem: "has \(mask.width)x\(mask.height) pixels, the pictures \(width)x\(height)",
        remedy: "give a mask of the pictures' size")
    }
    return mask.values.map { ($0 != 0) == inside }
  }
}

extension Bitmap {
  /// The peak signal to noise ratio of two bitmaps, as `PictureDifference.psnr` has it.
  ///
  /// - Precondition: they have the same size.
  /// - Complexity: O(width * height).
  package func psnr(to other: Bitmap) -> Double? { Tally(self, other, counts: nil).psnr }
}

/// Sums over the samples of two bitmaps.
private struct Tally<Sample: FixedWidthInteger & UnsignedInteger & Sendable> {
  /// See `PictureDifference.psnr`.
  var psnr: Double? {
    if pixels == 0 { return nil }
    if squares == 0 { return .infinity }
    let peak = Double(Sample.max)
    return 10 * log10(peak * peak * Double(3 * pixels) / squares)
  }

  var pixels = 0
  /// Squared differences of red, green and blue; below 2^53 they add up exactly.
  var squares = 0.0
  var maximum: Sample = 0
  var bytes = 0

  init(_ a: Bitmap<Sample>, _ b: Bitmap<Sample>, counts: [Bool]?) {
    a.samples.withUnsafeBufferPointer { a in
      b.samples.withUnsafeBufferPointer { b in
        for pixel in 0..<a.count / 4 where counts?[pixel] ?? true {
          pixels += 1
          for channel in 0..<4 {
            let (x, y) = (a[4 * pixel + channel], b[4 * pixel + channel])
            if x == y { continue }
            let distance = x > y ? x - y : y - x
            maximum = max(maximum, distance)
            if channel < 3 { squares += Double(distance) * Double(distance) }
            var bits = x ^ y
            while bits != 0 {
              if bits & 0xFF != 0 { bytes += 1 }
              bits = Sample(truncatingIfNeeded: UInt64(bits) >> 8)
            }
          }
        }
      }
    }
  }
}

extension Bitmap {
  /// Luma by BT.601, in the samples' own range.
  fileprivate var luma: [Double] {
    (0..<width * height).map { pixel in
      let (r, g) = (Double(samples[4 * pixel]), Double(samples[4 * pixel + 1]))
      return 0.299 * r + 0.587 * g + 0.114 * Double(samples[4 * pixel + 2])
    }
  }
}

/// The 11 weights of a Gaussian of sigma 1.5, which add up to 1.
private let gaussian: [Double] = {
  let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}()

/// The mean of the similarity map; see `PictureDifference.ssim`.
private func structuralSimilarity(
  _ a: [Double], _ b: [Double], width: Int, counts: [Bool]?, peak: Double
) -> Double? {
  let height = width > 0 ? a.count / width : 0
  guard width >= 11, height >= 11 else { return nil }
  let means = (blurred(a, width: width), blurred(b, width: width))
  let squares = (
    blurred(zip(a, a).map(*), width: width), blurred(zip(b, b).map(*), width: width)
  )
  let products = blurred(zip(a, b).map(*), width: width)
  let c1 = (0.01 * peak) * (0.01 * peak)
  let c2 = (0.03 * peak) * (0.03 * peak)
  var sum = 0.0
  var windows = 0
  for y in 5..<height - 5 {
    for x in 5..<width - 5 where counts?[y * width + x] ?? true {
      let i = (y - 5) * (width - 10) + x - 5
      let (ma, mb) = (means.0[i], means.1[i])
      let (va, vb) = (squares.0[i] - ma * ma, squares.1[i] - mb * mb)
      let covariance = products[i] - ma * mb
      sum +=
        (2 * ma * mb + c1) * (2 * covariance + c2)
        / ((ma * ma + mb * mb + c1) * (va + vb + c2))
      windows += 1
    }
  }
  return windows == 0 ? nil : sum / Double(windows)
}

/// The map convolved with the Gaussian, only where the window fits: 10 fewer columns and rows.
private func blurred(_ map: [Double], width: Int) -> [Double] {
  let height = map.count / width
  let narrow = width - 10
  var across = [Double](repeating: 0, count: narrow * height)
  var result = [Double](repeating: 0, count: narrow * (height - 10))
  map.withUnsafeBufferPointer { map in
    across.withUnsafeMutableBufferPointer { across in
      for y in 0..<height {
        for (k, weight) in gaussian.enumerated() {
          for x in 0..<narrow { across[y * narrow + x] += weight * map[y * width + x + k] }
        }
      }
    }
  }
  across.withUnsafeBufferPointer { across in
    result.withUnsafeMutableBufferPointer { result in
      for y in 0..<height - 10 {
        for (k, weight) in gaussian.enumerated() {
          for x in 0..<narrow { result[y * narrow + x] += weight * across[(y + k) * narrow + x] }
        }
      }
    }
  }
  return result
}
