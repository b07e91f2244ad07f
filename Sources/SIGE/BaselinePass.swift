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
  /// - Parameter unread: id of a last layer whose output nobody will read, `UNet.outputID`; of it there
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

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<DenseMap>, residual: Residual<DenseMap>?
  ) throws -> DenseMap {
    try convolve(layer, operand, residual: residual, affine: keepingAffine(of: operand))
  }

  private func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<DenseMap>, residual: Residual<DenseMap>?,
    affine: ChannelAffine?
  ) throws -> DenseMap {
    let shape = layer.convolution.outputShape(operand.maps[0].map.shape, doubled: operand.doubled)
    // The statistics of what it would read are kept by now.
    if layer.id == unread { return dense.input(FeatureMap(shape, tiles: 0)) }
    let result = try dense.convolve(
      layer, operand, residual: residual, affine: affine,
      keeping: cache.precision.format(of: layer.readers, shape),
      rows: cache.rows(of: shape, for: layer.readers))
    keep(result, of: layer)
    return result
  }

  package func attend(_ block: AttentionBlock, _ map: DenseMap) throws -> DenseMap {
    var operand = Operand([map])
    operand.normalisation = block.norm
    let affine = keepingAffine(of: operand)
    let query = try convolve(block.query, operand, residual: nil, affine: affine)
    let key = try convolve(block.key, operand, residual: nil, affine: affine)
    let value = try convolve(block.value, operand, residual: nil, affine: affine)
    let result = try dense.attend(
      block, map, query: query, key: key, value: value,
      keeping: cache.precision.format(of: block.output.readers, map.map.shape),
      rows: cache.rows(of: map.map.shape, for: block.output.readers))
    keep(result, of: block.output)
    return result
  }

  private func keep(_ map: DenseMap, of layer: ConvolutionLayer) {
    guard layer.readers != .samePixel else { return }
    if let kept = map.kept { cache.keep(kept, of: layer.id) }
    cache.keep(map.sums, of: layer.id)
  }

  /// Keeps the statistics without the modulation, which depends on the timestep alone.
  private func keepingAffine(of operand: Operand<DenseMap>) -> ChannelAffine? {
    guard let layer = operand.normalisation else { return dense.affine(of: operand) }
    var plain = operand
    plain.modulation = nil
    guard let affine = dense.affine(of: plain) else { return nil }
    cache.keep(affine, of: layer.id)
    guard let modulation = operand.modulation else { return affine }
    return affine.then(factor: modulation.scale, summand: modulation.shift)
  }
}
