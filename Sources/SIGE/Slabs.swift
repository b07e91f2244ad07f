package import DiffMask
package import Tensors

extension FeatureMap {
  /// The tiles of `tiles` from planes `[C][H][W]`, as a slab.
  ///
  /// - Precondition: the planes have the tile set's size.
  package static func slab(
    of planes: [Float], channels: Int, tiles: TileSet
  ) -> FeatureMap {
    let shape = MapShape(height: tiles.height, width: tiles.width, channels: channels)
    precondition(planes.count == channels * shape.height * shape.width)
    let slab = FeatureMap(shape, tiles: tiles.count)
    slab.floats.update(repeating: 0, count: slab.tileCount * slab.tileStride)
    let area = shape.height * shape.width
    slab.forEachPixel(of: tiles) { pixel, y, x in
      for c in 0..<channels { pixel[c] = planes[c * area + y * shape.width + x] }
    }
    return slab
  }

  /// Writes the pixels of this slab over planes `[C][H][W]`; all others keep their values.
  ///
  /// - Precondition: the slab holds the tiles of `tiles`, and the planes have its size.
  package func copy(into planes: inout [Float], tiles: TileSet) {
    let area = shape.height * shape.width
    precondition(planes.count == shape.channels * area)
    planes.withUnsafeMutableBufferPointer { planes in
      forEachPixel(of: tiles) { pixel, y, x in
        for c in 0..<shape.channels { planes[c * area + y * shape.width + x] = pixel[c] }
      }
    }
  }

  /// Calls `body` with each pixel of a slab that lies inside the map: its channels, row and column.
  package func forEachPixel(
    of tiles: TileSet, _ body: (_ pixel: UnsafeMutablePointer<Float>, _ y: Int, _ x: Int) -> Void
  ) {
    for (slot, tile) in tiles.active.enumerated() {
      let extent = shape.extent(ofTile: Int(tile))
      let (top, left) = (4 * (Int(tile) / shape.tilesX), 4 * (Int(tile) % shape.tilesX))
      for y in 0..<Int(extent >> 4) {
        for x in 0..<Int(extent & 15) {
          body(floats + (slot * 16 + 4 * y + x) * shape.stride, top + y, left + x)
        }
      }
    }
  }
}
