/// How a camera was held, as Exif's tag 0x0112 says it, 1...8.
package struct Orientation: Sendable, Equatable {
  /// The tag's value; 1 is upright.
  package let value: Int

  /// Whether width and height change places when the picture is put upright.
  package var swapsSides: Bool { value >= 5 }

  /// Makes an orientation; a value out of 1...8 counts as 1.
  package init(_ value: Int) {
    self.value = (1...8).contains(value) ? value : 1
  }

  /// Finds the orientation in Exif data: a TIFF header with its first directory of tags.
  ///
  /// Data that are cut short or do not make sense give 1. Nothing is read past their end.
  package init(exif: ArraySlice<UInt8>) {
    self = Exif(exif)?.orientation ?? Orientation(1)
  }

  /// The stored pixel that is shown at (x, y), in a stored picture of `width` by `height`.
  func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
    switch value {
    case 2: (width - 1 - x, y)
    case 3: (width - 1 - x, height - 1 - y)
    case 4: (x, height - 1 - y)
    case 5: (y, x)
    case 6: (y, height - 1 - x)
    case 7: (width - 1 - y, height - 1 - x)
    case 8: (width - 1 - y, x)
    default: (x, y)
    }
  }
}

extension Bitmap {
  /// The bitmap put upright.
  ///
  /// - Complexity: O(width * height); upright bitmaps share storage.
  package func upright(from orientation: Orientation) -> Bitmap {
    guard orientation.value != 1 else { return self }
    let outWidth = orientation.swapsSides ? height : width
    let outHeight = orientation.swapsSides ? width : height
    func start(_ x: Int, _ y: Int) -> Int {
      let from = orientation.source(x: x, y: y, width: width, height: height)
      return from.y * width + from.x
    }
    // Going one to the right or down is the same step everywhere in the stored picture.
    let first = start(0, 0)
    let (right, down) = (start(1, 0) - first, start(0, 1) - first)
    let turned = [Sample](unsafeUninitializedCapacity: samples.count) { target, count in
      samples.withUnsafeBufferPointer { source in
        // Squares of 32 pixels, so that what is read across rows stays in the cache.
        for (top, left) in Self.corners(outHeight, outWidth, step: 32) {
          for y in top..<min(top + 32, outHeight) {
            var i = 4 * (first + y * down + left * right)
            for o in stride(
              from: 4 * (y * outWidth + left), to: 4 * (y * outWidth + min(left + 32, outWidth)),
              by: 4)
            {
              for c in 0..<4 { target.initializeElement(at: o + c, to: source[i + c]) }
              i += 4 * right
            }
          }
        }
      }
      count = samples.count
    }
    return Bitmap(width: outWidth, height: outHeight, samples: turned)
  }

  private static func corners(_ height: Int, _ width: Int, step: Int) -> [(Int, Int)] {
    stride(from: 0, to: height, by: step).flatMap { y in
      stride(from: 0, to: width, by: step).map { (y, $0) }
    }
  }
}
