import DiffMask
import Networks
import SIGE
import Tensors

/// What a run over one window takes in memory beside the caches it reads.
struct EditMemory {
  /// Bytes that hints, states, masks and results take in lists for every pixel of a window, at most;
  /// measured over all modes.
  private static let listsPerPixel = 280
  /// Bytes of a state's network input for every pixel: a baseline's is kept beside an edit's.
  private static let inputPerPixel = 64
  /// Bytes of every pixel of the picture that are still to come: the copy that is saved, and that
  /// whose paint has ragged edges, with its kinds.
  static let bytesPerPicturePixel = 9

  /// Bytes of what pieces bring for every pixel of their cores, as it is joined.
  private static let bytesPerResultPixel = 30

  /// Bytes that the results of pieces come to beside those of the largest, which lists count.
  static func resultBytes(_ pieces: [EditPiece]) -> Int {
    let areas = pieces.map {
      ($0.core.width + 2 * EditPieces.fade) * ($0.core.height + 2 * EditPieces.fade)
    }
    return bytesPerResultPixel * (areas.reduce(0, +) - (areas.max() ?? 0))
  }

  /// Bytes of maps and scratch of one evaluation.
  let running: Int
  /// Bytes of lists, which no buffer holds, however many evaluations run at a time.
  let lists: Int
  /// Bytes besides, likewise.
  private let fixed: Int
  /// Bytes of the cache of one step.
  let cache: Int

  /// Adds up what a window takes in a picture of so many pixels.
  init(
    _ window: WorkWindow, of picturePixels: Int, network: UNet,
    precision: ActivationCache.Precision, workers: Int
  ) {
    let (height, width) = (window.frame.paddedHeight, window.frame.paddedWidth)
    let footprint = network.footprint(height: height, width: width, workers: workers)
    running = footprint.running
    lists =
      height * width * Self.listsPerPixel + picturePixels * Self.bytesPerPicturePixel
    fixed = footprint.packing + height * width * Self.inputPerPixel
    cache = network.cacheBytes(height: height, width: width, precision: precision)
  }

  /// Bytes of some evaluations at a time.
  ///
  /// - Parameter keeping: whether each makes a step's cache.
  func bytes(evaluations: Int, keeping: Bool) -> Int {
    // Without any there is no network.
    evaluations == 0 ? lists : lists + fixed + evaluations * (running + (keeping ? cache : 0))
  }
}
