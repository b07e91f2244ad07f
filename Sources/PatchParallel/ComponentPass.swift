import Networks
import Tensors

/// Computes one component of a network and takes everything else from the other components.
///
/// A pass rather than a walk over the recorded calls, since operands hold what a timestep makes of
/// them, which the network alone knows.
final class ComponentPass: Pass {
  /// The result of a call: computed here, imported, or neither and then read by nobody here.
  struct Map {
    let call: Int?
    let dense: DenseMap?
  }

  private let own: Range<Int>
  private let imports: [Int: DenseMap]
  private let inner: DensePass
  private var next = 0
  /// Results of the component's own calls.
  private(set) var results: [Int: DenseMap] = [:]

  init(
    _ own: Range<Int>, imports: [Int: DenseMap], workers: WorkerPool, cancellation: Cancellation?
  ) {
    self.own = own
    self.imports = imports
    inner = DensePass(workers: workers, cancellation: cancellation)
  }

  /// The network's input, which only the first call reads; nil for components without it.
  func input(_ map: FeatureMap?) -> Map { Map(call: nil, dense: map.map(inner.input)) }

  func run(_ call: Call<Map>) throws -> Map {
    let index = next
    next += 1
    guard own.contains(index) else { return Map(call: index, dense: imports[index]) }
    let result = try inner.run(call.map(known))
    results[index] = result
    return Map(call: index, dense: result)
  }

  private func known(_ map: Map) -> DenseMap {
    guard let dense = map.dense else {
      preconditionFailure("call \(map.call ?? -1) was not imported")
    }
    return dense
  }
}
