/// An edit's mask at every resolution of a network: level 0 is the mask's own, each next one half.
///
/// A float map f starts as the 0/1 mask and is halved level by level by the mean of each 2x2 cell.
/// A level's mask is f > t with t = min(0.3, max(f) - 0.001), then dilated by a plus. The next level
/// is made from the undilated f, so dilation does not pile up; taking max(f) into the threshold
/// keeps an edit of a single pixel alive at every level. An empty mask gives empty levels.
///
/// Reference: Li et al., "Efficient Spatially Sparse Inference for Conditional GANs and Diffusion
/// Models", 2022. One departure: for max(f) < 0.002 the margin 0.001 becomes max(f) / 2, because a
/// threshold below zero would select the whole map.
package struct MaskPyramid: Sendable, Equatable {
  /// The masks from the finest to the coarsest; `levels[i]` is `width >> i` by `height >> i`.
  package let levels: [PixelMask]

  /// Builds a pyramid of `levels` masks, each dilated by `dilation` cells at its own resolution.
  ///
  /// `mask` is the pixel mask, already dilated by the pixel radius where one is wanted.
  ///
  /// - Precondition: `levels >= 1`, `dilation >= 0`, and both sizes are multiples of
  ///   2^(levels - 1).
  /// - Complexity: O(area of the mask's bounding box).
  package init(mask: PixelMask, levels: Int, dilation: Int = 1) {
    precondition(levels >= 1, "a pyramid has at least one level")
    let unit = 1 << (levels - 1)
    precondition(
      mask.width % unit == 0 && mask.height % unit == 0,
      "each level of a mask pyramid halves the size exactly")
    var patch = CoveragePatch(mask)
    var masks: [PixelMask] = []
    for level in 0..<levels {
      masks.append(
        patch.thresholded(width: mask.width >> level, height: mask.height >> level)
          .dilated(by: dilation))
      if level + 1 < levels { patch = patch.halved() }
    }
    self.levels = masks
  }
}

/// The part of the float map that is not zero everywhere: `box` of `values`, row by row, in 0...1.
private struct CoveragePatch {
  var box: PixelRect
  var values: [Float]

  init(_ mask: PixelMask) {
    box = mask.boundingBox ?? PixelRect(x: 0, y: 0, width: 0, height: 0)
    values = mask.boxBits.map { $0 ? 1 : 0 }
  }

  init(box: PixelRect, values: [Float]) {
    self.box = box
    self.values = values
  }

  /// The map at half the resolution, each cell the mean of four.
  func halved() -> CoveragePatch {
    guard box.width > 0 else { return self }
    let left = box.x / 2
    let top = box.y / 2
    let half = PixelRect(
      x: left, y: top, width: (box.x + box.width + 1) / 2 - left,
      height: (box.y + box.height + 1) / 2 - top)
    var means = [Float](repeating: 0, count: half.width * half.height)
    for row in 0..<box.height {
      let target = ((box.y + row) / 2 - top) * half.width
      for column in 0..<box.width {
        // Quarters of binary fractions add without rounding, so the order does not matter.
        means[target + (box.x + column) / 2 - left] += 0.25 * values[row * box.width + column]
      }
    }
    return CoveragePatch(box: half, values: means)
  }

  /// The cells above the level's threshold.
  func thresholded(width: Int, height: Int) -> PixelMask {
    guard let peak = values.max(), peak > 0 else { return PixelMask(width: width, height: height) }
    let threshold = min(0.3, max(peak - 0.001, peak / 2))
    return PixelMask(
      width: width, height: height, region: box, bits: values.map { $0 > threshold })
  }
}
