import Synchronization
package import Tensors

/// A whole map with the sums its normalisation needs.
package struct DenseMap: Sendable {
  /// Every tile.
  package let map: FeatureMap
  /// The same in less width, where that was asked for.
  package let kept: CachedMap?
  private let known: ChannelSums?

  /// Makes a map, whose sums may be known.
  package init(map: FeatureMap, sums: ChannelSums? = nil, kept: CachedMap? = nil) {
    self.map = map
    self.kept = kept
    known = sums
  }

  /// Over all pixels; added up now for a map that is no convolution's result.
  package var sums: ChannelSums {
    known ?? map.rowSums(0..<map.shape.tilesY, firstRow: 0).total
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
  package func input(_ map: FeatureMap) -> DenseMap { DenseMap(map: map) }

  package func run(_ call: Call<DenseMap>) throws -> DenseMap {
    try run(call, keeping: nil) { _, _ in }
  }

  /// Computes a call, of whose result all or some rows of tiles are kept besides as `format`; `note`
  /// gets the affine map of its group normalisation.
  package func run(
    _ call: Call<DenseMap>, keeping format: CachedMap.Format?, rows: Range<Int>? = nil,
    note: (NormalisationLayer, ChannelAffine) -> Void
  ) throws -> DenseMap {
    try cancellation?.check()
    switch call {
    case .convolve(let call):
      let input = call.input(stored: \.map, source: { Source($0.map) }) { layer, maps in
        let affine = layer.affine(of: maps)
        note(layer, affine)
        return affine
      }
      let result = Tensors.convolve(
        call.layer.convolution, input, keeping: format, rows: rows, workers: workers)
      return DenseMap(map: result.map, sums: result.sums, kept: result.kept)
    case .attend(let call):
      let map = call.values(
        of: call.queries.map, source: { Source($0.map) }, workers: workers)
      return DenseMap(
        map: map, kept: format.map { CachedMap(map, as: $0, workers: workers) })
    }
  }
}

extension NormalisationLayer {
  /// The affine map that the statistics of maps side by side give.
  package func affine(of maps: [DenseMap]) -> ChannelAffine {
    norm.affine(of: maps.map { ($0.map.shape.channels, $0.sums) })
  }
}
