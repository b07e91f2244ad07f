package import Networks
package import Tensors

/// Computes every tile like `DensePass` and keeps what sparse passes will read (SIGE's full mode).
package final class BaselinePass: Pass {
  private let dense: DensePass
  private let cache: ActivationCache

  /// Id of a layer that is not computed.
  private let unread: Int?

  /// Makes a pass that fills `cache` with the activations of the network it is used with.
  ///
  /// - Parameter unread: id of a last layer whose output nobody will read, `Graph.outputID`; of it there
  ///   are no tiles then.
  package init(
    _ cache: ActivationCache, unread: Int? = nil, workers: WorkerPool,
    cancellation: Cancellation? = nil
  ) {
    self.cache = cache
    self.unread = unread
    dense = DensePass(workers: workers, cancellation: cancellation)
  }

  /// A network input as a map of this pass.
  package func input(_ map: FeatureMap) -> DenseMap { dense.input(map) }

  package func run(_ call: Call<DenseMap>) throws -> DenseMap {
    let (id, shape) = (call.id, call.shape(\.map.shape))
    if id == unread, case .convolve(let call) = call {
      // The statistics of what it would read are kept all the same.
      if let layer = call.operand.group {
        cache.keep(layer.affine(of: call.operand.maps), of: layer.id)
      }
      return dense.input(FeatureMap(shape, tiles: 0))
    }
    let result = try dense.run(
      call, keeping: cache.format(of: id, shape), rows: cache.rows(of: id, shape)
    ) {
      // Without the modulation, which depends on the timestep alone.
      cache.keep($1, of: $0.id)
    }
    guard cache.readers(of: id) != .samePixel else { return result }
    if let kept = result.kept { cache.keep(kept, of: id) }
    if case .convolve = call { cache.keep(result.sums, of: id) }
    return result
  }
}
