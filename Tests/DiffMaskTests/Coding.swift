import Glibc
import Raster

/// Coding with loss as other programs do it, made small: what it does to pixels, and no file.
enum Coding: Sendable, CustomStringConvertible {
  case jpeg(quality: Int, halvesChroma: Bool)
  /// Every 16th level of a channel, which is a palette of a few dozen colours in these scenes.
  case palette(dithered: Bool)

  var description: String {
    switch self {
    case .jpeg(let quality, let halves): "JPEG \(quality)\(halves ? " 4:2:0" : "")"
    case .palette(let isDithered): isDithered ? "dithered palette" : "palette"
    }
  }

  /// What a file of this coding would say of itself.
  var source: PictureMetadata.SourceFormat {
    switch self {
    case .jpeg: .init(container: .jpeg, color: .rgb, bitDepth: 8)
    case .palette: .init(container: .png, color: .palette, bitDepth: 8)
    }
  }

  func applied(to picture: RGBA8) -> RGBA8 {
    switch self {
    case .jpeg(let quality, let halves): Self.jpeg(picture, quality, halves)
    case .palette(let isDithered): Self.palette(picture, isDithered)
    }
  }

  // MARK: JPEG

  /// The tables of ITU T.81, annex K, row by row.
  private static let luma: [Double] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
  ]
  private static let chroma: [Double] =
    (0..<64).map { index in
      let known: [Double] = [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 99, 47, 66, 99, 99]
      let (x, y) = (index % 8, index / 8)
      return x < 4 && y < 4 ? known[4 * y + x] : 99
    }
  private static let cosines: [Double] = (0..<64).map { index in
    let (k, x) = (Double(index / 8), Double(index % 8))
    return (k == 0 ? (1 / 8.0).squareRoot() : 0.5) * cos((2 * x + 1) * k * .pi / 16)
  }

  private static func jpeg(_ picture: RGBA8, _ quality: Int, _ halves: Bool) -> RGBA8 {
    let (width, height) = (picture.width, picture.height)
    let scale = quality < 50 ? 5000 / Double(quality) : 200 - 2 * Double(quality)
    func table(_ base: [Double]) -> [Double] {
      base.map { min(max((($0 * scale + 50) / 100).rounded(.down), 1), 255) }
    }
    let rows: [[Double]] = [
      [0.299, 0.587, 0.114, 0], [-0.168736, -0.331264, 0.5, 128], [0.5, -0.418688, -0.081312, 128],
    ]
    let planes = rows.enumerated().map { channel, row in
      var plane = (0..<width * height).map { pixel in
        row[3] + (0..<3).reduce(0) { $0 + row[$1] * Double(picture.samples[4 * pixel + $1]) }
      }
      let step = halves && channel > 0 ? 2 : 1
      let (w, h) = ((width + step - 1) / step, (height + step - 1) / step)
      let small = (0..<w * h).map { index in
        var (sum, count) = (0.0, 0.0)
        for y in index / w * step..<min((index / w + 1) * step, height) {
          for x in index % w * step..<min((index % w + 1) * step, width) {
            (sum, count) = (sum + plane[y * width + x], count + 1)
          }
        }
        return sum / count
      }
      let made = coded(small, w, h, table(channel == 0 ? luma : chroma))
      for index in plane.indices {
        plane[index] = made[index / width / step * w + index % width / step]
      }
      return plane
    }
    var result = picture
    for pixel in 0..<width * height {
      let (y, b, r) = (planes[0][pixel], planes[1][pixel] - 128, planes[2][pixel] - 128)
      for (channel, value) in [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b]
        .enumerated()
      {
        result.samples[4 * pixel + channel] = UInt8(saturating: value.rounded())
      }
    }
    return result
  }

  /// A plane cut into blocks whose cosine transforms are rounded to multiples of a table.
  private static func coded(
    _ plane: [Double], _ width: Int, _ height: Int, _ table: [Double]
  ) -> [Double] {
    func transformed(_ block: [Double], back: Bool) -> [Double] {
      func pass(_ block: [Double]) -> [Double] {
        // Rows are transformed and the block turned over.
        (0..<64).map { index in
          let (k, row) = (index / 8, index % 8)
          return (0..<8).reduce(0) {
            $0 + cosines[back ? 8 * $1 + k : 8 * k + $1] * block[8 * row + $1]
          }
        }
      }
      return pass(pass(block))
    }
    var result = plane
    for top in stride(from: 0, to: height, by: 8) {
      for left in stride(from: 0, to: width, by: 8) {
        let block = (0..<64).map { index in
          plane[min(top + index / 8, height - 1) * width + min(left + index % 8, width - 1)] - 128
        }
        let rounded = zip(transformed(block, back: false), table).map { ($0 / $1).rounded() * $1 }
        for (index, value) in transformed(rounded, back: true).enumerated() {
          let (y, x) = (top + index / 8, left + index % 8)
          if y < height, x < width { result[y * width + x] = value + 128 }
        }
      }
    }
    return result
  }

  // MARK: Palettes

  private static func palette(_ picture: RGBA8, _ isDithered: Bool) -> RGBA8 {
    let width = picture.width
    var result = picture
    for channel in 0..<3 {
      var wanted = stride(from: channel, to: picture.samples.count, by: 4).map {
        Double(picture.samples[$0])
      }
      for pixel in wanted.indices {
        let level = min(max((wanted[pixel] / 16).rounded(), 0), 15) * 16
        let rest = isDithered ? wanted[pixel] - level : 0
        result.samples[4 * pixel + channel] = UInt8(saturating: level)
        // Floyd and Steinberg 1976.
        let column = pixel % width
        for (dx, dy, share) in [(1, 0, 7.0), (-1, 1, 3), (0, 1, 5), (1, 1, 1)]
        where column + dx >= 0 && column + dx < width && pixel + dy * width < wanted.count {
          let next = pixel + dy * width + dx
          if next < wanted.count { wanted[next] += rest * share / 16 }
        }
      }
    }
    return result
  }
}
