import Raster

/// A connected region: truth values for the pixels of a picture, and the box around the true ones.
struct FloodRegion {
  var isInside: [Bool]
  var bounds = Area(x: 0, y: 0, width: 0, height: 0)
}

extension Canvas {
  /// The connected pixels of like colour around `seed`.
  ///
  /// A pixel belongs to it whose channels, alpha among them, differ from the seed's by at most
  /// `tolerance` (0...255). So that the grain of a photograph does not end it after a few pixels, one
  /// belongs too whose surroundings are on average like the seed's, as long as it differs itself by
  /// no more than three times as much. Where both are wholly transparent, colours do not count.
  ///
  /// - Complexity: the pixels found, one truth value for every pixel of the picture, and with a
  ///   tolerance of 4 or more the averages of all.
  func floodRegion(from seed: Point, tolerance: Int) -> FloodRegion {
    var region = FloodRegion(isInside: [Bool](repeating: false, count: width * height))
    guard bounds.contains(seed) else { return region }
    let (width, height) = (width, height)
    let reach = tolerance >= 4 ? grainReach : 0
    let smooth = reach > 0 ? edited.smoothed(reach: reach) : []
    func pixel(_ samples: UnsafeBufferPointer<UInt8>, _ index: Int) -> SIMD4<Int16> {
      let at = 4 * index
      return SIMD4(
        Int16(samples[at]), Int16(samples[at + 1]), Int16(samples[at + 2]),
        Int16(samples[at + 3]))
    }
    func distance(_ a: SIMD4<Int16>, _ b: SIMD4<Int16>) -> Int {
      let far = a &- b
      return Int(max(far.max(), -far.min()))
    }
    edited.samples.withUnsafeBufferPointer { samples in
      smooth.withUnsafeBufferPointer { smooth in
        region.isInside.withUnsafeMutableBufferPointer { buffer in
          let isInside = buffer
          let start = seed.y * width + seed.x
          let target = pixel(samples, start)
          let mean = reach > 0 ? pixel(smooth, start) : target
          func fits(_ index: Int) -> Bool {
            guard !isInside[index] else { return false }
            let own = pixel(samples, index)
            if own.w == 0, target.w == 0 { return true }
            let far = distance(own, target)
            if far <= tolerance { return true }
            guard reach > 0, min(far, distance(own, mean)) <= 3 * tolerance else { return false }
            return distance(pixel(smooth, index), mean) <= tolerance
          }
          region.bounds = flood(width, height, seed, fits) { isInside[$0] = true }
        }
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
}
