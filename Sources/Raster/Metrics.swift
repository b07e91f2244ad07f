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
  /// - Complexity: O(width * height) in time, about 120 operations a pixel for the similarity of
  ///   pictures that differ; memory for a few rows.
  package init(_ a: Picture, _ b: Picture, in region: Region = .whole) throws(PictureError) {
    guard a.width == b.width, a.height == b.height else {
      throw PictureError(
        .badData, path: "the two pictures",
        problem: "\(a.width)x\(a.height) and \(b.width)x\(b.height) pixels cannot be compared",
        remedy: "give two pictures of one size")
    }
    try region.check(width: a.width, height: a.height)
    switch (a.pixels, b.pixels) {
    case (.eight(let a), .eight(let b)): self.init(Rows(a), Rows(b), region)
    case (.eight(let a), .sixteen(let b)): self.init(Rows(widening: a), Rows(b), region)
    case (.sixteen(let a), .eight(let b)): self.init(Rows(a), Rows(widening: b), region)
    case (.sixteen(let a), .sixteen(let b)): self.init(Rows(a), Rows(b), region)
    }
  }

  private init<Sample>(_ a: Rows<Sample>, _ b: Rows<Sample>, _ region: Region) {
    let counts = Counting(region)
    let tally = Tally(a, b, counts)
    pixels = tally.pixels
    maximumError = Double(tally.maximum) / Double(Sample.max)
    differingBytes = tally.bytes
    psnr = tally.psnr
    ssim = Similarity(a, b, counts, areEqual: tally.bytesOfAll == 0).mean
  }
}

extension PictureDifference.Region {
  fileprivate func check(width: Int, height: Int) throws(PictureError) {
    guard let mask else { return }
    guard mask.width == width, mask.height == height else {
      throw PictureError(
        .badData, path: "the mask",
        problem: "has \(mask.width)x\(mask.height) pixels, the pictures \(width)x\(height)",
        remedy: "give a mask of the pictures' size")
    }
  }

  fileprivate var mask: Mask? {
    switch self {
    case .whole: nil
    case .inside(let mask), .outside(let mask): mask
    }
  }
}

/// Which pixels count, by index.
private struct Counting {
  private let values: [UInt8]?
  private let isInside: Bool

  init(_ region: PictureDifference.Region) {
    values = region.mask?.values
    if case .inside = region { isInside = true } else { isInside = false }
  }

  func callAsFunction(_ index: Int) -> Bool {
    guard let values else { return true }
    return (values[index] != 0) == isInside
  }
}

extension Bitmap {
  /// The peak signal to noise ratio of two bitmaps, as `PictureDifference.psnr` has it.
  ///
  /// - Precondition: they have the same size.
  /// - Complexity: O(width * height).
  package func psnr(to other: Bitmap) -> Double? {
    Tally(Rows(self), Rows(other), Counting(.whole)).psnr
  }
}

/// A bitmap as it is compared, row by row: as it is, or at 16 bits where the other has as many.
private struct Rows<Sample: FixedWidthInteger & UnsignedInteger & Sendable> {
  let width: Int
  let height: Int
  private let exact: Bitmap<Sample>?
  private let narrow: RGBA8?

  init(_ bitmap: Bitmap<Sample>) {
    (width, height, exact, narrow) = (bitmap.width, bitmap.height, bitmap, nil)
  }

  /// Calls `body` with the samples of the pixels `columns` of a row.
  func with<Result>(
    _ y: Int, _ columns: Range<Int>, _ body: (UnsafeBufferPointer<Sample>) -> Result
  ) -> Result {
    let range = 4 * (y * width + columns.lowerBound)..<4 * (y * width + columns.upperBound)
    if let exact {
      return exact.samples.withUnsafeBufferPointer {
        body(UnsafeBufferPointer(rebasing: $0[range]))
      }
    }
    // Multiplied by 257, as `Picture.rgba16` does.
    let wide = (narrow?.samples[range]).map { $0.map { Sample($0) * Self.step } } ?? []
    return wide.withUnsafeBufferPointer(body)
  }

  private static var step: Sample { Sample.max / 255 }
}

extension Rows<UInt16> {
  init(widening bitmap: RGBA8) {
    (width, height, exact, narrow) = (bitmap.width, bitmap.height, nil, bitmap)
  }
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
  /// The bytes that differ in the whole pictures, whatever the region.
  var bytesOfAll = 0

  init(_ a: Rows<Sample>, _ b: Rows<Sample>, _ counts: Counting) {
    for y in 0..<a.height {
      a.with(y, 0..<a.width) { a in
        b.with(y, 0..<b.width) { b in add(a, b, from: y * (a.count / 4), counts) }
      }
    }
  }

