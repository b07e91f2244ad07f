extension PixelMask {
  /// The mask grown by `radius` pixels up, down, left and right of each of its pixels.
  ///
  /// The structuring element is a plus: both arms reach from the *original* pixels, so the corners
  /// of the surrounding square stay unset. `radius` 0 returns the mask itself.
  ///
  /// - Precondition: `radius >= 0`.
  /// - Complexity: O(area of the grown bounding box), whatever the radius, past the copy.
  package func dilated(by radius: Int) -> PixelMask {
    precondition(radius >= 0, "a dilation radius is not negative")
    guard radius > 0, let box = boundingBox else { return self }
    let region = box.grown(by: radius, inWidth: width, height: height)
    var grown = bits
    bits.withUnsafeBufferPointer { source in
      grown.withUnsafeMutableBufferPointer { target in
        for y in box.rows {
          let row = y * width
          spread(source, into: target, indices: region.columns.lazy.map { row + $0 }, radius)
          spread(
            source, into: target, indices: region.columns.reversed().lazy.map { row + $0 }, radius)
        }
        for x in box.columns {
          spread(
            source, into: target, indices: region.rows.lazy.map { $0 * width + x }, radius)
          spread(
            source, into: target, indices: region.rows.reversed().lazy.map { $0 * width + x },
            radius)
        }
      }
    }
    return PixelMask(width: width, height: height, bits: grown, within: region)
  }
}

/// Walks one line and sets the `radius` places after each set place of `source`.
@inline(__always)
private func spread(
  _ source: UnsafeBufferPointer<Bool>, into target: UnsafeMutableBufferPointer<Bool>,
  indices: some Sequence<Int>, _ radius: Int
) {
  var reach = 0
  for index in indices {
    if source[index] {
      reach = radius
    } else if reach > 0 {
      target[index] = true
      reach -= 1
    }
  }
}
