package import DiffMask
import Exemplars
package import Raster

/// Paint of an edit: what was painted where, and what it is to become.
package struct PaintedPlace: Sendable, Equatable {
  /// The picture with the paint.
  package var edited: Picture
  /// The painted pixels.
  package var painted: PixelMask
  /// Bytes of `PaintKind`, as large as the picture; colours where nil.
  package var kinds: Mask?

  /// Makes a place; sizes must agree.
  package init(edited: Picture, painted: PixelMask, kinds: Mask? = nil) {
    (self.edited, self.painted, self.kinds) = (edited, painted, kinds)
  }
}

extension PaintedPlace {
  /// The place as it is to be edited: with ragged outlines where `settings` want them, but not under a
  /// soft mask, which says itself where paint ends.
  package func ragged(
    on original: Picture, _ settings: EditSettings, coverage: Mask? = nil
  ) -> PaintedPlace {
    guard settings.ragged, coverage == nil else { return self }
    return RaggedEdges.applied(to: self, on: original, seed: settings.seed)
  }
}

/// Natural outlines for flat shapes: paint of one colour and of materials is moved a little by smooth
/// noise, so that clouds and trees do not end as round as the brush.
///
/// How far depends on how wide the paint is: an eighth of its width, at most `most`, nothing for lines.
/// Paint with detail, erasures and finished paint stay as they are, and nothing is laid over them.
package enum RaggedEdges {
  /// Pixels that paint is moved at most, along each axis.
  package static let most = 6
  /// Width of paint in pixels up to which it stays as it is.
  private static let thin: Float = 10
  /// Pixels of one colour from which on they are flat paint.
  fileprivate static let leastPatch = 64
  /// Share of a connected place that must be flat; the rest are the soft rims of brushes.
  private static let leastFlat = 0.7
  /// Wavelengths of the noise in pixels, with their shares of the way.
  private static let octaves: [(length: Int, share: Float)] = [(28, 0.5), (12, 0.3), (5, 0.2)]

  /// A place with ragged outlines.
  ///
  /// Each pixel of it takes what was painted up to `most` pixels away along each axis; further away
  /// nothing changes. What is painted no more shows `original` again. The same place and seed give the
  /// same bytes.
  /// - Precondition: pictures and masks have the same size.
  /// - Complexity: O(area of the painted box).
  package static func applied(
    to place: PaintedPlace, on original: Picture, seed: UInt64
  ) -> PaintedPlace {
    let (width, height) = (place.painted.width, place.painted.height)
    guard let inner = place.painted.boundingBox else { return place }
    let box = inner.grown(by: most, inWidth: width, height: height)
    let isFlat = flat(place, in: box)
    guard isFlat.contains(true) else { return place }
    let reach = amplitudes(isFlat, in: box, width: width, height: height)
    guard reach.contains(where: { $0 > 0 }) else { return place }
    let noise = [UInt32(0x51), 0xa7].map { SmoothNoise(seed: seed, salt: $0, octaves: octaves) }
    var change = Change(place, box)
    for index in reach.indices where reach[index] > 0 {
      let (x, y) = (box.x + index % box.width, box.y + index / box.width)
      // Paint that stays as it is is not painted over.
      if place.painted[x, y], !isFlat[index] { continue }
      let right = (reach[index] * noise[0].value(x, y)).rounded()
      let down = (reach[index] * noise[1].value(x, y)).rounded()
      let from = (
        x: min(max(x + Int(saturating: right), box.x), box.x + box.width - 1),
        y: min(max(y + Int(saturating: down), box.y), box.y + box.height - 1)
      )
      change.move(index, from: (from.y - box.y) * box.width + from.x - box.x, isFlat)
    }
    change.mendOutline()
    return change.applied(to: place, on: original)
  }

  /// The pixels of a box that are flat paint.
  private static func flat(_ place: PaintedPlace, in box: PixelRect) -> [Bool] {
    let kinds = box.mapPixels { x, y in
      place.kinds?.values[y * place.painted.width + x] ?? 0
    }
    let bits = place.painted.window(box).bits
    let mayMove = zip(bits, kinds).map { isPainted, kind in
      guard isPainted else { return false }
      switch PaintKind(rawValue: kind) {
      case .color, .material, nil: return true
      case .erasure, .finished: return false
      }
    }
    let colors = box.mapPixels { x, y in
      place.edited.color(x: x, y: y)
    }
    let patches = ColorPatches(colors, within: mayMove, width: box.width)
    let places = ColorPatches(
      Array(repeating: .zero, count: colors.count), within: mayMove, width: box.width)
    var flatPixels = [Int](repeating: 0, count: places.sizes.count)
    for index in mayMove.indices {
      guard let number = places.numbers[index], let patch = patches.numbers[index] else { continue }
      let isMaterial = Material(rawValue: kinds[index]) != nil
      if isMaterial || patches.sizes[patch] >= leastPatch { flatPixels[number] += 1 }
    }
    return places.numbers.map { number in
      guard let number else { return false }
      return Double(flatPixels[number]) >= leastFlat * Double(places.sizes[number])
    }
  }

  /// How far each pixel of a box takes its paint from at most, 0 where nothing moves.
  private static func amplitudes(
    _ isFlat: [Bool], in box: PixelRect, width: Int, height: Int
  ) -> [Float] {
    let outside = PixelMask(
      width: width, height: height, region: box, bits: isFlat.map { !$0 })
    let full = Float(8 * most)
    let depths =
      outside.isEmpty
      ? isFlat.map { _ in Float(0) }
      : BlendMask.distances(to: outside, in: box).map { min($0, full / 2) }
    let radii = StrokeWidths.radii(depths, width: box.width, most: full / 2)
    let inside = zip(radii, isFlat).map { radius, isFlat in
      isFlat && 2 * radius > thin ? min((radius / 4).rounded(.down), Float(most)) : 0
    }
    // Around paint as much as at its border, and into the steps of borders, which no disc reaches.
    func spread(by reach: Int) -> [Float] {
      maxima(
        maxima(inside, lines: box.height, line: box.width, step: 1, reach),
        lines: box.width, line: 1, step: box.width, reach)
    }
    let (around, near) = (spread(by: most), spread(by: 2))
    return isFlat.indices.map { isFlat[$0] ? near[$0] : around[$0] }
  }

  /// The largest value within `reach` of each place on its line; `line` is the distance of lines, `step`
  /// that of a line's values.
  private static func maxima(
    _ values: [Float], lines: Int, line: Int, step: Int, _ reach: Int
  ) -> [Float] {
    var result = values
    let length = values.count / max(lines, 1)
    for number in 0..<lines {
      for k in 0..<length where values[number * line + k * step] > 0 {
        for other in max(k - reach, 0)...min(k + reach, length - 1) {
          let at = number * line + other * step
          result[at] = max(result[at], values[number * line + k * step])
        }
      }
    }
    return result
  }

  /// What moves in a box.
  private struct Change {
    let box: PixelRect
    private let width: Int
    private let before: [Bool]
    private var bits: [Bool]
    private var sources: [Int: Int] = [:]
    private var bared: Set<Int> = []

    init(_ place: PaintedPlace, _ box: PixelRect) {
      self.box = box
      width = place.painted.width
      before = place.painted.window(box).bits
      bits = before
    }

    /// Has one pixel of the box take the paint of another, or none where that has none that moves.
    mutating func move(_ index: Int, from other: Int, _ isFlat: [Bool]) {
      if isFlat[other] {
        bits[index] = true
        if index != other { sources[index] = other }
      } else if isFlat[index] {
        bits[index] = false
        bared.insert(index)
      }
    }

    /// Undoes what left crumbs apart from the paint, or pinholes in it.
    mutating func mendOutline() {
      removeCrumbs()
      for (index, isAdded) in lone(bits, unlike: before).enumerated() where isAdded {
        bits[index] = false
        sources[index] = nil
      }
      for (index, isBared) in lone(bits.map { !$0 }, unlike: before.map { !$0 }).enumerated()
      where isBared {
        bits[index] = true
        bared.remove(index)
      }
    }

    /// Takes away small patches that broke off from larger paint.
    private mutating func removeCrumbs() {
      let blank = [SIMD3<Float>](repeating: .zero, count: bits.count)
      let now = ColorPatches(blank, within: bits, width: box.width)
      let then = ColorPatches(blank, within: before, width: box.width)
      var origins = [Int](repeating: 0, count: now.sizes.count)
      for (index, number) in now.numbers.enumerated() {
        guard let number, let origin = then.numbers[sources[index] ?? index] else { continue }
        origins[number] = max(origins[number], then.sizes[origin])
      }
      for (index, number) in now.numbers.enumerated() {
        guard let number, now.sizes[number] < RaggedEdges.leastPatch,
          origins[number] > 4 * now.sizes[number]
        else { continue }
        bits[index] = false
        sources[index] = nil
        if before[index] { bared.insert(index) }
      }
    }

    /// The pixels of patches of marks in which none was a mark before.
    private func lone(_ marks: [Bool], unlike before: [Bool]) -> [Bool] {
      let patches = ColorPatches(
        Array(repeating: .zero, count: marks.count), within: marks, width: box.width)
      let kept = patches.touched(by: before).isMember
      return zip(marks, kept).map { $0 && !$1 }
    }

    func applied(to place: PaintedPlace, on original: Picture) -> PaintedPlace {
      var result = place
      result.painted = PixelMask(
        width: width, height: place.painted.height, region: box, bits: bits)
      let moved = sources.map { ($0.key, pixel($0.value)) }
      result.edited.copy(
        moved.map { (pixel($0.0), $0.1) }, from: place.edited, over: original,
        bare: bared.map(pixel))
      guard let kinds = place.kinds else { return result }
      for (index, from) in moved { result.kinds?.values[pixel(index)] = kinds.values[from] }
      for index in bared { result.kinds?.values[pixel(index)] = 0 }
      return result
    }

    private func pixel(_ index: Int) -> Int {
      (box.y + index / box.width) * width + box.x + index % box.width
    }
  }
}

