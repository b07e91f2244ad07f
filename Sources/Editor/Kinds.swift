import Raster

/// What paint is to become, as the engine is told it.
extension Canvas {
  /// The mask grown by some pixels, over nothing that is finished.
  ///
  /// - Complexity: as `Mask.grown`, and the box of what is touched where something is finished.
  func wanted(grownBy radius: Int) -> Mask {
    var wanted = mask.grown(by: radius)
    guard radius > 0, finishedCount > 0 else { return wanted }
    forEachTouched(PaintKind.finished.rawValue) { index in
      if mask.values[index] == 0 { wanted.values[index] = 0 }
    }
    return wanted
  }

  /// What the pixels of a mask are to become, bytes of `PaintKind` and 0 outside; nil where that is
  /// their colours, as it is where nothing was painted. What is finished and masked all the same is
  /// paint like any other.
  ///
  /// - Parameter area: around all pixels of the mask.
  /// - Complexity: the area, and a byte for every pixel of the picture; none where all are colour.
  func kinds(of wanted: Mask, in area: Area) -> Mask? {
    let color = PaintKind.color.rawValue
    guard touchedCount > finishedCount + touchedPixels.colorCount else { return nil }
    let touched = touched
    var kinds = Mask(width: width, height: height)
    var isPlain = true
    for y in area.minY..<max(area.minY, area.maxY) {
      for index in y * width + area.minX..<y * width + max(area.minX, area.maxX)
      where wanted.values[index] != 0 {
        let kind = touched.values[index]
        let isColor = kind == 0 || kind == PaintKind.finished.rawValue
        kinds.values[index] = isColor ? color : kind
        if kinds.values[index] != color { isPlain = false }
      }
    }
    return isPlain ? nil : kinds
  }

  /// Whether anything is masked that is not paint of a kind.
  ///
  /// - Complexity: the mask's box.
  func hasMasked(otherThan kind: PaintKind) -> Bool {
    let (mask, touched, part) = (mask, touched, maskBounds)
    return (part.minY..<max(part.minY, part.maxY)).contains { y in
      (y * width + part.minX..<y * width + max(part.minX, part.maxX)).contains {
        mask.values[$0] != 0 && touched.values[$0] != kind.rawValue
      }
    }
  }

  /// Every touched pixel of a kind, by its number in the picture.
  fileprivate func forEachTouched(_ kind: UInt8, in area: Area? = nil, _ body: (Int) -> Void) {
    let part = area.map(touchedBounds.intersection) ?? touchedBounds
    for y in part.minY..<max(part.minY, part.maxY) {
      for index in y * width + part.minX..<y * width + max(part.minX, part.maxX)
      where touched.values[index] == kind { body(index) }
    }
  }
}

extension Mask {
  /// Kinds of paint without what is finished.
  var withoutFinished: Mask {
    let finished = PaintKind.finished.rawValue
    return Mask(width: width, height: height, values: values.map { $0 == finished ? 0 : $0 })
  }
}

extension RGBA8 {
  /// Puts what is finished on a canvas over a picture of its size, or over a part of one.
  ///
  /// - Parameters:
  ///   - area: where, in pixels of the canvas; in the part where that is one.
  ///   - corner: the canvas's pixel that is this picture's first.
  /// - Complexity: the area, where it meets what is touched; none where nothing is finished.
  mutating func putFinished(
    of canvas: Canvas, in area: Area, cutAt corner: Point = Point(x: 0, y: 0)
  ) {
    guard canvas.finishedCount > 0 else { return }
    canvas.forEachTouched(PaintKind.finished.rawValue, in: area) { index in
      let at = offset(x: index % canvas.width - corner.x, y: index / canvas.width - corner.y)
      samples.replaceSubrange(at..<at + 4, with: canvas.edited.samples[4 * index..<4 * index + 4])
    }
  }
}

extension EditorState {
  /// What is finished is part of every result: no run brings it, and none takes it away.
  mutating func followFinished() {
    guard let now = staged, now.finished.revision != canvas.revision, !canvas.isStroking else {
      return
    }
    let area =
      canvas.finishedCount > 0 ? canvas.touchedBounds : Area(x: 0, y: 0, width: 0, height: 0)
    let all = area.union(now.finished.area)
    staged?.finished = (area, canvas.revision)
    guard !all.isEmpty else { return }
    let before = now.picture.cut(all)
    staged?.picture.take(canvas.original, in: all)
    staged?.picture.put(now.result.pixels, at: now.result.origin)
    staged?.picture.putFinished(of: canvas, in: all.union(now.result.area))
    if staged?.picture.cut(all) != before { staged?.isSaved = false }
    guard let rival = now.rival, now.results.indices.contains(rival.index) else { return }
    let other = now.results[rival.index]
    staged?.rival?.picture.take(canvas.original, in: all)
    staged?.rival?.picture.put(other.pixels, at: other.origin)
    staged?.rival?.picture.putFinished(of: canvas, in: all.union(other.area))
  }
}
