import DiffMask

/// The strokes of a box that means must not mix: each patch of flat paint is one, all else together
/// another.
///
/// A white sail beside a red hull is to stay white; paint with detail has a colour only as a whole.
struct PaintGroups {
  /// Pixels from which on a patch of one colour is a stroke of its own.
  static let leastSize = ShadedPaint.leastSize

  private let width: Int
  /// The group of each pixel of the box, 0 for all that is no large patch.
  private let numbers: [Int]
  /// Around the pixels of each group, in coordinates of the box; nil for those without any.
  private var boxes: [PixelRect?]

  /// The groups of some patches.
  ///
  /// - Complexity: O(pixels).
  init(_ patches: ColorPatches) {
    width = patches.width
    var groups = [Int](repeating: 0, count: patches.sizes.count)
    var count = 1
    for (patch, size) in patches.sizes.enumerated() where size >= Self.leastSize {
      groups[patch] = count
      count += 1
    }
    numbers = patches.numbers.map { $0.map { groups[$0] } ?? 0 }
    var ranges = [(x: Range<Int>, y: Range<Int>)?](repeating: nil, count: count)
    for (pixel, group) in numbers.enumerated() {
      let (x, y) = (pixel % width, pixel / width)
      let old = ranges[group]
      ranges[group] = (
        min(x, old?.x.lowerBound ?? x)..<max(x + 1, old?.x.upperBound ?? 0),
        (old?.y.lowerBound ?? y)..<y + 1
      )
    }
    boxes = ranges.map { range in
      range.map {
        PixelRect(
          x: $0.x.lowerBound, y: $0.y.lowerBound, width: $0.x.count, height: $0.y.count)
      }
    }
  }

  /// Each pixel's mean over those of its group around it; see `PlaneMeans.masked`.
  ///
  /// - Precondition: there is a value for every pixel of the box.
  /// - Complexity: O(area of the groups' boxes).
  func means(of values: [SIMD4<Float>], radius: Int) -> [SIMD3<Float>] {
    var result = [SIMD3<Float>](repeating: .zero, count: values.count)
    for (group, box) in boxes.enumerated() {
      guard let box else { continue }
      let pixels = box.mapPixels { x, y in y * width + x }
      let own = pixels.map { numbers[$0] == group ? values[$0] : .zero }
      let means = PlaneMeans.masked(own, width: box.width, radius: radius)
      for (pixel, mean) in zip(pixels, means) where numbers[pixel] == group {
        result[pixel] = mean
      }
    }
    return result
  }
}
