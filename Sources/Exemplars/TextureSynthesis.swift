package import Tensors

/// How a hole is searched for; lists are from fine to coarse, one entry a size, each half of the last.
struct SearchPlan {
  /// Searches at each size. Coarse ones cost little, and decide most.
  var passes: [Int]
  /// How much colours guide the search.
  var guidance: [Int]
  /// Percent of a source's contrast that is taken off its cost.
  var allowance: [Int]
  /// What patches' votes weigh.
  var votes: MatchField.Votes

  /// Paint takes on texture.
  ///
  /// Over large areas paint decides what the hole shows; nearer by the texture may be as light and dark
  /// as it is elsewhere. Texture that is to be lively must be so from the start; what finer searches
  /// choose has the same contrasts, nearly.
  static let painted = SearchPlan(
    passes: [1, 3, 10, 20], guidance: [5, 10, 40, 51], allowance: [0, 0, 40, 70],
    votes: .byLikeness)
  /// What is around goes on. A smooth fill's colours say little; without any, flat places win.
  static let erased = SearchPlan(
    passes: [1, 3, 10, 20], guidance: [1, 5, 20, 40], allowance: [0, 0, 40, 70], votes: .byDepth)
}

/// Fills a hole with texture of its surroundings whose colours are like those that were there.
///
/// From coarse to fine the patches of the hole look for the patches of the surroundings that are most
/// like them and then vote what the hole is to show. Colours guide the search, so that a rough
/// painting turns into the picture's own textures (Hertzmann et al. 2001, "Image analogies").
package enum TextureSynthesis {
  /// Searches at the size that begins, where that is not the coarsest, at the least.
  private static let leastFirst = 10
  /// Sources below which a size is too small to take texture from.
  private static let leastSources = 256

  /// The picture with texture in place of its hole, or nil where nothing of it is left around.
  ///
  /// Each pixel of the hole is a copy of one outside. The same picture, hole and seed give the same
  /// bytes for any number of workers and any instruction set.
  /// - Parameters:
  ///   - picture: shows inside the hole roughly what is wanted.
  ///   - fill: the same with a smooth fill in the hole.
  ///   - hole: one truth value a pixel.
  ///   - isCancelled: asked by all workers, every millisecond or so.
  /// - Throws: `CancellationError` once `isCancelled` is true.
  /// - Precondition: the counts agree.
  /// - Complexity: O(pixels + hole * log(longer side)).
  package static func textured(
    _ picture: RGBBytes, fill: RGBBytes, hole: [Bool], seed: UInt64, workers: WorkerPool,
    isCancelled: () -> Bool = { false }
  ) throws -> RGBBytes? {
    try field(
      .painted, picture, fill: fill, hole: hole, seed: seed, workers: workers,
      isCancelled: isCancelled)?.copied
  }

  /// The picture with its hole completed from around it, or nil where nothing of it is left.
  ///
  /// Colours in the hole hardly count. Each pixel of the hole is a copy of one outside; the gaps say
  /// what the copies lack at the hole's border, which is for the caller to spread.
  /// - Parameter fill: the picture with a smooth fill in its hole.
  /// - Throws: `CancellationError` once `isCancelled` is true.
  /// - Complexity: as `textured`.
  package static func completed(
    _ fill: RGBBytes, hole: [Bool], seed: UInt64, workers: WorkerPool,
    isCancelled: () -> Bool = { false }
  ) throws -> (picture: RGBBytes, gaps: [BorderGap])? {
    try field(
      .erased, fill, fill: fill, hole: hole, seed: seed, workers: workers,
      isCancelled: isCancelled
    ).map { ($0.copied, $0.gaps) }
  }

  /// The matches after all searches of a plan; nil where there are no sources.
  private static func field(
    _ plan: SearchPlan, _ picture: RGBBytes, fill: RGBBytes, hole: [Bool], seed: UInt64,
    workers: WorkerPool, isCancelled: () -> Bool
  ) throws -> MatchField? {
    precondition(hole.count == picture.width * picture.height, "one truth value a pixel")
    var sizes = [(picture: picture, fill: fill, hole: hole)]
    while sizes.count < plan.passes.count, let last = sizes.last,
      min(last.picture.width, last.picture.height) > 1
    {
      let hole = halved(last.hole, width: last.picture.width, on: workers)
      sizes.append((last.picture.halved(on: workers), last.fill.halved(on: workers), hole))
    }
    let salt = UInt32(truncatingIfNeeded: seed ^ seed >> 32)
    var coarse: MatchField?
    for (level, size) in sizes.enumerated().reversed() {
      if isCancelled() { throw CancellationError() }
      // Where a size has too few sources, a finer one has more.
      guard
        var field = MatchField(
          size.picture, fill: size.fill, hole: size.hole, guidance: plan.guidance[level],
          allowance: plan.allowance[level], leastSources: leastSources, on: workers)
      else { continue }
      field.start(from: coarse, seed: salt)
      let isFirst = coarse == nil
      for pass in 0..<(isFirst ? max(plan.passes[level], leastFirst) : plan.passes[level]) {
        // Random matches have nothing to say yet and need more rounds.
        let isRandom = isFirst && pass == 0
        if !isRandom { field.vote(workers, plan.votes) }
        field.improve(
          rounds: isRandom ? 8 : 3, seed: salt &+ UInt32(1009 * level + 16 * pass),
          workers: workers, isCancelled: isCancelled)
        if isCancelled() { throw CancellationError() }
      }
      coarse = field
    }
    return coarse
  }

  /// A hole at half the size: wherever any of four pixels is one.
  private static func halved(_ hole: [Bool], width: Int, on workers: WorkerPool) -> [Bool] {
    let (columns, height) = ((width + 1) / 2, hole.count / width)
    return hole.withUnsafeBufferPointer { hole in
      [Bool](lines: (height + 1) / 2, of: columns, on: workers) { rows, small in
        for y in rows {
          let (upper, lower) = (2 * y * width, min(2 * y + 1, height - 1) * width)
          for x in 0..<columns {
            let (left, right) = (2 * x, min(2 * x + 1, width - 1))
            small[y * columns + x] =
              hole[upper + left] || hole[upper + right] || hole[lower + left]
              || hole[lower + right]
          }
        }
      }
    }
  }
}
