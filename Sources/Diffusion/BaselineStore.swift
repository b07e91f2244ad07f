package import DiffMask
import Networks
import SIGE
import Tensors

/// The baseline activations of one window at every step, as far as memory allows.
///
/// Each step's baseline state is known in closed form, so steps are prepared in any order. A step
/// whose picture changed since is brought up to date by a sparse pass with write-back when needed.
final class BaselineStore {
  /// What the baselines describe; another key means other baselines.
  struct Key: Equatable {
    var window: WorkWindow
    var steps: Int
    var seed: UInt64
  }

  private struct Entry {
    var cache: ActivationCache
    /// Pixels of the frame that changed since the cache was brought up to date.
    var stale: PixelMask?
    /// Pixels of the frame that sparse updates have been applied to since the dense pass.
    var updated: PixelMask?
  }

  /// Pixels by which changes are grown before caches follow them: more than an edit needs, since
  /// what is dropped here stays wrong until the next dense pass.
  private static let updateDilation = 16

  let key: Key
  private let network: UNet
  private let precision: ActivationCache.Precision
  private var limit: Int
  private var entries: [Int: Entry] = [:]
  /// Bytes of one step's cache.
  let bytesPerStep: Int

  init(
    _ key: Key, network: UNet, precision: ActivationCache.Precision, bytesPerStep: Int, limit: Int
  ) {
    self.key = key
    self.network = network
    self.precision = precision
    self.bytesPerStep = bytesPerStep
    self.limit = limit
  }

  /// Bytes of all caches held.
  var byteCount: Int { entries.values.reduce(0) { $0 + $1.cache.byteCount } }

  /// Steps that can be kept under the limit.
  private var capacity: Int { max(0, limit / max(1, bytesPerStep)) }

  /// Sets the limit, and drops caches that are over it, those of the last steps first.
  func shrink(to limit: Int) {
    self.limit = max(0, limit)
    for timestep in entries.keys.sorted().prefix(max(0, entries.count - capacity)) {
      entries[timestep] = nil
    }
  }

  /// Whether the cache of `timestep` is there and up to date.
  func isReady(_ timestep: Int) -> Bool {
    guard let entry = entries[timestep] else { return false }
    return entry.stale == nil
  }

  /// Whether one more step may be kept.
  private var hasRoom: Bool { entries.count < capacity }

  /// Whether preparing `timestep` now would leave it ready: it is out of date, or new with room.
  func canPrepare(_ timestep: Int) -> Bool {
    entries[timestep].map { $0.stale != nil } ?? hasRoom
  }

  /// How many of `timesteps` will be ready once all that can be has been prepared.
  func preparable(_ timesteps: some Sequence<Int>) -> Int {
    let missing = timesteps.filter { entries[$0] == nil }.count
    let held = timesteps.filter { entries[$0] != nil }.count
    return held + min(missing, max(0, capacity - entries.count))
  }

  /// Marks pixels of the frame as changed in all caches.
  func invalidate(_ changed: PixelMask) {
    for timestep in Array(entries.keys) {
      let stale = entries[timestep]?.stale
      entries[timestep]?.stale = stale.map { $0.union(changed) } ?? changed
    }
  }

  /// The up-to-date cache of `timestep`, computed now if need be and kept if there is room.
  ///
  /// - Parameters:
  ///   - edit: the tiles that will be computed from it now: a cache that is not kept holds what they
  ///     read. Any may where nil.
  ///   - input: makes the baseline's input for all tiles of the frame or for some of them.
  /// - Throws: `CancellationError`; what is kept stays valid.
  func cache(
    _ timestep: Int, for edit: EditTiles? = nil, workers: WorkerPool, cancellation: Cancellation?,
    input: (TileSet) -> FeatureMap
  ) throws -> ActivationCache {
    if let entry = entries[timestep] {
      guard let stale = entry.stale else { return entry.cache }
      let tiles = EditTiles(
        mask: stale.dilated(by: BaselineStore.updateDilation),
        levels: network.configuration.levels)
      let pass = SparsePass(
        entry.cache, network: network, tiles: tiles, workers: workers,
        cancellation: cancellation, writesBack: true)
      _ = try network(
        pass, pass.input(input(tiles.input.tiles)), timestep: Double(timestep))
      pass.writeBack()
      entries[timestep] = Entry(
        cache: entry.cache, stale: nil, updated: entry.updated.map { $0.union(stale) } ?? stale)
      return entry.cache
    }
    let isKept = hasRoom
    let cache = try dense(
      timestep, for: isKept ? nil : edit, workers, cancellation, input(allTiles))
    if isKept { entries[timestep] = Entry(cache: cache, stale: nil, updated: nil) }
    return cache
  }

