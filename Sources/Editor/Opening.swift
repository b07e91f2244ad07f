package import Raster

extension EditorState {
  /// Opens another picture where `former` was, with the terminal, the settings and the person's ways
  /// of then.
  package init(picture: RGBA8, name: String, after former: EditorState) {
    self.init(
      picture: picture, name: name, columns: former.columns, rows: former.rows,
      settings: former.settings)
    networkMode = former.networkMode
    (chosenSteps, chosenStrength) = (former.chosenSteps, former.chosenStrength)
    (live, look, terminal, now) = (former.live, former.look, former.terminal, former.now)
    look.comparison = .none
    look.blinks = false
    (swatches, palette, secondary) = (former.swatches, former.palette, former.secondary)
    if palette == .picture { take(.picture) }
    (tolerance, fillsShapes) = (former.tolerance, former.fillsShapes)
    (bindings, bindingTable, presets) = (former.bindings, former.bindingTable, former.presets)
    commandHistory = former.commandHistory
    canvas.history.mostSteps = former.canvas.history.mostSteps
    canvas.history.mostBytes = former.canvas.history.mostBytes
    // Late answers about the picture before are about no request of this one.
    newestRequest = former.newestRequest
    liveRevision = canvas.revision
    isViewChosen = false
    zoomToFit()
    say("opened \(name)")
  }

  /// Takes over strokes that are on another picture of this size, as an example: one step to undo,
  /// which nobody has to save.
  package mutating func showExample(painted: RGBA8) {
    canvas.takeStrokes(from: painted, name: "example strokes")
    _ = canvas.takeChangedTiles()
    savedRevision = canvas.pictureRevision
    liveRevision = canvas.revision
    isExample = true
  }
}

extension Canvas {
  /// Paints every pixel in which `painted` differs, as one step to undo; nothing where sizes differ.
  mutating func takeStrokes(from painted: RGBA8, name: String) {
    guard painted.width == width, painted.height == height else { return }
    endStroke()
    var before: [Int: TileContent] = [:]
    forEachTile(in: bounds) { canvas, index, area in
      for y in area.minY..<area.maxY {
        for x in area.minX..<area.maxX {
          let at = painted.offset(x: x, y: y)
          let pixel = painted.samples[at..<at + 4]
          guard canvas.edited.samples[at..<at + 4] != pixel else { continue }
          if before[index] == nil { before[index] = canvas.content(ofTile: index, .painted) }
          canvas.edited.samples.replaceSubrange(at..<at + 4, with: pixel)
          canvas.touchedPixels[x, y] = true
          canvas.maskPixels[x, y] = true
        }
      }
    }
    record(name, tiles: before)
  }
}

extension Color {
  /// A colour of the picture that stands out moderately from what is around a point; one of the
  /// swatches where the picture has none. The same picture always gives the same.
  static func standingOut(in picture: RGBA8, at point: Point) -> Color {
    let around = mean(of: picture, around: point)
    let wanted = 150
    func strangeness(_ color: Color) -> Int { abs(color.distance(to: around) - wanted) }
    let own = dominant(in: picture, count: 16)
    let nearest = (own + swatches).enumerated().min { a, b in
      // A colour that occurs is taken before one that does not, unless it can hardly be seen.
      let (isOwnA, isOwnB) = (a.offset < own.count, b.offset < own.count)
      let costA = strangeness(a.element) + (isOwnA ? 0 : 90)
      let costB = strangeness(b.element) + (isOwnB ? 0 : 90)
      return costA < costB
    }
    return nearest?.element ?? swatches[3]
  }

  private static func mean(of picture: RGBA8, around point: Point) -> Color {
    let reach = max(1, min(picture.width, picture.height) / 12)
    let area = Area(
      minX: point.x - reach, minY: point.y - reach, maxX: point.x + reach + 1,
      maxY: point.y + reach + 1
    ).intersection(Area(x: 0, y: 0, width: picture.width, height: picture.height))
    guard !area.isEmpty else { return .black }
    let step = max(1, reach / 16)
    var (sums, count) = ([0, 0, 0], 0)
    for y in stride(from: area.minY, to: area.maxY, by: step) {
      for x in stride(from: area.minX, to: area.maxX, by: step) {
        let at = picture.offset(x: x, y: y)
        for channel in 0..<3 { sums[channel] += Int(picture.samples[at + channel]) }
        count += 1
      }
    }
    return Color(UInt8(sums[0] / count), UInt8(sums[1] / count), UInt8(sums[2] / count))
  }

  /// How different two colours look, 0...765: red and blue weigh more where there is much or little
  /// red, as the eye's answer does ("redmean", Riemersma 2019).
  func distance(to other: Color) -> Int {
    let mean = (Int(red) + Int(other.red)) / 2
    let (r, g, b) = (
      Int(red) - Int(other.red), Int(green) - Int(other.green), Int(blue) - Int(other.blue)
    )
    let square = ((512 + mean) * r * r >> 8) + 4 * g * g + ((767 - mean) * b * b >> 8)
    return Int(saturating: Double(square).squareRoot())
  }
}
