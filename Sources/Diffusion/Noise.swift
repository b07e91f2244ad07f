package import DiffMask
import Glibc

/// Standard normal noise as a function of seed, place and channel.
///
/// A pixel's noise does not depend on which window is asked for, in which order or by which worker,
/// so an edit may compute any part of a picture and a second run finds the same numbers.
///
/// The generator is Philox-4x32-10: place and channels are the counter, the seed is the key, and
/// ten rounds of multiplication mix them into four words. Two Box-Muller transforms turn the words
/// into four independent normal numbers, one for each of four channels.
///
/// Reference: Salmon 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".
package struct Noise: Equatable, Sendable {
  /// Determines all numbers.
  package let seed: UInt64

  /// Makes the noise of one seed.
  package init(seed: UInt64) { self.seed = seed }

  /// The noise of one pixel in one channel.
  package func value(x: Int, y: Int, channel: Int) -> Float {
    normals(x, y, channel >> 2)[channel & 3]
  }

  /// The noise of a window, whose origin may be negative, pixel by pixel and row by row, channels last.
  ///
  /// - Returns: `height * width * channels` numbers.
  package func values(_ window: PixelRect, channels: Int) -> [Float] {
    let count = window.width * window.height * channels
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { fill(start, window, channels: channels) }
      initialized = count
    }
  }

  /// Writes the noise of a window, which may be a part of wider pixels and longer rows.
  ///
  /// - Parameters:
  ///   - target: where the window's first pixel goes.
  ///   - channels: how many numbers are written per pixel.
  ///   - pixelStride: floats from pixel to pixel; `channels` where nil.
  ///   - rowStride: floats from row to row; a row of the window where nil.
  /// - Precondition: `target` has room for the window under these strides.
  /// - Complexity: one Philox block per pixel and four channels.
  package func fill(
    _ target: UnsafeMutablePointer<Float>, _ window: PixelRect, channels: Int,
    pixelStride: Int? = nil, rowStride: Int? = nil
  ) {
    let pixelStride = pixelStride ?? channels
    let rowStride = rowStride ?? window.width * pixelStride
    for row in 0..<window.height {
      for column in 0..<window.width {
        let pixel = target + (row * rowStride + column * pixelStride)
        for first in stride(from: 0, to: channels, by: 4) {
          let four = normals(window.x + column, window.y + row, first >> 2)
          for channel in first..<min(first + 4, channels) { pixel[channel] = four[channel - first] }
        }
      }
    }
  }

  /// Four independent normal numbers for channels 4g to 4g + 3 of a pixel, or of a larger square.
  ///
  /// - Parameter side: tells the squares of one size from those of another; 0 for pixels.
  func normals(_ x: Int, _ y: Int, _ group: Int = 0, side: Int = 0) -> SIMD4<Float> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: x), UInt32(truncatingIfNeeded: y),
      UInt32(truncatingIfNeeded: group), UInt32(truncatingIfNeeded: side))
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let words = Philox.block(counter: counter, key: key)
    let first = Self.boxMuller(words[0], words[1])
    let second = Self.boxMuller(words[2], words[3])
    return SIMD4(first.x, first.y, second.x, second.y)
  }

  /// Two independent normal numbers from two uniform words (Box 1958).
  ///
  /// In double precision, so that math libraries that differ in the last place agree after rounding.
  private static func boxMuller(_ radiusWord: UInt32, _ angleWord: UInt32) -> SIMD2<Float> {
    // The half keeps the logarithm's argument off 0; the longest radius is 6.7.
    let radius = (-2 * log((Double(radiusWord) + 0.5) * 0x1p-32)).squareRoot()
    let angle = 2 * Double.pi * Double(angleWord) * 0x1p-32
    return SIMD2(Float(radius * cos(angle)), Float(radius * sin(angle)))
  }
}

/// The counter-based generator Philox-4x32-10.
package enum Philox {
  /// The four words that belong to a counter under a key.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(state[0]) * 0xD251_1F53
      let second = UInt64(state[2]) * 0xCD9E_8D57
      state = SIMD4(
        UInt32(second >> 32) ^ state[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ state[3] ^ key[1], UInt32(truncatingIfNeeded: first))
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }
}
