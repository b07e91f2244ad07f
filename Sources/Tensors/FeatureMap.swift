package import CKernels

/// The size of a feature map: rows, columns and channels, with the tile grid that follows.
package struct MapShape: Sendable, Hashable {
  /// Rows.
  package var height: Int
  /// Columns.
  package var width: Int
  /// Channels in use.
  package var channels: Int

  /// Makes a shape of `height` x `width` pixels and `channels` channels.
  package init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Channels in storage: `channels` rounded up to a multiple of 16; the padding holds zeros.
  package var stride: Int { paddedChannels(channels) }
  /// 4x4 tiles in a row of tiles.
  package var tilesX: Int { (width + 3) / 4 }
  /// Rows of tiles.
  package var tilesY: Int { (height + 3) / 4 }
  /// Tiles of the whole map.
  package var tileCount: Int { tilesX * tilesY }

  /// Rows and columns of `tile` that lie inside the map, as `16 * rows + columns`.
  package func extent(ofTile tile: Int) -> UInt8 {
    let rows = min(4, height - 4 * (tile / tilesX))
    let columns = min(4, width - 4 * (tile % tilesX))
    return UInt8(16 * rows + columns)
  }
}

/// `channels` rounded up to a multiple of 16.
package func paddedChannels(_ channels: Int) -> Int { (channels + 15) & ~15 }

/// Activations in tiles of 4x4 pixels, channels innermost: `[tile][4][4][stride]`.
///
/// A whole map holds every tile of its shape in order. A slab holds the tiles of a tile set, in the
/// set's order. Pixels of border tiles that lie outside the map and padding channels are zero.
package final class FeatureMap: Sendable {
  /// Size of the map, also when only some of its tiles are here.
  package let shape: MapShape
  /// Tiles held.
  package let tileCount: Int
  /// Storage, `tileCount * 16 * shape.stride` floats.
  package let buffer: Buffer

  /// Makes a map of `shape` with room for `tiles` tiles (all of them by default), undefined inside.
  package init(_ shape: MapShape, tiles: Int? = nil) {
    self.shape = shape
    tileCount = tiles ?? shape.tileCount
    buffer = Buffer(floats: tileCount * 16 * shape.stride)
  }

  /// Makes a whole map of storage that is filled already.
  ///
  /// - Precondition: the buffer has the bytes of all tiles.
  package init(_ shape: MapShape, holding buffer: Buffer) {
    precondition(buffer.byteCount == 4 * shape.tileCount * 16 * shape.stride)
    self.shape = shape
    tileCount = shape.tileCount
    self.buffer = buffer
  }

  /// The stored floats.
  package var floats: UnsafeMutablePointer<Float> { buffer.floats }
  /// Bytes held.
  package var byteCount: Int { buffer.byteCount }

  /// Floats of one tile.
  package var tileStride: Int { 16 * shape.stride }

  /// Makes a whole map from planes `[C][H][W]`.
  ///
  /// - Precondition: `planes.count == channels * height * width`.
  package convenience init(_ shape: MapShape, planes: [Float]) {
    precondition(planes.count == shape.channels * shape.height * shape.width)
    self.init(shape)
    floats.update(repeating: 0, count: tileCount * tileStride)
    let area = shape.height * shape.width
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let pixel = floats + offset(y, x)
        for c in 0..<shape.channels { pixel[c] = planes[c * area + y * shape.width + x] }
      }
    }
  }

  /// A copy with memory of its own.
  package convenience init(copying map: FeatureMap) {
    self.init(map.shape, tiles: map.tileCount)
    floats.update(from: map.floats, count: tileCount * tileStride)
  }

  /// Whether no number of the held tiles is infinite or none at all.
  ///
  /// - Complexity: O(tiles * channels).
  package var isFinite: Bool {
    Safetensors.allFinite(UnsafeBufferPointer(start: floats, count: tileCount * tileStride))
  }

  /// The map as planes `[C][H][W]`.
  ///
  /// - Precondition: the map is whole.
  package func planes() -> [Float] {
    precondition(tileCount == shape.tileCount, "a slab has no planes")
    let area = shape.height * shape.width
    return [Float](unsafeUninitializedCapacity: shape.channels * area) { out, count in
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let pixel = floats + offset(y, x)
          for c in 0..<shape.channels { out[c * area + y * shape.width + x] = pixel[c] }
        }
      }
      count = shape.channels * area
    }
  }

  /// Sums over rows of tiles of a slab that begins with row `firstRow`, each row by itself; slow, for
  /// maps that no convolution has summed up.
  package func rowSums(_ rows: Range<Int>, firstRow: Int) -> RowSums {
    var values = [Double](repeating: 0, count: rows.count * 2 * shape.stride)
    var pixels = 0
    for tile in rows.lowerBound * shape.tilesX..<rows.upperBound * shape.tilesX {
      let extent = shape.extent(ofTile: tile)
      let sums = (tile / shape.tilesX - rows.lowerBound) * 2 * shape.stride
      let stored = floats + (tile - firstRow * shape.tilesX) * tileStride
      for pixel in 0..<16 where pixel / 4 < extent >> 4 && pixel % 4 < extent & 15 {
        pixels += 1
        for c in 0..<shape.channels {
          let value = Double(stored[pixel * shape.stride + c])
          values[sums + c] += value
          values[sums + shape.stride + c] += value * value
        }
      }
    }
    return RowSums(pixels: pixels, stride: shape.stride, values: values)
  }

  /// Index of channel 0 of pixel (y, x) in a whole map.
  package func offset(_ y: Int, _ x: Int) -> Int {
    let tile = (y / 4) * shape.tilesX + x / 4
    return (tile * 16 + (y % 4) * 4 + x % 4) * shape.stride
  }
}

