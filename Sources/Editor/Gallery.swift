import Raster

/// All staged results side by side, to choose one by its number.
extension EditorState {
  /// Whether the results are shown side by side.
  var isInGallery: Bool { prompt == .gallery && (staged?.results.count ?? 0) > 1 }

  mutating func openGallery() {
    liftPen()
    guard let staged else {
      say("no result yet: \(key(.generate) ?? ":generate") regenerates")
      return
    }
    guard staged.results.count > 1 else {
      say("only one result yet: :variants 4 makes four, each with a seed of its own")
      return
    }
    prompt = .gallery
  }

  /// What the gallery asks.
  var galleryQuestion: String {
    let count = staged?.results.count ?? 0
    return "1 to \(count) or arrows choose, Enter shows, \(key(.accept) ?? "a") accepts, Esc closes"
  }

  mutating func answerGallery(_ key: Key) -> [Effect] {
    guard let staged, isInGallery else {
      prompt = nil
      return []
    }
    let across = layout.panes.filter { $0.thumbnail != nil }.reduce(into: Set<Int>()) {
      $0.insert($1.area.minX)
    }.count
    switch key {
    case .character(let digit) where digit.isNumber:
      guard let number = digit.wholeNumberValue, staged.results.indices.contains(number - 1) else {
        return []
      }
      choose(result: number - 1)
    case .left, .character("h"), .character("<"): move(by: -1)
    case .right, .character("l"), .character(">"), .tab: move(by: 1)
    case .up, .character("k"): move(by: -across)
    case .down, .character("j"): move(by: across)
    case .enter, .character(" "): choose(result: staged.index)
    case _ where bindings[key] == .accept:
      prompt = nil
      return accept()
    case _ where bindings[key] == .discard:
      prompt = nil
      return discard()
    case .escape, .control("c"), .character("q"), .backspace: prompt = nil
    case _ where bindings[key] == .gallery: prompt = nil
    default: break
    }
    return []
  }

  /// The pointer on a thumbnail chooses it.
  mutating func pressGallery(_ mouse: Mouse) {
    guard mouse.action == .down else { return }
    let place = Point(x: mouse.column, y: mouse.row)
    let pane = layout.panes.first {
      $0.thumbnail != nil
        && ($0.area.contains(place)
          || $0.titleRow == place.y
            && $0.area.contains(Point(x: place.x, y: $0.area.minY)))
    }
    if let index = pane?.thumbnail { choose(result: index) }
  }

  private mutating func choose(result index: Int) {
    prompt = nil
    show(result: index)
    shown = .result
    sayResult()
  }

  private mutating func move(by step: Int) {
    guard let staged, staged.results.indices.contains(staged.index + step) else { return }
    show(result: staged.index + step)
  }
}

// MARK: - Thumbnails

extension EditorState {
  /// The pixels that thumbnails show: all results and what is around them.
  private var thumbnailArea: Area {
    let results = staged?.results ?? []
    let area = results.reduce(Area(x: 0, y: 0, width: 0, height: 0)) { $0.union($1.area) }
    let margin = max(16, max(area.width, area.height) / 4)
    return area.grown(by: margin).intersection(canvas.bounds)
  }

  /// A result in its surroundings.
  ///
  /// - Complexity: the pixels around the results.
  func thumbnail(_ index: Int) -> RGBA8? {
    guard let results = staged?.results, results.indices.contains(index) else { return nil }
    let area = thumbnailArea
    var picture = canvas.original.cut(area)
    let result = results[index]
    picture.put(
      result.pixels,
      at: Point(x: result.origin.x - area.minX, y: result.origin.y - area.minY))
    picture.putFinished(of: canvas, in: area, cutAt: Point(x: area.minX, y: area.minY))
    return picture
  }

  /// Its number and what tells it from others, the longest wording first.
  func thumbnailLabels(_ index: Int) -> [String] {
    guard let results = staged?.results, results.indices.contains(index) else { return [] }
    let (number, settings) = ("\(index + 1)", results[index].settings)
    let seed = "\(number)  seed \(settings.seed)"
    return ["\(seed)  \(settings.mode.rawValue)", seed, number]
  }

  /// A pane cut into one for each result, titles above.
  func gallery(in pane: Layout.Pane) -> [Layout.Pane] {
    let count = staged?.results.count ?? 0
    let area = thumbnailArea
    let top = pane.titleRow ?? pane.area.minY
    let (width, height) = (pane.area.width, pane.area.maxY - top)
    let shape = Double(max(1, area.width)) / Double(max(1, area.height))
    /// Columns a thumbnail of so many side by side would be wide.
    func size(_ across: Int) -> Double {
      let down = (count + across - 1) / across
      return min(Double(width / across - 1), 2 * shape * Double(height / down - 1))
    }
    let across = (1...max(1, count)).max { size($0) < size($1) } ?? 1
    let down = (count + across - 1) / across
    return (0..<count).map { index in
      let (x, y) = (index % across, index / across)
      let left = pane.area.minX + x * width / across
      let right = pane.area.minX + (x + 1) * width / across - (x + 1 < across ? 1 : 0)
      let row = top + y * height / down
      var thumbnail = Layout.Pane(
        shown: .result,
        area: Area(
          minX: left, minY: row + 1, maxX: right,
          maxY: max(row + 1, top + (y + 1) * height / down)),
        titleRow: row)
      thumbnail.thumbnail = index
      return thumbnail
    }
  }
}

extension Layout.Pane {
  /// The view of a whole picture in the pane.
  func fitted(_ picture: RGBA8) -> Viewport {
    var view = Viewport()
    view.fit(
      width: picture.width, height: picture.height, columns: area.width, rows: 2 * area.height)
    return view
  }
}

extension RGBA8 {
  /// A copy of a rectangle.
  ///
  /// - Precondition: it lies in the bitmap.
  func cut(_ area: Area) -> RGBA8 {
    var part: [UInt8] = []
    part.reserveCapacity(4 * area.width * area.height)
    for y in area.minY..<area.maxY {
      part += samples[offset(x: area.minX, y: y)..<offset(x: area.maxX, y: y)]
    }
    return RGBA8(width: area.width, height: area.height, samples: part)
  }
}
