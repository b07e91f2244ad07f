import DiffMask
import Diffusion
import Raster
import Testing

/// Outlines of flat paint that become uneven.
@Suite struct RaggedEdgesTests {
  private static let side = 160

  /// A grey picture with noise.
  private static let original: Picture = {
    var random = Seeded(state: 5)
    let samples = (0..<side * side).flatMap { _ in
      let level = UInt8(100 + random.next() % 20)
      return [level, level, level, UInt8(255)]
    }
    return Picture(pixels: .eight(RGBA8(width: side, height: side, samples: samples)))
  }()

  /// Red paint where `isPainted`, of `kind`; `color` says what red.
  private static func place(
    kind: PaintKind? = nil, color: (Int, Int) -> UInt8 = { _, _ in 200 },
    _ isPainted: (Int, Int) -> Bool
  ) -> PaintedPlace {
    var picture = original.rgba8
    var kinds = Mask(width: side, height: side)
    let bits = (0..<side * side).map { isPainted($0 % side, $0 / side) }
    for pixel in bits.indices where bits[pixel] {
      picture.samples[4 * pixel] = color(pixel % side, pixel / side)
      (picture.samples[4 * pixel + 1], picture.samples[4 * pixel + 2]) = (30, 20)
      kinds.values[pixel] = kind?.rawValue ?? 0
    }
    return PaintedPlace(
      edited: Picture(pixels: .eight(picture)),
      painted: PixelMask(width: side, height: side, bits: bits),
      kinds: kind == nil ? nil : kinds)
  }

  private static func ragged(_ place: PaintedPlace, seed: UInt64 = 1) -> PaintedPlace {
    RaggedEdges.applied(to: place, on: original, seed: seed)
  }

  /// The first and last painted column of each row.
  private static func ends(_ mask: PixelMask) -> [ClosedRange<Int>?] {
    (0..<side).map { y in
      let columns = (0..<side).filter { mask[$0, y] }
      guard let first = columns.first, let last = columns.last else { return nil }
      return first...last
    }
  }

  @Test(arguments: [(12, 1), (24, 3), (48, 6), (120, 6)])
  func straightBordersBecomeUnevenWithinAnEighthOfTheWidth(width: Int, most: Int) {
    let left = 20
    let place = Self.place { x, y in x >= left && x < left + width && y >= 8 && y < 152 }
    let made = Self.ragged(place)
    let ends = Self.ends(made.painted)[16..<144].compactMap { $0 }
    #expect(ends.count == 128)
    #expect(ends.allSatisfy { abs($0.lowerBound - left) <= most }, "\(ends)")
    #expect(ends.allSatisfy { abs($0.upperBound - left - width + 1) <= most })
    #expect(Set(ends.map(\.lowerBound)).count > most)
    // Nothing further away than that is touched.
    let (before, after) = (Self.original.rgba8, made.edited.rgba8)
    for y in 0..<Self.side {
      for x in 0..<Self.side {
        let at = after.offset(x: x, y: y)
        let colors = after.samples[at..<at + 4]
        #expect(
          made.painted[x, y]
            ? colors.elementsEqual([200, 30, 20, 255]) : colors == before.samples[at..<at + 4])
        let isNear =
          x >= left - most && x < left + width + most && y >= 8 - most && y < 152 + most
        #expect(isNear || !made.painted[x, y])
      }
    }
  }

  @Test func whatIsNoFlatShapeStays() {
    let cases: [(name: String, place: PaintedPlace)] = [
      ("a line", Self.place { x, y in x >= 40 && x < 49 && y > 10 && y < 140 }),
      ("a thin diagonal", Self.place { x, y in abs(x - y) < 4 }),
      (
        "detail",
        Self.place(color: { x, y in UInt8((31 * x + 57 * y) % 200) }) { x, y in
          x > 30 && x < 110 && y > 30 && y < 110
        }
      ),
      ("an erasure", Self.place(kind: .erasure) { x, y in x > 30 && x < 110 && y > 30 && y < 110 }),
      ("finished", Self.place(kind: .finished) { x, y in x > 30 && x < 110 && y > 30 && y < 110 }),
      ("everything", Self.place { _, _ in true }),
      ("nothing", Self.place { _, _ in false }),
    ]
    for (name, place) in cases { #expect(Self.ragged(place) == place, "\(name)") }
  }

  /// Detail, but a material: its outline moves, and kinds with it.
  @Test func materialsMoveWithTheirKinds() throws {
    let place = Self.place(
      kind: .material(.rock), color: { x, y in UInt8((31 * x + 57 * y) % 200) }
    ) { x, y in x > 30 && x < 110 && y > 30 && y < 110 }
    let made = Self.ragged(place)
    #expect(made.painted != place.painted)
    let kinds = try #require(made.kinds)
    for y in 0..<Self.side {
      for x in 0..<Self.side {
        #expect(
          kinds.values[y * Self.side + x] == (made.painted[x, y] ? Material.rock.rawValue : 0))
      }
    }
  }

  /// A flat shape beside an erasure does not grow over it.
  @Test func nothingIsLaidOverAnErasure() throws {
    var place = Self.place(kind: .color) { x, y in x > 30 && x < 130 && y > 30 && y < 110 }
    for y in 31..<110 {
      for x in 80..<130 {
        place.kinds?.values[y * Self.side + x] = PaintKind.erasure.rawValue
      }
    }
    let made = Self.ragged(place)
    let kinds = try #require(made.kinds)
    for y in 31..<110 {
      for x in 80..<130 {
        #expect(made.painted[x, y])
        #expect(kinds.values[y * Self.side + x] == PaintKind.erasure.rawValue)
      }
    }
  }

  /// Shapes that touch the picture's border go on touching it.
  @Test func bordersOfThePictureAreNoOutlines() {
    let made = Self.ragged(Self.place { _, y in y < 60 })
    let rows = (0..<50).map { y in (0..<Self.side).allSatisfy { made.painted[$0, y] } }
    #expect(rows.allSatisfy { $0 })
    let heights = (0..<Self.side).map { x in (0..<Self.side).count { made.painted[x, $0] } }
    #expect(Set(heights).count > 4 && heights.allSatisfy { abs($0 - 60) <= RaggedEdges.most })
  }

  @Test func followsTheSeedAlone() {
    let place = Self.place { x, y in (x - 80) * (x - 80) + (y - 80) * (y - 80) < 2500 }
    #expect(Self.ragged(place) == Self.ragged(place))
    #expect(Self.ragged(place) != Self.ragged(place, seed: 2))
    var settings = EditSettings(steps: 1)
    #expect(place.ragged(on: Self.original, settings) == Self.ragged(place))
    let soft = Mask(width: Self.side, height: Self.side, filledWith: 255)
    #expect(place.ragged(on: Self.original, settings, coverage: soft) == place)
    settings.ragged = false
    #expect(place.ragged(on: Self.original, settings) == place)
  }
}
