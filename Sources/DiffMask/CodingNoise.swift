import Glibc
import Raster

/// What coding with loss changed in a copy of a picture, and what stands out from it.
///
/// Coding errs to both sides, more where the picture has more detail, and hardly in the mean over some
/// pixels; an edit shifts just that mean. So means over three squares around every pixel are compared
/// with what is usual at places of like detail: the median over all of them, which an edit of less than
/// half of them hardly moves. Places far above it are seeds, and pixels that are somewhat above it
/// belong to the edit where they hang together with a seed (hysteresis, after Canny 1986, "A
/// computational approach to edge detection").
///
/// A palette errs to one side in colours that it lacks, by what its nearest entry is away; so much is
/// taken off before.
struct CodingNoise {
  /// Radii of the squares over which differences are averaged, in pixels: the smallest tells which
  /// pixels are edited, the others where an edit is.
  static let radii = (near: 1, middle: 2, wide: 5)
  /// Parts of a level in which means are counted.
  static let unit = 8
  /// How many times the usual deviation a mean must be, and by how many levels more.
  private static let near = (times: 5.0, more: 2.0)
  private static let middle = (times: 12.0, more: 3.0)
  private static let wide = (times: 8.0, more: 1.8)
  /// How many times the distance of a palette's nearest entry is taken off, in halves.
  private static let gapHalves = 3
  /// Places of like detail that there must be to tell what is usual among them.
  private static let leastPlaces = 256

  private let scan: MeanScan
  /// Means above which a pixel may be edited, and certainly is, for every degree of detail.
  private let limits: [SIMD4<Int32>]

  /// Looks at two pictures; nil where a palette lost nothing, so that every difference is an edit.
  ///
  /// - Precondition: both have the same size.
  /// - Complexity: O(width * height).
  init?(from a: RGBA8, to b: RGBA8) {
    scan = MeanScan(a, b)
    var census = Census()
    scan.forEachRow { _, row in
      for x in 0..<a.width { census.add(row.means[x], detail: Int(row.details[x])) }
    }
    let usual = census.deviations(atLeast: Self.leastPlaces)
    if scan.hasPalette, usual.allSatisfy({ $0 == .zero }) { return nil }
    limits = usual.map { usual in
      let limit = { (usual: Double, rule: (times: Double, more: Double)) in
        Int32(saturating: usual * rule.times + Double(Self.unit) * rule.more)
      }
      return SIMD4(
        limit(usual.x, Self.near), limit(usual.y, Self.middle), limit(usual.z, Self.wide), 0)
    }
  }

  /// The pixels that were edited.
  ///
  /// - Complexity: O(width * height).
  func edit() -> PixelMask {
    var marks = [UInt8](repeating: 0, count: scan.width * scan.height)
    scan.forEachRow { y, row in
      for x in 0..<scan.width {
        let limit = limits[Int(row.details[x])] &+ row.gaps[x] &* Int32(Self.gapHalves) / 2
        let mean = row.means[x]
        let at = y * scan.width + x
        if row.alphaDiffers[x] {
          marks[at] = EditSeeds.certain
        } else if mean.x > limit.x {
          let isSeed = mean.y > limit.y || mean.z > limit.z
          marks[at] = isSeed ? EditSeeds.strong : EditSeeds.weak
        }
      }
    }
    return EditSeeds.grown(marks, width: scan.width)
  }

  /// How often which mean occurs, for every degree of detail.
  private struct Census {
    private static let most = 256 * CodingNoise.unit
    private var counts = [Int32](repeating: 0, count: 3 * MeanScan.details * most)

    mutating func add(_ means: SIMD4<Int32>, detail: Int) {
      let first = 3 * detail * Self.most
      counts[first + Int(means.x)] &+= 1
      counts[first + Self.most + Int(means.y)] &+= 1
      counts[first + 2 * Self.most + Int(means.z)] &+= 1
    }

    /// The deviations of the means that are usual, from their medians; more detail never has less.
    ///
    /// Degrees of which there are too few places are as the next one that is known below them.
    func deviations(atLeast least: Int) -> [SIMD3<Double>] {
      var usual = SIMD3<Double>.zero
      return (0..<MeanScan.details).map { detail in
        for scale in 0..<3 {
          let first = (3 * detail + scale) * Self.most
          let part = counts[first..<first + Self.most]
          let total = part.reduce(0) { $0 + Int($1) }
          guard total >= least else { break }
          var below = 0
          let median = part.firstIndex { count in
            below += Int(count)
            return 2 * below >= total
          }
          // The median of a normal number's magnitude is 0.6745 of its deviation.
          usual[scale] = max(usual[scale], Double((median ?? first) - first) / 0.6745)
        }
        return usual
      }
    }
  }
}

