import Networks
import Tensors

// What strips tell each other for normalisations.
//
// Synchronous steps exchange the sums of every row of tiles, so that every worker adds up the whole
// map's numbers in the whole map's order. Displaced steps exchange the mean and the mean square of
// every group, as in DistriFusion (Li et al. 2024, section 4.2).
extension Strip {
  private func waitsForStatistics(at step: StripStep) -> Bool {
    step.isSynchronous || policy.norm == .sync
  }

  /// Sends what others need of this strip for a normalisation of maps side by side.
  func sendStatistics(_ layer: NormalisationLayer, _ maps: [StripMap], at step: StripStep) {
    let message: Buffer
    if waitsForStatistics(at: step) {
      message = Buffer(doubles: maps.flatMap(\.sums.values))
    } else if step.feedsNext && (policy.norm == .corrected || policy.norm == .stale) {
      let own = ownMoments(layer, maps)
      message = Buffer(doubles: own.means + own.squares)
    } else {
      return
    }
    // A worker that owns nothing has nothing to say and nothing to normalise.
    guard !maps[0].rows.isEmpty else { return }
    for reader in others(owning: maps[0].shape) {
      port.send(
        message, to: reader, tag: MessageTag(step: step.index, kind: .statistics, layer: layer.id))
    }
  }

  /// The affine map of a normalisation; nil where nothing is to be normalised.
  func affine(_ layer: NormalisationLayer, _ maps: [StripMap], at step: StripStep) throws
    -> ChannelAffine?
  {
    guard !maps[0].rows.isEmpty else { return nil }
    let moments =
      waitsForStatistics(at: step)
      ? try wholeMoments(layer, maps, at: step) : try displacedMoments(layer, maps, at: step)
    return layer.norm.affine(moments, inputs: maps.map(\.shape.channels))
  }

  private func ownMoments(_ layer: NormalisationLayer, _ maps: [StripMap]) -> GroupNorm.Moments {
    layer.norm.moments(of: maps.map { ($0.shape.channels, $0.sums.total) })
  }

  /// Moments of the whole map from everyone's sums of this step.
  private func wholeMoments(
    _ layer: NormalisationLayer, _ maps: [StripMap], at step: StripStep
  ) throws -> GroupNorm.Moments {
    let shape = maps[0].shape
    var rows = maps.map { _ in [Double]() }
    for owner in 0..<layout.count where !layout.rows(of: owner, shape).isEmpty {
      var values = maps.map(\.sums.values)
      if owner != worker {
        let message = try message(
          .statistics, layer.id, from: owner, at: step, synchronous: true)
        values = split(message?.doubles ?? [], maps, owner)
      }
      if step.feedsNext {
        let pixels = layout.pixelRows(of: owner, shape).count * shape.width
        moments[layer.id, default: [:]][owner] = layer.norm.moments(
          of: zip(maps, values).map { map, values in
            (
              map.shape.channels,
              RowSums(pixels: pixels, stride: map.shape.stride, values: values).total
            )
          })
      }
      for index in values.indices { rows[index] += values[index] }
    }
    return layer.norm.moments(
      of: zip(maps, rows).map { map, values in
        let pixels = shape.height * shape.width
        return (
          map.shape.channels,
          RowSums(pixels: pixels, stride: map.shape.stride, values: values).total
        )
      })
  }

  /// The sums in a message of `owner`, map by map.
  private func split(_ numbers: [Double], _ maps: [StripMap], _ owner: Int)
    -> [[Double]]
  {
    var first = 0
    return maps.map { map in
      let count = layout.rows(of: owner, map.shape).count * 2 * map.shape.stride
      defer { first += count }
      return Array(numbers[first..<first + count])
    }
  }

  /// Moments from the others' of the step before and this strip's own.
  private func displacedMoments(
    _ layer: NormalisationLayer, _ maps: [StripMap], at step: StripStep
  ) throws -> GroupNorm.Moments {
    let own = ownMoments(layer, maps)
    let shape = maps[0].shape
    let others = others(owning: shape)
    guard policy.norm != .separate, !others.isEmpty else { return own }
    if policy.norm != .none && !step.followsSynchronous {
      for owner in others {
        let message = try message(
          .statistics, layer.id, from: owner, at: step, synchronous: false)
        let numbers = message?.doubles ?? []
        let half = numbers.count / 2
        moments[layer.id, default: [:]][owner] = GroupNorm.Moments(
          means: Array(numbers[..<half]), squares: Array(numbers[half...]))
      }
    }
    let known = moments[layer.id] ?? [:]
    if policy.norm != .none { moments[layer.id, default: [:]][worker] = own }
    return combine(own, known, shape)
  }

  /// S + (m - m_old) for every group, with S the mean of what is known of all strips.
  private func combine(
    _ own: GroupNorm.Moments, _ known: [Int: GroupNorm.Moments], _ shape: MapShape
  ) -> GroupNorm.Moments {
    // The paper's strips are equally high, so its mean over strips is this weighted one.
    func share(_ owner: Int) -> Double {
      Double(layout.pixelRows(of: owner, shape).count) / Double(shape.height)
    }
    let before = known[worker] ?? own
    let weight = policy.norm == .stale ? share(worker) : 1
    func combine(_ numbers: (GroupNorm.Moments) -> [Double]) -> [Double] {
      numbers(own).indices.map { group in
        let mean = known.sorted { $0.key < $1.key }.reduce(0) {
          $0 + share($1.key) * numbers($1.value)[group]
        }
        return mean + weight * (numbers(own)[group] - numbers(before)[group])
      }
    }
    var result = GroupNorm.Moments(means: combine(\.means), squares: combine(\.squares))
    for group in result.means.indices
    where result.squares[group] < result.means[group] * result.means[group] {
      // A negative variance: the strip's own takes its place.
      let variance = own.squares[group] - own.means[group] * own.means[group]
      result.squares[group] = result.means[group] * result.means[group] + variance
    }
    return result
  }
}
