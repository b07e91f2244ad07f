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
  /// Patches that a worker takes at a time, at most and at least.
  private static let chunks = 24...256

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
  package private(set) var matches: MatchRows

  /// RGB of the grid: what surrounds the hole, and inside of it what guides the search.
  package let picture: [UInt8]
  /// The same, smoothed, and how much a difference from these colours weighs, in pixels of a patch.
  package let guide: [SIMD4<UInt8>]
  /// The picture with what the votes put into the hole.
  package private(set) var filled: [UInt8]
  /// What votes by depth weigh, as `matches` lie; a function of the hole.
  private lazy var depthWeights = HoleDepths(hole: hole, in: matches, stride: stride).weights

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
    leastSources: Int = 1, on workers: WorkerPool? = nil
  ) {
    precondition((0...100).contains(allowance), "a share in percent")
    let margin = Self.radius
    stride = picture.width + 2 * margin
    rows = picture.height + 2 * margin
    let roles = PatchRoles(hole: isHole, width: picture.width, on: workers)
    guard roles.sources.count >= leastSources, !roles.targets.isEmpty else { return nil }
    (sources, targets, hole) = (roles.sources, roles.targets, roles.hole)
    guide = ColorGuide.grid(
      picture, fill: fill, margin: margin, guidance: guidance,
      targets: (roles.touchedRows, roles.touchedColumns), on: workers)
    self.picture = picture.padded(by: margin, slack: Self.slack, on: workers)
    filled = self.picture
    allowances = Self.allowances(
      self.picture, roles.sources, percent: allowance, stride: stride, rows: rows, workers)
    matches = MatchRows(roles.touchedRows, margin: margin, stride: stride)
  }

  /// A field of patches that no colours guide, or nil where there is nothing to fill or fewer than
  /// `leastSources` to take texture from.
  ///
  /// - Parameters:
  ///   - isHole: one truth value a pixel.
  ///   - bonuses: for each pixel what its patch has taken off its cost, at least 0; -1 where no patch of
  ///     a source may lie.
  ///   - allowance: percent of a source's contrast that is taken off too.
  /// - Precondition: the counts agree.
  /// - Complexity: O(pixels), with an allowance O(pixels * area of a patch).
  init?(
    unguided picture: RGBBytes, hole isHole: [Bool], bonuses: [Int32], allowance: Int,
    leastSources: Int, on workers: WorkerPool? = nil
  ) {
    let margin = Self.radius
    stride = picture.width + 2 * margin
    rows = picture.height + 2 * margin
    let roles = PatchRoles(hole: isHole, width: picture.width, on: workers)
    let taken = PatchRoles(hole: bonuses.map { $0 < 0 }, width: picture.width, on: workers)
    guard taken.sources.count >= leastSources, !roles.targets.isEmpty else { return nil }
    (sources, targets, hole) = (taken.sources, roles.targets, roles.hole)
    guide = Array(repeating: .zero, count: stride * rows)
    self.picture = picture.padded(by: margin, slack: Self.slack, on: workers)
    filled = self.picture
    var allowances = Self.allowances(
      self.picture, taken.sources, percent: allowance, stride: stride, rows: rows, workers)
    for source in taken.sources.map({ Int($0) }) {
      let (y, x) = (source / stride - margin, source % stride - margin)
      allowances[source] += bonuses[y * picture.width + x]
    }
    self.allowances = allowances
    matches = MatchRows(roles.touchedRows, margin: margin, stride: stride)
  }

  /// Begins with the matches that `place` names, random ones where it names none or no source.
  ///
  /// - Parameter place: from a pixel to the pixel that it is most like.
  package mutating func start(
    seed: UInt32, at place: (_ x: Int, _ y: Int) -> (x: Int, y: Int)?
  ) {
    let margin = Self.radius
    for target in targets.map({ Int($0) }) {
      let named = place(target % stride - margin, target / stride - margin).map {
        ($0.y + margin) * stride + $0.x + margin
      }
      let fits = named.map { allowances.indices.contains($0) && allowances[$0] >= 0 } ?? false
      let random = sources[Int(Self.hash(UInt32(target) ^ seed) % UInt32(sources.count))]
      matches.begin(target, at: fits ? Int32(named ?? 0) : random)
    }
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
      let random = sources[Int(Self.hash(UInt32(target) ^ seed) % UInt32(sources.count))]
      matches.begin(Int(target), at: fits ? place : random)
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
    let (picture, filled) = (picture, filled)
    picture.withUnsafeBufferPointer { picture in
      filled.withUnsafeBufferPointer { filled in
        guide.withUnsafeBufferPointer { guide in
          allowances.withUnsafeBufferPointer { allowances in
            let search = PatchSearch(
              distance: distance, picture: picture, filled: filled, guide: guide,
              allowances: allowances, stride: stride, rows: rows)
            matches.forEach(targets, workers, chunk: chunk(workers), isCancelled) {
              body(search, $0, &$1)
            }
          }
        }
      }
    }
  }

  /// Targets, or pixels, that a worker takes at a time: a few times for each, so that none waits long.
  private func chunk(_ workers: WorkerPool) -> Int {
    let even = targets.count / (4 * workers.count)
    return min(max(even, Self.chunks.lowerBound), Self.chunks.upperBound)
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
    let (radius, stride, chunk) = (Self.radius, stride, chunk(workers))
    let (hole, matches, picture) = (hole, matches, picture)
    let weights =
      switch votes {
      case .byLikeness: likenesses(workers)
      case .byDepth: depthWeights
      }
    filled.withUnsafeMutableBufferPointer { filled in
      workers.run((hole.count + chunk - 1) / chunk) { task, _ in
        for k in task * chunk..<min((task + 1) * chunk, hole.count) {
          let pixel = Int(hole[k])
          var sum = SIMD4<Float>.zero
          for dy in -radius...radius {
            for dx in -radius...radius {
              let offset = dy * stride + dx
              let match = Int(matches[pixel + offset].place)
              guard match >= 0 else { continue }
              let place = 3 * (match - offset)
              let color = SIMD4(picture[place], picture[place + 1], picture[place + 2], 1)
              sum += weights[pixel + offset - matches.first] * SIMD4<Float>(color)
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

  /// What the vote of each patch weighs by its likeness, as `matches` lie.
  private func likenesses(_ workers: WorkerPool) -> [Float] {
    let (entries, allowances) = (matches.entries, allowances)
    return [Float](lines: entries.count, of: 1, on: workers) { part, weights in
      for k in part {
        weights[k] = 0
        let match = entries[k]
        guard match.place >= 0 else { continue }
        // Less than a level of 255 in each number does not count.
        let closeness = 1 / Float(match.cost + allowances[Int(match.place)] + 50)
        weights[k] = closeness * closeness * closeness * closeness
      }
    }
  }

  /// What is known beside the hole less what the copies of `copied` would show there, of 255.
  var gaps: [BorderGap] {
    let (margin, width) = (Self.radius, stride - 2 * Self.radius)
    let isHole = HoleDepths.marks(hole, count: stride * rows)
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
    let (margin, width) = (Self.radius, stride - 2 * Self.radius)
    var bytes = [UInt8]()
    bytes.reserveCapacity(3 * width * (rows - 2 * margin))
    for y in margin..<rows - margin {
      let first = 3 * (y * stride + margin)
      bytes += picture[first..<first + 3 * width]
    }
    for pixel in hole.lazy.map({ Int($0) }) {
      let to = 3 * ((pixel / stride - margin) * width + pixel % stride - margin)
      let from = 3 * Int(matches[pixel].place)
      for channel in 0..<3 { bytes[to + channel] = picture[from + channel] }
    }
    return RGBBytes(width: width, height: rows - 2 * margin, bytes: bytes)
  }

  /// What the patches of all places have taken off as sources: a share of their contrast, and -1 where
  /// they are none.
  private static func allowances(
    _ grid: [UInt8], _ sources: [Int32], percent: Int, stride: Int, rows: Int,
    _ workers: WorkerPool?
  ) -> [Int32] {
    var allowances = [Int32](lines: rows, of: stride, on: workers) { lines, allowances in
      let part = allowances + lines.lowerBound * stride
      part.initialize(repeating: -1, count: lines.count * stride)
    }
    allowances.withUnsafeMutableBufferPointer { allowances in
      workers.spread(sources.count, grain: percent > 0 ? 1 << 8 : 1 << 14) { part in
        for source in sources[part].lazy.map({ Int($0) }) {
          // Without an allowance contrast need not be known.
          let contrast = percent > 0 ? contrast(of: grid, around: source, stride) : 0
          allowances[source] = contrast * Int32(percent) / 100
        }
      }
    }
    return allowances
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