/// One operand as the kernels read it: fresh tiles where there are any, a cached base elsewhere.
///
/// Keeps what it points into alive.
package struct Source: Sendable {
  /// Size of the map that is read, before any doubling.
  package let shape: MapShape
  private let fresh: FeatureMap?
  private let base: CachedMap?
  private let index: Buffer?

  /// Reads a whole map.
  package init(_ map: FeatureMap) {
    shape = map.shape
    fresh = map
    base = nil
    index = nil
  }

  /// Reads `fresh` in the tiles that `index` maps to a slot and `base` in all others.
  ///
  /// `index` holds an Int32 for every tile of the map: its position in the slab, or -1.
  /// Without a base, only pixels of fresh tiles may be read.
  package init(fresh: FeatureMap, index: Buffer, base: CachedMap?) {
    shape = fresh.shape
    self.fresh = fresh
    self.base = base
    self.index = index
  }

  /// Reads a cached map and nothing else.
  package init(cached: CachedMap) {
    shape = cached.shape
    fresh = nil
    base = cached
    index = nil
  }

  /// Calls `body` with the first float of each run of fresh tiles that follow each other in memory,
  /// and with their number, for `count` tiles from number `first` on.
  ///
  /// - Precondition: all of them are fresh.
  func forEachFreshRun(
    from first: Int, count: Int, _ body: (UnsafePointer<Float>, _ tiles: Int) -> Void
  ) {
    guard let fresh else { preconditionFailure("a map without fresh tiles") }
    let slots = index?.base.assumingMemoryBound(to: Int32.self)
    var at = first
    while at < first + count {
      let slot = slots.map { Int($0[at]) } ?? at
      precondition(slot >= 0, "tile \(at) is not fresh")
      var tiles = 1
      while at + tiles < first + count,
        (slots.map { Int($0[at + tiles]) } ?? at + tiles) == slot + tiles
      {
        tiles += 1
      }
      body(fresh.floats + slot * fresh.tileStride, tiles)
      at += tiles
    }
  }

  /// Calls `body` with the description the C kernels take.
  package func withKernelSource<R>(doubled: Bool = false, _ body: (UnsafePointer<ck_source>) -> R)
    -> R
  {
    var source = ck_source(
      base: base.map { UnsafeRawPointer($0.start) },
      fresh: fresh.map { UnsafePointer($0.floats) },
      index: index.map { UnsafePointer($0.base.assumingMemoryBound(to: Int32.self)) },
      height: Int32(shape.height), width: Int32(shape.width), tiles_x: Int32(shape.tilesX),
      stride: Int32(shape.stride), base_format: (base?.format ?? .float).rawValue,
      upsample: doubled ? 1 : 0)
    return withExtendedLifetime((base, fresh, index)) { body(&source) }
  }
}
