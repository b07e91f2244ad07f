package import Networks
package import Tensors

/// The activations of one baseline evaluation: what sparse passes read outside their tiles.
///
/// Every convolution's output is held once, with the affine map of every normalisation. Attention
/// blocks add their keys and values. A cache is written by one baseline pass and updated in place by
/// write-back; readers must not run while it is written.
package final class ActivationCache: @unchecked Sendable {
  /// Width in which activations are kept.
  package enum Precision: String, Sendable, CaseIterable {
    /// IEEE half: half the memory, relative error up to 5e-4 in what is read.
    case half
    /// Float: exact.
    case full
  }

  /// How activations are stored.
  package let precision: Precision
  private(set) var maps: [CachedMap?]
  private(set) var affines: [ChannelAffine?]
  private(set) var sums: [ChannelSums?]

  /// Makes an empty cache for a network of `layers` layers.
  package init(layers: Int, precision: Precision) {
    self.precision = precision
    maps = [CachedMap?](repeating: nil, count: layers)
    affines = [ChannelAffine?](repeating: nil, count: layers)
    sums = [ChannelSums?](repeating: nil, count: layers)
  }

  /// Bytes of all activations held.
  package var byteCount: Int { maps.reduce(0) { $0 + ($1?.byteCount ?? 0) } }

  /// The cached output of layer `id`.
  ///
  /// - Precondition: a baseline pass has been here.
  func map(_ id: Int) -> CachedMap {
    guard let map = maps[id] else { preconditionFailure("layer \(id) has no cached activation") }
    return map
  }

  /// The affine map of normalisation `id`, before any modulation.
  func affine(_ id: Int) -> ChannelAffine {
    guard let affine = affines[id] else { preconditionFailure("layer \(id) has no statistics") }
    return affine
  }

  func keep(_ map: FeatureMap, of id: Int, full: Bool = false, workers: WorkerPool) {
    maps[id] = CachedMap(map, half: precision == .half && !full, workers: workers)
  }

  func keep(_ affine: ChannelAffine, of id: Int) { affines[id] = affine }

  func keep(_ sums: ChannelSums, of id: Int) { self.sums[id] = sums }

  /// The cached output of layer `id` in floats, nil where none is kept; for inspection.
  package func activation(_ id: Int) -> FeatureMap? { maps[id]?.widened() }

  /// The baseline's result: the output of the network's last layer, always in full precision.
  package func output(of network: UNet) -> FeatureMap { map(network.outputID).widened() }
}
