import Exemplars
import Tensors
import Testing

/// Matches of patches, what guides them and what they vote for, beside slow references.
@Suite struct MatchFieldTests {
  private static let waves = Square.picture { x, y in
    let wave = (x * x / 40 + y * 3) % 64
    return [60 + wave + Square.noise(x, y, 20), 80 + wave, 90 + Square.noise(y, x, 30)]
  }
  private static let ramp = Square.picture { x, y in [x, y, 90] }

  private static func field(
    _ paint: RGBBytes, fill: RGBBytes, hole: [Bool] = Square.middle, allowance: Int = 0
  ) throws -> MatchField {
    try #require(
      MatchField(paint, fill: fill, hole: hole, guidance: 10, allowance: allowance))
  }

  @Test(arguments: [(0, 10), (26, 30), (78, 46), (255, 49)])
  func guidesMoreWherePaintIsUnlikeTheFill(gap: Int, weight: UInt8) throws {
    let (paint, fill) = (Square.picture { _, _ in [255, 255, 255] }, 255 - gap)
    let field = try Self.field(paint, fill: Square.picture { _, _ in [fill, fill, fill] })
    #expect(field.targets.allSatisfy { field.guide[Int($0)] == SIMD4(255, 255, 255, weight) })
  }

  /// Stripes ten pixels wide, beside flat paint, both in a picture whose fill is the same.
  @Test(arguments: [(0, 10, 10), (40, 20, 50)])
  func guidesMoreWherePaintHasShapes(contrast: Int, least: UInt8, most: UInt8) throws {
    let paint = Square.picture { x, _ in
      Array(repeating: x / 10 % 2 == 0 ? 120 - contrast : 120 + contrast, count: 3)
    }
    let field = try Self.field(paint, fill: paint)
    let weights = field.targets.map { field.guide[Int($0)].w }
    #expect(weights.allSatisfy { $0 >= 10 })
    #expect((least...most).contains(try #require(weights.max())))
  }

  /// Beside a search of all sources for all targets.
  @Test(arguments: [0, 60]) func findsNearlyTheBestMatches(allowance: Int) throws {
    var field = try Self.field(Self.waves, fill: Self.ramp, allowance: allowance)
    field.start(from: nil, seed: 3)
    field.improve(rounds: 16, seed: 5, workers: Square.workers)
    var (found, best) = (0, 0)
    for target in field.targets {
      found += Int(field.matches[Int(target)].cost)
      best += field.sources.map { Int(field.cost(of: target, $0)) }.min() ?? 0
      let match = field.matches[Int(target)]
      #expect(field.allowances[Int(match.place)] >= 0)
      #expect(field.cost(of: target, match.place) == match.cost)
    }
    let excess = Double(found - best) / Double(abs(best))
    #expect((0..<0.15).contains(excess), "\(found), at best \(best)")
  }

  /// Holes in the middle, at the border and of all but a strip.
  @Test(arguments: [(30..<60, 40..<50), (0..<9, 80..<96), (0..<96, 0..<80)])
  func weighsColorsAsTheWholePicturesWould(columns: Range<Int>, rows: Range<Int>) throws {
    let hole = Square.mask { columns.contains($0) && rows.contains($1) }
    let field = try Self.field(Self.waves, fill: Self.ramp, hole: hole)
    let (colors, around) = (Self.waves.smoothed(radius: 2), Self.waves.smoothed(radius: 8))
    let expected = Self.ramp.smoothed(radius: 2)
    func gap(_ other: RGBBytes, _ pixel: Int) -> Int {
      (3 * pixel..<3 * pixel + 3).reduce(0) { sum, k in
        let gap = Int(colors.bytes[k]) - Int(other.bytes[k])
        return sum + gap * gap
      }
    }
    for target in field.targets {
      let (y, x) = (Int(target) / field.stride, Int(target) % field.stride)
      let pixel = (y - MatchField.radius) * Square.side + x - MatchField.radius
      let sum = gap(expected, pixel) + 10 * gap(around, pixel)
      #expect(Int(field.guide[Int(target)].w) == 10 + 40 * sum / (sum + 3 * 26 * 26))
    }
  }

  /// Holes in the middle, at corners, apart from each other and of all but a strip, beside the
  /// definition.
  @Test(arguments: [nil, 1, 3])
  func tellsTargetsFromSources(count: Int?) throws {
    let (side, radius) = (200, MatchField.radius)
    let picture = Square.picture(side: side) { x, y in [x, y, (x * y) % 256] }
    let holes: [(Int, Int) -> Bool] = [
      { x, y in (90..<120).contains(x) && (80..<83).contains(y) },
      { x, y in x < 9 && y > 190 }, { x, y in x + y == 100 || x == 150 && y == 20 },
      { x, _ in x > 20 },
    ]
    for isHole in holes {
      let hole = Square.mask(side: side, isHole)
      let field = try #require(
        MatchField(
          picture, fill: picture, hole: hole, guidance: 10, on: count.map { WorkerPool(count: $0) })
      )
      var (pixels, targets, sources) = ([Int32](), [Int32](), [Int32]())
      for y in 0..<side {
        for x in 0..<side {
          let place = Int32((y + radius) * field.stride + x + radius)
          let rows = max(y - radius, 0)...min(y + radius, side - 1)
          let columns = max(x - radius, 0)...min(x + radius, side - 1)
          let touches = rows.contains { y in columns.contains { hole[y * side + $0] } }
          if hole[y * side + x] { pixels.append(place) }
          if touches {
            targets.append(place)
          } else if rows.count == MatchField.side, columns.count == MatchField.side {
            sources.append(place)
          }
        }
      }
      #expect(field.hole == pixels && field.targets == targets && field.sources == sources)
      #expect(targets.allSatisfy { field.matches[Int($0)].place == -1 })
    }
  }

  @Test(arguments: [0, 25, 100]) func allowsSourcesAShareOfTheirContrast(allowance: Int) throws {
    let field = try Self.field(Self.waves, fill: Self.ramp, allowance: allowance)
    for source in field.sources {
      let patch = field.patch(around: Int(source)).map { SIMD3<Double>($0) }
      let mean = patch.reduce(.zero, +) / Double(patch.count)
      let contrast = patch.reduce(0) { sum, color in
        let gap = color - mean
        return sum + (gap * gap).sum()
      }
      // Three channels' squared sums are rounded down, and the share.
      let allowed = Double(field.allowances[Int(source)]) - contrast * Double(allowance) / 100
      #expect((-1...3).contains(allowed), "\(allowed)")
    }
    #expect(field.allowances.count { $0 >= 0 } == field.sources.count)
  }

  /// Noise that grows from left to right, and paint with noise of its own.
  @Test func findsLivelierMatchesWithMoreAllowance() throws {
    let noise = Square.picture { x, y in
      Array(repeating: 120 + Square.noise(x, y, x + 1) - x / 2, count: 3)
    }
    let found = try [0, 40, 80].map { allowance in
      var field = try Self.field(noise, fill: noise, allowance: allowance)
      field.start(from: nil, seed: 1)
      field.improve(rounds: 8, seed: 2, workers: Square.workers)
      return field.targets.reduce(0) { $0 + Int(field.matches[Int($1)].place) % field.stride }
        / field.targets.count
    }
    #expect(found[0] < found[1] && found[1] < found[2], "\(found)")
  }

  @Test(arguments: [0, 60])
  func votesWeighByTheInverseFourthPowerOfWhatDiffers(allowance: Int) throws {
    var field = try Self.field(Self.waves, fill: Self.ramp, allowance: allowance)
    field.start(from: nil, seed: 1)
    field.improve(rounds: 3, seed: 2, workers: Square.workers)
    field.vote(Square.workers)
    for pixel in field.hole.map({ Int($0) }) {
      var (sum, total) = (SIMD3<Double>.zero, 0.0)
      for y in -MatchField.radius...MatchField.radius {
        for x in -MatchField.radius...MatchField.radius {
          let offset = y * field.stride + x
          let match = field.matches[pixel + offset]
          guard match.place >= 0 else { continue }
          let difference = Double(match.cost + field.allowances[Int(match.place)] + 50)
          let weight = 1 / (difference * difference)
          let place = 3 * (Int(match.place) - offset)
          let color = SIMD3(
            field.picture[place], field.picture[place + 1], field.picture[place + 2])
          sum += weight * weight * SIMD3<Double>(color)
          total += weight * weight
        }
      }
      for channel in 0..<3 {
        let voted = Double(field.filled[3 * pixel + channel])
        #expect(abs(voted - sum[channel] / total) < 0.51)
      }
    }
  }

  /// Patches around 90 x 90 pixels lie within the picture, those of 30 x 30 of them touch the hole.
  @Test(arguments: [(1, true), (90 * 90 - 30 * 30, true), (90 * 90 - 30 * 30 + 1, false)])
  func needsSources(least: Int, isMade: Bool) {
    let field = MatchField(
      Self.waves, fill: Self.ramp, hole: Square.middle, guidance: 10, leastSources: least)
    #expect((field != nil) == isMade)
    #expect(
      MatchField(
        Self.waves, fill: Self.ramp, hole: Square.mask { _, _ in false }, guidance: 10) == nil)
  }
}

extension MatchField {
  /// The colours of the patch around a place.
  fileprivate func patch(around place: Int) -> [SIMD3<UInt8>] {
    (-Self.radius...Self.radius).flatMap { y in
      (-Self.radius...Self.radius).map { x in
        let first = 3 * (place + y * stride + x)
        return SIMD3(picture[first], picture[first + 1], picture[first + 2])
      }
    }
  }

  /// How much a target differs from a source, less its allowance, by the definition.
  fileprivate func cost(of target: Int32, _ source: Int32) -> Int32 {
    let (target, source) = (Int(target), Int(source))
    var sum = -allowances[source]
    for channel in 0..<3 {
      let gap = Int32(guide[target][channel]) - Int32(guide[source][channel])
      sum += Int32(guide[target].w) * gap * gap
    }
    for y in -Self.radius...Self.radius {
      for x in -Self.radius...Self.radius {
        let offset = y * stride + x
        for channel in 0..<3 {
          let gap =
            Int32(filled[3 * (target + offset) + channel])
            - Int32(picture[3 * (source + offset) + channel])
          sum += gap * gap
        }
      }
    }
    return sum
  }
}
