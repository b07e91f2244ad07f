package import Raster

/// Whether paint makes transparent places opaque.
package enum PaintAlpha: String, Sendable, CaseIterable { case paint, keep }

/// What a stroke leaves behind.
package enum Ink: Sendable, Equatable {
  case color(Color)
  /// The original comes back, and touch and mask are taken away.
  case original
  /// The edited picture as it was before the stroke, from `offset` pixels away.
  case clone(offset: Point)
  /// Hue and chroma of a colour, over the light that was there; finished by that.
  case tint(Color)
  /// A colour that stands for a material.
  case material(Material)
  /// What surrounds the stroke goes on through it, for now smoothly.
  case erasure
  /// Nothing to the picture: pixels are added to the mask, or taken out of it.
  case mask(Bool)

  /// Whether a pixel is taken as a whole or not at all.
  var isHard: Bool {
    switch self {
    case .erasure, .material, .mask: true
    case .color, .original, .clone, .tint: false
    }
  }

  /// The colour that it leaves everywhere; nil where that depends on the picture.
  var flatColor: Color? {
    switch self {
    case .color(let color): color
    case .material(let material): material.standIn
    case .original, .clone, .tint, .erasure, .mask: nil
    }
  }

  /// What it tells of the pixels that it covers.
  var kind: PaintKind {
    switch self {
    case .color, .original, .clone, .mask: .color
    case .erasure: .erasure
    case .tint: .finished
    case .material(let material): .material(material)
    }
  }

  var planes: Planes {
    if case .mask = self { .mask } else { .painted }
  }
}

/// A stroke under way: each tile as it was, and the most that any mark has covered so far.
struct ActiveStroke: Sendable {
  struct Tile: Sendable {
    var before: TileContent
    var coverage: [UInt8]
  }
  var name: String
  var ink: Ink
  /// 0...255, the most that a mark of full coverage leaves.
  var opacity: Int
  var tiles: [Int: Tile] = [:]
  /// Around everything marked.
  var bounds = Area(x: 0, y: 0, width: 0, height: 0)
  /// Stands in for what is erased until the stroke ends.
  var placeholder: Color?
}

extension Canvas {
  /// Begins a stroke; one still open is finished first.
  ///
  /// - Parameter opacity: 0...1, the most that any mark of the stroke covers; masks, materials and erasing
  ///   know no half measures.
  package mutating func beginStroke(_ name: String, ink: Ink, opacity: Double = 1) {
    endStroke()
    stroke = ActiveStroke(
      name: name, ink: ink,
      opacity: ink.isHard ? 255 : Int(saturating: (255 * opacity).rounded()).clamped(to: 0...255))
  }

  /// Adds a mark to the open stroke. Marks of one stroke do not add up: a pixel keeps its largest
  /// coverage, so crossing one's own line leaves no dark spot.
  ///
  /// - Complexity: the pixels of the 64x64 tiles that the shape reaches.
  package mutating func mark(_ shape: Shape) {
    mark(in: shape.bounds, where: shape.reaches) { shape.coverage(x: $0, y: $1) }
  }

  /// The same for any coverage, which is only asked for inside the picture and `area`, and there in
  /// tiles that hold some of it.
  mutating func mark(
    in area: Area, where reaches: (Area) -> Bool = { _ in true }, coverage: (Int, Int) -> UInt8
  ) {
    guard let ink = stroke?.ink, let marked = stroke?.bounds else { return }
    if ink == .erasure, stroke?.placeholder == nil {
      let color = rimColor(of: area)
      stroke?.placeholder = color
    }
    let reached = marked.union(area.intersection(bounds))
    stroke?.bounds = reached
    forEachTile(in: area) { canvas, tile, part in
      guard reaches(part) else { return }
      canvas.mark(tile: tile, area: part, ink: ink, coverage: coverage)
    }
  }

  /// Ends the open stroke and records it for undo, if it changed anything.
  package mutating func endStroke() {
    if stroke?.ink == .erasure { fillErased() }
    guard let ended = stroke else { return }
    stroke = nil
    var tiles: [Int: TileContent] = [:]
    for (index, tile) in ended.tiles
    where content(ofTile: index, ended.ink.planes) != tile.before {
      tiles[index] = tile.before
    }
    record(ended.name, tiles: tiles)
  }

