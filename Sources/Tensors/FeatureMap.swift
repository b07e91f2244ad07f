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

  /// Calls `body` with the description the C kernels take.
  package func withKernelSource<R>(doubled: Bool = false, _ body: (UnsafePointer<ck_source>) -> R)
    -> R
  {
    var source = ck_source(
      base: base.map { UnsafeRawPointer($0.buffer.base) },
      fresh: fresh.map { UnsafePointer($0.floats) },
      index: index.map { UnsafePointer($0.base.assumingMemoryBound(to: Int32.self)) },
      height: Int32(shape.height), width: Int32(shape.width), tiles_x: Int32(shape.tilesX),
      stride: Int32(shape.stride), base_is_half: base?.isHalf == true ? 1 : 0,
      upsample: doubled ? 1 : 0)
    return withExtendedLifetime((base, fresh, index)) { body(&source) }
  }
}

/// A whole map kept for later, in float or half width.
package final class CachedMap: Sendable {
  /// Size of the map.
  package let shape: MapShape
  /// True when values are stored as IEEE halves.
  package let isHalf: Bool
  let buffer: Buffer

  /// Bytes held.
  package var byteCount: Int { buffer.byteCount }

  /// Stores a whole map; float storage shares the map's memory, half storage rounds a copy.
  package init(_ map: FeatureMap, half: Bool, workers: WorkerPool) {
    shape = map.shape
    isHalf = half
    guard half else {
      buffer = map.buffer
      return
    }
    buffer = Buffer(byteCount: 2 * map.tileCount * map.tileStride)
    let tileStride = map.tileStride
    let chunk = max(1, (1 << 18) / tileStride)
    let halves = buffer.halves
    workers.run((map.tileCount + chunk - 1) / chunk) { task, _ in
      let first = task * chunk
      let tiles = min(chunk, map.tileCount - first)
      Kernels.current.table.to_half(
        map.floats + first * tileStride, halves + first * tileStride, tiles * tileStride)
    }
  }

  /// Sums of channels and squares over `tiles`, in double precision from one block of tiles to the
  /// next, so that their error does not grow with the map.
  package func sums(over tiles: [Int32]) -> ChannelSums {
    let stride = shape.stride
    let block = 48
    var total = ChannelSums(
      pixels: 0, sums: [Double](repeating: 0, count: stride),
      squares: [Double](repeating: 0, count: stride))
    var part = [Float](repeating: 0, count: 2 * stride)
    tiles.withUnsafeBufferPointer { tiles in
      for first in Swift.stride(from: 0, to: tiles.count, by: block) {
        Kernels.current.table.tile_sums(
          buffer.base, isHalf ? 1 : 0, Int32(stride), tiles.baseAddress.map { $0 + first },
          Int32(min(block, tiles.count - first)), &part)
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
    let size = slab.tileStride
    for (slot, tile) in tiles.enumerated() {
      let from = slab.floats + slot * size
      if isHalf {
        Kernels.current.table.to_half(from, buffer.halves + Int(tile) * size, size)
      } else {
        (buffer.floats + Int(tile) * size).update(from: from, count: size)
      }
    }
  }

  /// The whole map in floats.
  package func widened() -> FeatureMap {
    let map = FeatureMap(shape)
    let count = map.tileCount * map.tileStride
    if isHalf {
      Kernels.current.table.to_float(buffer.halves, map.floats, count)
    } else {
      map.floats.update(from: buffer.floats, count: count)
    }
    return map
  }
}
