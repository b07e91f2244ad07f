import DiffMask
import Diffusion
import Raster
import Testing

/// Paint that turns into its surroundings at its border, before a model sees it.
@Suite struct MeltedPaintTests {
  /// Levels of the middle row of a grey square of `side` pixels, painted bright in a rectangle.
  private func row(
    painting rect: PixelRect, width: Int?, below: UInt8 = 100, side: Int = 40
  ) throws -> [UInt8] {
    let original = grey(below, side: side)
    var edited = original
    for y in rect.rows {
      for x in rect.columns {
        for channel in 0..<3 { edited.samples[edited.offset(x: x, y: y) + channel] = 200 }
      }
    }
    let melted = try Picture(pixels: .eight(edited)).melted(
      into: Picture(pixels: .eight(original)), within: PixelMask(from: original, to: edited),
      width: width
    ).rgba8
    return (0..<side).map { melted.samples[melted.offset(x: $0, y: side / 2)] }
  }

  private func grey(_ level: UInt8, side: Int) -> RGBA8 {
    RGBA8(
      width: side, height: side,
      samples: (0..<side * side).flatMap { _ in [level, level, level, 255] })
  }

  @Test(arguments: [1, 3, 6, 9])
  func rises(width: Int) throws {
    let levels = try row(painting: PixelRect(x: 8, y: 4, width: 24, height: 32), width: width)
    #expect(levels[..<8].allSatisfy { $0 == 100 } && levels[32...].allSatisfy { $0 == 100 })
    #expect(levels[8..<20].elementsEqual(levels[8..<20].sorted()), "\(levels)")
    #expect(levels[8..<32].elementsEqual(levels[8..<32].reversed()), "\(levels)")
    #expect(levels[8 + width..<32 - width].allSatisfy { $0 == 200 }, "\(levels)")
    #expect(width == 1 || (levels[8] > 100 && levels[8] < 160), "\(levels)")
  }

  @Test(arguments: [1, 2, 3])
  func keepsThinLines(size: Int) throws {
    let levels = try row(painting: PixelRect(x: 10, y: 2, width: size, height: 36), width: 6)
    #expect(levels[10..<10 + size].allSatisfy { $0 == 200 }, "\(levels)")
  }

  @Test func keepsWhatHasNoSurroundings() throws {
    let whole = PixelRect(x: 0, y: 0, width: 40, height: 40)
    #expect(try row(painting: whole, width: 6).allSatisfy { $0 == 200 })
  }

  @Test func keepsAPictureWithoutPaint() throws {
    #expect(
      try row(painting: PixelRect(x: 0, y: 0, width: 0, height: 0), width: 6)
        == Array(repeating: 100, count: 40))
  }

  /// The picture's edge is no border: paint that runs off it stays paint there.
  @Test func keepsPaintAtTheEdge() throws {
    let levels = try row(painting: PixelRect(x: 24, y: 0, width: 16, height: 40), width: 6)
    #expect(levels[30...].allSatisfy { $0 == 200 }, "\(levels)")
  }

  /// Without a width of its own, a stroke melts over an eighth of its width, and
  /// over 6 pixels where it is wider than 32.
  @Test(arguments: [
    (2, 1), (8, 1), (16, 2), (24, 3), (32, 6), (48, 6), (80, 10), (128, 16), (240, 16),
  ])
  func suitsTheStroke(size: Int, melted: Int) throws {
    let side = size + 80
    let levels = try row(
      painting: PixelRect(x: 40, y: 0, width: size, height: side), width: nil, side: side)
    let rising = levels[40..<40 + size / 2].prefix { $0 < 200 }
    #expect(abs(rising.count - melted) <= 1, "\(rising.count)")
  }

  /// A thin stroke beside a wide one keeps its own width.
  @Test func doesNotTakeAMastForASail() throws {
    let original = grey(100, side: 120)
    var edited = original
    for (left, right, bottom) in [(10, 18, 110), (24, 100, 60)] {
      for y in 10..<bottom {
        for x in left..<right { edited.samples[edited.offset(x: x, y: y)] = 200 }
      }
    }
    let melted = try Picture(pixels: .eight(edited)).melted(
      into: Picture(pixels: .eight(original)), within: PixelMask(from: original, to: edited),
      width: nil
    ).rgba8
    for y in [30, 90] {
      let row = (10..<18).map { melted.samples[melted.offset(x: $0, y: y)] }
      #expect(row.count { $0 > 190 } >= 6, "\(row)")
    }
  }

  /// Discs reach the whole border of a round shape, which therefore melts everywhere alike.
  @Test func roundShapesMeltAllAround() throws {
    let side = 120
    let original = grey(100, side: side)
    var edited = original
    func radius(_ x: Int, _ y: Int) -> Double {
      (Double((x - 60) * (x - 60)) + 1.4 * Double((y - 60) * (y - 60))).squareRoot()
    }
    for y in 0..<side {
      for x in 0..<side where radius(x, y) < 48 {
        edited.samples[edited.offset(x: x, y: y)] = 200
      }
    }
    let melted = try Picture(pixels: .eight(edited)).melted(
      into: Picture(pixels: .eight(original)), within: PixelMask(from: original, to: edited),
      width: nil
    ).rgba8
    for y in 0..<side {
      for x in 0..<side where (46.5..<48).contains(radius(x, y)) {
        let level = melted.samples[melted.offset(x: x, y: y)]
        #expect(level < 150, "\(x), \(y): \(level)")
      }
    }
  }

  /// The same radii as the largest of all discs that cover a pixel, whatever their centres.
  @Test(arguments: [3, 8, 64])
  func radiiAreThoseOfAllDiscs(most: Int) throws {
    let (width, height) = (48, 40)
    let bits = (0..<width * height).map { pixel in
      let (x, y) = (pixel % width, pixel / width)
      return (4..<12).contains(x) || (20..<44).contains(x) && (6..<30).contains(y) || x == y
    }
    let depths = (0..<bits.count).map { pixel -> Float in
      guard bits[pixel] else { return 0 }
      let squares = bits.indices.lazy.filter { !bits[$0] }.map { other in
        let (dx, dy) = (other % width - pixel % width, other / width - pixel / width)
        return dx * dx + dy * dy
      }
      return min(Float(squares.min() ?? 0).squareRoot(), Float(most))
    }
    let found = StrokeWidths.radii(depths, width: width, most: Float(most))
    for pixel in bits.indices where bits[pixel] {
      let covering = bits.indices.lazy.filter { other in
        let (dx, dy) = (other % width - pixel % width, other / width - pixel / width)
        let disc = depths[other] > 1 ? 1.09 * depths[other] + 1 : depths[other]
        return Float(dx * dx + dy * dy) < disc * disc
      }
      let most = covering.map { depths[$0] }.max() ?? depths[pixel]
      #expect(abs(found[pixel] - most) <= 1, "\(pixel % width), \(pixel / width)")
    }
  }
}
