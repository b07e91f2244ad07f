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
///
/// So what a call makes of an edit is:
/// - a convolution with windows, and whatever its operand is modulated by: the tiles that the mask's
///   windows touch, which read the cached map around them, one halo a layer but no further;
/// - a linear map, layer normalisation, activations, gated products, attention to given tokens, sums:
///   exactly the pixels of the tiles, which read nothing else;
/// - group normalisation: global, but frozen, so that the pixels of the tiles are enough;
/// - attention over the map: global. Queries of the tiles attend to all keys and values, fresh ones
///   and cached; what queries elsewhere would see of the edit is left out.
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
    _ cache: ActivationCache, network: some Network, tiles: EditTiles, workers: WorkerPool,
    output: Output = .tiles, cancellation: Cancellation? = nil, writesBack: Bool = false
  ) {
    self.output = tiles.sets[0].isEmpty ? .tiles : output
    outputID = network.graph.outputID
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

  package func run(_ call: Call<SparseMap>) throws -> SparseMap {
    try cancellation?.check()
    switch call {
    case .convolve(let call): return convolve(call)
    case .attend(let call): return attend(call)
    }
  }

  private func convolve(_ call: Convolving<SparseMap>) -> SparseMap {
    let layer = call.layer
    let shape = layer.convolution.outputShape(
      call.operand.maps[0].slab.shape, doubled: call.operand.doubled)
    let base = cache.map(layer.id, shape)
    let level = level(of: layer.id, shape, isCached: base != nil)
    if case .map(let added) = call.residual {
      precondition(added.level === level, "\(layer.name) adds a map of other tiles")
    }
    let input = call.input(stored: \.slab, source: source) { affine(of: $0, over: $1, for: layer) }
    let result = Tensors.convolve(
      layer.convolution, input, tiles: .some(level.tiles.active), workers: workers)
    var map = SparseMap(
      slab: result.map, base: base, level: level, sums: result.sums, id: layer.id)
    if writesBack, cache.readers(of: layer.id) != .samePixel {
      map.wholeSums = updatedSums(of: map, former: base == nil ? former(call, level) : nil)
      pending.append(map)
    }
    return map
  }

  private func attend(_ call: Attending<SparseMap>) -> SparseMap {
    let queries = call.queries
    let slab = call.values(of: queries.slab, source: source, workers: workers)
    let map = SparseMap(
      slab: slab, base: cache.map(call.layer.id, slab.shape), level: queries.level,
      id: call.layer.id)
    if writesBack, map.base != nil { pending.append(map) }
    return map
  }

  /// Which tiles of an output are computed: an edit's, with their neighbours where a later window
  /// would find nothing there.
  private func level(of id: Int, _ shape: MapShape, isCached: Bool) -> EditTiles.Level {
    if id == outputID && output == .whole {
      return EditTiles.Level(.all(width: shape.width, height: shape.height))
    }
    return tiles.level(
      of: shape, grown: cache.readers(of: id) == .nextConvolution && !isCached)
  }

  /// The sums that the baseline had in some tiles of an output which is not kept, computed again from
  /// what is.
  private func former(_ call: Convolving<SparseMap>, _ level: EditTiles.Level) -> ChannelSums {
    let input = call.input(
      stored: \.slab, source: { map in map.base.map(Source.init(cached:)) ?? source(map) },
      statistics: { layer, _ in cache.affine(layer.id) })
    return Tensors.convolve(
      call.layer.convolution, input, tiles: .some(level.tiles.active), workers: workers
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
  private func affine(
    of normalisation: NormalisationLayer, over maps: [SparseMap], for layer: ConvolutionLayer
  ) -> ChannelAffine {
    let frozen = cache.affine(normalisation.id)
    guard writesBack || layer.id == outputID else { return frozen }
    return updated(normalisation, maps) ?? frozen
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
