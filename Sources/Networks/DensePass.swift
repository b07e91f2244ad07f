import Synchronization
package import Tensors

/// A whole map with the sums its normalisation needs.
package struct DenseMap: Sendable {
  /// Every tile.
  package let map: FeatureMap
  /// Over all pixels.
  package let sums: ChannelSums
  /// The same in less width, where that was asked for.
  package let kept: CachedMap?

  /// Makes a map whose sums are known.
  package init(map: FeatureMap, sums: ChannelSums, kept: CachedMap? = nil) {
    self.map = map
    self.sums = sums
    self.kept = kept
  }
}

/// A flag one thread raises to make another stop soon.
package final class Cancellation: Sendable {
  private let raised = Atomic<Bool>(false)
  private let parent: Cancellation?

  /// A flag not yet raised; a parent's being raised counts as its own.
  package init(parent: Cancellation? = nil) { self.parent = parent }

  /// Asks for the work to stop; stays raised.
  package func cancel() { raised.store(true, ordering: .relaxed) }

  /// Whether the work was asked to stop.
  package var isCancelled: Bool {
    raised.load(ordering: .relaxed) || parent?.isCancelled ?? false
  }

  /// - Throws: `CancellationError` once raised.
  package func check() throws {
    if isCancelled { throw CancellationError() }
  }
}

/// Computes every tile of every layer, with fresh statistics.
package final class DensePass: Pass {
  private let workers: WorkerPool
  private let cancellation: Cancellation?

  /// Makes a pass that computes on `workers` and stops between layers once cancelled.
  package init(workers: WorkerPool, cancellation: Cancellation? = nil) {
    self.workers = workers
    self.cancellation = cancellation
  }

  /// A network input as a map of this pass.
  package func input(_ map: FeatureMap) -> DenseMap {
    DenseMap(map: map, sums: ChannelSums(pixels: 0, sums: [], squares: []))
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<DenseMap>, residual: Residual<DenseMap>?
  ) throws -> DenseMap {
    try convolve(layer, operand, residual: residual, affine: affine(of: operand))
  }

  /// The convolution with an affine map that is already known, of which all or some rows of tiles are
  /// kept besides as `format`.
  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<DenseMap>, residual: Residual<DenseMap>?,
    affine: ChannelAffine?, keeping format: CachedMap.Format? = nil, rows: Range<Int>? = nil
  ) throws -> DenseMap {
    try cancellation?.check()
    var input = ConvolutionInput(
      operand.maps.map { Source($0.map) }, affine: affine, silu: operand.silu,
      doubled: operand.doubled, bias: operand.bias)
    input.add(residual, stored: \.map) { Source($0.map) }
    let result = Tensors.convolve(
      layer.convolution, input, keeping: format, rows: rows, workers: workers)
    return DenseMap(map: result.map, sums: result.sums, kept: result.kept)
  }

  /// The affine map of an operand's normalisation and modulation, from the maps' own statistics.
  package func affine(of operand: Operand<DenseMap>) -> ChannelAffine? {
    guard let layer = operand.normalisation else {
      return operand.modulation?.affine(stride: operand.maps[0].map.shape.stride)
    }
    let normal = layer.norm.affine(of: operand.maps.map { ($0.map.shape.channels, $0.sums) })
    guard let modulation = operand.modulation else { return normal }
    return normal.then(factor: modulation.scale, summand: modulation.shift)
  }

  package func attend(_ block: AttentionBlock, _ map: DenseMap) throws -> DenseMap {
    var operand = Operand([map])
    operand.normalisation = block.norm
    let affine = affine(of: operand)
    let query = try convolve(block.query, operand, residual: nil, affine: affine)
    let key = try convolve(block.key, operand, residual: nil, affine: affine)
    let value = try convolve(block.value, operand, residual: nil, affine: affine)
    return try attend(block, map, query: query, key: key, value: value)
  }

  /// The rest of an attention block once queries, keys and values are known.
  package func attend(
    _ block: AttentionBlock, _ map: DenseMap, query: DenseMap, key: DenseMap, value: DenseMap,
    keeping format: CachedMap.Format? = nil, rows: Range<Int>? = nil
  ) throws -> DenseMap {
    try cancellation?.check()
    let attended = Tensors.attend(
      queries: query.map, keys: Source(key.map), values: Source(value.map), heads: block.heads,
      workers: workers)
    let projected = Operand([input(attended)])
    return try convolve(
      block.output, projected, residual: .map(map), affine: nil, keeping: format, rows: rows)
  }
}

extension ConvolutionInput {
  /// Takes a residual over: its map as stored tiles, or its projection with sources to read.
  package mutating func add<Map>(
    _ residual: Residual<Map>?, stored: (Map) -> FeatureMap, source: (Map) -> Source
  ) {
    switch residual {
    case .map(let map): self.residual = stored(map)
    case .projection(let layer, let maps):
      shortcut = Shortcut(layer.convolution, maps.map(source))
    case nil: break
    }
  }
}
