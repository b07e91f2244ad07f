/// How displaced strips treat the statistics of normalisations after warm-up (DistriFusion's modes).
package enum NormMode: String, Sendable, CaseIterable {
  /// Everyone's of the step before, moved by the change of one's own: S + (m - m_old).
  case corrected
  /// Everyone's of the step before, one's own replaced by the present one.
  case stale
  /// One's own strip's only.
  case separate
  /// Everyone's of the present step, waited for.
  case sync
  /// Everyone's of the last synchronous step, moved by the change of one's own since.
  case none
}

/// What strips read of one another once they are displaced.
package struct StripPolicy: Sendable, Equatable {
  /// Statistics of normalisations.
  package var norm = NormMode.corrected
  /// The part of each neighbour's keys and values that is read (PCPP); nil reads all of all strips.
  package var fraction: Double?
  /// The part of all halos that is refreshed at each step, in turn; the others stay older.
  package var haloFraction = 1.0

  /// Makes DistriFusion's policy.
  package init() {}

  /// Whether the halo of layer `id` is sent at step `step`: over any 1 / fraction steps about once.
  package func refreshesHalo(of id: Int, at step: Int) -> Bool {
    guard haloFraction < 1 else { return true }
    let turn = Double(step + id)
    return ((turn + 1) * haloFraction).rounded(.down) > (turn * haloFraction).rounded(.down)
  }
}

/// One step of a sampler as strips see it.
package struct StripStep: Sendable, Equatable {
  /// Number of the step.
  package let index: Int
  /// Whether strips wait for each other's data of this step.
  package let isSynchronous: Bool
  /// Whether the step before was synchronous.
  package let followsSynchronous: Bool
  /// Whether the next step is displaced and so reads what this one sends.
  package let feedsNext: Bool

  /// Step `index` of `steps`, the first `warmUp` of which are synchronous.
  package init(_ index: Int, of steps: Int, warmUp: Int) {
    self.index = index
    isSynchronous = index < warmUp
    followsSynchronous = index - 1 < warmUp
    feedsNext = index + 1 < steps && index + 1 >= warmUp
  }

  /// Whether anyone reads what this step sends for layers that may be displaced.
  var isRead: Bool { isSynchronous || feedsNext }
}
