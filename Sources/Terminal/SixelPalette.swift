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
  /// For the histogram's cells that occur the number of the part that they fell to, which is the
  /// nearest colour or nearly so.
  private var known: [(cell: Int, number: UInt8)] = []
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
      for (number, box) in Self.cut(Self.histogram(colors), most: most).enumerated() {
        add(box.mean)
        known += box.cells.map { ($0, UInt8(number)) }
      }
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
  /// Colours of a histogram's cell: their sum, how many, and the sum of their squares.
  private struct Bin {
    /// Red, green, blue, count.
    var sum = SIMD4<Int64>.zero
    var squares = SIMD4<Int64>.zero

    static func += (a: inout Bin, b: Bin) {
      a.sum &+= b.sum
      a.squares &+= b.squares
    }

    var count: Int64 { sum.w }
    var mean: SIMD3<Int> {
      let (n, half) = (max(1, count), count / 2)
      return SIMD3(Int((sum.x + half) / n), Int((sum.y + half) / n), Int((sum.z + half) / n))
    }

    /// Along each channel the squared distances from the mean, added up.
    var spread: SIMD4<Double> {
      let sums = SIMD4<Double>(sum)
      var spread = SIMD4<Double>(squares) - sums * sums / Double(max(1, count))
      spread.w = 0
      return spread
    }
  }

  /// Some bins, next to each other among all.
  private struct Box {
    var range: Range<Int>
    var total: Bin
    var spread: SIMD4<Double>
    var unrest: Double

    init(_ range: Range<Int>, of bins: [Bin]) {
      self.range = range
      total = bins[range].reduce(into: Bin()) { $0 += $1 }
      spread = range.count < 2 ? .zero : total.spread
      unrest = spread.sum()
    }
  }

  private static func histogram(_ colors: [Color]) -> [Bin] {
    var numbers = [Int32](repeating: -1, count: 1 << 18)
    var bins: [Bin] = []
    for color in colors {
      let color = SIMD4(Int32(color.red), Int32(color.green), Int32(color.blue), 1)
      let cell = cell(color)
      var number = Int(numbers[cell])
      if number < 0 {
        number = bins.count
        numbers[cell] = Int32(number)
        bins.append(Bin())
      }
      bins[number].sum &+= SIMD4<Int64>(truncatingIfNeeded: color)
      bins[number].squares &+= SIMD4<Int64>(truncatingIfNeeded: color &* color)
    }
    return bins
  }

  private static func cut(
    _ all: [Bin], most: Int
  ) -> [(mean: SIMD3<Int>, cells: [Int])] {
    var bins = all
    var boxes = [Box(bins.indices, of: bins)]
    while boxes.count < most {
      guard let next = boxes.indices.max(by: { boxes[$0].unrest < boxes[$1].unrest }),
        boxes[next].unrest > 0
      else { break }
      let box = boxes[next]
      let axis = (0..<3).max { box.spread[$0] < box.spread[$1] } ?? 0
      let (count, sum) = (box.total.count, box.total.sum[axis])
      let middle = bins[box.range].partition { $0.sum[axis] * count > sum * $0.count }
      guard middle > box.range.lowerBound, middle < box.range.upperBound else {
        boxes[next].unrest = 0
        continue
      }
      boxes[next] = Box(box.range.lowerBound..<middle, of: bins)
      boxes.append(Box(middle..<box.range.upperBound, of: bins))
    }
    return boxes.map { box in
      (
        box.total.mean,
        bins[box.range].map { bin in
          let mean = bin.mean
          return cell(SIMD4(Int32(mean.x), Int32(mean.y), Int32(mean.z), 0))
        }
      )
    }
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
    if let exact { return Self.exactIndices(pixels.colors, exact) }
    var diffusion = Diffusion(
      search: NearestColor(levels), known: known, width: pixels.width)
    return [UInt8](unsafeUninitializedCapacity: pixels.colors.count) { result, count in
      pixels.colors.withUnsafeBufferPointer { colors in
        for y in 0..<pixels.height {
          let row = y * pixels.width..<(y + 1) * pixels.width
          diffusion.choose(
            UnsafeBufferPointer(rebasing: colors[row]), isForward: y % 2 == 0,
            into: UnsafeMutableBufferPointer(rebasing: result[row]))
        }
      }
      count = pixels.colors.count
    }
  }

  private static func exactIndices(_ colors: [Color], _ numbers: [Color: UInt8]) -> [UInt8] {
    var former: (color: Color, index: UInt8)?
    return colors.map { color in
      if let former, former.color == color { return former.index }
      let index = numbers[color] ?? 0
      former = (color, index)
      return index
    }
  }

  fileprivate static func cell(_ color: SIMD4<Int32>) -> Int {
    Int((color.x &>> 2) &<< 12 | (color.y &>> 2) &<< 6 | color.z &>> 2)
  }
}

