package import Exemplars
package import Raster
package import Tensors

/// Fills holes of pictures with materials.
///
/// Where the picture shows the material itself, texture is taken from there. Otherwise it comes from the
/// swatch that suits the surroundings best. Either then takes on their light and shade.
package struct MaterialSynthesis {
  /// Pixels of a material in the picture from which on it is taken from there too, and from there alone.
  private static let (some, enough) = (600, 4096)

  /// Pixels around the hole's box whose mean colour decides between swatches.
  private static let nearby = 64

  /// Where swatches come from.
  package let library: MaterialLibrary
  /// Decides between swatches and places that are equally good.
  package let seed: UInt64
  /// Where work is done.
  package let workers: WorkerPool
  private let isCancelled: () -> Bool

  /// Makes what fills holes.
  ///
  /// - Parameter isCancelled: asked by all workers, every millisecond or so.
  package init(
    _ library: MaterialLibrary, seed: UInt64, workers: WorkerPool,
    isCancelled: @escaping () -> Bool = { false }
  ) {
    (self.library, self.seed, self.workers) = (library, seed, workers)
    self.isCancelled = isCancelled
  }

  /// The picture with a material in a hole.
  ///
  /// The same picture, hole and seed give the same bytes for any number of workers.
  /// - Parameters:
  ///   - hole: one truth value a pixel.
  ///   - painted: pixels that say nothing about the picture, the hole's with them.
  /// - Throws: `PictureError` where swatches cannot be read; `CancellationError`.
  /// - Precondition: the counts agree.
  /// - Complexity: O(pixels), nearly.
  package func filled(
    _ picture: RGBBytes, hole: [Bool], painted: [Bool], with material: Material
  ) throws -> RGBBytes {
    precondition(hole.count == picture.width * picture.height && painted.count == hole.count)
    guard hole.contains(true) else { return picture }
    let found = MaterialSample.places(
      of: material, in: picture, except: painted, samples: try library.samples())
    let count = found.count { $0 }
    let isOwn = count >= Self.some
    let around = Self.around(hole, of: picture, painted: painted)
    let suited = try suited(material, to: around)
    let isWhole = count >= max(Self.enough, hole.count { $0 } / 4)
    var swatch = isWhole ? nil : suited
    if isOwn, let chosen = swatch { swatch = chosen.toned(to: picture.mean(where: found)) }
    guard
      let sheet = MaterialSheet(
        picture, hole: hole, shows: isOwn ? found : nil, lightness: around.luma, swatch: swatch,
        isRegular: material.isRegular, seed: seed),
      let woven = try TextureSynthesis.woven(
        sheet.sheet, seed: seed, workers: workers, isCancelled: isCancelled, start: sheet.start)
    else { return picture }
    let result = sheet.taken(woven, into: picture, hole: hole)
    let light = isOwn ? MaterialLight(mean: 0.3, variation: 0.3) : material.light
    return light.applied(to: result, hole: hole, unknown: painted)
  }

  /// Mean colour of what is near a hole's box, 0...255.
  private static func around(
    _ hole: [Bool], of picture: RGBBytes, painted: [Bool]
  ) -> SIMD3<Float> {
    guard let box = MaterialSheet.box(of: hole, width: picture.width) else { return .zero }
    return picture.mean(
      where: painted.indices.map { pixel in
        let (x, y) = (pixel % picture.width, pixel / picture.width)
        return !painted[pixel]
          && x >= box.x.lowerBound - nearby && x < box.x.upperBound + nearby
          && y >= box.y.lowerBound - nearby && y < box.y.upperBound + nearby
      })
  }

  /// The swatch that is nearest in lightness and colour to what is around, or by the seed one that is
  /// hardly less near.
  private func suited(_ material: Material, to around: SIMD3<Float>) throws -> Swatch {
    let swatches = try library.swatches(of: material)
    let scores = swatches.enumerated().map { index, swatch in
      let gap = (swatch.mean - around) / 64
      let (light, colors) = (gap.luma, 3 * (gap - gap.luma))
      let salt = UInt32(truncatingIfNeeded: seed &* 31 &+ UInt64(index))
      let chance = Float(MatchField.hash(salt) >> 8) / Float(1 << 24)
      return light * light + (colors * colors).sum() + 0.3 * chance
    }
    let best = scores.indices.min { scores[$0] < scores[$1] } ?? 0
    return swatches[best]
  }
}

extension Material {
  /// Whether it has a pattern that pieces would break.
  fileprivate var isRegular: Bool { self == .brick || self == .wood }

  /// How far it follows the light around it: what is bright by itself does so less.
  fileprivate var light: MaterialLight {
    switch self {
    case .snow, .cloud, .sky: MaterialLight(mean: 0.15, variation: 0.3)
    default: MaterialLight(mean: 0.35, variation: 0.55)
    }
  }
}

extension RGBBytes {
  /// Mean colour of some pixels, 0...255; mid-grey where there is none.
  fileprivate func mean(where isCounted: [Bool]) -> SIMD3<Float> {
    var (sum, count) = (SIMD3<Double>.zero, 0.0)
    for pixel in isCounted.indices where isCounted[pixel] {
      sum += SIMD3<Double>(color(pixel))
      count += 1
    }
    return count > 0 ? SIMD3<Float>(sum / count) : SIMD3(repeating: 128)
  }
}
