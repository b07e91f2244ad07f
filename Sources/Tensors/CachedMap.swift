import CKernels

/// A whole map kept for later, in less than float width where asked for.
///
/// Bytes are multiples of a step that each tile and channel has of its own (a 127th of the largest
/// magnitude there), so that a value is off by at most 0.4 % of its neighbourhood's largest.
package final class CachedMap: Sendable {
  /// How values are stored; raw values are those of CKernels.h.
  package enum Format: Int32, Sendable, CaseIterable {
    /// Exact.
    case float = 0
    /// IEEE half: relative error up to 5e-4.
    case half = 1
    /// 8 bit with a step for each tile and channel: 1.125 bytes a value.
    case byte = 2

    /// Bytes of a tile of `stride` channels.
    package func tileBytes(_ stride: Int) -> Int { ck_tile_bytes(rawValue, Int32(stride)) }
  }

  /// Size of the map.
  package let shape: MapShape
  /// How values are stored.
  package let format: Format
  /// The stored tiles, `shape.tileCount * format.tileBytes(shape.stride)` bytes.
  package let buffer: Buffer

  /// Bytes held.
  package var byteCount: Int { buffer.byteCount }

  /// Stores a whole map; float storage shares the map's memory, other formats round a copy.
  package init(_ map: FeatureMap, as format: Format, workers: WorkerPool) {
    shape = map.shape
    self.format = format
    guard format != .float else {
      buffer = map.buffer
      return
    }
    let tileBytes = format.tileBytes(map.shape.stride)
    buffer = Buffer(byteCount: map.tileCount * tileBytes)
    let out = buffer
    let chunk = max(1, (1 << 18) / map.tileStride)
    workers.run((map.tileCount + chunk - 1) / chunk) { task, _ in
      let first = task * chunk
      Kernels.current.table.store_tiles(
        map.floats + first * map.tileStride, Int32(min(chunk, map.tileCount - first)),
        Int32(map.shape.stride), format.rawValue, out.base + first * tileBytes)
    }
  }

  /// Sums of channels and squares over `tiles`, in double precision from one segment of tiles to the
  /// next, so that their error does not grow with the map.
  ///
  /// The segments are those of a convolution of these tiles, so that equal tiles have equal sums.
  package func sums(over tiles: [Int32]) -> ChannelSums {
    let stride = shape.stride
    var total = ChannelSums(
      pixels: 0, sums: [Double](repeating: 0, count: stride),
      squares: [Double](repeating: 0, count: stride))
    let runs = ConvolutionPlan.runs(tiles, shape, length: ConvolutionPlan.longestSegment)
    var part = [Float](repeating: 0, count: 2 * stride)
    tiles.withUnsafeBufferPointer { tiles in
      for run in runs {
        Kernels.current.table.tile_sums(
          buffer.base, format.rawValue, Int32(stride), tiles.baseAddress.map { $0 + run.slot },
          Int32(run.count), &part)
        for c in 0..<stride {
          total.sums[c] += Double(part[c])
          total.squares[c] += Double(part[stride + c])
        }
      }
    }
    return total
  }

  /// Overwrites `tiles` with the tiles of `slab`, in order.
  package func store(_ slab: FeatureMap, at tiles: [Int32]) {
    let tileBytes = format.tileBytes(shape.stride)
    for (slot, tile) in tiles.enumerated() {
      Kernels.current.table.store_tiles(
        slab.floats + slot * slab.tileStride, 1, Int32(shape.stride), format.rawValue,
        buffer.base + Int(tile) * tileBytes)
    }
  }

  /// The whole map in floats.
  package func widened() -> FeatureMap {
    let map = FeatureMap(shape)
    Kernels.current.table.load_tiles(
      buffer.base, Int32(map.tileCount), Int32(shape.stride), format.rawValue, map.floats)
    return map
  }
}