/// Errors on their way from pixels to their neighbours.
private struct Diffusion {
  private let search: NearestColor
  private let width: Int
  /// The nearest colour to each of the histogram's cells, once it was looked for.
  private var nearest = [Int16](repeating: -1, count: 1 << 18)
  /// What the rows above hand to this row and to the next one, in sixteenths, with a place to spare
  /// at both ends.
  private var here: [SIMD4<Int32>]
  private var below: [SIMD4<Int32>]

  init(search: NearestColor, known: [(cell: Int, number: UInt8)], width: Int) {
    self.search = search
    self.width = width
    for (cell, number) in known { nearest[cell] = Int16(number) }
    here = [SIMD4<Int32>](repeating: .zero, count: width + 2)
    below = here
  }

  mutating func choose(
    _ colors: UnsafeBufferPointer<Color>, isForward: Bool,
    into result: UnsafeMutableBufferPointer<UInt8>
  ) {
    swap(&here, &below)
    let (direction, first) = isForward ? (1, 0) : (-1, width - 1)
    here.withUnsafeMutableBufferPointer { here in
      below.withUnsafeMutableBufferPointer { below in
        below.update(repeating: .zero)
        nearest.withUnsafeMutableBufferPointer { nearest in
          var ahead = SIMD4<Int32>.zero
          for step in 0..<width {
            let x = first + direction * step
            let color = colors[x]
            var wanted = SIMD4(Int32(color.red), Int32(color.green), Int32(color.blue), 0)
            wanted &+= (here[x + 1] &+ ahead &+ 8) &>> 4
            wanted.clamp(lowerBound: .zero, upperBound: SIMD4(255, 255, 255, 0))
            let cell = SixelPalette.cell(wanted)
            if nearest[cell] < 0 { nearest[cell] = Int16(search.index(nearestTo: wanted)) }
            let index = Int(nearest[cell])
            result[x] = UInt8(truncatingIfNeeded: index)
            let error = Self.visible(wanted &- search.levels[index])
            ahead = error &* 7
            below[x + 1 - direction] &+= error &* 3
            below[x + 1] &+= error &* 5
            below[x + 1 + direction] &+= error
          }
        }
      }
    }
  }

  /// An error, or none where it is so small that nobody sees it but its correction would be seen.
  private static func visible(_ error: SIMD4<Int32>) -> SIMD4<Int32> {
    let isSmall = all((error .<= 6) .& (error .>= -6))
    return isSmall ? .zero : error
  }
}

/// Looks for the nearest of up to 256 colours, eight at a time.
private struct NearestColor {
  /// The colours as they are shown, 0...255.
  let levels: [SIMD4<Int32>]
  /// Red, green and blue of eight colours each, weighted as the eye does.
  private var lanes: [(SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)] = []
  private static let weights = SIMD4<Float>(1.41, 2, 1, 0)

  init(_ colors: [SIMD3<Int>]) {
    levels = colors.map { SIMD4(Int32($0.x), Int32($0.y), Int32($0.z), 0) }
    for first in stride(from: 0, to: levels.count, by: 8) {
      // Lanes to spare are farther away than any colour.
      var part = [SIMD8<Float>](repeating: SIMD8(repeating: 10_000), count: 3)
      for lane in 0..<min(8, levels.count - first) {
        let weighted = SIMD4<Float>(levels[first + lane]) * Self.weights
        for channel in 0..<3 { part[channel][lane] = weighted[channel] }
      }
      lanes.append((part[0], part[1], part[2]))
    }
  }

  func index(nearestTo color: SIMD4<Int32>) -> Int {
    let wanted = SIMD4<Float>(color) * Self.weights
    let (red, green, blue) = (
      SIMD8(repeating: wanted.x), SIMD8(repeating: wanted.y), SIMD8(repeating: wanted.z)
    )
    var least = SIMD8<Float>(repeating: .infinity)
    var best = SIMD8<Int32>.zero
    var number = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    for part in lanes {
      let (r, g, b) = (part.0 - red, part.1 - green, part.2 - blue)
      let distance = r * r + g * g + b * b
      let isNearer = distance .< least
      least.replace(with: distance, where: isNearer)
      best.replace(with: number, where: isNearer)
      number &+= 8
    }
    let lane = (0..<8).min { least[$0] < least[$1] } ?? 0
    return Int(best[lane])
  }
}
