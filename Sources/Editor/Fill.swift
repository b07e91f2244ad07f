import Raster

/// A connected region: truth values for the pixels of a picture, and the box around the true ones.
struct FloodRegion {
  var isInside: [Bool]
  var bounds = Area(x: 0, y: 0, width: 0, height: 0)
}

extension Canvas {
  /// The connected pixels around `seed` whose channels, alpha among them, differ from its by at
  /// most `tolerance` (0...255). Where both are wholly transparent, their colours do not count.
  ///
  /// - Complexity: the pixels found, and one truth value for every pixel of the picture.
  func floodRegion(from seed: Point, tolerance: Int) -> FloodRegion {
    var region = FloodRegion(isInside: [Bool](repeating: false, count: width * height))
    guard bounds.contains(seed) else { return region }
    let (width, height) = (width, height)
    edited.samples.withUnsafeBufferPointer { samples in
      region.isInside.withUnsafeMutableBufferPointer { buffer in
        let isInside = buffer
        let start = 4 * (seed.y * width + seed.x)
        let target = SIMD4<Int16>(
          Int16(samples[start]), Int16(samples[start + 1]), Int16(samples[start + 2]),
          Int16(samples[start + 3]))
        func fits(_ index: Int) -> Bool {
          guard !isInside[index] else { return false }
          let at = 4 * index
          let pixel = SIMD4<Int16>(
            Int16(samples[at]), Int16(samples[at + 1]), Int16(samples[at + 2]),
            Int16(samples[at + 3]))
          if pixel.w == 0, target.w == 0 { return true }
          let far = pixel &- target
          return max(far.max(), -far.min()) <= tolerance
        }
        region.bounds = flood(width, height, seed, fits) { isInside[$0] = true }
      }
    }
    return region
  }

  /// Scanline flood fill: goes on until no row above or below has a fitting pixel left.
  private func flood(
    _ width: Int, _ height: Int, _ seed: Point, _ fits: (Int) -> Bool, _ take: (Int) -> Void
  ) -> Area {
    var box = Area(x: 0, y: 0, width: 0, height: 0)
    var waiting = [seed]
    while let point = waiting.popLast() {
      let row = point.y * width
      guard fits(row + point.x) else { continue }
      var low = point.x
      while low > 0, fits(row + low - 1) { low -= 1 }
      var high = point.x + 1
      while high < width, fits(row + high) { high += 1 }
      for x in low..<high { take(row + x) }
      box = box.union(Area(minX: low, minY: point.y, maxX: high, maxY: point.y + 1))
      for y in [point.y - 1, point.y + 1] where y >= 0 && y < height {
        var isOpen = false
        for x in low..<high {
          let now = fits(y * width + x)
          if now, !isOpen { waiting.append(Point(x: x, y: y)) }
          isOpen = now
        }
      }
    }
    return box
  }

  /// Fills the connected region of like colour around `seed`, as one step to undo.
  ///
  /// - Parameters:
  ///   - tolerance: 0...255 a channel.
  ///   - opacity: 0...1.
  package mutating func fill(
    from seed: Point, ink: Ink, tolerance: Int, opacity: Double = 1
  ) {
    let region = floodRegion(from: seed, tolerance: tolerance)
    let width = width
    beginStroke("fill", ink: ink, opacity: opacity)
    region.isInside.withUnsafeBufferPointer { isInside in
      mark(in: region.bounds) { isInside[$1 * width + $0] ? 255 : 0 }
    }
    endStroke()
  }
}
