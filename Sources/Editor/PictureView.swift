import Glibc
import Raster

/// The colours of a pane's samples, or of a part of them, row by row.
package struct PaneSamples: Sendable, Equatable {
  /// Samples in a row.
  package let width: Int
  /// Rows of samples.
  package let height: Int
  /// `width * height` colours; the desk's outside the picture.
  package var colors: [Color]
  /// Columns and rows of samples that show any picture.
  private(set) var insideX: Range<Int>
  private(set) var insideY: Range<Int>

  /// Makes samples that all show picture.
  ///
  /// - Precondition: `colors.count == width * height`.
  package init(width: Int, height: Int, colors: [Color]) {
    precondition(colors.count == width * height, "one colour a sample")
    self.init(
      width: width, height: height, colors: colors, insideX: 0..<width, insideY: 0..<height)
  }

  init(width: Int, height: Int, colors: [Color], insideX: Range<Int>, insideY: Range<Int>) {
    self.width = width
    self.height = height
    self.colors = colors
    self.insideX = insideX
    self.insideY = insideY
  }

  /// Takes note that something else than desk was drawn on some columns and rows.
  mutating func include(x: Range<Int>, y: Range<Int>) {
    func joined(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
      a.isEmpty ? b : min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    }
    insideX = joined(insideX, x)
    insideY = joined(insideY, y)
  }
}

/// Where the samples of a pane lie in the picture: `across` by `down` to a cell.
///
/// A pane's sub-pixel is one cell wide and half a cell high; `across` and `down / 2` samples share it.
struct SampleGrid: Sendable {
  let view: Viewport
  /// Samples to a cell.
  let across: Int
  let down: Int
  let x: Taps
  let y: Taps

  /// - Complexity: O(samples of one row and one column), times at most 6 where the view is reduced.
  init(_ view: Viewport, columns: Int, rows: Int, across: Int, down: Int, picture: RGBA8) {
    self.view = view
    self.across = across
    self.down = down
    let averages = view.zoom.isReduced
    x = Taps(
      count: columns * across, origin: view.origin.x, step: view.zoom.step, per: across,
      length: picture.width, averages: averages)
    y = Taps(
      count: rows * down, origin: view.origin.y, step: 2 * view.zoom.step, per: down,
      length: picture.height, averages: averages)
  }

  /// All its samples.
  var bounds: Area { Area(x: 0, y: 0, width: x.middles.count, height: y.middles.count) }

  /// The samples of some of the pane's cells.
  func samples(ofCells cells: Area) -> Area {
    Area(
      minX: cells.minX * across, minY: cells.minY * down, maxX: cells.maxX * across,
      maxY: cells.maxY * down)
  }

  /// Samples to a pixel of the picture, across and down.
  var scale: (x: Double, y: Double) {
    let step = Double(view.zoom.step)
    return (
      Double(across * Zoom.pixel) / step, Double(down * Zoom.pixel) / (2 * step)
    )
  }

  /// The place of a pixel's middle, counted in samples.
  func place(of pixel: Point) -> (x: Double, y: Double) {
    let middle = Viewport.middle(of: pixel)
    return (
      Double(middle.x - view.origin.x) * Double(across) / Double(view.zoom.step),
      Double(middle.y - view.origin.y) * Double(down) / Double(2 * view.zoom.step)
    )
  }

  /// The samples that some pixels lie in, those outside of the pane included.
  func samples(around pixels: Area) -> Area {
    func range(_ low: Int, _ high: Int, _ origin: Int, _ step: Int, _ per: Int) -> (Int, Int) {
      (
        ((low * Zoom.pixel - origin) * per).floorDivided(by: step),
        ((high * Zoom.pixel - origin) * per - 1).floorDivided(by: step) + 1
      )
    }
    let (minX, maxX) = range(pixels.minX, pixels.maxX, view.origin.x, view.zoom.step, across)
    let (minY, maxY) = range(pixels.minY, pixels.maxY, view.origin.y, 2 * view.zoom.step, down)
    return Area(minX: minX, minY: minY, maxX: maxX, maxY: maxY)
  }

