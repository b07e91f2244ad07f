/// A rectangle of RGBA pixels, straight (not premultiplied) alpha, row by row from the top left.
///
/// `samples` holds `4 * width * height` values in the order R, G, B, A; `Sample.max` is full
/// intensity. A bitmap is a plain value: copies share storage until one of them is written.
package struct Bitmap<Sample: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable, Equatable {
  /// Pixels in a row.
  package let width: Int
  /// Rows.
  package let height: Int
  /// Interleaved RGBA samples, `4 * width * height` of them.
  package var samples: [Sample]

  /// Makes a bitmap from interleaved RGBA samples.
  ///
  /// - Precondition: `samples.count == 4 * width * height`.
  package init(width: Int, height: Int, samples: [Sample]) {
    precondition(samples.count == 4 * width * height, "a bitmap holds four samples a pixel")
    self.width = width
    self.height = height
    self.samples = samples
  }

  /// Makes a bitmap of one colour, `(r, g, b, a)`.
  package init(width: Int, height: Int, filledWith color: (Sample, Sample, Sample, Sample)) {
    var samples = [Sample]()
    samples.reserveCapacity(4 * width * height)
    for _ in 0..<(width * height) {
      samples.append(color.0)
      samples.append(color.1)
      samples.append(color.2)
      samples.append(color.3)
    }
    self.init(width: width, height: height, samples: samples)
  }

  /// The index in `samples` of the red sample of pixel (x, y).
  ///
  /// The result is only meaningful for `0..<width` and `0..<height`; it is not checked.
  @inlinable
  package func offset(x: Int, y: Int) -> Int { 4 * (y * width + x) }
}

/// Eight bits a sample: what screens show and strokes are painted in.
package typealias RGBA8 = Bitmap<UInt8>
/// Sixteen bits a sample, native byte order.
package typealias RGBA16 = Bitmap<UInt16>

/// One byte a pixel, row by row; 0 is outside, 255 fully inside.
package struct Mask: Sendable, Equatable {
  /// Pixels in a row.
  package let width: Int
  /// Rows.
  package let height: Int
  /// `width * height` coverages.
  package var values: [UInt8]

  /// Makes a mask with every pixel set to `value`.
  package init(width: Int, height: Int, filledWith value: UInt8 = 0) {
    self.width = width
    self.height = height
    self.values = [UInt8](repeating: value, count: width * height)
  }

  /// Makes a mask from its values.
  ///
  /// - Precondition: `values.count == width * height`.
  package init(width: Int, height: Int, values: [UInt8]) {
    precondition(values.count == width * height, "a mask holds one value a pixel")
    self.width = width
    self.height = height
    self.values = values
  }
}
