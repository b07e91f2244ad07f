/// The connected patches of one colour among some pixels of a box.
///
/// Pixels touch by their sides. Patches are numbered in the order in which they first appear, row by
/// row.
package struct ColorPatches {
  /// RGB of the box's pixels, row by row.
  let colors: [SIMD3<Float>]
  /// Pixels of a row.
  let width: Int
  /// Number of the patch each pixel lies in, from 0; nil for pixels that belong to none.
  package private(set) var numbers: [Int?]
  /// Pixels of each patch.
  package private(set) var sizes: [Int] = []

  /// Finds the patches of the pixels where `isMember` is true.
  ///
  /// Reference: Rosenfeld and Pfaltz 1966, "Sequential operations in digital picture processing".
  /// - Precondition: both arrays hold as many pixels, in whole rows.
  /// - Complexity: O(pixels), nearly.
  package init(_ colors: [SIMD3<Float>], within isMember: [Bool], width: Int) {
    (self.colors, self.width) = (colors, width)
    numbers = Array(repeating: nil, count: colors.count)
    var parents = Array(colors.indices)
    func root(of pixel: Int) -> Int {
      var pixel = pixel
      while parents[pixel] != pixel {
        parents[pixel] = parents[parents[pixel]]
        pixel = parents[pixel]
      }
      return pixel
    }
    func join(_ pixel: Int, _ other: Int) {
      guard isMember[other], colors[other] == colors[pixel] else { return }
      let (one, two) = (root(of: pixel), root(of: other))
      // The first pixel of a patch is its root, since it is numbered first below.
      parents[max(one, two)] = min(one, two)
    }
    for pixel in colors.indices where isMember[pixel] {
      if pixel % width > 0 { join(pixel, pixel - 1) }
      if pixel >= width { join(pixel, pixel - width) }
    }
    for pixel in colors.indices where isMember[pixel] {
      let number = numbers[root(of: pixel)] ?? sizes.count
      if number == sizes.count { sizes.append(0) }
      numbers[pixel] = number
      sizes[number] += 1
    }
  }

  /// Pixels that lie in a patch.
  var isMember: [Bool] { numbers.map { $0 != nil } }

  /// The patches of which some pixel is marked, under the same numbers; the others are empty.
  func touched(by marks: [Bool]) -> ColorPatches {
    var isTouched = [Bool](repeating: false, count: sizes.count)
    for (pixel, number) in numbers.enumerated() {
      if let number, marks[pixel] { isTouched[number] = true }
    }
    var kept = self
    kept.numbers = numbers.map { number in number.flatMap { isTouched[$0] ? $0 : nil } }
    kept.sizes = zip(sizes, isTouched).map { $1 ? $0 : 0 }
    return kept
  }

  /// The mean over each patch of some colours of the box; zero for empty patches.
  func means(of colors: [SIMD3<Float>]) -> [SIMD3<Float>] {
    // In Double, since a patch may have millions of pixels.
    var sums = [SIMD3<Double>](repeating: .zero, count: sizes.count)
    for (pixel, number) in numbers.enumerated() {
      if let number { sums[number] += SIMD3<Double>(colors[pixel]) }
    }
    return zip(sums, sizes).map { SIMD3<Float>($0 / Double(max($1, 1))) }
  }
}