  /// The samples that may show any of some pixels, and one more at every side.
  func samples(ofPixels pixels: Area) -> Area {
    samples(around: pixels).inset(by: -1).intersection(bounds)
  }
}

/// Samples a part of a picture for a pane, at any fineness.
struct PictureView: Sendable {
  let picture: RGBA8
  let grid: SampleGrid
  /// Drawn around the picture.
  static let desk = Color(28, 29, 32)

  /// At most this many pixels a side are averaged into one sample; a reduced view of a large
  /// picture then costs what the screen costs, not what the picture costs.
  static let tapsASide = 6

  /// Some of the grid's samples.
  ///
  /// Reduced views average the area under each sample in linear light, weighted by alpha; others
  /// take the nearest pixel.
  /// - Precondition: `part` lies in the grid.
  /// - Complexity: O(samples), times at most 36 where the view is reduced.
  func samples(_ part: Area) -> PaneSamples {
    func inside(_ taps: Taps, _ low: Int, _ high: Int) -> Range<Int> {
      taps.inside.clamped(to: low..<max(low, high))
    }
    let (xs, ys) = (inside(grid.x, part.minX, part.maxX), inside(grid.y, part.minY, part.maxY))
    var colors = [Color](repeating: Self.desk, count: part.width * part.height)
    picture.samples.withUnsafeBufferPointer { pixels in
      grid.x.taps.withUnsafeBufferPointer { columnTaps in
        grid.y.taps.withUnsafeBufferPointer { rowTaps in
          Light.withTables { light in
            let sampler = Sampler(
              pixels: pixels, width: picture.width, columnTaps: columnTaps, rowTaps: rowTaps,
              light: light)
            colors.withUnsafeMutableBufferPointer { colors in
              for j in ys {
                let row = (j - part.minY) * part.width - part.minX
                let rows = grid.y.range(of: j)
                for i in xs {
                  let (color, alpha) = sampler.color(grid.x.range(of: i), rows)
                  colors[row + i] =
                    alpha == 255
                    ? color
                    : Self.overChecker(i / grid.across, 2 * j / grid.down, color, alpha: alpha)
                }
              }
            }
          }
        }
      }
    }
    return PaneSamples(
      width: part.width, height: part.height, colors: colors,
      insideX: xs.lowerBound - part.minX..<xs.upperBound - part.minX,
      insideY: ys.lowerBound - part.minY..<ys.upperBound - part.minY)
  }

  private static func overChecker(_ x: Int, _ y: Int, _ color: Color, alpha: Int) -> Color {
    let isDark = (x / 4 + y / 4) % 2 == 0
    let below = isDark ? Color(96, 96, 96) : Color(150, 150, 150)
    return below.mixed(with: color, alpha)
  }
}

/// What sampling reads, without the checks that would cost as much as the reading.
private struct Sampler {
  let pixels: UnsafeBufferPointer<UInt8>
  /// Pixels in a row of the picture.
  let width: Int
  let columnTaps: UnsafeBufferPointer<Taps.Tap>
  let rowTaps: UnsafeBufferPointer<Taps.Tap>
  let light: Light.Tables

  /// The colour of the sample that is made of some taps across and down, and its alpha.
  @inline(__always)
  func color(_ columns: Range<Int>, _ rows: Range<Int>) -> (Color, alpha: Int) {
    guard columns.count > 1 || rows.count > 1 else {
      let at = 4 * (rowTaps[rows.lowerBound].at * width + columnTaps[columns.lowerBound].at)
      return (Color(pixels[at], pixels[at + 1], pixels[at + 2]), Int(pixels[at + 3]))
    }
    var sum = SIMD4<Float>.zero
    var area: Float = 0
    for row in rows {
      let below = rowTaps[row]
      for column in columns {
        let tap = columnTaps[column]
        let at = 4 * (below.at * width + tap.at)
        let share = below.weight * tap.weight
        let amount = share * Float(pixels[at + 3])
        sum +=
          amount
          * SIMD4(
            light.linear[Int(pixels[at])], light.linear[Int(pixels[at + 1])],
            light.linear[Int(pixels[at + 2])], 1)
        area += share
      }
    }
    guard sum.w > 0 else { return (.black, 0) }
    let mean = sum / sum.w
    return (
      Color(light.encoded(mean.x), light.encoded(mean.y), light.encoded(mean.z)),
      Int(saturating: sum.w / area + 0.5)
    )
  }
}

