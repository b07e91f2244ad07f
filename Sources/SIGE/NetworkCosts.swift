import DiffMask
package import Networks
import Tensors

// What an evaluation costs, as sums over the list of its calls.
//
// Multiply-adds are counted as `Call.work` says, for every output pixel inside the map that is
// computed: all of them, or those of an edit's tiles.

/// How much of each call is computed, and how it is kept.
private struct Extent {
  let tiles: EditTiles?
  /// Id of a layer that is computed whole although the evaluation is sparse.
  let wholeLayer: Int?
  let precision: ActivationCache.Precision

  func format(of entry: Graph.Entry) -> CachedMap.Format? {
    precision.format(of: entry.readers, entry.shape)
  }

  /// Pixels of a call's result that are computed.
  func pixels(_ entry: Graph.Entry) -> Int {
    let shape = entry.shape
    guard let tiles, entry.call.id != wholeLayer else { return shape.height * shape.width }
    let isGrown = entry.readers == .nextConvolution && format(of: entry) == nil
    return tiles.level(of: shape, grown: isGrown).tiles.active.reduce(0) { sum, tile in
      let extent = shape.extent(ofTile: Int(tile))
      return sum + Int(extent >> 4) * Int(extent & 15)
    }
  }
}

extension Network {
  /// Multiply-adds of one evaluation on `height` x `width` pixels: dense, or over `tiles` beside
  /// caches of a precision, which decides what is computed again instead of kept.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func macs(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles,
    precision: ActivationCache.Precision = .full
  ) -> Int {
    let layers = work(
      height: height, width: width, tiles: tiles, output: output, precision: precision)
    return layers.joined().reduce(0) { $0 + $1.macs }
  }

  /// Multiply-adds by layer name, for each call in order.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func work(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles,
    precision: ActivationCache.Precision = .full
  ) -> [[(name: String, macs: Int)]] {
    let graph = graph(height: height, width: width)
    let extent = Extent(
      tiles: tiles, wholeLayer: output == .whole ? graph.outputID : nil, precision: precision)
    return graph.entries.map { entry in
      let pixels = extent.pixels(entry)
      // Whatever else a whole layer adds lies at the tiles of the edit.
      return entry.call.work(\.shape).map { ($0.name, pixels * $0.macsPerPixel) }
    }
  }

  /// Bytes of the activations that a baseline pass keeps for `height` x `width` pixels.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cacheBytes(height: Int, width: Int, precision: ActivationCache.Precision) -> Int {
    graph(height: height, width: width).entries.reduce(0) { sum, entry in
      let format = precision.format(of: entry.readers, entry.shape)
      return sum + entry.shape.tileCount * (format?.tileBytes(entry.shape.stride) ?? 0)
    }
  }

  /// Multiply-adds of one evaluation after each of its calls, for progress inside a step.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  package func cumulativeMACs(
    height: Int, width: Int, tiles: EditTiles? = nil, output: SparsePass.Output = .tiles,
    precision: ActivationCache.Precision = .full
  ) -> [Int] {
    var done = 0
    return work(height: height, width: width, tiles: tiles, output: output, precision: precision)
      .map { layers in
        done += layers.reduce(0) { $0 + $1.macs }
        return done
      }
  }
}
