import Tensors

/// Another pass that ends an evaluation at the first layer whose output is not finite.
///
/// Looking at every map costs time, so it is for those evaluations whose result is known to be bad.
private final class FinitePass<Inner: Pass>: Pass {
  typealias Map = Inner.Map

  /// Ends the evaluation.
  struct Failure: Error { var layer: String }

  private let inner: Inner
  private let isFinite: (Map) -> Bool

  init(_ inner: Inner, isFinite: @escaping (Map) -> Bool) {
    self.inner = inner
    self.isFinite = isFinite
  }

  func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>?
  ) throws -> Map {
    try checked(inner.convolve(layer, operand, residual: residual), layer.name)
  }

  func attend(_ block: AttentionBlock, _ map: Map) throws -> Map {
    try checked(inner.attend(block, map), block.output.name)
  }

  private func checked(_ map: Map, _ layer: String) throws -> Map {
    guard isFinite(map) else { throw Failure(layer: layer) }
    return map
  }
}

extension UNet {
  /// The name of the first layer whose output is not finite; nil where all outputs are.
  ///
  /// - Parameters:
  ///   - pass: computes the evaluation once more.
  ///   - isFinite: whether a map holds no infinity and nothing that is not a number.
  /// - Throws: `CancellationError` from the pass.
  package func firstNotFinite<P: Pass>(
    _ pass: P, _ sample: P.Map, timestep: Double, isFinite: @escaping (P.Map) -> Bool
  ) throws -> String? {
    let embedding = time.projections(at: timestep, of: self)
    guard embedding.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return "time_embedding" }
    do {
      _ = try self(FinitePass(pass, isFinite: isFinite), sample, timestep: timestep)
      return nil
    } catch let failure as FinitePass<P>.Failure {
      return failure.layer
    }
  }
}
