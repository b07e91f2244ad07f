package import Networks
package import Tensors

/// Computes every tile like `DensePass` and keeps what sparse passes will read (SIGE's full mode).
package final class BaselinePass: Pass {
  private let dense: DensePass
  private let cache: ActivationCache

  /// Makes a pass that fills `cache` with the activations of the network it is used with.
  package init(
    _ cache: ActivationCache, workers: WorkerPool, cancellation: Cancellation? = nil
  ) {
    self.cache = cache
    dense = DensePass(workers: workers, cancellation: cancellation)
  }

  /// A network input as a map of this pass.
  package func input(_ map: FeatureMap) -> DenseMap { dense.input(map) }

  package func run(_ call: Call<DenseMap>) throws -> DenseMap {
    let id = call.id
    let result = try dense.run(call, keeping: cache.format(of: id, call.shape(\.map.shape))) {
      // Without the modulation, which depends on the timestep alone.
      cache.keep($1, of: $0.id)
    }
    guard cache.readers(of: id) != .samePixel else { return result }
    if let kept = result.kept { cache.keep(kept, of: id) }
    if case .convolve = call { cache.keep(result.sums, of: id) }
    return result
  }
}
