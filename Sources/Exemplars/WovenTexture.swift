package import Tensors

/// A picture in which some pixels are to be filled with texture that others show.
package struct TextureSheet: Sendable {
  /// The colours; those of the hole do not count.
  package var picture: RGBBytes
  /// What is to be filled, one truth value a pixel.
  package var hole: [Bool]
  /// How much patches around a pixel are preferred: a sum of squared differences, at least 0; -1 where
  /// no texture may be taken from.
  package var bonuses: [Int32]

  /// Makes a sheet; counts must agree.
  package init(picture: RGBBytes, hole: [Bool], bonuses: [Int32]) {
    precondition(hole.count == picture.width * picture.height && hole.count == bonuses.count)
    (self.picture, self.hole, self.bonuses) = (picture, hole, bonuses)
  }

  /// The sheet at half its size: hole wherever any of four pixels is, source where all four are.
  fileprivate func halved() -> TextureSheet {
    let small = picture.halved()
    var (hole, bonuses) = (
      [Bool](repeating: false, count: small.width * small.height),
      [Int32](repeating: .max, count: small.width * small.height)
    )
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (from, to) = (y * picture.width + x, y / 2 * small.width + x / 2)
        hole[to] = hole[to] || self.hole[from]
        bonuses[to] = min(bonuses[to], self.bonuses[from])
      }
    }
    return TextureSheet(picture: small, hole: hole, bonuses: bonuses)
  }
}

extension TextureSynthesis {
  /// Searches at each size of a sheet, finest first.
  private static let weavings = [1, 2, 4]
  /// Percent of a source's contrast that is taken off its cost, finest first, as in `textured`.
  private static let liveliness = [0, 40, 70]
  /// Sources below which a size of a sheet is left out.
  private static let leastThreads = 32

  /// The sheet's picture with texture in its hole, or nil where there is none to take.
  ///
  /// The hole begins as pieces that `start` lays out. Where these fit together they stay; between them
  /// the search finds from coarse to fine what fits both, as in `textured`, but no colours guide it. Each
  /// pixel of the hole is a copy of a source. The same sheet, layout and seed give the same bytes for any
  /// number of workers and any instruction set.
  /// - Parameters:
  ///   - start: from a pixel of the hole to the one that it begins as; anything where nil.
  ///   - isCancelled: asked by all workers, every millisecond or so.
  /// - Throws: `CancellationError` once `isCancelled` is true.
  /// - Complexity: O(pixels + hole * log(longer side)).
  package static func woven(
    _ sheet: TextureSheet, seed: UInt64, workers: WorkerPool,
    isCancelled: () -> Bool = { false },
    start: (_ x: Int, _ y: Int) -> (x: Int, y: Int)?
  ) throws -> RGBBytes? {
    var sizes = [sheet]
    while sizes.count < weavings.count, let last = sizes.last { sizes.append(last.halved()) }
    let salt = UInt32(truncatingIfNeeded: seed ^ seed >> 32)
    var coarse: MatchField?
    for (level, size) in sizes.enumerated().reversed() {
      if isCancelled() { throw CancellationError() }
      guard
        var field = MatchField(
          unguided: size.picture, hole: size.hole, bonuses: size.bonuses,
          allowance: liveliness[level], leastSources: level == 0 ? 1 : leastThreads, on: workers)
      else { continue }
      if coarse != nil {
        field.start(from: coarse, seed: salt)
      } else {
        field.start(seed: salt) { x, y in
          start(x << level, y << level).map { ($0.x >> level, $0.y >> level) }
        }
      }
      for pass in 0..<weavings[level] {
        field.vote(workers)
        field.improve(
          rounds: 3, seed: salt &+ UInt32(1009 * level + 16 * pass), workers: workers,
          isCancelled: isCancelled)
        if isCancelled() { throw CancellationError() }
      }
      coarse = field
    }
    return coarse?.copied
  }
}
