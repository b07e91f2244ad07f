import Tensors

/// The colours that guide a search for texture, and how much they count.
///
/// They count more where they are not what the surroundings would lead to or show shapes of their own:
/// a rock in a lake is not to become lake, and what was painted with care is to stay so, while grass
/// that is to go on may be as uneven as grass is.
enum ColorGuide {
  /// How many times as much colours count at the most, less one.
  private static let strictness = 4
  /// Difference of a channel from the smooth fill, of 255, at which half of that is reached.
  private static let unlikeness = 26
  /// How much a squared difference from the colours around counts beside one from the smooth fill.
  private static let shapeliness = 10
  /// Radius of the means that are compared.
  private static let radius = 2
  /// Radius of the means that shapes stand out from.
  private static let wideRadius = 8

  /// Smoothed colours of a picture and what a squared difference from them weighs, row by row with a
  /// margin of `margin` pixels.
  ///
  /// - Parameters:
  ///   - fill: the picture with a smooth fill in its hole.
  ///   - targets: rows and columns outside of which all weighs `guidance`.
  ///   - guidance: weight where colours are like the fill's.
  /// - Precondition: sizes agree; `guidance` is 0...51.
  /// - Complexity: O(pixels).
  static func grid(
    _ picture: RGBBytes, fill: RGBBytes, margin: Int, guidance: Int,
    targets: (rows: Range<Int>, columns: Range<Int>), on workers: WorkerPool?
  ) -> [SIMD4<UInt8>] {
    precondition((0...255 / (1 + strictness)).contains(guidance), "weights are bytes")
    let colors = picture.smoothed(radius: radius, on: workers)
    // Two means reach so far; beyond, nothing changes what is compared.
    let reach = 2 * wideRadius
    let rows = targets.rows.grown(by: reach, within: picture.height)
    let columns = targets.columns.grown(by: reach, within: picture.width)
    let around = picture.cropped(rows: rows, columns: columns)
      .smoothed(radius: wideRadius, on: workers)
    let expected = fill.cropped(rows: rows, columns: columns).smoothed(radius: radius, on: workers)
    let (width, height) = (picture.width, picture.height)
    let stride = width + 2 * margin
    return colors.bytes.withUnsafeBufferPointer { colors in
      [SIMD4<UInt8>](lines: height + 2 * margin, of: stride, on: workers) { lines, grid in
        for line in lines {
          let y = min(max(line - margin, 0), height - 1)
          let isTouched = targets.rows.contains(line - margin)
          for column in 0..<stride {
            let x = min(max(column - margin, 0), width - 1)
            let place = 3 * (y * width + x)
            grid[line * stride + column] = SIMD4(
              colors[place], colors[place + 1], colors[place + 2], UInt8(guidance))
          }
          guard isTouched else { continue }
          for x in targets.columns {
            let place = line * stride + x + margin
            let near = (y - rows.lowerBound) * columns.count + x - columns.lowerBound
            let sum =
              gap(grid[place], expected, near) + shapeliness * gap(grid[place], around, near)
            let more = strictness * guidance * sum / (sum + 3 * unlikeness * unlikeness)
            grid[place].w += UInt8(more)
          }
        }
      }
    }
  }

  /// Squared difference of a colour from a pixel's.
  private static func gap(_ color: SIMD4<UInt8>, _ picture: RGBBytes, _ pixel: Int) -> Int {
    let (red, green, blue) = (
      Int(color.x) - Int(picture.bytes[3 * pixel]),
      Int(color.y) - Int(picture.bytes[3 * pixel + 1]),
      Int(color.z) - Int(picture.bytes[3 * pixel + 2])
    )
    return red * red + green * green + blue * blue
  }
}

extension Range<Int> {
  /// The range with `reach` more on both sides, as far as it lies in 0..<`limit`.
  fileprivate func grown(by reach: Int, within limit: Int) -> Range<Int> {
    Swift.max(lowerBound - reach, 0)..<Swift.min(upperBound + reach, limit)
  }
}
