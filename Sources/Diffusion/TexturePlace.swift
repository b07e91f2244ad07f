import DiffMask
import Exemplars
import Raster
import Synchronization
import Tensors

/// A place that takes texture from what lies around it: the box of the paint, in a window of the
/// picture.
struct TexturePlace {
  /// Where the window has the box's pixels.
  let pixels: [Int]
  /// Which of the box's pixels are to take texture.
  let isPainted: [Bool]
  /// The same for the window.
  let hole: [Bool]
  private let box: PixelRect
  private let window: PixelRect
  private let around: RGBBytes

  /// Looks at the painted pixels of a box and what is around: as little of it as has their colours.
  ///
  /// - Parameter colors: what the box's pixels are to show, roughly.
  /// - Precondition: `painted` lies in the box, and the box in the picture.
  /// - Complexity: O(pixels within the reach).
  init(
    _ painted: PixelMask, in box: PixelRect, on original: Picture, for colors: [SIMD3<Float>],
    on workers: WorkerPool
  ) {
    let isPainted = painted.window(box).bits
    let windows = TexturedPaint.reaches.map { reach in
      box.grown(by: reach, inWidth: original.width, height: original.height)
    }
    let bitmap = original.rgba8
    let least = isPainted.count { $0 } / 2
    let fitting = windows.first { window in
      let known = KnownColors(bitmap, in: window, outside: painted, on: workers)
      return colors.indices.count { isPainted[$0] && known.contains(colors[$0]) } >= least
    }
    // Colours that are nowhere are no reason to search everywhere.
    let window = fitting ?? windows[0]
    (around, hole) = (RGBBytes(bitmap, in: window, on: workers), painted.window(window).bits)
    pixels = box.mapPixels { x, y in
      (y - window.y) * window.width + x - window.x
    }
    (self.box, self.window) = (box, window)
    self.isPainted = isPainted
  }

  /// The window with colours of the box where it is painted.
  func bytes(with colors: [SIMD3<Float>]) -> RGBBytes {
    var bytes = around
    for (index, pixel) in pixels.enumerated() where isPainted[index] {
      bytes.setColor(pixel, colors[index])
    }
    return bytes
  }

  /// Gaps at the hole's border spread smoothly over the box, in colours of -1...1.
  ///
  /// - Complexity: O(area of the box).
  func spread(_ gaps: [BorderGap]) -> [SIMD3<Float>] {
    var values = [Float](repeating: 0, count: 3 * isPainted.count)
    var isUnknown = [Bool](repeating: true, count: isPainted.count)
    for gap in gaps {
      let x = gap.pixel % window.width + window.x - box.x
      let y = gap.pixel / window.width + window.y - box.y
      guard x >= 0, x < box.width, y >= 0, y < box.height else { continue }
      let index = y * box.width + x
      isUnknown[index] = false
      for channel in 0..<3 { values[3 * index + channel] = gap.gap[channel] / 127.5 }
    }
    guard isUnknown.contains(false) else {
      return Array(repeating: .zero, count: isPainted.count)
    }
    SmoothFill.fill(&values, mask: isUnknown, width: box.width, height: box.height)
    return isUnknown.indices.map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
  }
}

/// Which colours some pixels have, within a sixteenth of the range of each channel.
private struct KnownColors {
  /// Pixels that make a colour known: fewer are no texture.
  private static let least = 64
  private var counts = [Int](repeating: 0, count: 18 * 18 * 18)

  init(
    _ bitmap: RGBA8, in window: PixelRect, outside hole: PixelMask, on workers: WorkerPool
  ) {
    // Each part of the rows counts for itself; sums of whole numbers know no order.
    let total = Mutex(counts)
    WorkerPool?(workers).spread(window.height, grain: (1 << 14) / max(window.width, 1)) { rows in
      let part = Self.counts(of: bitmap, in: window, rows: rows, outside: hole)
      total.withLock { for place in $0.indices { $0[place] += part[place] } }
    }
    counts = total.withLock { $0 }
    // A colour at a bin's border has its like in the next one.
    for step in [1, 18, 18 * 18] {
      let own = counts
      for place in step..<counts.count - step {
        counts[place] = own[place - step] + own[place] + own[place + step]
      }
    }
  }

  private static func counts(
    of bitmap: RGBA8, in window: PixelRect, rows: Range<Int>, outside hole: PixelMask
  ) -> [Int] {
    let box = hole.boundingBox ?? PixelRect(x: 0, y: 0, width: 0, height: 0)
    var counts = [Int](repeating: 0, count: 18 * 18 * 18)
    counts.withUnsafeMutableBufferPointer { counts in
      bitmap.samples.withUnsafeBufferPointer { samples in
        func add(_ columns: Range<Int>, _ y: Int) {
          for x in columns {
            let at = 4 * (y * bitmap.width + x)
            let (red, green, blue) = (samples[at], samples[at + 1], samples[at + 2])
            counts[place(Int(red) >> 4, Int(green) >> 4, Int(blue) >> 4)] += 1
          }
        }
        for y in window.y + rows.lowerBound..<window.y + rows.upperBound {
          let inside = window.columns.clamped(to: box.rows.contains(y) ? box.columns : 0..<0)
          guard !inside.isEmpty else {
            add(window.columns, y)
            continue
          }
          add(window.x..<inside.lowerBound, y)
          for x in inside where !hole[x, y] { add(x..<x + 1, y) }
          add(inside.upperBound..<window.x + window.width, y)
        }
      }
    }
    return counts
  }

  /// Whether enough pixels are like a colour of -1...1.
  func contains(_ color: SIMD3<Float>) -> Bool {
    let bins = ((color + 1) * 8).clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 15))
    let place = Self.place(
      Int(saturating: bins.x), Int(saturating: bins.y), Int(saturating: bins.z))
    return counts[place] >= Self.least
  }

  /// Bins have an empty one on both sides.
  private static func place(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    ((red + 1) * 18 + green + 1) * 18 + blue + 1
  }
}

extension RGBBytes {
  /// The pixels of a part of a bitmap, without alpha.
  init(_ bitmap: RGBA8, in part: PixelRect, on workers: WorkerPool) {
    let bytes = bitmap.samples.withUnsafeBufferPointer { samples in
      [UInt8](lines: part.height, of: 3 * part.width, on: workers) { rows, bytes in
        for row in rows {
          let from = bitmap.offset(x: part.x, y: part.y + row)
          let to = 3 * row * part.width
          for x in 0..<part.width {
            for channel in 0..<3 {
              bytes[to + 3 * x + channel] = samples[from + 4 * x + channel]
            }
          }
        }
      }
    }
    self.init(width: part.width, height: part.height, bytes: bytes)
  }

  /// A pixel's colour, -1...1.
  func color(_ pixel: Int) -> SIMD3<Float> {
    SIMD3(Float(bytes[3 * pixel]), Float(bytes[3 * pixel + 1]), Float(bytes[3 * pixel + 2])) / 127.5
      - 1
  }

  /// Replaces a pixel's colour by one in -1...1, rounded to the nearest level.
  mutating func setColor(_ pixel: Int, _ color: SIMD3<Float>) {
    let levels = ((color + 1) * 127.5).rounded(.toNearestOrEven)
    for channel in 0..<3 { bytes[3 * pixel + channel] = UInt8(saturating: levels[channel]) }
  }
}
