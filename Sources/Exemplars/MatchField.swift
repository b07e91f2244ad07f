import CKernels
package import Tensors

/// For every patch that touches a hole, the patch of the surroundings that is most like it.
///
/// Pixels are numbered row by row in a grid with a margin as wide as a patch's radius, so that patches
/// need no care at the border. The field is improved in rounds: each patch tries what its neighbours
/// found, shifted, and random places ever nearer to its own match (Barnes et al. 2009, "PatchMatch").
/// A round reads what the one before left, not what it wrote itself, so any number of workers finds the same.
package struct MatchField {
  /// What a target's patch is most like, and how much they differ.
  package struct Match: Sendable {
    /// The source's number in the grid, -1 for none.
    package var place: Int32
    /// Weighted sum of squared differences, less the source's allowance.
    package var cost: Int32
  }

  /// Pixels on a side of a patch.
  package static let side = Int(CK_PATCH_SIDE)
  /// Pixels from a patch's centre to its side.
  package static let radius = side / 2
  /// Bytes that the kernel may read behind the last pixel.
  private static let slack = 32
  /// Patches that a worker takes at a time.
  private static let chunk = 256

  /// Columns of the grid, its margin's with them.
  package let stride: Int
  /// Rows of the grid.
  package let rows: Int
  /// What the patch around a pixel has taken off its cost as a source, -1 where it is none: where it
  /// does not lie within the picture or touches the hole.
  package let allowances: [Int32]
  /// Pixels that are a source.
  package let sources: [Int32]
  /// Pixels whose patch touches the hole.
  package let targets: [Int32]
  /// Pixels of the hole.
  package let hole: [Int32]
  /// The match of every target; elsewhere none.
  package private(set) var matches: [Match]

  /// RGB of the grid: what surrounds the hole, and inside of it what guides the search.
  package let picture: [UInt8]
  /// The same, smoothed, and how much a difference from these colours weighs, in pixels of a patch.
  package let guide: [SIMD4<UInt8>]
  /// The picture with what the votes put into the hole.
  package private(set) var filled: [UInt8]

  /// A field without matches, or nil where there is nothing to fill or fewer than `leastSources` to
  /// take texture from.
  ///
  /// - Parameters:
  ///   - fill: the picture with a smooth fill in its hole.
  ///   - guidance: weight of the difference of smoothed colours at the centre where they are like the
  ///     fill's, in pixels of a patch. With less, what surrounds paint grows over it; with more,
  ///     texture becomes duller.
  ///   - allowance: percent of a source's contrast, its squared differences from its mean colour, that
  ///     is taken off its cost. Two textures that do not coincide differ by the contrasts of both, so
  ///     that a dull source seems the better match for either.
  /// - Precondition: sizes agree; `guidance` is 0...51; `allowance` is 0...100.
  /// - Complexity: O(pixels), with an allowance O(pixels * area of a patch).
  package init?(
    _ picture: RGBBytes, fill: RGBBytes, hole isHole: [Bool], guidance: Int, allowance: Int = 0,
    leastSources: Int = 1
  ) {
    precondition((0...100).contains(allowance), "a share in percent")
    let margin = Self.radius
    stride = picture.width + 2 * margin
    rows = picture.height + 2 * margin
    let roles = PatchRoles(hole: isHole, width: picture.width)
    guard roles.sources.count >= leastSources, !roles.targets.isEmpty else { return nil }
    (sources, targets, hole) = (roles.sources, roles.targets, roles.hole)
    guide = ColorGuide.grid(
      picture, fill: fill, margin: margin, guidance: guidance,
      targets: (roles.touchedRows, roles.touchedColumns))
    self.picture = picture.padded(by: margin, slack: Self.slack)
    filled = self.picture
    var allowances = [Int32](repeating: -1, count: stride * rows)
    for source in sources.map({ Int($0) }) {
      // Without an allowance contrast need not be known.
      let contrast = allowance > 0 ? Self.contrast(of: self.picture, around: source, stride) : 0
      allowances[source] = contrast * Int32(allowance) / 100
    }
    self.allowances = allowances
    matches = Array(repeating: Match(place: -1, cost: 0), count: stride * rows)
  }

  /// Takes over the matches of the field at half the size; where they do not fit, random ones.
  package mutating func start(from coarse: MatchField?, seed: UInt32) {
    let margin = Self.radius
    for target in targets {
      let (y, x) = (Int(target) / stride - margin, Int(target) % stride - margin)
      var place = Int32(-1)
      if let coarse {
        let found = Int(coarse.matches[(y / 2 + margin) * coarse.stride + x / 2 + margin].place)
        if found >= 0 {
          let row = 2 * (found / coarse.stride - margin) + y % 2 + margin
          place = Int32(row * stride + 2 * (found % coarse.stride - margin) + x % 2 + margin)
        }
      }
      let fits = place >= 0 && place < allowances.count && allowances[Int(place)] >= 0
      matches[Int(target)].place =
        fits ? place : sources[Int(Self.hash(UInt32(target) ^ seed) % UInt32(sources.count))]
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
      found.cost = search.cost(target, Int(found.place))
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
    _ body: (PatchSearch, Int, inout Match) -> Void
  ) {
    guard let distance = Kernels.current.table.patch_distance else { return }
    let (targets, guide, allowances, stride, rows) = (targets, guide, allowances, stride, rows)
    picture.withUnsafeBufferPointer { picture in
      filled.withUnsafeBufferPointer { filled in
        matches.withUnsafeMutableBufferPointer { matches in
          let search = PatchSearch(
            distance: distance, picture: picture, filled: filled, guide: guide,
            allowances: allowances, stride: stride, rows: rows)
          // Every task writes its own targets' entries only.
          nonisolated(unsafe) let matches = matches
          workers.run((targets.count + Self.chunk - 1) / Self.chunk) { task, _ in
            if isCancelled() { return }
            let first = task * Self.chunk
            for target in targets[first..<min(first + Self.chunk, targets.count)] {
              body(search, Int(target), &matches[Int(target)])
            }
          }
        }
      }
    }
  }

  /// What a patch's vote weighs.
  package enum Votes: Sendable {
    /// The inverse fourth power of how much the patch differs from its match. A plain mean is duller
    /// than what it is made of, the next search finds what is as dull, and so on.
    case byLikeness
    /// Less by a tenth with every pixel into the hole, so that what is known grows into it, lines and
    /// borders with it.
    case byDepth
  }

  /// Puts into each pixel of the hole the weighted mean of what the matches of all patches around say
  /// about it (Wexler et al. 2007, "Space-time completion of video").
  ///
  /// - Complexity: O(hole * area of a patch).
  package mutating func vote(_ workers: WorkerPool, _ votes: Votes = .byLikeness) {
    let (radius, stride) = (Self.radius, stride)
    let (hole, matches, picture) = (hole, matches, picture)
    let weights =
      switch votes {
      case .byLikeness: likenesses
      case .byDepth: HoleDepths(hole: hole, stride: stride, count: matches.count).weights
      }
    filled.withUnsafeMutableBufferPointer { filled in
      nonisolated(unsafe) let filled = filled
      workers.run((hole.count + Self.chunk - 1) / Self.chunk) { task, _ in
        for k in task * Self.chunk..<min((task + 1) * Self.chunk, hole.count) {
          let pixel = Int(hole[k])
          var sum = SIMD4<Float>.zero
          for dy in -radius...radius {
            for dx in -radius...radius {
              let offset = dy * stride + dx
              let match = Int(matches[pixel + offset].place)
              guard match >= 0 else { continue }
              let place = 3 * (match - offset)
              let color = SIMD4(picture[place], picture[place + 1], picture[place + 2], 1)
              sum += weights[pixel + offset] * SIMD4<Float>(color)
            }
          }
          let mean = sum / sum.w
          for channel in 0..<3 {
            filled[3 * pixel + channel] =
              UInt8(exactly: (mean[channel] + 0.5).rounded(.down)) ?? 255
          }
        }
      }
    }
  }

  /// What the vote of each patch weighs by its likeness.
  private var likenesses: [Float] {
    matches.map { match in
      guard match.place >= 0 else { return Float(0) }
      // Less than a level of 255 in each number does not count.
      let closeness = 1 / Float(match.cost + allowances[Int(match.place)] + 50)
      return closeness * closeness * closeness * closeness
    }
  }

  /// What is known beside the hole less what the copies of `copied` would show there, of 255.
  var gaps: [BorderGap] {
    let (margin, width) = (Self.radius, stride - 2 * Self.radius)
    let isHole = HoleDepths.marks(hole, count: matches.count)
    var sums: [Int: SIMD4<Float>] = [:]
    for inside in hole.lazy.map({ Int($0) }) {
      for offset in [-1, 1, -stride, stride] where !isHole[inside + offset] {
        let (known, copy) = (3 * (inside + offset), 3 * (Int(matches[inside].place) + offset))
        let (y, x) = ((inside + offset) / stride - margin, (inside + offset) % stride - margin)
        guard y >= 0, x >= 0, x < width, y < rows - 2 * margin else { continue }
        var gap = SIMD4<Float>(0, 0, 0, 1)
        for channel in 0..<3 {
          gap[channel] = Float(picture[known + channel]) - Float(picture[copy + channel])
        }
        sums[y * width + x, default: .zero] += gap
      }
    }
    return sums.sorted { $0.key < $1.key }.map { pixel, sum in
      BorderGap(pixel: pixel, gap: SIMD3(sum.x, sum.y, sum.z) / sum.w)
    }
  }

  /// The picture, each pixel of the hole that of its own match.
  var copied: RGBBytes {
    var grid = picture
    for pixel in hole {
      let (to, from) = (3 * Int(pixel), 3 * Int(matches[Int(pixel)].place))
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

  /// Sum of the squared differences of a patch's bytes from their channel's mean.
  private static func contrast(of grid: [UInt8], around place: Int, _ stride: Int) -> Int32 {
    var (sum, squares) = (SIMD3<Int32>.zero, SIMD3<Int32>.zero)
    for dy in -radius...radius {
      for dx in -radius...radius {
        let first = 3 * (place + dy * stride + dx)
        let color = SIMD3<Int32>(
          truncatingIfNeeded: SIMD3(grid[first], grid[first + 1], grid[first + 2]))
        sum &+= color
        squares &+= color &* color
      }
    }
    let differences = squares &- sum &* sum / Int32(side * side)
    return differences.x + differences.y + differences.z
  }

  /// Mixes all bits (Wellons 2018, "Prospecting for hash functions", lowbias32).
  package static func hash(_ value: UInt32) -> UInt32 {
    var x = value
    x = (x ^ x >> 16) &* 0x7feb_352d
    x = (x ^ x >> 15) &* 0x846c_a68b
    return x ^ x >> 16
  }
}
