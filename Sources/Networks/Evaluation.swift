/// Planes of a picture-sized input brought to a size that a network's strides divide.
///
/// The picture sits at the top left; rows below and columns to the right mirror it without
/// repeating its edge (reflection), again and again where the picture is very small.
package struct ReflectedFrame: Sendable, Equatable {
  /// Rows and columns of the picture.
  package let height: Int
  /// Columns of the picture.
  package let width: Int
  /// Rows of the frame, a multiple of the network's size multiple.
  package let paddedHeight: Int
  /// Columns of the frame.
  package let paddedWidth: Int

  /// Makes the smallest frame around `height` x `width` whose sides `multiple` divides.
  package init(height: Int, width: Int, multiple: Int) {
    self.height = height
    self.width = width
    paddedHeight = (height + multiple - 1) / multiple * multiple
    paddedWidth = (width + multiple - 1) / multiple * multiple
  }

  /// Where row or column `index` of the frame is read from, in a side of `length` pixels.
  package static func mirrored(_ index: Int, _ length: Int) -> Int {
    guard length > 1 else { return 0 }
    let period = 2 * (length - 1)
    let folded = index % period
    return folded < length ? folded : period - folded
  }

  /// Planes `[C][height][width]` extended to `[C][paddedHeight][paddedWidth]`.
  package func pad(_ planes: [Float], channels: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(channels * paddedHeight * paddedWidth)
    for c in 0..<channels {
      for y in 0..<paddedHeight {
        let row = (c * height + ReflectedFrame.mirrored(y, height)) * width
        for x in 0..<paddedWidth {
          result.append(planes[row + ReflectedFrame.mirrored(x, width)])
        }
      }
    }
    return result
  }

  /// The picture's part of planes `[C][paddedHeight][paddedWidth]`.
  package func crop(_ planes: [Float], channels: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(channels * height * width)
    for c in 0..<channels {
      for y in 0..<height {
        let row = (c * paddedHeight + y) * paddedWidth
        result += planes[row..<row + width]
      }
    }
    return result
  }
}
