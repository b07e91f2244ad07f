import DiffMask
import Diffusion
import Foundation
import Raster
import Testing

/// Flat paint that follows the light and shade around it, before a model sees it.
@Suite struct ShadedPaintTests {
  private static let side = 96

  /// A grey picture whose level rises by one a column, from 80.
  private static let ramp = picture { x, _ in 80 + x }

  private static func picture(_ level: (Int, Int) -> Int) -> RGBA8 {
    let levels = (0..<side * side).map { UInt8(level($0 % side, $0 / side)) }
    return RGBA8(width: side, height: side, samples: levels.flatMap { [$0, $0, $0, 255] })
  }

  /// The levels of the middle row once `paint` lies on a picture where it is not nil.
  private static func row(
    on original: RGBA8 = ramp, width: Int? = nil, _ paint: (Int, Int) -> Int?
  ) throws -> [Int] {
    let painted = picture { x, y in
      paint(x, y) ?? Int(original.samples[original.offset(x: x, y: y)])
    }
    let mask = PixelMask(
      width: side, height: side, bits: (0..<side * side).map { paint($0 % side, $0 / side) != nil })
    let melted = try Picture(pixels: .eight(painted)).melted(
      into: Picture(pixels: .eight(original)), within: mask, width: width
    ).rgba8
    return (0..<side).map { Int(melted.samples[melted.offset(x: $0, y: side / 2)]) }
  }

  private static func inside(_ x: Int, _ y: Int) -> Bool {
    (16..<80).contains(x) && (16..<80).contains(y)
  }

  /// The ramp has 127.5 on average below the paint; the gap is in levels of 255.
  @Test(arguments: [(0, 1.0), (5, 0.86), (12, 0.41), (20, 0.085), (45, 0.0)])
  func followsColoursLikeItsOwn(gap: Int, share: Double) throws {
    let level = 128 + gap
    let levels = try Self.row { Self.inside($0, $1) ? level : nil }
    for x in 28..<68 {
      let bent = 51 * tanh((Double(80 + x) - 127.5) / 51)
      let expected = Double(level) + share * bent
      #expect(abs(Double(levels[x]) - expected) <= 2, "column \(x): \(levels[x]) for \(expected)")
    }
  }

  /// Paint like the mean of a bright and a dark half follows neither by more than a fifth of all
  /// levels.
  @Test func coversWhatDiffersALot() throws {
    let halves = Self.picture { x, _ in x < Self.side / 2 ? 40 : 220 }
    let levels = try Self.row(on: halves) { Self.inside($0, $1) ? 130 : nil }
    #expect(levels[26..<70].allSatisfy { abs($0 - 130) <= 51 }, "\(levels)")
    #expect(levels[28] < 106 && levels[68] > 154, "\(levels)")
  }

  @Test func staysFlatWhereAWidthIsAskedFor() throws {
    let levels = try Self.row(width: 6) { Self.inside($0, $1) ? 128 : nil }
    #expect(levels[24..<72].allSatisfy { $0 == 128 }, "\(levels)")
  }

  /// Two strokes of one colour, each with the mean of its own surroundings, far from that of both.
  @Test func takesEachStrokeByItself() throws {
    let levels = try Self.row { x, y in
      guard (32..<64).contains(y) else { return nil }
      return (4..<36).contains(x) ? 100 : (60..<92).contains(x) ? 100 : nil
    }
    #expect(abs(levels[12] - 92) <= 2 && abs(levels[28] - 108) <= 2, "\(levels)")
    #expect(levels[70..<82].allSatisfy { $0 == 100 }, "\(levels)")
  }

  /// Some of whose pixels have the picture's own level by chance.
  @Test func keepsDetail() throws {
    let detail = { (x: Int, y: Int) in 120 + (x * 7 + y * 13) % 17 }
    let levels = try Self.row { Self.inside($0, $1) ? detail($0, $1) : nil }
    #expect((28..<68).allSatisfy { levels[$0] == detail($0, Self.side / 2) }, "\(levels)")
  }

  /// A soft brush of the ramp's mean leaves the ramp as it was, without a step where its core ends.
  @Test func followsThroughSoftEdges() throws {
    let levels = try Self.row { x, y in
      guard Self.inside(x, y) else { return nil }
      let depth = min(x - 15, 80 - x, y - 15, 80 - y)
      return 80 + x + (128 - 80 - x) * min(depth, 12) / 12
    }
    let steps = zip(levels, levels.dropFirst()).map { $1 - $0 }
    #expect(steps.allSatisfy { (-1...3).contains($0) }, "\(steps)")
  }

  @Test func keepsWhatHasNoSurroundings() throws {
    #expect(try Self.row { _, _ in 128 }.allSatisfy { $0 == 128 })
  }

  @Test(arguments: [(1, 1, 2), (1, 40, 2), (17, 23, 2), (40, 40, 3), (31, 8, 5)])
  func findsPatchesAsASearchDoes(rows: Int, columns: Int, colors: Int) throws {
    let pixels = (0..<rows * columns).map { pixel in
      SIMD3<Float>(repeating: Float(pixel * pixel * 7919 % 1009 % colors))
    }
    let members = pixels.indices.map { $0 * 31 % 101 > 12 }
    let patches = ColorPatches(pixels, within: members, width: columns)
    var searched = [Int?](repeating: nil, count: pixels.count)
    var count = 0
    for start in pixels.indices where members[start] && searched[start] == nil {
      var open = [start]
      while let pixel = open.popLast() {
        searched[pixel] = count
        let x = pixel % columns
        let near = [
          x > 0 ? pixel - 1 : pixel, x < columns - 1 ? pixel + 1 : pixel, pixel - columns,
          pixel + columns,
        ]
        open += near.filter {
          pixels.indices.contains($0) && members[$0] && pixels[$0] == pixels[pixel]
            && searched[$0] == nil
        }
      }
      count += 1
    }
    #expect(patches.numbers == searched)
    #expect(patches.sizes == (0..<count).map { number in searched.count { $0 == number } })
  }
}
