package import Editor

/// The colours that come nearest to those of a picture, as many as a terminal keeps.
///
/// A picture of few colours keeps them all. Of others a histogram of 64 levels a channel is cut in
/// two again and again, always the part whose colours differ most, at its mean along the channel in
/// which they do (after Wu, "Efficient statistical computations for optimal color quantization",
/// 1991, with the mean for the best cut). Sixels name colours in percent.
package struct SixelPalette: Sendable {
  /// Red, green and blue of each, 0...100.
  package private(set) var percents: [SIMD3<Int>] = []
  /// What the terminal shows for them, 0...255.
  private var levels: [SIMD3<Int>] = []
  /// The number of every colour, where there are few.
  private var exact: [Color: UInt8]?

  /// - Parameter registers: 2...256.
  package init(of colors: [Color], registers: Int) {
    let most = max(2, min(256, registers))
    if let exact = Self.distinct(colors, most: most) {
      self.exact = exact
      let sorted = exact.sorted { $0.value < $1.value }
      for (color, _) in sorted { add(Self.channels(color)) }
    } else {
      for box in Self.cut(Self.histogram(colors), most: most) { add(box.mean) }
    }
  }

  private mutating func add(_ color: SIMD3<Int>) {
    let percent = (color &* 200 &+ 255) / 510
    percents.append(percent)
    levels.append((percent &* 510 &+ 100) / 200)
  }

  private static func channels(_ color: Color) -> SIMD3<Int> {
    SIMD3(Int(color.red), Int(color.green), Int(color.blue))
  }

  /// A number for every colour there is; nil where there are more than `most`.
  private static func distinct(_ colors: [Color], most: Int) -> [Color: UInt8]? {
    var found: [Color: UInt8] = [:]
    var former: Color?
    for color in colors where color != former {
      former = color
      if found[color] == nil {
        guard found.count < most else { return nil }
        found[color] = UInt8(found.count)
      }
    }
    return found
  }
}

// MARK: - Cutting

extension SixelPalette {
  /// Colours of a histogram's cell: how many, their sum and the sum of their squares.
  private struct Bin {
    var count = 0
    var sum = SIMD3<Int>.zero
    var squares = SIMD3<Int>.zero

    static func += (a: inout Bin, b: Bin) {
      a.count += b.count
      a.sum &+= b.sum
      a.squares &+= b.squares
    }

    var mean: SIMD3<Int> { count > 0 ? (sum &+ count / 2) / count : .zero }
  }

  private struct Box {
    var bins: [Bin]
    var total: Bin
    /// Along each channel the squared distances from the mean, added up.
    var spread: SIMD3<Double>

    init(_ bins: [Bin]) {
      self.bins = bins
      total = bins.reduce(into: Bin()) { $0 += $1 }
      let sum = SIMD3<Double>(total.sum)
      spread = SIMD3<Double>(total.squares) - sum * sum / Double(max(1, total.count))
      if bins.count < 2 { spread = .zero }
    }

    var mean: SIMD3<Int> { total.mean }

    /// Two boxes around the mean of the channel that differs most; nil where they would not differ.
    var halves: (Box, Box)? {
      let axis = (0..<3).max { spread[$0] < spread[$1] } ?? 0
      let (count, sum) = (total.count, total.sum[axis])
      let low = bins.filter { $0.sum[axis] * count <= sum * $0.count }
      guard low.count < bins.count, !low.isEmpty else { return nil }
      return (Box(low), Box(bins.filter { $0.sum[axis] * count > sum * $0.count }))
    }
  }

  private static func cell(_ color: SIMD3<Int>) -> Int {
    (color.x >> 2) << 12 | (color.y >> 2) << 6 | color.z >> 2
  }

  private static func histogram(_ colors: [Color]) -> [Bin] {
    var numbers = [Int32](repeating: -1, count: 1 << 18)
    var bins: [Bin] = []
    for color in colors {
      let color = channels(color)
      let cell = cell(color)
      if numbers[cell] < 0 {
        numbers[cell] = Int32(bins.count)
        bins.append(Bin())
      }
      bins[Int(numbers[cell])] += Bin(count: 1, sum: color, squares: color &* color)
    }
    return bins
  }

  private static func cut(_ bins: [Bin], most: Int) -> [Box] {
    var boxes = [Box(bins)]
    while boxes.count < most {
      guard
        let next = boxes.indices.max(by: { boxes[$0].spread.sum() < boxes[$1].spread.sum() }),
        boxes[next].spread.sum() > 0
      else { break }
      guard let (low, high) = boxes[next].halves else {
        boxes[next].spread = .zero
        continue
      }
      boxes[next] = low
      boxes.append(high)
    }
    return boxes
  }
}

// MARK: - Choosing

extension SixelPalette {
  /// The number of the colour for every pixel. What a colour is off by is handed on to the
  /// neighbours (Floyd and Steinberg 1976, rows in turn from left and from right), unless it is too
  /// little to be seen: even places stay even.
  ///
  /// - Complexity: O(pixels), and the palette's colours for each of 262,144 that occurs.
  package func indices(of pixels: PaneSamples) -> [UInt8] {
    if let exact { return pixels.colors.map { exact[$0] ?? 0 } }
    let width = pixels.width
    var result = [UInt8](repeating: 0, count: pixels.colors.count)
    var nearest = [Int16](repeating: -1, count: 1 << 18)
    var errors = [SIMD3<Int>](repeating: .zero, count: width + 2)
    for y in 0..<pixels.height {
      var below = [SIMD3<Int>](repeating: .zero, count: width + 2)
      var ahead = SIMD3<Int>.zero
      let direction = y % 2 == 0 ? 1 : -1
      var x = direction > 0 ? 0 : width - 1
      while x >= 0, x < width {
        let at = y * width + x
        let handed = (errors[x + 1] &+ ahead) / 16
        let wanted = (Self.channels(pixels.colors[at]) &+ handed).clamped(
          lowerBound: .zero, upperBound: SIMD3(repeating: 255))
        let cell = Self.cell(wanted)
        if nearest[cell] < 0 { nearest[cell] = Int16(index(nearestTo: wanted)) }
        let index = Int(nearest[cell])
        result[at] = UInt8(index)
        let error = Self.visible(wanted &- levels[index])
        ahead = error &* 7
        below[x + 1 - direction] &+= error &* 3
        below[x + 1] &+= error &* 5
        below[x + 1 + direction] &+= error
        x += direction
      }
      errors = below
    }
    return result
  }

  /// An error, or none where it is so small that nobody sees it but its correction would be seen.
  private static func visible(_ error: SIMD3<Int>) -> SIMD3<Int> {
    let limit = 3
    return abs(error.x) <= limit && abs(error.y) <= limit && abs(error.z) <= limit ? .zero : error
  }

  private func index(nearestTo color: SIMD3<Int>) -> Int {
    var (best, least) = (0, Int.max)
    for (index, level) in levels.enumerated() {
      let difference = level &- color
      // Green counts most, as it does to the eye.
      let squares = difference &* difference &* SIMD3(2, 4, 1)
      let distance = squares.wrappedSum()
      if distance < least { (best, least) = (index, distance) }
    }
    return best
  }
}