  private mutating func add(
    _ a: UnsafeBufferPointer<Sample>, _ b: UnsafeBufferPointer<Sample>, from start: Int,
    _ counts: Counting
  ) {
    for pixel in 0..<a.count / 4 {
      let isCounted = counts(start + pixel)
      if isCounted { pixels += 1 }
      for channel in 0..<4 {
        let (x, y) = (a[4 * pixel + channel], b[4 * pixel + channel])
        if x == y { continue }
        var differing = 0
        var bits = x ^ y
        while bits != 0 {
          if bits & 0xFF != 0 { differing += 1 }
          bits = Sample(truncatingIfNeeded: UInt64(bits) >> 8)
        }
        bytesOfAll += differing
        guard isCounted else { continue }
        bytes += differing
        let distance = x > y ? x - y : y - x
        maximum = max(maximum, distance)
        if channel < 3 { squares += Double(distance) * Double(distance) }
      }
    }
  }
}

/// The mean of the similarity map; see `PictureDifference.ssim`.
///
/// The map is computed in strips of columns, each row by row: eleven rows of the horizontally
/// weighted maps are kept, so that memory is a few rows of a strip, whatever the size.
private struct Similarity {
  /// Nil where no window fits or counts.
  var mean: Double? { windows == 0 ? nil : sum / Double(windows) }

  private var sum = 0.0
  private var windows = 0

  /// Places of windows in a strip.
  private static let stripWidth = 4096

  init<Sample>(
    _ a: Rows<Sample>, _ b: Rows<Sample>, _ counts: Counting, areEqual: Bool
  ) {
    let (width, height) = (a.width, a.height)
    guard width >= 11, height >= 11 else { return }
    if areEqual {
      // Each window of equal pictures is exactly 1.
      for y in 5..<height - 5 {
        for x in 5..<width - 5 where counts(y * width + x) { windows += 1 }
      }
      sum = Double(windows)
      return
    }
    for start in stride(from: 0, to: width - 10, by: Self.stripWidth) {
      let strip = start..<min(start + Self.stripWidth, width - 10)
      add(strip, a, b, counts)
    }
  }

  /// Adds the windows whose first column is in `strip`.
  private mutating func add<Sample>(
    _ strip: Range<Int>, _ a: Rows<Sample>, _ b: Rows<Sample>, _ counts: Counting
  ) {
    let columns = strip.lowerBound..<strip.upperBound + 10
    let peak = Double(Sample.max)
    var ring = [[WeightedMaps]](repeating: [], count: 11)
    for y in 0..<a.height {
      let lines = (a.with(y, columns, luma), b.with(y, columns, luma))
      ring[y % 11] = weightedAcross(lines.0, lines.1)
      guard y >= 10 else { continue }
      let rows = (0..<11).map { ring[(y - 10 + $0) % 11] }
      let center = (y - 5) * a.width + strip.lowerBound + 5
      for (x, maps) in weightedDown(rows).enumerated() where counts(center + x) {
        sum += maps.similarity(peak: peak)
        windows += 1
      }
    }
  }
}

/// Weighted sums over a window: of both maps, of their squares, and of their product.
private struct WeightedMaps {
  /// First, second, square of the first, of the second; the rest is not used.
  var sums = SIMD4<Double>()
  var product = 0.0

  /// The similarity of the window whose weights add up to 1.
  func similarity(peak: Double) -> Double {
    let c1 = (0.01 * peak) * (0.01 * peak)
    let c2 = (0.03 * peak) * (0.03 * peak)
    let (ma, mb) = (sums[0], sums[1])
    let (va, vb) = (sums[2] - ma * ma, sums[3] - mb * mb)
    let covariance = product - ma * mb
    return (2 * ma * mb + c1) * (2 * covariance + c2)
      / ((ma * ma + mb * mb + c1) * (va + vb + c2))
  }
}

/// Luma by BT.601, in the samples' own range.
private func luma<Sample: FixedWidthInteger>(_ samples: UnsafeBufferPointer<Sample>) -> [Double] {
  (0..<samples.count / 4).map { pixel in
    let (r, g) = (Double(samples[4 * pixel]), Double(samples[4 * pixel + 1]))
    return 0.299 * r + 0.587 * g + 0.114 * Double(samples[4 * pixel + 2])
  }
}

/// The 11 weights of a Gaussian of sigma 1.5, which add up to 1.
private let gaussian: [Double] = {
  let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}()

/// A row of both maps, weighted over 11 columns: 10 fewer than there are.
private func weightedAcross(_ a: [Double], _ b: [Double]) -> [WeightedMaps] {
  var result = [WeightedMaps](repeating: WeightedMaps(), count: a.count - 10)
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      for (k, weight) in gaussian.enumerated() {
        for x in result.indices {
          let (p, q) = (a[x + k], b[x + k])
          result[x].sums += weight * SIMD4(p, q, p * p, q * q)
          result[x].product += weight * (p * q)
        }
      }
    }
  }
  return result
}

/// Eleven such rows, weighted.
private func weightedDown(_ rows: [[WeightedMaps]]) -> [WeightedMaps] {
  var result = [WeightedMaps](repeating: WeightedMaps(), count: rows[0].count)
  for (weight, row) in zip(gaussian, rows) {
    row.withUnsafeBufferPointer { row in
      for x in result.indices {
        result[x].sums += weight * row[x].sums
        result[x].product += weight * row[x].product
      }
    }
  }
  return result
}
