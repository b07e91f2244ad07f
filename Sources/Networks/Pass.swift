package import Tensors

/// Decides, call by call, which part of a network is computed now and where the rest is read from.
///
/// A network is written once in terms of this one requirement; dense, baseline, sparse and split
/// passes differ only here. A pass is used by one thread and for one evaluation.
package protocol Pass<Map>: AnyObject {
  /// A feature map as this pass sees it.
  associatedtype Map

  /// Computes one call, or its part of it.
  ///
  /// - Throws: `CancellationError` when the work was cancelled.
  func run(_ call: Call<Map>) throws -> Map
}

extension Pass {
  /// The convolution of an operand, plus `residual` where given.
  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>? = nil
  ) throws -> Map {
    try run(.convolve(Convolving(layer: layer, operand: operand, residual: residual)))
  }

  /// Attention of each query to the pixels of a map.
  package func attend(_ layer: AttentionLayer, _ queries: Map, keys: Map, values: Map) throws -> Map
  {
    let memory = Memory.maps(keys: keys, values: values)
    return try run(.attend(Attending(layer: layer, queries: queries, memory: memory)))
  }

  /// Attention of each query to given tokens, as wide as the queries.
  package func attend(_ layer: AttentionLayer, _ queries: Map, keys: Tokens, values: Tokens) throws
    -> Map
  {
    let memory = Memory<Map>.tokens(keys: keys, values: values)
    return try run(.attend(Attending(layer: layer, queries: queries, memory: memory)))
  }
}
