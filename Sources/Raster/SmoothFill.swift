/// Filling of a hole so smoothly that it continues its surroundings and shows no detail.
///
/// The filled values are harmonic: each is the mean of its four neighbours, as a soap film hangs in
/// its frame. The equation is solved from coarse to fine (cascadic multigrid): each level starts
/// from the coarser one's solution and needs a bounded number of relaxations.
///
/// Reference: Bornemann 1996, "The cascadic multigrid method for elliptic problems".
package enum SmoothFill {
  /// Replaces the masked pixels of a picture.
  ///
  /// Where every pixel is masked there is nothing to continue, and the picture stays as it is.
  ///
  /// - Parameters:
  ///   - pixels: `height * width * channels` numbers of any range, channels last.
  ///   - mask: one truth value per pixel; true is a hole. At the picture's edge the film hangs free.
  /// - Precondition: the counts agree.
  /// - Complexity: O(pixels) to find the holes, and O(pixels of the holes' bounding box) to fill.
  package static func fill(
    _ pixels: inout [Float], mask: [Bool], width: Int, height: Int, channels: Int = 3
  ) {
    precondition(mask.count == width * height && pixels.count == mask.count * channels)
    guard let box = holeBox(mask, width, height) else { return }

    // Only the pixels around the hole count, so everything happens in its box with a margin of one.
    var level = Level(width: box.x.count, height: box.y.count, channels: channels)
    for y in box.y {
      for x in box.x {
        let source = y * width + x
        let target = (y - box.y.lowerBound) * level.width + x - box.x.lowerBound
        level.isHole[target] = mask[source]
        for channel in 0..<channels {
          level.values[target * channels + channel] = pixels[source * channels + channel]
        }
      }
    }
    guard level.isHole.contains(false) else { return }
    let ranges = level.knownRanges()
    level.solve(depth: 0)
    // A harmonic function has its extremes on the border; rounding and relaxation may overshoot.
    for y in box.y {
      for x in box.x where mask[y * width + x] {
        let source = (y - box.y.lowerBound) * level.width + x - box.x.lowerBound
        for channel in 0..<channels {
          let value = level.values[source * channels + channel]
          pixels[(y * width + x) * channels + channel] =
            min(max(value, ranges[channel].lowerBound), ranges[channel].upperBound)
        }
      }
    }
  }

  /// The smallest box of all holes, one pixel wider on each side where the picture has that pixel.
  private static func holeBox(
    _ mask: [Bool], _ width: Int, _ height: Int
  ) -> (x: Range<Int>, y: Range<Int>)? {
    var (left, right, top, bottom) = (width, -1, height, -1)
    for y in 0..<height {
      let row = mask[(y * width)..<((y + 1) * width)]
      guard let first = row.firstIndex(of: true), let last = row.lastIndex(of: true) else {
        continue
      }
      left = min(left, first - y * width)
      right = max(right, last - y * width)
      top = min(top, y)
      bottom = max(bottom, y)
    }
    guard bottom >= 0 else { return nil }
    return (max(left - 1, 0)..<min(right + 2, width), max(top - 1, 0)..<min(bottom + 2, height))
  }
}

/// One resolution of the picture that is being filled.
private struct Level {
  let width: Int
  let height: Int
  let channels: Int
  /// height * width * channels, channels last.
  var values: [Float]
  var isHole: [Bool]

  init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    self.channels = channels
    values = [Float](repeating: 0, count: width * height * channels)
    isHole = [Bool](repeating: false, count: width * height)
  }

  /// Smallest and largest known value of each channel; some pixel must be known.
  func knownRanges() -> [ClosedRange<Float>] {
    (0..<channels).map { channel in
      var (low, high) = (Float.infinity, -Float.infinity)
      for index in isHole.indices where !isHole[index] {
        low = min(low, values[index * channels + channel])
        high = max(high, values[index * channels + channel])
      }
      return low <= high ? low...high : -Float.infinity...Float.infinity
    }
  }

  /// Fills the holes; some pixel must be known.
  mutating func solve(depth: Int) {
    guard isHole.contains(true) else { return }
    var coarse = halved()
    coarse.solve(depth: depth + 1)
    prolong(from: coarse)
    // A coarser level has a quarter of the pixels, so twice the sweeps there cost half as much.
    relax(sweeps: min(12 << depth, 400))
  }

  /// Half the resolution: means of the known pixels of 2 x 2; a hole where none is known.
  private func halved() -> Level {
    var coarse = Level(width: (width + 1) / 2, height: (height + 1) / 2, channels: channels)
    var counts = [Float](repeating: 0, count: coarse.isHole.count)
    for y in 0..<height {
      for x in 0..<width where !isHole[y * width + x] {
        let target = (y / 2) * coarse.width + x / 2
        counts[target] += 1
        for channel in 0..<channels {
          coarse.values[target * channels + channel] += values[(y * width + x) * channels + channel]
        }
      }
    }
    for index in counts.indices {
      coarse.isHole[index] = counts[index] == 0
      for channel in 0..<channels where counts[index] > 0 {
        coarse.values[index * channels + channel] /= counts[index]
      }
    }
    return coarse
  }

  /// Sets the holes to the bilinear interpolation of a level of half the resolution.
  private mutating func prolong(from coarse: Level) {
    for y in 0..<height {
      // A fine pixel's centre lies a quarter of a coarse pixel off the centre of its own.
      let ownY = y / 2
      let nextY = min(max(ownY + (y % 2 == 0 ? -1 : 1), 0), coarse.height - 1)
      for x in 0..<width where isHole[y * width + x] {
        let ownX = x / 2
        let nextX = min(max(ownX + (x % 2 == 0 ? -1 : 1), 0), coarse.width - 1)
        for channel in 0..<channels {
          func at(_ x: Int, _ y: Int) -> Float {
            coarse.values[(y * coarse.width + x) * channels + channel]
          }
          values[(y * width + x) * channels + channel] =
            (9 * at(ownX, ownY) + 3 * (at(nextX, ownY) + at(ownX, nextY)) + at(nextX, nextY)) / 16
        }
      }
    }
  }

  /// Going past the mean by this factor halves the remaining error of planes and saddles.
  static let overrelaxation: Float = 1.7

  /// Moves every hole pixel past the mean of its neighbours, `sweeps` times.
  ///
  /// Gauss-Seidel with over-relaxation in alternating direction. A neighbour beyond the edge counts
  /// as equal.
  private mutating func relax(sweeps: Int) {
    let holes = isHole.indices.filter { isHole[$0] }
    let neighbours = holes.map { index in
      let (x, y) = (index % width, index / width)
      return SIMD4<Int32>(
        Int32(x > 0 ? index - 1 : index), Int32(x < width - 1 ? index + 1 : index),
        Int32(y > 0 ? index - width : index), Int32(y < height - 1 ? index + width : index))
        &* Int32(channels)
    }
    values.withUnsafeMutableBufferPointer { values in
      for sweep in 0..<sweeps {
        for step in holes.indices {
          let k = sweep.isMultiple(of: 2) ? step : holes.count - 1 - step
          let around = neighbours[k]
          for channel in 0..<channels {
            let place = holes[k] * channels + channel
            let mean =
              (values[Int(around[0]) + channel] + values[Int(around[1]) + channel]
                + values[Int(around[2]) + channel] + values[Int(around[3]) + channel]) / 4
            values[place] += Self.overrelaxation * (mean - values[place])
          }
        }
      }
    }
  }
}