  private mutating func mark(
    tile index: Int, area: Area, ink: Ink, coverage: (Int, Int) -> UInt8
  ) {
    let tileArea = self.area(ofTile: index)
    noteChange([index])
    // Taken out and put back, so that its arrays are changed in place.
    var tile =
      stroke?.tiles.removeValue(forKey: index)
      ?? ActiveStroke.Tile(
        before: content(ofTile: index, ink.planes),
        coverage: [UInt8](repeating: 0, count: tileArea.width * tileArea.height))
    let (opacity, kind) = (stroke?.opacity ?? 255, ink.kind.rawValue)
    for y in area.minY..<area.maxY {
      for x in area.minX..<area.maxX {
        let local = (y - tileArea.minY) * tileArea.width + x - tileArea.minX
        var value = coverage(x, y)
        if ink.isHard { value = value < 128 ? 0 : 255 }
        guard value > tile.coverage[local] else { continue }
        tile.coverage[local] = value
        let amount = (Int(value) * opacity + 127) / 255
        blend(ink, kind, x: x, y: y, amount: amount, before: tile.before, local: local)
      }
    }
    stroke?.tiles[index] = tile
  }

  private mutating func blend(
    _ ink: Ink, _ kind: UInt8, x: Int, y: Int, amount: Int, before: TileContent, local: Int
  ) {
    guard amount > 0 else { return }
    switch ink {
    case .mask(let isSet):
      maskPixels[x, y] = isSet
      return
    case .original:
      let at = edited.offset(x: x, y: y)
      restore(amount, at: at, before: before, local: local)
      // A soft edge leaves some of the stroke's colour, which then still counts as touched.
      guard amount == 255 else { return }
      touchedPixels[x, y] = false
      maskPixels[x, y] = false
      return
    case .color(let color):
      mix(color, amount, at: edited.offset(x: x, y: y), before: before, local: local)
    case .tint(let color):
      tint(color, amount, x: x, y: y, before: before, local: local)
      return
    case .material(let material):
      mix(material.standIn, amount, at: edited.offset(x: x, y: y), before: before, local: local)
    case .erasure:
      let color = stroke?.placeholder ?? .black
      mix(color, amount, at: edited.offset(x: x, y: y), before: before, local: local)
    case .clone(let offset):
      let source = Point(x: x + offset.x, y: y + offset.y)
      guard let (color, alpha) = colorBeforeStroke(at: source, own: (x, y, before)) else { return }
      let share = keepsAlpha ? amount : (amount * Int(alpha) + 127) / 255
      mix(color, share, at: edited.offset(x: x, y: y), before: before, local: local)
    }
    touchedPixels[byte: x, y] = kind
    maskPixels[x, y] = true
  }

  /// Puts paint over a pixel as it was before the stroke, `amount` of 255 of it. Over transparency it
  /// covers (Porter and Duff 1984, "over"), unless alpha is kept.
  private mutating func mix(
    _ color: Color, _ amount: Int, at: Int, before: TileContent, local: Int
  ) {
    guard let old = before.edited else { return }
    let below = keepsAlpha ? 255 : Int(old[4 * local + 3])
    put(color, amount, over: old, below, at: at, local: local)
    guard below < 255 else { return }
    edited.samples[at + 3] = UInt8((255 * amount + below * (255 - amount) + 127) / 255)
  }

  /// Brings `amount` of 255 of the original back over a pixel as it was before the stroke.
  private mutating func restore(_ amount: Int, at: Int, before: TileContent, local: Int) {
    guard let old = before.edited else { return }
    guard amount < 255 else {
      edited.samples.replaceSubrange(at..<at + 4, with: original.samples[at..<at + 4])
      return
    }
    let (above, below) = (Int(original.samples[at + 3]), Int(old[4 * local + 3]))
    let color = Color(original.samples[at], original.samples[at + 1], original.samples[at + 2])
    // Colours count as much as they are seen.
    let seen = above * amount + below * (255 - amount)
    let share = above == below ? amount : seen == 0 ? 255 : (255 * above * amount + seen / 2) / seen
    put(color, share, over: old, 255, at: at, local: local)
    edited.samples[at + 3] = UInt8((seen + 127) / 255)
  }

  /// Mixes colours of which `amount` of 255 lie over what has an alpha of `below`.
  private mutating func put(
    _ color: Color, _ amount: Int, over old: [UInt8], _ below: Int, at: Int, local: Int
  ) {
    // For opaque places this is 255 times 255.
    let (above, under) = (255 * amount, below * (255 - amount))
    guard above + under > 0 else { return }
    func mixed(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8((Int(old) * under + Int(new) * above + (above + under) / 2) / (above + under))
    }
    edited.samples[at] = mixed(old[4 * local], color.red)
    edited.samples[at + 1] = mixed(old[4 * local + 1], color.green)
    edited.samples[at + 2] = mixed(old[4 * local + 2], color.blue)
  }