/// Seeded noise of the plane, smooth and within -1...1: values at the corners of grids, interpolated.
struct SmoothNoise {
  /// Sums of interpolated values are seldom large; this brings a tenth of them to the limits.
  private static let gain: Float = 2.4

  private let salt: UInt32
  private let octaves: [(length: Int, share: Float)]

  /// - Parameter octaves: wavelengths in pixels with their shares of the sum.
  init(seed: UInt64, salt: UInt32, octaves: [(length: Int, share: Float)]) {
    self.salt = MatchField.hash(UInt32(truncatingIfNeeded: seed ^ seed >> 32) &+ salt)
    self.octaves = octaves
  }

  /// The value at a pixel.
  func value(_ x: Int, _ y: Int) -> Float {
    let sum = octaves.enumerated().reduce(Float(0)) { sum, octave in
      let (length, share) = octave.element
      return sum + share * grid(x, y, length, UInt32(octave.offset))
    }
    return min(max(Self.gain * sum, -1), 1)
  }

  private func grid(_ x: Int, _ y: Int, _ length: Int, _ octave: UInt32) -> Float {
    func corner(_ column: Int, _ row: Int) -> Float {
      let place = UInt32(truncatingIfNeeded: column &* 73_856_093 ^ row &* 19_349_663)
      return Float(MatchField.hash(place ^ salt &+ octave &* 977) >> 8) / Float(1 << 23) - 1
    }
    func fade(_ t: Float) -> Float { t * t * (3 - 2 * t) }
    let (column, row) = (x / length, y / length)
    let right = fade(Float(x % length) / Float(length))
    let down = fade(Float(y % length) / Float(length))
    let (topLeft, topRight) = (corner(column, row), corner(column + 1, row))
    let (lowLeft, lowRight) = (corner(column, row + 1), corner(column + 1, row + 1))
    let top = topLeft + right * (topRight - topLeft)
    let low = lowLeft + right * (lowRight - lowLeft)
    return top + down * (low - top)
  }
}

