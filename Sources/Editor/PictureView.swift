import Glibc
import Raster

/// The colours of a pane's samples, row by row.
package struct PaneSamples: Sendable, Equatable {
  /// Samples in a row.
  package let width: Int
  /// Rows of samples.
  package let height: Int
  /// `width * height` colours; the desk's outside the picture.
  package var colors: [Color]
  /// Columns and rows of samples that show any picture.
  let insideX: Range<Int>
  let insideY: Range<Int>

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
}

/// Samples a part of a picture for a pane, at any fineness.
///
/// A pane's sub-pixel is one cell wide and half a cell high; `across` and `down` samples share it.
struct PictureView: Sendable {
  let picture: RGBA8
  let view: Viewport
  /// Drawn around the picture.
  static let desk = Color(28, 29, 32)

  /// At most this many pixels a side are averaged into one sample; a reduced view of a large
  /// picture then costs what the screen costs, not what the picture costs.
  static let tapsASide = 6

  /// The samples of `columns` x `rows` cells, `across` by `down` to a cell.
  ///
  /// Reduced views average the area under each sample in linear light, weighted by alpha; others
  /// take the nearest pixel.
  /// - Complexity: O(samples), times at most 36 where the view is reduced.
  func samples(columns: Int, rows: Int, across: Int, down: Int) -> PaneSamples {
    let isReduced = view.zoom.isReduced
    let x = Taps(
      count: columns * across, origin: view.origin.x, step: view.zoom.step, per: across,
      length: picture.width, averages: isReduced)
    let y = Taps(
      count: rows * down, origin: view.origin.y, step: 2 * view.zoom.step, per: down,
      length: picture.height, averages: isReduced)
    var result = PaneSamples(
      width: columns * across, height: rows * down,
      colors: [Color](repeating: Self.desk, count: columns * across * rows * down),
      insideX: x.inside, insideY: y.inside)
    picture.samples.withUnsafeBufferPointer { pixels in
      for j in y.inside {
        for i in x.inside {
          let (color, alpha) =
            isReduced
            ? average(pixels, x.taps(of: i), y.taps(of: j))
            : nearest(pixels, x.taps[i].at, y.taps[j].at)
          result.colors[j * result.width + i] =
            alpha == 255
            ? color : Self.overChecker(i / across, 2 * j / down, color, alpha: alpha)
        }
      }
    }
    return result
  }

  private func nearest(
    _ pixels: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int
  ) -> (Color, alpha: Int) {
    let at = picture.offset(x: x, y: y)
    return (Color(pixels[at], pixels[at + 1], pixels[at + 2]), Int(pixels[at + 3]))
  }

  private func average(
    _ pixels: UnsafeBufferPointer<UInt8>, _ columns: ArraySlice<Taps.Tap>,
    _ rows: ArraySlice<Taps.Tap>
  ) -> (Color, alpha: Int) {
    var sum = SIMD3<Float>.zero
    var weight: Float = 0
    var area: Float = 0
    for row in rows {
      for column in columns {
        let at = picture.offset(x: column.at, y: row.at)
        let share = row.weight * column.weight
        let amount = share * Float(pixels[at + 3])
        sum +=
          amount
          * SIMD3(
            Light.linear[Int(pixels[at])], Light.linear[Int(pixels[at + 1])],
            Light.linear[Int(pixels[at + 2])])
        weight += amount
        area += share
      }
    }
    guard weight > 0 else { return (.black, 0) }
    let mean = sum / weight
    return (
      Color(Light.encoded(mean.x), Light.encoded(mean.y), Light.encoded(mean.z)),
      Int(weight / area + 0.5)
    )
  }

  private static func overChecker(_ x: Int, _ y: Int, _ color: Color, alpha: Int) -> Color {
    let isDark = (x / 4 + y / 4) % 2 == 0
    let below = isDark ? Color(96, 96, 96) : Color(150, 150, 150)
    return below.mixed(with: color, alpha)
  }
}

/// Which pixels the samples along one axis of a pane are made of, and in which shares.
private struct Taps {
  struct Tap {
    var at: Int
    var weight: Float
  }

  /// The taps of all samples inside, one after the other.
  var taps: [Tap] = []
  private var first: [Int] = [0]
  /// Samples that show any picture.
  var inside: Range<Int>

  /// Sample i covers the grains from `origin + i * step / per` to the same of i + 1.
  init(count: Int, origin: Int, step: Int, per: Int, length: Int, averages: Bool) {
    func edge(_ index: Int) -> Int { origin + (index * step).floorDivided(by: per) }
    let end = length * Zoom.pixel
    let low = (0..<count).first { edge($0 + 1) > 0 } ?? count
    let high = (low..<count).last { edge($0) < end } ?? low - 1
    inside = low..<max(low, high + 1)
    guard averages else {
      taps = (0..<count).map { index in
        let middle = (edge(index) + edge(index + 1)) / 2
        return Tap(at: middle.floorDivided(by: Zoom.pixel).clamped(to: 0...(length - 1)), weight: 1)
      }
      return
    }
    first = [Int](repeating: 0, count: low + 1)
    for index in inside {
      append(from: max(0, edge(index)), to: min(end, edge(index + 1)))
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

  func taps(of index: Int) -> ArraySlice<Tap> { taps[first[index]..<first[index + 1]] }
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
    return UInt8(max(0, min(255, encoded * 255 + 0.5)))
  }

  static func encoded(_ linear: Float) -> UInt8 {
    inverse[Int(max(0, min(1, linear)) * 4095 + 0.5)]
  }
}
