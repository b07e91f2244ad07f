import DiffMask
import Networks
import Raster
import SIGE
import Tensors

/// How much memory the engine's runs take, and what that leaves for caches.
extension EditEngine {
  /// What runs over a window take.
  func need(_ window: WorkWindow) -> EditMemory {
    EditMemory(
      window, of: original.width * original.height, network: network, precision: precision,
      workers: workers.count)
  }

  /// Bytes that the process has to be allowed beyond what it holds for a run over a window of so
  /// many rows and columns, keeping no cache longer than it is read.
  package func leastBytes(rows: Int, columns: Int, evaluations: Int = 1, keeping: Bool = true)
    -> Int
  {
    let rect = PixelRect(x: 0, y: 0, width: columns, height: rows)
    return need(WorkWindow(rect, multiple: network.configuration.sizeMultiple))
      .bytes(evaluations: evaluations, keeping: keeping)
  }

  /// Sets the bytes that caches may take beside a run over a window, and drops what is over them.
  ///
  /// - Returns: bytes that the run and all caches may take together, and what the run takes.
  @discardableResult
  func makeRoom(for window: WorkWindow, evaluations: Int, keeping: Bool) -> (
    room: Int, need: Int
  ) {
    let parts = need(window)
    let need = parts.bytes(evaluations: evaluations, keeping: keeping)
    let room = memory.room(caches: cacheBytes, coming: parts.lists)
    cacheLimit = isOneShot ? 0 : max(0, room - need)
    if !seesWhole { cacheLimit = min(cacheLimit, Self.windowBytes) }
    var left = cacheLimit
    for store in stores.reversed() {
      store.shrink(to: left)
      left -= store.byteCount
    }
    stores.removeAll { $0.byteCount == 0 }
    return (room, need)
  }

  /// Sees that there is memory for a copy of the picture whose paint has other outlines.
  ///
  /// Where there is not, but windows around the paint as it is take more, theirs is what is told: one
  /// that follows the advice is not told more the next time.
  func admitCopies(
    _ painted: PixelMask, _ settings: EditSettings, _ scheme: any SamplingScheme
  ) throws {
    guard settings.ragged else { return }
    do {
      try memory.admit(
        EditMemory.bytesPerPicturePixel * original.width * original.height,
        "a picture of \(original.width)x\(original.height) pixels with natural edges")
    } catch {
      try admit(pieces(of: painted, settings), settings, scheme)
      throw error
    }
  }

  /// Sees that there is memory for the largest piece of an edit, if need be without any cache.
  func admit(
    _ pieces: [EditPiece], _ settings: EditSettings, _ scheme: any SamplingScheme
  ) throws {
    let windows = pieces.map(\.window)
    guard let window = windows.max(by: { $0.rect.area < $1.rect.area }) else { return }
    let (room, largest) = makeRoom(for: window, settings, scheme)
    let need = largest + EditMemory.resultBytes(pieces)
    guard need > room else { return }
    throw MemoryError(
      needing: need, of: room, in: memory,
      subject: "a window of \(window.rect.width)x\(window.rect.height) pixels")
  }

  @discardableResult
  func makeRoom(
    for window: WorkWindow, _ settings: EditSettings, _ scheme: any SamplingScheme
  ) -> (room: Int, need: Int) {
    let evaluations =
      switch settings.mode {
      case .sparse: 1
      case .dense: scheme.evaluationsAtOnce(workers.count)
      case .texture: 0
      }
    return makeRoom(for: window, evaluations: evaluations, keeping: settings.mode == .sparse)
  }

  /// Bytes of one step's cache for a window of this many rows and columns.
  package func bytesPerStep(rows: Int, columns: Int) -> Int {
    let frame = ReflectedFrame(
      height: rows, width: columns, multiple: network.configuration.sizeMultiple)
    return network.cacheBytes(
      height: frame.paddedHeight, width: frame.paddedWidth, precision: precision)
  }

  /// Bytes that the caches of all steps of a window may come to.
  func storeBytes(_ window: WorkWindow, steps: Int) -> Int {
    steps * bytesPerStep(rows: window.rect.height, columns: window.rect.width)
  }
}
