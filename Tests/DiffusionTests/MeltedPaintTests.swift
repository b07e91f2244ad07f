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

  /// Without a width of its own, a stroke melts over 6 pixels, over more where it is wide.
  @Test(arguments: [(2, 1), (16, 4), (24, 6), (48, 6), (80, 10), (128, 16), (240, 16)])
  func suitsTheStroke(size: Int, melted: Int) throws {
    let side = size + 80
    let levels = try row(
      painting: PixelRect(x: 40, y: 0, width: size, height: side), width: nil, side: side)
    let rising = levels[40..<40 + size / 2].prefix { $0 < 200 }
    #expect(abs(rising.count - melted) <= 1, "\(rising.count)")
  }

  @Test(arguments: [(1, 1, 3), (7, 5, 1), (20, 33, 4), (9, 40, 12), (64, 3, 64)])
  func findsMaximaAsASearchDoes(rows: Int, columns: Int, radius: Int) throws {
    let values = (0..<rows * columns).map { Float($0 * 7919 % 101) }
    let searched = (0..<rows * columns).map { place in
      let (y, x) = place.quotientAndRemainder(dividingBy: columns)
      let near = (max(0, y - radius)...min(rows - 1, y + radius)).flatMap { row in
        (max(0, x - radius)...min(columns - 1, x + radius)).map { values[row * columns + $0] }
      }
      return near.max()
    }
    #expect(
      MeltedPaint.squareMaxima(values, rows: rows, columns: columns, radius: radius) == searched)
  }
}
