import DiffMask
package import Networks
package import Tensors

/// A map of which only the edited tiles are fresh; the rest is a cached activation.
package struct SparseMap: Sendable {
  /// Fresh tiles, in the order of their level's tile set.
  package let slab: FeatureMap
  /// The baseline's activation; nil where nothing outside the held tiles is ever read.
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
  private var pending: [SparseMap] = []
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
    _ layer: ConvolutionLayer, _ operand: Operand<SparseMap>, residual: Residual<SparseMap>?
  ) throws -> SparseMap {
    try convolve(
      layer, operand, residual: residual, affine: affine(of: operand, for: layer))
  }

  private func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<SparseMap>, residual: Residual<SparseMap>?,
    affine: ChannelAffine?
  ) throws -> SparseMap {
    try cancellation?.check()
    let shape = layer.convolution.outputShape(
      operand.maps[0].slab.shape, doubled: operand.doubled)
    var input = ConvolutionInput(
      operand.maps.map(source), affine: affine, silu: operand.silu, doubled: operand.doubled,
      bias: operand.bias)
    input.add(residual, stored: \.slab, source: source)
    let base = cache.map(layer, shape)
    let level = level(of: layer, shape, isCached: base != nil)
    let result = Tensors.convolve(
      layer.convolution, input, tiles: .some(level.tiles.active), workers: workers)
    var map = SparseMap(
      slab: result.map, base: base, level: level, sums: result.sums, id: layer.id)
    if writesBack, layer.readers != .samePixel {
      map.wholeSums = updatedSums(
        of: map, former: base == nil ? former(layer, operand, level) : nil)
      pending.append(map)
    }
    return map
  }

  /// Which tiles of an output are computed: an edit's, with their neighbours where a later window
  /// would find nothing there.
  private func level(of layer: ConvolutionLayer, _ shape: MapShape, isCached: Bool)
    -> EditTiles.Level
  {
    if layer.id == outputID && output == .whole {
      return EditTiles.Level(.all(width: shape.width, height: shape.height))
    }
    return tiles.level(of: shape, grown: layer.readers == .nextConvolution && !isCached)
  }

  /// The sums that the baseline had in some tiles of an output which is not kept.
  private func former(
    _ layer: ConvolutionLayer, _ operand: Operand<SparseMap>, _ level: EditTiles.Level
  ) -> ChannelSums {
    var frozen = operand.normalisation.map { cache.affine($0.id) }
    if let modulation = operand.modulation {
      frozen = frozen?.then(factor: modulation.scale, summand: modulation.shift)
    }
    let input = ConvolutionInput(
      operand.maps.compactMap(\.base).map(Source.init(cached:)), affine: frozen,
      silu: operand.silu, doubled: operand.doubled, bias: operand.bias)
    return Tensors.convolve(
      layer.convolution, input, tiles: .some(level.tiles.active), workers: workers
    ).sums
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

  /// Sums over a whole map: the baseline's with the fresh tiles exchanged for the cached ones, whose
  /// sums are `former` where the tiles themselves are not kept.
  private func updatedSums(of map: SparseMap, former: ChannelSums? = nil) -> ChannelSums? {
    if let known = map.wholeSums { return known }
    guard let id = map.id, let fresh = map.sums, let sums = cache.sums[id],
      let former = former ?? map.base?.sums(over: map.level.tiles.active)
    else { return nil }
    return sums.replacing(former, with: fresh)
  }

  package func attend(_ block: AttentionBlock, _ map: SparseMap) throws -> SparseMap {
    var operand = Operand([map])
    operand.normalisation = block.norm
    let affine = affine(of: operand, for: block.query)
    let query = try convolve(block.query, operand, residual: nil, affine: affine)
    let key = try convolve(block.key, operand, residual: nil, affine: affine)
    let value = try convolve(block.value, operand, residual: nil, affine: affine)
    try cancellation?.check()
    let attended = Tensors.attend(
      queries: query.slab, keys: source(key), values: source(value), heads: block.heads,
      workers: workers)
    return try convolve(
      block.output, Operand([SparseMap(slab: attended, base: nil, level: map.level)]),
      residual: .map(map), affine: nil)
  }

  /// Replaces the cached tiles by the fresh ones of this pass, and sums and statistics with them.
  ///
  /// Called once the whole pass has succeeded, so that a cancelled one leaves the cache as it was.
  package func writeBack() {
    for map in pending {
      if let id = map.id, let sums = map.wholeSums { cache.keep(sums, of: id) }
      map.base?.store(map.slab, at: map.level.tiles.active)
    }
    for (id, affine) in pendingAffines { cache.keep(affine, of: id) }
    pending = []
    pendingAffines = []
  }
}
