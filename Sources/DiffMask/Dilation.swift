extension PixelMask {
  /// The mask grown by `radius` pixels up, down, left and right of each of its pixels.
  ///
  /// The structuring element is a plus: both arms reach from the *original* pixels, so the corners
  /// of the surrounding square stay unset. `radius` 0 returns the mask itself.
  ///
  /// - Precondition: `radius >= 0`.
  /// - Complexity: O(area of the grown bounding box), whatever the radius.
  package func dilated(by radius: Int) -> PixelMask {
    precondition(radius >= 0, "a dilation radius is not negative")
    guard radius > 0, let box = boundingBox else { return self }
    let region = box.grown(by: radius, inWidth: width, height: height)
    let source = expanded(to: region)
    var grown = source
    // The box seen from the region's corner, and the step from a row to the next.
    let (rows, columns) = (box.rows.offset(by: -region.y), box.columns.offset(by: -region.x))
    let step = region.width
    source.withUnsafeBufferPointer { source in
      grown.withUnsafeMutableBufferPointer { target in
        for y in rows {
          let line = (0..<step).lazy.map { y * step + $0 }
          spread(source, into: target, indices: line, radius)
          spread(source, into: target, indices: line.reversed(), radius)
        }
        for x in columns {
          let line = (0..<region.height).lazy.map { $0 * step + x }
          spread(source, into: target, indices: line, radius)
          spread(source, into: target, indices: line.reversed(), radius)
        }
      }
    }
    return PixelMask(width: width, height: height, region: region, bits: grown)
  }
}

extension Range<Int> {
  fileprivate func offset(by distance: Int) -> Range<Int> {
    lowerBound + distance..<upperBound + distance
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
