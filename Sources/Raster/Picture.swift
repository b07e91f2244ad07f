/// A picture as its file holds it: pixels at their own depth and everything said beside them.
package struct Picture: Sendable, Equatable {
  /// Pixels of 8 or 16 bits a sample.
  package enum Pixels: Sendable, Equatable {
    /// 8 bits a sample.
    case eight(RGBA8)
    /// 16 bits a sample.
    case sixteen(RGBA16)
  }

  /// The pixels.
  package var pixels: Pixels
  /// Colour profile, physical size, text and the like.
  package var metadata: PictureMetadata

  /// Makes a picture.
  package init(pixels: Pixels, metadata: PictureMetadata = PictureMetadata()) {
    self.pixels = pixels
    self.metadata = metadata
  }

  /// Makes a grey picture of a mask: 0 black, 255 white.
  package init(_ mask: Mask) {
    var samples = [UInt8]()
    samples.reserveCapacity(4 * mask.values.count)
    for value in mask.values {
      samples.append(value)
      samples.append(value)
      samples.append(value)
      samples.append(255)
    }
    self.init(pixels: .eight(RGBA8(width: mask.width, height: mask.height, samples: samples)))
    metadata.source = .init(container: .png, color: .grey, bitDepth: 8)
  }

  /// Whether this build reads JPEG beside PNG.
  package static var readsJPEG: Bool { JPEGReader.isAvailable }

  /// Pixels in a row.
  package var width: Int {
    switch pixels {
    case .eight(let bitmap): bitmap.width
    case .sixteen(let bitmap): bitmap.width
    }
  }

  /// Rows.
  package var height: Int {
    switch pixels {
    case .eight(let bitmap): bitmap.height
    case .sixteen(let bitmap): bitmap.height
    }
  }

  /// The pixels at 8 bits, rounded to the nearest where they have 16.
  ///
  /// - Complexity: O(width * height) for 16 bit pictures; 8 bit ones share storage.
  package var rgba8: RGBA8 {
    switch pixels {
    case .eight(let bitmap): bitmap
    case .sixteen(let bitmap): bitmap.rgba8
    }
  }

  /// The pixels at 16 bits; 8 bit samples are multiplied by 257, which `rgba8` undoes exactly.
  ///
  /// - Complexity: O(width * height) for 8 bit pictures; 16 bit ones share storage.
  package var rgba16: RGBA16 {
    switch pixels {
    case .eight(let bitmap): bitmap.rgba16
    case .sixteen(let bitmap): bitmap
    }
  }
}

extension RGBA16 {
  /// The bitmap at 8 bits, each sample rounded to the nearest of 255 steps.
  package var rgba8: RGBA8 {
    RGBA8(
      width: width, height: height,
      samples: samples.map { UInt8((UInt32($0) * 255 + 32767) / 65535) })
  }
}

extension RGBA8 {
  /// The bitmap at 16 bits: 255 becomes 65535 and every step 257.
  package var rgba16: RGBA16 {
    RGBA16(width: width, height: height, samples: samples.map { UInt16($0) * 257 })
  }
}