/// Which pixels the samples along one axis of a pane are made of, and in which shares.
struct Taps: Sendable {
  struct Tap: Sendable {
    var at: Int
    var weight: Float
  }

  /// The taps of all samples inside, one after the other.
  private(set) var taps: [Tap] = []
  private var first: [Int] = [0]
  /// Samples that show any picture.
  let inside: Range<Int>
  /// For every sample the pixel in its middle, which may lie outside the picture.
  let middles: [Int]

  /// Sample i covers the grains from `origin + i * step / per` to the same of i + 1.
  init(count: Int, origin: Int, step: Int, per: Int, length: Int, averages: Bool) {
    func edge(_ index: Int) -> Int { origin + (index * step).floorDivided(by: per) }
    let end = length * Zoom.pixel
    let low = (0..<count).first { edge($0 + 1) > 0 } ?? count
    let high = (low..<count).last { edge($0) < end } ?? low - 1
    inside = low..<max(low, high + 1)
    middles = (0..<count).map {
      ((edge($0) + edge($0 + 1)) / 2).floorDivided(by: Zoom.pixel)
    }
    first = [Int](repeating: 0, count: low + 1)
    for index in inside {
      if averages {
        append(from: max(0, edge(index)), to: min(end, edge(index + 1)))
      } else {
        taps.append(Tap(at: middles[index].clamped(to: 0...(length - 1)), weight: 1))
      }
      first.append(taps.count)
    }
  }

  private mutating func append(from start: Int, to end: Int) {
    let low = start / Zoom.pixel
    let high = (end - 1) / Zoom.pixel
    let count = high - low + 1
    let stride = (count + PictureView.tapsASide - 1) / PictureView.tapsASide
    for at in Swift.stride(from: low, through: high, by: stride) {
      let covered = min(end, (at + 1) * Zoom.pixel) - max(start, at * Zoom.pixel)
      // Thinned out taps stand for their neighbours, cut edges do not matter there.
      taps.append(Tap(at: at, weight: stride > 1 ? 1 : Float(covered) / Float(Zoom.pixel)))
    }
  }

  /// Where the taps of a sample inside are in `taps`.
  func range(of index: Int) -> Range<Int> { first[index]..<first[index + 1] }
}

/// The sRGB transfer curve (IEC 61966-2-1) as tables.
enum Light {
  /// Linear intensity 0...1 of a sample.
  static let linear: [Float] = (0...255).map { sample in
    let value = Float(sample) / 255
    return value <= 0.04045 ? value / 12.92 : powf((value + 0.055) / 1.055, 2.4)
  }

  private static let inverse: [UInt8] = (0...4095).map { index in
    let value = Float(index) / 4095
    let encoded = value <= 0.003_130_8 ? value * 12.92 : 1.055 * powf(value, 1 / 2.4) - 0.055
    return UInt8(saturating: max(0, min(255, encoded * 255 + 0.5)))
  }

  /// Both tables, for loops.
  struct Tables {
    let linear: UnsafeBufferPointer<Float>
    fileprivate let inverse: UnsafeBufferPointer<UInt8>

    /// The sample that comes nearest to a linear intensity of 0...1.
    @inline(__always)
    func encoded(_ linear: Float) -> UInt8 {
      inverse[Int(saturating: max(0, min(1, linear)) * 4095 + 0.5)]
    }
  }

  static func withTables(_ body: (Tables) -> Void) {
    linear.withUnsafeBufferPointer { linear in
      inverse.withUnsafeBufferPointer { inverse in
        body(Tables(linear: linear, inverse: inverse))
      }
    }
  }
}