/// Means of the differences of two pictures over squares around every pixel, row by row.
///
/// Beyond the border the pixels at it repeat.
private struct MeanScan {
  /// Degrees of detail that are told apart.
  static let details = 9
  /// Radius of the square over which detail is averaged.
  private static let detailRadius = 3

  /// Levels by which coding may change alpha.
  private static let alphaNoise = 8

  /// What is known of one row's pixels.
  struct Row {
    /// Magnitudes of the largest channel's mean difference over the three squares, in
    /// `CodingNoise.unit`s of a level.
    var means: [SIMD4<Int32>]
    /// How far the palette's nearest entries are from the original over the same squares, in the same
    /// unit; 0 without a palette.
    var gaps: [SIMD4<Int32>]
    /// 0..<`details`, by the mean of the steps to the next pixels.
    var details: [UInt8]
    /// Whether alpha differs by more than coding changes it.
    var alphaDiffers: [Bool]
  }

  private let a: RGBA8
  private let b: RGBA8
  private let palette: PaletteGaps?
  private let degrees: [UInt8]

  var width: Int { a.width }
  var height: Int { a.height }
  var hasPalette: Bool { palette != nil }

  init(_ a: RGBA8, _ b: RGBA8) {
    self.a = a
    self.b = b
    palette = PaletteGaps(b)
    degrees = (0...256 * CodingNoise.unit).map { mean in
      let level = 1.5 * log2(Double(mean) / Double(CodingNoise.unit) + 1)
      return min(UInt8(saturating: level), UInt8(Self.details - 1))
    }
  }

  func forEachRow(_ body: (Int, Row) -> Void) {
    var row = Row(
      means: [SIMD4<Int32>](repeating: .zero, count: width),
      gaps: [SIMD4<Int32>](repeating: .zero, count: width),
      details: [UInt8](repeating: 0, count: width),
      alphaDiffers: [Bool](repeating: false, count: width))
    let radii = [CodingNoise.radii.near, CodingNoise.radii.middle, CodingNoise.radii.wide]
    var squares = radii.map { RunningSquare(radius: $0, width: width) }
    var steps = RunningSquare(radius: Self.detailRadius, width: width)
    let reach = max(CodingNoise.radii.wide, Self.detailRadius)
    // The rows around the present one, each made once.
    var differences = RowRing(reach: reach, width: width, height: height, make: difference)
    var details = RowRing(reach: reach, width: width, height: height, make: step)
    for y in 0..<height {
      differences.move(to: y)
      details.move(to: y)
      for scale in 0..<3 {
        squares[scale].move(to: y, differences)
        squares[scale].addMeans(scale, to: &row)
      }
      steps.move(to: y, details)
      steps.forEachMean { x, mean in
        row.details[x] = degrees[Int(min(mean.x, 255 * Int32(CodingNoise.unit)))]
      }
      for x in 0..<width {
        let at = a.offset(x: x, y: y) + 3
        let (old, new) = (a.samples[at], b.samples[at])
        row.alphaDiffers[x] = max(old, new) - min(old, new) > Self.alphaNoise
      }
      body(y, row)
    }
  }

  /// The differences of a row's pixels, and last the distance of the palette's nearest entry.
  private func difference(_ y: Int, _ line: UnsafeMutableBufferPointer<SIMD4<Int32>>) {
    a.samples.withUnsafeBufferPointer { before in
      b.samples.withUnsafeBufferPointer { after in
        for x in 0..<width {
          let at = 4 * (y * width + x)
          var gap = SIMD4<Int32>(truncatingIfNeeded: visibleGap(before, after, at))
          gap.w = palette?.distance(before[at], before[at + 1], before[at + 2]) ?? 0
          line[x] = gap
        }
      }
    }
  }

  /// In the first number the larger step from a row's pixels to those right of and below them.
  private func step(_ y: Int, _ line: UnsafeMutableBufferPointer<SIMD4<Int32>>) {
    let below = y + 1 < height ? 4 * width : 0
    a.samples.withUnsafeBufferPointer { samples in
      for x in 0..<width {
        let at = 4 * (y * width + x)
        let right = x + 1 < width ? 4 : 0
        var most: Int32 = 0
        for channel in at..<at + 3 {
          let own = Int32(samples[channel])
          most = max(
            most, abs(Int32(samples[channel + right]) - own),
            abs(Int32(samples[channel + below]) - own))
        }
        line[x] = SIMD4(most, 0, 0, 0)
      }
    }
  }
}

/// The rows of a picture around one of them, which moves down; beyond the border the last one repeats.
private struct RowRing {
  private let reach: Int
  private let width: Int
  private let height: Int
  private let make: (Int, UnsafeMutableBufferPointer<SIMD4<Int32>>) -> Void
  private var values: [SIMD4<Int32>]
  /// Rows made so far.
  private var made = 0