  /// What the open stroke found at a pixel, which it may have painted over since; nil outside the
  /// picture. `own` is the tile being painted, which the stroke's list lacks meanwhile.
  private func colorBeforeStroke(
    at point: Point, own: (x: Int, y: Int, before: TileContent)
  ) -> (Color, alpha: UInt8)? {
    guard bounds.contains(point) else { return nil }
    let side = Self.tileSide
    let index = point.y / side * tilesAcross + point.x / side
    let isOwn = index == own.y / side * tilesAcross + own.x / side
    guard let before = (isOwn ? own.before : stroke?.tiles[index]?.before)?.edited else {
      let at = edited.offset(x: point.x, y: point.y)
      return (color(at: point), edited.samples[at + 3])
    }
    let area = area(ofTile: index)
    let at = 4 * ((point.y - area.minY) * area.width + point.x - area.minX)
    return (Color(before[at], before[at + 1], before[at + 2]), before[at + 3])
  }
}

// MARK: - Erasing

extension Canvas {
  /// Fills the masked pixels from what surrounds the mask, as one step to undo.
  package mutating func eraseMask() {
    beginStroke("erase", ink: .erasure)
    let mask = maskPixels
    mark(in: mask.bounds) { mask[$0, $1] ? 255 : 0 }
    endStroke()
  }

  /// The mean colour of a frame of one pixel around `area`.
  private func rimColor(of area: Area) -> Color {
    let rim = area.inset(by: -1).intersection(bounds)
    var sum = SIMD3<Int>(repeating: 0)
    var count = 0
    for y in rim.minY..<max(rim.minY, rim.maxY) {
      let isEdge = y == rim.minY || y == rim.maxY - 1
      for x in stride(from: rim.minX, to: rim.maxX, by: isEdge ? 1 : max(1, rim.width - 1)) {
        let color = color(at: Point(x: x, y: y))
        sum &+= SIMD3(Int(color.red), Int(color.green), Int(color.blue))
        count += 1
      }
    }
    let mean = sum / max(1, count)
    return Color(UInt8(mean.x), UInt8(mean.y), UInt8(mean.z))
  }

  /// Replaces an erasing stroke's placeholder by the smooth continuation of its surroundings.
  private mutating func fillErased() {
    guard let stroke else { return }
    let box = stroke.bounds.inset(by: -1).intersection(bounds)
    guard !box.isEmpty else { return }
    var pixels: [Float] = []
    var isHole: [Bool] = []
    pixels.reserveCapacity(3 * box.width * box.height)
    isHole.reserveCapacity(box.width * box.height)
    for y in box.minY..<box.maxY {
      for x in box.minX..<box.maxX {
        let color = color(at: Point(x: x, y: y))
        pixels += [Float(color.red), Float(color.green), Float(color.blue)]
        // Nothing is seen of a transparent pixel that could go on.
        let isHidden = edited.samples[edited.offset(x: x, y: y) + 3] == 0
        isHole.append(isHidden || isMarked(x: x, y: y, in: stroke))
      }
    }
    SmoothFill.fill(&pixels, mask: isHole, width: box.width, height: box.height)
    for index in isHole.indices where isHole[index] {
      let (x, y) = (box.minX + index % box.width, box.minY + index / box.width)
      guard isMarked(x: x, y: y, in: stroke) else { continue }
      let at = edited.offset(x: x, y: y)
      for channel in 0..<3 {
        edited.samples[at + channel] = UInt8(
          saturating: pixels[3 * index + channel].rounded())
      }
    }
  }

  private func isMarked(x: Int, y: Int, in stroke: ActiveStroke) -> Bool {
    let index = y / Self.tileSide * tilesAcross + x / Self.tileSide
    guard let tile = stroke.tiles[index] else { return false }
    let area = area(ofTile: index)
    return tile.coverage[(y - area.minY) * area.width + x - area.minX] != 0
  }
}

// MARK: - Whole strokes

extension Canvas {
  /// Puts the original back everywhere, as one step to undo.
  package mutating func restoreAll() {
    beginStroke("restore", ink: .original)
    let touched = touchedPixels
    mark(in: touched.bounds) { touched[$0, $1] ? 255 : 0 }
    endStroke()
  }

  /// Makes the mask a function of what it is, as one step to undo.
  ///
  /// - Complexity: the whole picture; the history keeps a byte for each pixel of a changed tile.
  mutating func changeMask(_ name: String, _ change: (Mask) -> Mask) {
    endStroke()
    let next = change(mask)
    precondition(next.width == width && next.height == height)
    var tiles: [Int: TileContent] = [:]
    forEachTile(in: bounds) { canvas, index, part in
      let before = canvas.content(ofTile: index, .mask)
      for y in part.minY..<part.maxY {
        for x in part.minX..<part.maxX {
          canvas.maskPixels[x, y] = next.values[y * next.width + x] != 0
        }
      }
      if canvas.content(ofTile: index, .mask) != before { tiles[index] = before }
    }
    record(name, tiles: tiles)
  }
}