  /// The first of some steps that preparing would leave ready and that is not; nil where there is none.
  func next(_ timesteps: [Int]) -> Int? { timesteps.first(where: canPrepare) }

  /// The first step whose cache was updated sparsely since its dense pass.
  var firstDrifted: Int? { entries.keys.sorted(by: >).first { entries[$0]?.updated != nil } }

  /// In how many of `timesteps` each finest tile of the frame has activations of which state.
  ///
  /// - Complexity: O(tiles) a step, and the pixels of what changed.
  func states(of timesteps: some Sequence<Int>) -> CacheStates {
    let all = allTiles
    var states = CacheStates(
      window: key.window.rect, tilesX: all.tilesX, steps: 0,
      fresh: [UInt8](repeating: 0, count: all.count), updated: [], stale: [])
    states.updated = states.fresh
    states.stale = states.fresh
    for timestep in timesteps {
      states.steps += 1
      guard let entry = entries[timestep] else { continue }
      let stale = entry.stale.map { TileSet(mask: $0, halo: 0).index }
      let updated = entry.updated.map { TileSet(mask: $0, halo: 0).index }
      for tile in 0..<all.count {
        if let stale, stale[tile] >= 0 {
          states.stale[tile] &+= 1
        } else if let updated, updated[tile] >= 0 {
          states.updated[tile] &+= 1
        } else {
          states.fresh[tile] &+= 1
        }
      }
    }
    return states
  }

  /// Replaces the cache of `timestep` by that of a new dense pass.
  ///
  /// - Throws: `CancellationError`; the old cache stays.
  func refresh(
    _ timestep: Int, workers: WorkerPool, cancellation: Cancellation?,
    input: (TileSet) -> FeatureMap
  ) throws {
    let cache = try dense(timestep, for: nil, workers, cancellation, input(allTiles))
    entries[timestep] = Entry(cache: cache, stale: nil, updated: nil)
  }

  private func dense(
    _ timestep: Int, for edit: EditTiles?, _ workers: WorkerPool, _ cancellation: Cancellation?,
    _ input: FeatureMap
  ) throws -> ActivationCache {
    let cache = ActivationCache(network.graph, precision: precision, for: edit)
    let pass = BaselinePass(
      cache, unread: network.graph.outputID, workers: workers, cancellation: cancellation)
    _ = try network(pass, pass.input(input), timestep: Double(timestep))
    return cache
  }

  /// Every tile of the frame.
  private var allTiles: TileSet {
    let frame = key.window.frame
    return TileSet.all(width: frame.paddedWidth, height: frame.paddedHeight)
  }
}

/// How up to date cached activations are, by finest tiles (4x4 pixels) of a window.
package struct CacheStates: Sendable, Equatable {
  /// The window the tiles begin in.
  package let window: PixelRect
  /// Tiles in a row.
  package let tilesX: Int
  /// Steps that were asked about, at most 255 of which are counted.
  package var steps: Int
  /// Steps in which a tile is as a dense pass left it, row by row.
  package var fresh: [UInt8]
  /// Steps in which a sparse pass updated it since.
  package var updated: [UInt8]
  /// Steps in which the picture under it has changed since.
  package var stale: [UInt8]
}