extension Picture {
  /// Replaces pixels, given by their numbers, by pixels of a picture of the same size, and bares others.
  /// Alpha moves where it differs from `original`, the picture without paint; elsewhere it is that one's.
  ///
  /// - Complexity: O(pixels to replace), and one copy of the picture where it is held elsewhere too.
  fileprivate mutating func copy(
    _ pixels: [(to: Int, from: Int)], from other: Picture, over original: Picture, bare: [Int]
  ) {
    func replace<Sample>(
      in bitmap: inout Bitmap<Sample>, _ source: Bitmap<Sample>, _ below: Bitmap<Sample>
    ) {
      for (to, from) in pixels {
        for channel in 0..<3 {
          bitmap.samples[4 * to + channel] = source.samples[4 * from + channel]
        }
        let alpha = source.samples[4 * from + 3]
        bitmap.samples[4 * to + 3] =
          alpha == below.samples[4 * from + 3] ? below.samples[4 * to + 3] : alpha
      }
      for at in bare.lazy.flatMap({ 4 * $0..<4 * $0 + 4 }) {
        bitmap.samples[at] = below.samples[at]
      }
    }
    switch self.pixels {
    case .eight(var bitmap):
      replace(in: &bitmap, other.rgba8, original.rgba8)
      self.pixels = .eight(bitmap)
    case .sixteen(var bitmap):
      replace(in: &bitmap, other.rgba16, original.rgba16)
      self.pixels = .sixteen(bitmap)
    }
  }
}
