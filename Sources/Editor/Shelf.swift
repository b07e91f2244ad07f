import Raster

/// Results put aside while the original they were made on is not the one on the canvas.
///
/// Accepting a result makes another original; undo brings the former one back, and with it the
/// results of then. Only the pixels that results and strokes share are kept, not whole pictures.
struct Shelf: Sendable {
  private struct Item {
    var results: [EngineResult]
    var index: Int
    var isSaved: Bool
    var revision: Int
    var area: Area
    var requested: [[UInt8]]
    var kinds: [[UInt8]]
    var mask: Mask
  }

  private var items: [Int: Item] = [:]
  static let most = 8

  /// Keeps what is staged for the original `revision`; the oldest originals' results go first.
  mutating func put(_ staged: EditorState.Staged?, original revision: Int) {
    guard let staged else {
      items[revision] = nil
      return
    }
    let area = staged.results.map(\.area).reduce(staged.result.area) { $0.union($1) }
    items[revision] = Item(
      results: staged.results, index: staged.index, isSaved: staged.isSaved,
      revision: staged.revision, area: area,
      requested: (area.minY..<area.maxY).map { staged.requested.row($0, area) },
      kinds: (area.minY..<area.maxY).map { staged.kinds.row($0, area) }, mask: staged.mask)
    while items.count > Self.most, let oldest = items.keys.min() { items[oldest] = nil }
  }

  /// Takes back what was put aside for the original of `canvas`.
  mutating func take(for canvas: Canvas) -> EditorState.Staged? {
    guard let item = items.removeValue(forKey: canvas.originalRevision) else { return nil }
    var requested = canvas.edited
    var kinds = canvas.touched
    for (offset, row) in item.requested.enumerated() {
      let at = requested.offset(x: item.area.minX, y: item.area.minY + offset)
      requested.samples.replaceSubrange(at..<(at + row.count), with: row)
    }
    for (offset, row) in item.kinds.enumerated() {
      let at = (item.area.minY + offset) * kinds.width + item.area.minX
      kinds.values.replaceSubrange(at..<(at + row.count), with: row)
    }
    return EditorState.Staged(
      results: item.results, index: item.index, picture: canvas.original, requested: requested,
      kinds: kinds, mask: item.mask, revision: item.revision, isSaved: item.isSaved)
  }
}

extension EngineResult {
  /// The pixels it replaces.
  var area: Area {
    Area(x: origin.x, y: origin.y, width: pixels.width, height: pixels.height)
  }
}

extension Mask {
  fileprivate func row(_ y: Int, _ area: Area) -> [UInt8] {
    Array(values[(y * width + area.minX)..<(y * width + area.maxX)])
  }
}

extension RGBA8 {
  fileprivate func row(_ y: Int, _ area: Area) -> [UInt8] {
    Array(samples[offset(x: area.minX, y: y)..<offset(x: area.maxX, y: y)])
  }
}
