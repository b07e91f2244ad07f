import DiffMask
import Diffusion
import Raster
import Testing

/// Paint that turns into its surroundings at its border, before a model sees it.
@Suite struct MeltedPaintTests {
  /// Levels of row 20 of a grey picture of 40 x 40, painted bright in a rectangle.
  private func row(painting rect: PixelRect, width: Int, below: UInt8 = 100) -> [UInt8] {
    let original = grey(below)
    var edited = original
    for y in rect.rows {
      for x in rect.columns {
        for channel in 0..<3 { edited.samples[edited.offset(x: x, y: y) + channel] = 200 }
      }
    }
    let melted = Picture(pixels: .eight(edited)).melted(
      into: Picture(pixels: .eight(original)), width: width
    ).rgba8
    return (0..<40).map { melted.samples[melted.offset(x: $0, y: 20)] }
  }

  private func grey(_ level: UInt8) -> RGBA8 {
    RGBA8(
      width: 40, height: 40,
      samples: (0..<1600).flatMap { _ in [level, level, level, 255] })
  }

  @Test(arguments: [1, 3, 6, 9])
  func rises(width: Int) {
    let levels = row(painting: PixelRect(x: 8, y: 4, width: 24, height: 32), width: width)
    #expect(levels[..<8].allSatisfy { $0 == 100 } && levels[32...].allSatisfy { $0 == 100 })
    #expect(levels[8..<20].elementsEqual(levels[8..<20].sorted()), "\(levels)")
    #expect(levels[8..<32].elementsEqual(levels[8..<32].reversed()), "\(levels)")
    #expect(levels[8 + width..<32 - width].allSatisfy { $0 == 200 }, "\(levels)")
    #expect(width == 1 || (levels[8] > 100 && levels[8] < 160), "\(levels)")
  }

  @Test(arguments: [1, 2, 3])
  func keepsThinLines(size: Int) {
    let levels = row(painting: PixelRect(x: 10, y: 2, width: size, height: 36), width: 6)
    #expect(levels[10..<10 + size].allSatisfy { $0 == 200 }, "\(levels)")
  }

  @Test func keepsWhatHasNoSurroundings() {
    let whole = PixelRect(x: 0, y: 0, width: 40, height: 40)
    #expect(row(painting: whole, width: 6).allSatisfy { $0 == 200 })
  }

  @Test func keepsAPictureWithoutPaint() {
    #expect(
      row(painting: PixelRect(x: 0, y: 0, width: 0, height: 0), width: 6)
        == Array(repeating: 100, count: 40))
  }

  /// The picture's edge is no border: paint that runs off it stays paint there.
  @Test func keepsPaintAtTheEdge() {
    let levels = row(painting: PixelRect(x: 24, y: 0, width: 16, height: 40), width: 6)
    #expect(levels[30...].allSatisfy { $0 == 200 }, "\(levels)")
  }
}