  init(
    reach: Int, width: Int, height: Int,
    make: @escaping (Int, UnsafeMutableBufferPointer<SIMD4<Int32>>) -> Void
  ) {
    (self.reach, self.width, self.height, self.make) = (reach, width, height, make)
    values = [SIMD4<Int32>](repeating: .zero, count: (2 * reach + 2) * width)
  }

  mutating func move(to y: Int) {
    while made < min(y + reach + 1, height) {
      let (width, first, row) = (width, made % (2 * reach + 2) * width, made)
      values.withUnsafeMutableBufferPointer {
        make(row, UnsafeMutableBufferPointer(rebasing: $0[first..<first + width]))
      }
      made += 1
    }
  }

  /// Calls `body` with a row, at most `reach` below and `reach + 1` above the present one.
  func withRow(_ y: Int, _ body: (UnsafeBufferPointer<SIMD4<Int32>>) -> Void) {
    let first = min(max(y, 0), height - 1) % (2 * reach + 2) * width
    values.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[first..<first + width]))
    }
  }
}

/// Means over squares of pixels whose sums follow from row to row and from column to column.
private struct RunningSquare {
  private let radius: Int
  /// The unit over the square's area, times 2^16.
  private let factor: Int32
  private var columns: [SIMD4<Int32>]

  init(radius: Int, width: Int) {
    self.radius = radius
    let area = (2 * radius + 1) * (2 * radius + 1)
    factor = Int32((CodingNoise.unit << 16) / area)
    columns = [SIMD4<Int32>](repeating: .zero, count: width)
  }

  /// Takes in the rows around row `y`, which follows the one before.
  mutating func move(to y: Int, _ rows: RowRing) {
    guard y > 0 else {
      for row in -radius...radius {
        rows.withRow(row) { for x in columns.indices { columns[x] &+= $0[x] } }
      }
      return
    }
    rows.withRow(y + radius) { new in
      rows.withRow(y - radius - 1) { old in
        columns.withUnsafeMutableBufferPointer { columns in
          for x in columns.indices { columns[x] &+= new[x] &- old[x] }
        }
      }
    }
  }

  /// Puts the means of the square around every column into a row, as those of one scale.
  func addMeans(_ scale: Int, to row: inout MeanScan.Row) {
    row.means.withUnsafeMutableBufferPointer { means in
      row.gaps.withUnsafeMutableBufferPointer { gaps in
        forEachMean { x, mean in
          let size = mean.replacing(with: 0 &- mean, where: mean .< 0)
          means[x][scale] = max(size.x, size.y, size.z)
          gaps[x][scale] = mean.w
        }
      }
    }
  }

  /// Calls `body` with every column and the mean of the square around it.
  @inline(__always)
  func forEachMean(_ body: (Int, SIMD4<Int32>) -> Void) {
    columns.withUnsafeBufferPointer { columns in
      let last = columns.count - 1
      var sum = SIMD4<Int32>.zero
      for x in -radius...radius { sum &+= columns[min(max(x, 0), last)] }
      for x in columns.indices {
        body(x, (sum &* factor) &>> 16)
        sum &+= columns[min(x + radius + 1, last)] &- columns[max(x - radius, 0)]
      }
    }
  }
}

/// How far colours are from the nearest of the few that a picture has.
private final class PaletteGaps {
  /// Colours of a picture with a palette, at most.
  private static let most = 256
  private let colors: [SIMD4<Int32>]
  /// By colours of five bits a channel, -1 where not looked for yet.
  private var found = [Int32](repeating: -1, count: 1 << 15)

  /// The colours of a picture; nil where it has more than a palette.
  ///
  /// - Complexity: O(width * height); little where there are many colours.
  init?(_ picture: RGBA8) {
    var seen: Set<UInt32> = []
    var last: UInt32?
    for at in stride(from: 0, to: picture.samples.count, by: 4) {
      let color =
        UInt32(picture.samples[at]) << 16 | UInt32(picture.samples[at + 1]) << 8
        | UInt32(picture.samples[at + 2])
      if color == last { continue }
      last = color
      guard seen.count < Self.most || seen.contains(color) else { return nil }
      seen.insert(color)
    }
    colors = seen.sorted().map {
      SIMD4(Int32($0 >> 16), Int32($0 >> 8 & 255), Int32($0 & 255), 0)
    }
  }

  /// The distance in the channel that is farthest, of the colours of one cell of 8 levels together.
  func distance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
    let key = Int(red >> 3) << 10 | Int(green >> 3) << 5 | Int(blue >> 3)
    if found[key] >= 0 { return found[key] }
    let middle = SIMD4(Int32(red | 7) - 3, Int32(green | 7) - 3, Int32(blue | 7) - 3, 0)
    let least = colors.reduce(Int32(255)) { least, color in
      let gap = color &- middle
      return min(least, max(gap.max(), -gap.min()))
    }
    found[key] = least
    return least
  }
}
