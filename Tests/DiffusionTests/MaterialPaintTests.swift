import DiffMask
import Diffusion
import Foundation
import Raster
import Tensors
import Testing

/// Hints in which paint has become material.
@Suite struct MaterialPaintTests {
  private static let side = 128
  private static let workers = WorkerPool(count: 2)
  /// A bluish ramp with a little noise.
  private static let original: Picture = {
    var random = Seeded(state: 9)
    let samples = (0..<side * side).flatMap { pixel in
      let level = UInt8(60 + pixel / side / 2 + Int(random.next() % 8))
      return [level, level, level + 20, UInt8(255)]
    }
    return Picture(pixels: .eight(RGBA8(width: side, height: side, samples: samples)))
  }()

  private static func paint() throws -> ModelFolder {
    try ModelFolder.load(Fixture.assets("models/paint-base"))
  }

  private static func sdedit(_ folder: ScratchFolder) throws -> ModelFolder {
    var builder = ModelBuilder()
    builder.inChannels = 3
    builder.index = nil
    try builder.write(folder)
    return try ModelFolder.load(folder.path)
  }

  private static func mask(_ isPainted: (Int, Int) -> Bool) -> PixelMask {
    PixelMask(
      width: side, height: side, bits: (0..<side * side).map { isPainted($0 % side, $0 / side) })
  }

  private static func kinds(_ parts: [(PixelMask, PaintKind)]) -> Mask {
    var kinds = Mask(width: side, height: side)
    for (mask, kind) in parts {
      for pixel in 0..<side * side where mask[pixel % side, pixel / side] {
        kinds.values[pixel] = kind.rawValue
      }
    }
    return kinds
  }

  private static func mean(_ picture: Picture, _ mask: PixelMask) -> [Int] {
    let bitmap = picture.rgba8
    return (0..<3).map { channel in
      let values = (0..<side * side).filter { mask[$0 % side, $0 / side] }
        .map { Int(bitmap.samples[4 * $0 + channel]) }
      return values.reduce(0, +) / max(values.count, 1)
    }
  }

  private static let left = mask { x, y in (24..<64).contains(x) && (40..<88).contains(y) }
  private static let right = mask { x, y in (64..<104).contains(x) && (40..<88).contains(y) }

  /// Paint is not even needed: the kinds say what becomes of the original.
  @Test func severalMaterialsAndColoursLieSideBySide() throws {
    let model = try Self.paint()
    let middle = Self.mask { x, y in (50..<78).contains(x) && (56..<72).contains(y) }
    var edited = Self.original.rgba8
    for pixel in 0..<Self.side * Self.side where middle[pixel % Self.side, pixel / Self.side] {
      edited.samples.replaceSubrange(4 * pixel..<4 * pixel + 3, with: [220, 30, 180])
    }
    let all = Self.left.union(Self.right)
    let kinds = Self.kinds([
      (Self.left, .material(.grass)), (Self.right, .material(.brick)), (middle, .color),
    ])
    let hint = try model.hint(
      Picture(pixels: .eight(edited)), on: Self.original, painted: all, kinds: kinds,
      settings: model.defaultSettings, workers: Self.workers)
    let grass = Self.mean(
      hint, Self.mask { x, y in (32..<44).contains(x) && (50..<78).contains(y) })
    let brick = Self.mean(
      hint, Self.mask { x, y in (84..<96).contains(x) && (50..<78).contains(y) })
    let paint = Self.mean(
      hint, Self.mask { x, y in (58..<70).contains(x) && (60..<68).contains(y) })
    #expect(grass[1] > grass[0] && grass[1] > grass[2] + 10, "\(grass)")
    #expect(brick[0] > brick[1] + 10 && brick[0] > brick[2] + 10, "\(brick)")
    #expect(paint[0] > 180 && paint[1] < 80 && paint[2] > 140, "\(paint)")
    let (before, after) = (Self.original.rgba8, hint.rgba8)
    for pixel in 0..<Self.side * Self.side where !all[pixel % Self.side, pixel / Self.side] {
      #expect(before.samples[4 * pixel..<4 * pixel + 4] == after.samples[4 * pixel..<4 * pixel + 4])
    }
  }

  /// The outermost pixels hardly differ from a smooth fill of the place.
  @Test func meltsIntoThePicture() throws {
    let model = try Self.paint()
    let hint = try model.hint(
      Self.original, on: Self.original, painted: Self.left,
      kinds: Self.kinds([(Self.left, .material(.snow))]), settings: model.defaultSettings,
      workers: Self.workers)
    let rim = Self.mask { x, y in x == 24 && (48..<80).contains(y) }
    let core = Self.mask { x, y in (40..<48).contains(x) && (56..<72).contains(y) }
    let around = Self.mask { x, y in x == 23 && (48..<80).contains(y) }
    #expect(abs(Self.mean(hint, rim)[0] - Self.mean(hint, around)[0]) < 12)
    #expect(Self.mean(hint, core)[0] > Self.mean(hint, around)[0] + 40)
  }

  @Test func modelsOfOtherFamiliesAreToldOfMaterialsToo() throws {
    let folder = try ScratchFolder()
    let model = try Self.sdedit(folder)
    #expect(model.family == .sdedit)
    let hint = try model.hint(
      Self.original, on: Self.original, painted: Self.left,
      kinds: Self.kinds([(Self.left, .material(.brick))]), settings: model.defaultSettings,
      workers: Self.workers)
    let mean = Self.mean(hint, Self.left)
    #expect(mean[0] > mean[2] + 10, "\(mean)")
  }

  /// Without materials kinds change nothing.
  @Test func kindsThatNameNoMaterialLeaveTheHint() throws {
    let model = try Self.paint()
    var edited = Self.original.rgba8
    for pixel in 0..<Self.side * Self.side where Self.left[pixel % Self.side, pixel / Self.side] {
      edited.samples.replaceSubrange(4 * pixel..<4 * pixel + 3, with: [90, 90, 120])
    }
    func hint(_ kinds: Mask?) throws -> Picture {
      try model.hint(
        Picture(pixels: .eight(edited)), on: Self.original, painted: Self.left, kinds: kinds,
        settings: model.defaultSettings, workers: Self.workers)
    }
    #expect(try hint(Self.kinds([(Self.left, .color)])) == hint(nil))
    // A material where nothing is painted does not count.
    #expect(try hint(Self.kinds([(Self.right, .material(.rock))])) == hint(nil))
  }

  @Test func isTheSameForAnyWorkers() throws {
    let model = try Self.paint()
    let all = Self.left.union(Self.right)
    let kinds = Self.kinds([(Self.left, .material(.soil)), (Self.right, .material(.water))])
    let hints = try [1, 3].map { count in
      try model.hint(
        Self.original, on: Self.original, painted: all, kinds: kinds,
        settings: model.defaultSettings, workers: WorkerPool(count: count))
    }
    #expect(hints[0] == hints[1])
  }
}
