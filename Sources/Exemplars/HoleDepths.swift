/// How deep the pixels of a hole lie in it.
///
/// Depths are counted in thirds of a pixel by two sweeps that add 3 for a side and 4 for a corner
/// (Borgefors 1986, "Distance transformations in digital images").
struct HoleDepths {
  /// Thirds of a pixel for every pixel of the rows; 0 outside of the hole.
  let thirds: [Int32]

  /// The depths of the pixels of a hole, row by row, in the rows of its matches, whose margin lies
  /// around the hole.
  ///
  /// - Complexity: O(pixels of the rows).
  init(hole: [Int32], in matches: MatchRows, stride: Int) {
    var depths = [Int32](repeating: 0, count: matches.entries.count)
    let hole = hole.map { Int($0) - matches.first }
    for pixel in hole { depths[pixel] = .max / 2 }
    func relax(_ pixel: Int, _ side: Int) {
      depths[pixel] = min(
        depths[pixel], depths[pixel + side] + 3, depths[pixel + side * stride] + 3,
        depths[pixel + side * (stride - 1)] + 4, depths[pixel + side * (stride + 1)] + 4)
    }
    for pixel in hole { relax(pixel, -1) }
    for pixel in hole.reversed() { relax(pixel, 1) }
    thirds = depths
  }

  /// 1 outside of the hole, and a tenth less with every pixel into it.
  var weights: [Float] {
    var powers: [Float] = [1]
    // Deeper than 120 pixels nothing differs any more.
    for _ in 0..<360 { powers.append(powers[powers.count - 1] * 0.968_73) }
    return thirds.map { powers[min(Int($0), powers.count - 1)] }
  }

  /// Whether each pixel of a grid belongs to a hole.
  static func marks(_ hole: [Int32], count: Int) -> [Bool] {
    var marks = [Bool](repeating: false, count: count)
    for pixel in hole { marks[Int(pixel)] = true }
    return marks
  }
}

/// What a pixel beside a hole has more than a copy that reaches over the hole's border.
package struct BorderGap: Sendable, Equatable {
  /// The pixel's number in the picture.
  package let pixel: Int
  /// Red, green and blue, of 255.
  package let gap: SIMD3<Float>
}
