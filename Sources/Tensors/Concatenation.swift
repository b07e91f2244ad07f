extension FeatureMap {
  /// The channels of equally large maps (or slabs of the same tiles), one after the other.
  ///
  /// Only blocks with an identity shortcut around a skip need this; convolutions read two sources.
  /// - Precondition: `maps` is not empty and all hold the same tiles.
  package static func concatenating(_ maps: [FeatureMap]) -> FeatureMap {
    var shape = maps[0].shape
    shape.channels = maps.reduce(0) { $0 + $1.shape.channels }
    let joined = FeatureMap(shape, tiles: maps[0].tileCount)
    joined.floats.update(repeating: 0, count: joined.tileCount * joined.tileStride)
    for pixel in 0..<joined.tileCount * 16 {
      var out = joined.floats + pixel * shape.stride
      for map in maps {
        out.update(from: map.floats + pixel * map.shape.stride, count: map.shape.channels)
        out += map.shape.channels
      }
    }
    return joined
  }
}

extension ChannelSums {
  /// The sums of concatenated maps, given the channels in use of each, padded to `stride`.
  package static func concatenating(
    _ parts: [(channels: Int, sums: ChannelSums)], stride: Int
  ) -> ChannelSums {
    let sums = parts.flatMap { $0.sums.sums.prefix($0.channels) }
    let squares = parts.flatMap { $0.sums.squares.prefix($0.channels) }
    let padding = [Double](repeating: 0, count: stride - sums.count)
    return ChannelSums(
      pixels: parts.first?.sums.pixels ?? 0, sums: sums + padding, squares: squares + padding)
  }
}
