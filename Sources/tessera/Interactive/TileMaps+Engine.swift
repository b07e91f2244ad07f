import DiffMask
import Diffusion
import Editor

extension TileMap {
  /// The tiles of a window's grid as the editor takes them.
  init(_ tiles: TileSet, from window: PixelRect) {
    self.init(
      grid: TileGrid(
        origin: Point(x: window.x, y: window.y), side: TileSet.side, across: tiles.tilesX,
        down: tiles.tilesY),
      isComputed: tiles.index.map { $0 >= 0 })
  }
}

extension CacheMap {
  /// The state of caches as the editor takes it.
  init(_ states: CacheStates) {
    let shares = states.fresh.indices.map {
      Share(fresh: states.fresh[$0], updated: states.updated[$0], stale: states.stale[$0])
    }
    self.init(
      grid: TileGrid(
        origin: Point(x: states.window.x, y: states.window.y), side: TileSet.side,
        across: states.tilesX, down: shares.count / max(1, states.tilesX)),
      steps: states.steps, shares: shares)
  }
}
