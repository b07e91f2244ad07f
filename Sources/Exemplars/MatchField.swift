import CKernels
package import Tensors

/// For every patch that touches a hole, the patch of the surroundings that is most like it.
///
/// Pixels are numbered row by row in a grid with a margin as wide as a patch's radius, so that patches
/// need no care at the border. The field is improved in rounds: each patch tries what its neighbours
/// found, shifted, and random places ever nearer to its own match (Barnes et al. 2009, "PatchMatch").
/// A round reads what the one before left, not what it wrote itself, so any number of workers finds the same.
package struct MatchField {
  /// Pixels on a side of a patch.
  package static let side = Int(CK_PATCH_SIDE)
  /// Pixels from a patch's centre to its side.
  package static let radius = side / 2
  /// Bytes that the kernel may read behind the last pixel.
  private static let slack = 32
  /// How many times as much colours guide where they are unlike the smooth fill, at most, less one.
  private static let strictness = 4
  /// Difference of a channel from the smooth fill, of 255, at which half of that counts.
  private static let unlikeness = 26
  /// How much a squared difference from the colours around counts beside one from the smooth fill.
  private static let shapeliness = 10
  /// Patches that a worker takes at a time.
  private static let chunk = 256

  /// Columns of the grid, its margin's with them.
  package let stride: Int
  /// Rows of the grid.
  package let rows: Int
  /// Whether the patch around a pixel lies within the picture and outside the hole.
  package let isSource: [Bool]
  /// Pixels that are a source.
  package let sources: [Int32]
  /// Pixels whose patch touches the hole.
  package let targets: [Int32]
  /// Pixels of the hole.
  package let hole: [Int32]
  /// The match of every target, -1 elsewhere.
  package private(set) var matches: [Int32]
  /// How much every target differs from its match.
  package private(set) var costs: [Int32]

  /// RGB of the grid: what surrounds the hole, and inside of it what guides the search.
  package let picture: [UInt8]
  /// The same, smoothed, and how much a difference from these colours weighs, in pixels of a patch.
  package let guide: [SIMD4<UInt8>]
  /// The picture with what the votes put into the hole.
  package private(set) var filled: [UInt8]

  /// A field without matches.
  ///
  /// Colours guide the search, and more so where they are not what the surroundings would lead to or
  /// show shapes of their own: a rock in a lake is not to become lake, and what was painted with care is
  /// to stay so, while grass that is to go on may be as uneven as grass is.
  /// - Parameters:
  ///   - fill: the picture with a smooth fill in its hole.
  ///   - guidance: weight of the difference of smoothed colours at the centre where they are like the
  ///     fill's, in pixels of a patch. With less, what surrounds paint grows over it; with more,
  ///     texture becomes duller.
  /// - Precondition: sizes agree; `guidance` is 1...51.
  /// - Complexity: O(pixels).
  package init(_ picture: RGBBytes, fill: RGBBytes, hole isHole: [Bool], guidance: Int) {
    let (margin, columns) = (Self.radius, picture.width + 2 * Self.radius)
    stride = columns
    rows = picture.height + 2 * margin
    self.picture = picture.padded(by: margin, slack: Self.slack)
    guide = Self.guide(picture, fill: fill, guidance)
    filled = self.picture
    let touched = Self.grown(isHole, width: picture.width, by: margin)
    var isSource = [Bool](repeating: false, count: columns * rows)
    var (sources, targets, hole) = ([Int32](), [Int32](), [Int32]())
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (pixel, place) = (y * picture.width + x, Int32((y + margin) * columns + x + margin))
        if isHole[pixel] { hole.append(place) }
        if touched[pixel] {
          targets.append(place)
        } else if y >= margin, y < picture.height - margin, x >= margin, x < picture.width - margin
        {
          isSource[Int(place)] = true
          sources.append(place)
        }
      }
    }
    (self.isSource, self.sources, self.targets, self.hole) = (isSource, sources, targets, hole)
    matches = Array(repeating: -1, count: columns * rows)
    costs = Array(repeating: 0, count: columns * rows)
  }

  /// Smoothed colours of a grid, and what differences from them weigh.
  private static func guide(
    _ picture: RGBBytes, fill: RGBBytes, _ guidance: Int
  ) -> [SIMD4<UInt8>] {
    precondition((1...255 / (1 + strictness)).contains(guidance), "weights are bytes")
    func smooth(_ picture: RGBBytes, _ radius: Int) -> [UInt8] {
      picture.smoothed(radius: radius).padded(by: Self.radius, slack: 0)
    }
    let (colors, around, expected) = (smooth(picture, 2), smooth(picture, 8), smooth(fill, 2))
    func gap(_ others: [UInt8], _ place: Int) -> Int {
      let red = Int(colors[3 * place]) - Int(others[3 * place])
      let green = Int(colors[3 * place + 1]) - Int(others[3 * place + 1])
      let blue = Int(colors[3 * place + 2]) - Int(others[3 * place + 2])
      return red * red + green * green + blue * blue
    }
    return (0..<colors.count / 3).map { place in
      let sum = gap(expected, place) + shapeliness * gap(around, place)
      let more = strictness * guidance * sum / (sum + 3 * unlikeness * unlikeness)
      return SIMD4(
        colors[3 * place], colors[3 * place + 1], colors[3 * place + 2], UInt8(guidance + more))
    }
  }

  /// Takes over the matches of the field at half the size; where they do not fit, random ones.
  package mutating func start(from coarse: MatchField?, seed: UInt32) {
    let margin = Self.radius
    for target in targets {
      let (y, x) = (Int(target) / stride - margin, Int(target) % stride - margin)
      var match = Int32(-1)
      if let coarse {
        let found = Int(coarse.matches[(y / 2 + margin) * coarse.stride + x / 2 + margin])
        if found >= 0 {
          let row = 2 * (found / coarse.stride - margin) + y % 2 + margin
          match = Int32(row * stride + 2 * (found % coarse.stride - margin) + x % 2 + margin)
        }
      }
      let fits = match >= 0 && match < isSource.count && isSource[Int(match)]
      matches[Int(target)] =
        fits ? match : sources[Int(Self.hash(UInt32(target) ^ seed) % UInt32(sources.count))]
    }
  }

  /// Improves the matches in some rounds.
  ///
  /// - Parameter isCancelled: asked by all workers; once it is true little more is done, and the
  ///   matches are of no use.
  /// - Complexity: O(targets * log(longer side)) a round.
  package mutating func improve(
    rounds: Int, seed: UInt32, workers: WorkerPool, isCancelled: () -> Bool = { false }
  ) {
    // What is in the hole has changed since.
    update(workers, isCancelled) { search, target, found in
      found.cost = search.cost(target, found.match)
    }
    for round in 0..<rounds {
      let before = matches
      // Far neighbours in between bring a good match quickly into the middle of large holes.
      let jump = round % 3 == 1 ? 4 : 1
      let salt = Self.hash(seed &+ UInt32(round))
      update(workers, isCancelled) { search, target, found in
        search.propagate(before, target, jump, &found)
        search.scatter(target, salt, &found)
      }
    }
  }

  /// Calls `body` with each target and its match and keeps what it leaves there.
  private mutating func update(
    _ workers: WorkerPool, _ isCancelled: () -> Bool,
    _ body: (PatchSearch, Int, inout PatchSearch.Found) -> Void
  ) {
    guard let distance = Kernels.current.table.patch_distance else { return }
    let (targets, stride, rows) = (targets, stride, rows)
    picture.withUnsafeBufferPointer { picture in
      filled.withUnsafeBufferPointer { filled in
        guide.withUnsafeBufferPointer { guide in
          isSource.withUnsafeBufferPointer { isSource in
            matches.withUnsafeMutableBufferPointer { matches in
              costs.withUnsafeMutableBufferPointer { costs in
                let search = PatchSearch(
                  distance: distance, picture: picture, filled: filled, guide: guide,
                  isSource: isSource, stride: stride, rows: rows)
                // Every task writes its own targets' entries only.
                nonisolated(unsafe) let (matches, costs) = (matches, costs)
                workers.run((targets.count + Self.chunk - 1) / Self.chunk) { task, _ in
                  if isCancelled() { return }
                  let first = task * Self.chunk
                  for k in first..<min(first + Self.chunk, targets.count) {
                    let target = Int(targets[k])
                    var found = PatchSearch.Found(match: Int(matches[target]), cost: costs[target])
                    body(search, target, &found)
                    (matches[target], costs[target]) = (Int32(found.match), found.cost)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Puts into each pixel of the hole the mean of what the matches of all patches around say about it
  /// (Wexler et al. 2007, "Space-time completion of video").
  ///
  /// - Complexity: O(hole * area of a patch).
  package mutating func vote(_ workers: WorkerPool) {
    let (radius, stride) = (Self.radius, stride)
    let (hole, matches, picture) = (hole, matches, picture)
    filled.withUnsafeMutableBufferPointer { filled in
      nonisolated(unsafe) let filled = filled
      workers.run((hole.count + Self.chunk - 1) / Self.chunk) { task, _ in
        for k in task * Self.chunk..<min((task + 1) * Self.chunk, hole.count) {
          let pixel = Int(hole[k])
          var (red, green, blue, count) = (0, 0, 0, 0)
          for dy in -radius...radius {
            for dx in -radius...radius {
              let offset = dy * stride + dx
              let match = Int(matches[pixel + offset])
              guard match >= 0 else { continue }
              let place = 3 * (match - offset)
              red += Int(picture[place])
              green += Int(picture[place + 1])
              blue += Int(picture[place + 2])
              count += 1
            }
          }
          filled[3 * pixel] = UInt8((red + count / 2) / count)
          filled[3 * pixel + 1] = UInt8((green + count / 2) / count)
          filled[3 * pixel + 2] = UInt8((blue + count / 2) / count)
        }
      }
    }
  }

  /// The picture, each pixel of the hole that of its own match.
  var copied: RGBBytes {
    var grid = picture
    for pixel in hole {
      let (to, from) = (3 * Int(pixel), 3 * Int(matches[Int(pixel)]))
      for channel in 0..<3 { grid[to + channel] = picture[from + channel] }
    }
    let (margin, width) = (Self.radius, stride - 2 * Self.radius)
    var bytes = [UInt8]()
    for y in margin..<rows - margin {
      let first = 3 * (y * stride + margin)
      bytes += grid[first..<first + 3 * width]
    }
    return RGBBytes(width: width, height: rows - 2 * margin, bytes: bytes)
  }

  /// Marks everything within `radius` rows and columns of a mark.
  private static func grown(_ marks: [Bool], width: Int, by radius: Int) -> [Bool] {
    var along = marks
    let height = marks.count / width
    for pixel in marks.indices where marks[pixel] {
      let x = pixel % width
      for other in max(x - radius, 0)...min(x + radius, width - 1) {
        along[pixel - x + other] = true
      }
    }
    var result = along
    for pixel in along.indices where along[pixel] {
      let y = pixel / width
      for other in max(y - radius, 0)...min(y + radius, height - 1) {
        result[other * width + pixel % width] = true
      }
    }
    return result
  }

  /// Mixes all bits (Wellons 2018, "Prospecting for hash functions", lowbias32).
  package static func hash(_ value: UInt32) -> UInt32 {
    var x = value
    x = (x ^ x >> 16) &* 0x7feb_352d
    x = (x ^ x >> 15) &* 0x846c_a68b
    return x ^ x >> 16
  }
}
