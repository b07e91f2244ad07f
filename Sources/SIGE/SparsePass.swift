import DiffMask
package import Networks
package import Tensors

/// A map of which only the edited tiles are fresh; the rest is a cached activation.
package struct SparseMap: Sendable {
  /// Fresh tiles, in the order of their level's tile set.
  package let slab: FeatureMap
  /// The baseline's activation; nil where nothing outside the tiles is ever read.
  let base: CachedMap?
  /// Which tiles the slab holds.
  package let level: EditTiles.Level
  /// Sums over the fresh tiles.
  var sums: ChannelSums?
  /// Sums over the whole map, fresh tiles and cached ones, where a write-back needs them.
  var wholeSums: ChannelSums?
  /// Layer whose cached output `base` is.
  var id: Int?
}

/// Computes the tiles an edit touches and reads everything else from a baseline's cache.
///
/// Li et al. 2022 (SIGE): statistics of normalisations are the baseline's, changes do not spread
/// beyond each resolution's tiles, attention refreshes the queries of active tiles only. Nothing
/// proportional to the picture is copied: fresh tiles live in slabs beside the untouched cache.
package final class SparsePass: Pass {
  private let cache: ActivationCache
  private let tiles: EditTiles
  private let workers: WorkerPool
  private let cancellation: Cancellation?
  /// With write-back, fresh tiles replace the cached ones once the pass is complete.
  private let writesBack: Bool
  private let output: Output
  private let outputID: Int
  private var pending: [(id: Int, map: SparseMap)] = []
  private var pendingAffines: [(id: Int, affine: ChannelAffine)] = []

  /// What the last layer computes.
  package enum Output: String, Sendable, CaseIterable {
    /// The edit's tiles; outside them the baseline's output stands.
    case tiles
    /// Every tile, as SIGE does: outside the edit, too, the output follows its changed statistics.
    case whole
  }

  /// Makes a pass of `network` over `tiles` that reads from `cache`.
  package init(
    _ cache: ActivationCache, network: UNet, tiles: EditTiles, workers: WorkerPool,
    output: Output = .tiles, cancellation: Cancellation? = nil, writesBack: Bool = false
  ) {
    self.output = tiles.sets[0].isEmpty ? .tiles : output
    outputID = network.outputID
    self.cache = cache
    self.tiles = tiles
    self.workers = workers
    self.cancellation = cancellation
    self.writesBack = writesBack
  }

  /// A network input given by the tiles of `EditTiles.input`, which is all that is ever read of it.
  ///
  /// - Precondition: `slab` holds exactly those tiles.
  package func input(_ slab: FeatureMap) -> SparseMap {
    SparseMap(slab: slab, base: nil, level: tiles.input)
  }

  package func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<SparseMap>, residual: SparseMap?
  ) throws -> SparseMap {
    let pointwise = layer.convolution.geometry == .pointwise
    return try convolve(
      layer, operand, residual: residual, affine: affine(of: operand, for: layer),
      base: pointwise ? nil : cache.map(layer.id))
  }

  private func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<SparseMap>, residual: SparseMap?,
    affine: ChannelAffine?, base: CachedMap?
  ) throws -> SparseMap {
    try cancellation?.check()
    let shape = layer.convolution.outputShape(
      operand.maps[0].slab.shape, doubled: operand.doubled)
    let input = ConvolutionInput(
      operand.maps.map(source), affine: affine, silu: operand.silu, doubled: operand.doubled,
      bias: operand.bias, residual: residual?.slab)
    let whole = layer.id == outputID && output == .whole
    let level =
      whole
      ? EditTiles.Level(.all(width: shape.width, height: shape.height))
      : tiles.level(of: shape)
    let result = Tensors.convolve(
      layer.convolution, input, tiles: .some(level.tiles.active), workers: workers)
    var map = SparseMap(
      slab: result.map, base: base, level: level, sums: result.sums, id: layer.id)
    if writesBack, base != nil {
      map.wholeSums = updatedSums(of: map)
      pending.append((layer.id, map))
    }
    return map
  }

  private func source(_ map: SparseMap) -> Source {
    Source(fresh: map.slab, index: map.level.index, base: map.base)
  }

  /// The baseline's statistics, as in SIGE; fresh ones before the last layer and for write-back.
  ///
  /// A single edit is nearest to dense with frozen statistics. Caches that are written back again
  /// and again would keep those of the very first picture; following the sums keeps 20 accepted
  /// edits about 7 dB closer to dense.
  private func affine(of operand: Operand<SparseMap>, for layer: ConvolutionLayer)
    -> ChannelAffine?
  {
    guard let normalisation = operand.normalisation else {
      return operand.modulation?.affine(stride: operand.maps[0].slab.shape.stride)
    }
    let frozen = cache.affine(normalisation.id)
    let followsSums = writesBack || layer.id == outputID
    let current = followsSums ? updated(normalisation, operand.maps) ?? frozen : frozen
    guard let modulation = operand.modulation else { return current }
    return current.then(factor: modulation.scale, summand: modulation.shift)
  }

  /// The affine map from the sums of the maps as they are now; nil where those are not known.
  private func updated(_ layer: NormalisationLayer, _ maps: [SparseMap]) -> ChannelAffine? {
    let known = maps.compactMap { map in
      updatedSums(of: map).map { (map.slab.shape.channels, $0) }
    }
    guard known.count == maps.count else { return nil }
    let affine = layer.norm.affine(of: known)
    if writesBack { pendingAffines.append((layer.id, affine)) }
    return affine
  }

  /// Sums over a whole map: the baseline's with the fresh tiles exchanged for the cached ones.
  private func updatedSums(of map: SparseMap) -> ChannelSums? {
    if let known = map.wholeSums { return known }
    guard let id = map.id, let base = map.base, let fresh = map.sums, let sums = cache.sums[id]
    else { return nil }
    return sums.replacing(base.sums(over: map.level.tiles.active), with: fresh)
  }

  package func attend(_ block: AttentionBlock, _ map: SparseMap) throws -> SparseMap {
    var operand = Operand([map])
    operand.normalisation = block.norm
    let affine = affine(of: operand, for: block.query)
    let query = try convolve(block.query, operand, residual: nil, affine: affine, base: nil)
    let key = try convolve(
      block.key, operand, residual: nil, affine: affine, base: cache.map(block.key.id))
    let value = try convolve(
      block.value, operand, residual: nil, affine: affine, base: cache.map(block.value.id))
    try cancellation?.check()
    let attended = Tensors.attend(
      queries: query.slab, keys: source(key), values: source(value), heads: block.heads,
      workers: workers)
    return try convolve(
      block.output, Operand([SparseMap(slab: attended, base: nil, level: map.level)]),
      residual: map, affine: nil,
      base: cache.map(block.output.id))
  }

  /// Replaces the cached tiles by the fresh ones of this pass, and sums and statistics with them.
  ///
  /// Called once the whole pass has succeeded, so that a cancelled one leaves the cache as it was.
  package func writeBack() {
    for (id, map) in pending {
      if let sums = map.wholeSums { cache.keep(sums, of: id) }
      cache.map(id).store(map.slab, at: map.level.tiles.active)
    }
    for (id, affine) in pendingAffines { cache.keep(affine, of: id) }
    pending = []
    pendingAffines = []
  }
}
