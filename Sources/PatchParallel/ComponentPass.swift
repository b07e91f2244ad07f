import Networks
import Tensors

/// Computes one component of a network and takes everything else from the other components.
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

  func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>?
  ) throws -> Map {
    try call {
      try inner.convolve(layer, operand.map(known), residual: residual?.map(known))
    }
  }

  func attend(_ block: AttentionBlock, _ map: Map) throws -> Map {
    try call { try inner.attend(block, known(map)) }
  }

  private func call(_ compute: () throws -> DenseMap) rethrows -> Map {
    let index = next
    next += 1
    guard own.contains(index) else { return Map(call: index, dense: imports[index]) }
    let result = try compute()
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
