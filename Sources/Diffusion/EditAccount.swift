import DiffMask
import Raster

/// Tells how far one piece of an edit is.
final class PieceMeter {
  /// Pieces of the edit.
  let pieces: Int
  private let index: Int
  private let window: PixelRect
  private let steps: Int
  private let report: (EditProgress) -> Void
  private var run: EditRun?
  private var observer: PieceObserver?

  init(
    index: Int, of pieces: [EditPiece], steps: Int, report: @escaping (EditProgress) -> Void
  ) {
    self.pieces = pieces.count
    self.index = index
    window = pieces[index].window.rect
    self.steps = steps
    self.report = report
  }

  /// Takes in what the piece's run and its workers know.
  func follow(_ run: EditRun, _ observer: PieceObserver) {
    self.run = run
    self.observer = observer
  }

  /// Tells what is under way after `step` steps of the piece.
  func tell(_ phase: EditPhase, step: Int = 0, tiles: Int = 0) {
    let active = run?.tilesActive ?? 0
    report(
      EditProgress(
        step: index * steps + step, steps: pieces * steps, tiles: min(tiles, active),
        tilesActive: active, phase: phase, piece: index, pieces: pieces, window: window,
        workers: observer?.shares ?? []))
  }
}

/// Adds up what the pieces of an edit bring and cost.
struct EditAccount {
  /// Seconds spent on baselines that were not ready.
  var secondsPreparing = 0.0
  private let width: Int
  private let height: Int
  private var colors: [PieceColors] = []
  private var windows: [PixelRect] = []
  private var tiles: [TileSet] = []
  private var tilesActive = 0
  private var pixels = 0
  private var macs = 0
  private var macsDense = 0

  init(_ picture: Picture) { (width, height) = (picture.width, picture.height) }

  /// Takes in a piece that is done, whose colours are given by position in the picture.
  mutating func add(
    _ piece: EditPiece, _ weights: [Float], isAlone: Bool, colors: (Int, Int) -> SIMD3<Float>
  ) {
    let span =
      isAlone ? piece.core : piece.core.grown(by: EditPieces.fade, inWidth: width, height: height)
    let numbers = span.mapPixels(colors).interleaved
    self.colors.append(
      PieceColors(core: piece.core, weights: weights, span: span, colors: numbers))
    windows.append(piece.window.rect)
    pixels += weights.count { $0 > 0 }
  }

  /// Takes in what a run cost, in all or in some tiles; nothing where there was none.
  mutating func add(costOf run: EditRun, isComputed: Bool) {
    let (width, height) = (run.finestTiles.width, run.finestTiles.height)
    tiles.append(isComputed ? run.finestTiles : .none(width: width, height: height))
    tilesActive = isComputed ? run.tilesActive : 0
    macs += isComputed ? run.macs : 0
    macsDense += run.macsDense
  }

  /// What the whole edit came to; nil where nothing was taken in.
  func result(seconds: Double) -> EditResult? {
    guard let first = windows.first else { return nil }
    let around = windows.dropFirst().reduce(first) { $0.union($1) }
    let joined = windows.count == 1 ? tiles[0] : union(in: around)
    return EditResult(
      patches: PieceColors.patches(of: colors),
      editFraction: Double(pixels) / Double(width * height),
      tilesActive: windows.count == 1 ? tilesActive : joined.count,
      tilesTotal: (width + 3) / 4 * ((height + 3) / 4), macsExecuted: macs, macsDense: macsDense,
      secondsPreparing: secondsPreparing, seconds: seconds - secondsPreparing, window: around,
      windows: windows, tiles: joined)
  }

  /// The tiles of all windows, whose grids are one, each once.
  private func union(in around: PixelRect) -> TileSet {
    let all = TileSet.none(width: around.width, height: around.height)
    var flags = [Bool](repeating: false, count: all.total)
    for (window, tiles) in zip(windows, tiles) {
      let (left, top) = ((window.x - around.x) / 4, (window.y - around.y) / 4)
      for tile in tiles.active {
        let (x, y) = (left + Int(tile) % tiles.tilesX, top + Int(tile) / tiles.tilesX)
        // A frame may reach past the picture.
        if x < all.tilesX, y < all.tilesY { flags[y * all.tilesX + x] = true }
      }
    }
    return TileSet(width: around.width, height: around.height, flags: flags)
  }
}
