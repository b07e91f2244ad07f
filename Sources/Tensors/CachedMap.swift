import CKernels

/// A whole map, or some rows of one, kept for later, in less than float width where asked for.
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
  /// The tiles that are stored, in order; all of them, or those of some rows.
  package let tiles: Range<Int>
  /// The stored tiles, `tiles.count * format.tileBytes(shape.stride)` bytes.
  package let buffer: Buffer

  /// Bytes held.
  package var byteCount: Int { buffer.byteCount }

  /// Stores a whole map; float storage shares the map's memory, other formats round a copy.
  package convenience init(_ map: FeatureMap, as format: Format, workers: WorkerPool) {
    self.init(roomFor: map, as: format)
    store(map, workers: workers)
  }

  /// Makes room for a whole map or some of its rows of tiles, undefined inside; float storage shares
  /// the map's memory, all of it.
  init(roomFor map: FeatureMap, as format: Format, rows: Range<Int>? = nil) {
    shape = map.shape
    self.format = format
    let rows = format == .float ? nil : rows
    tiles =
      rows.map { $0.lowerBound * map.shape.tilesX..<$0.upperBound * map.shape.tilesX }
      ?? 0..<map.tileCount
    buffer =
      format == .float
      ? map.buffer : Buffer(byteCount: tiles.count * format.tileBytes(map.shape.stride))
  }

  /// Where tile 0 would be; only stored tiles may be read from there.
  var start: UnsafeMutableRawPointer {
    buffer.base - tiles.lowerBound * format.tileBytes(shape.stride)
  }

  /// Stores of `map` all that room was made for.
  func store(_ map: FeatureMap, workers: WorkerPool) {
    let chunk = max(1, (1 << 18) / map.tileStride)
    workers.run((map.tileCount + chunk - 1) / chunk) { task, _ in
      store(map, tiles: task * chunk..<min(map.tileCount, (task + 1) * chunk))
    }
  }

  /// Stores some tiles of `map`, as far as room was made for them.
  func store(_ map: FeatureMap, tiles: Range<Int>) {
    let tiles = tiles.clamped(to: self.tiles)
    guard format != .float, !tiles.isEmpty else { return }
    Kernels.current.table.store_tiles(
      map.floats + tiles.lowerBound * map.tileStride, Int32(tiles.count), Int32(shape.stride),
      format.rawValue, start + tiles.lowerBound * format.tileBytes(shape.stride))
  }

  /// Sums of channels and squares over `tiles`, in double precision from one segment of tiles to the
  /// next, so that their error does not grow with the map.
  ///
  /// The segments are those of a convolution of these tiles, so that equal tiles have equal sums.
  /// - Precondition: the tiles are stored.
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
          start, format.rawValue, Int32(stride), tiles.baseAddress.map { $0 + run.slot },
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
        start + Int(tile) * tileBytes)
    }
  }

  /// The whole map in floats.
  ///
  /// - Precondition: all of it is stored.
  package func widened() -> FeatureMap {
    precondition(tiles.count == shape.tileCount, "only some rows are stored")
    let map = FeatureMap(shape)
    Kernels.current.table.load_tiles(
      buffer.base, Int32(map.tileCount), Int32(shape.stride), format.rawValue, map.floats)
    return map
  }
}
