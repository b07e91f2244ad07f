package import Networks
package import Tensors

/// The activations of one baseline evaluation: what sparse passes read outside their tiles.
///
/// Outputs of convolutions that others read beyond an edit's tiles are held once, keys and values of
/// attention too, with the affine map of every normalisation. A cache is written by one baseline
/// pass and updated in place by write-back; readers must not run while it is written.
package final class ActivationCache: @unchecked Sendable {
  /// Width in which activations are kept.
  package enum Precision: String, Sendable, CaseIterable {
    /// 8 bit with a step for each tile and channel; what is cheap to compute again is not kept.
    case byte
    /// IEEE half: half the memory, relative error up to 5e-4 in what is read.
    case half
    /// Float: exact.
    case full = "f32"

    /// How an output of `shape` with these readers is kept; nil where it is not.
    ///
    /// Bytes do for what is read around an edit's tiles only. Maps that are read as a whole stay in
    /// half. What one convolution reads can be computed for the neighbours of an edit's tiles, too;
    /// that is little more work on large maps, and there most of the memory is.
    package func format(of readers: Readers, _ shape: MapShape) -> CachedMap.Format? {
      switch (self, readers) {
      case (_, .samePixel): nil
      case (.byte, .nextConvolution) where shape.tileCount > 4096: nil
      case (.byte, .wholeMap): .half
      case (.byte, _): .byte
      case (.half, _): .half
      case (.full, _): .float
      }
    }
  }

  /// How activations are stored.
  package let precision: Precision
  private let graph: Graph
  private(set) var maps: [CachedMap?]
  private(set) var affines: [ChannelAffine?]
  private(set) var sums: [ChannelSums?]

  /// The tiles of the only edit that will read the cache; nil where any may.
  private let edit: EditTiles?

  /// Makes an empty cache for a network that makes the calls of `graph`.
  ///
  /// - Parameter edit: the tiles of the only edit that will read the cache, which then holds the rows
  ///   that these tiles' windows reach and is never written back to; nil where any may.
  package init(_ graph: Graph, precision: Precision, for edit: EditTiles? = nil) {
    self.precision = precision
    self.graph = graph
    self.edit = edit
    let layers = graph.layerCount
    maps = [CachedMap?](repeating: nil, count: layers)
    affines = [ChannelAffine?](repeating: nil, count: layers)
    sums = [ChannelSums?](repeating: nil, count: layers)
  }

  /// Bytes of all activations held.
  package var byteCount: Int { maps.reduce(0) { $0 + ($1?.byteCount ?? 0) } }

  /// Who reads the output of layer `id`.
  func readers(of id: Int) -> Readers { graph.readers(of: id) }

  /// How an output of `shape` of layer `id` is kept; nil where it is not.
  func format(of id: Int, _ shape: MapShape) -> CachedMap.Format? {
    precision.format(of: readers(of: id), shape)
  }

  /// The rows of tiles that are kept of an output of `shape` of layer `id`; all where nil.
  func rows(of id: Int, _ shape: MapShape) -> Range<Int>? {
    readers(of: id) == .wholeMap ? nil : edit?.rowsRead(of: shape)
  }

  /// The cached output of layer `id`, nil where outputs of `shape` are not kept.
  ///
  /// - Precondition: a baseline pass has been here.
  func map(_ id: Int, _ shape: MapShape) -> CachedMap? {
    guard format(of: id, shape) != nil else { return nil }
    guard let map = maps[id] else { preconditionFailure("layer \(id) has no cached activation") }
    return map
  }

  /// The affine map of normalisation `id`, before any modulation.
  func affine(_ id: Int) -> ChannelAffine {
    guard let affine = affines[id] else { preconditionFailure("layer \(id) has no statistics") }
    return affine
  }

  func keep(_ map: CachedMap, of id: Int) { maps[id] = map }

  func keep(_ affine: ChannelAffine, of id: Int) { affines[id] = affine }

  func keep(_ sums: ChannelSums, of id: Int) { self.sums[id] = sums }

  /// The cached output of layer `id` in floats, nil where none is kept; for inspection.
  ///
  /// - Precondition: it is kept for any edit.
  package func activation(_ id: Int) -> FeatureMap? { maps[id]?.widened() }
}
