import DiffMask
import Exemplars
package import Materials
import Networks
import Raster
import Tensors

/// Paint of materials: places of a picture that become grass, rock or water whatever their colour.
package struct MaterialPaint {
  /// Pixels around the painted box in which the material itself is looked for.
  private static let reach = 192

  /// What was painted, with texture where there are materials.
  let picture: Picture
  /// Where there are.
  let mask: PixelMask

  /// `edited` with texture of materials where `kinds` names them; nil where it names none.
  ///
  /// - Parameters:
  ///   - edited: opaque, as the model sees it.
  ///   - original: what is around, opaque.
  ///   - kinds: bytes of `PaintKind`; those of pixels that are not painted do not count.
  /// - Throws: `ModelError` where the swatches are not found, `PictureError` where they cannot be read;
  ///   `CancellationError`.
  /// - Precondition: pictures and masks have the same size.
  /// - Complexity: O(pixels around the painted places of each material), nearly.
  static func made(
    of edited: Picture, on original: Picture, painted: PixelMask, kinds: Mask?,
    settings: EditSettings, workers: WorkerPool, cancellation: Cancellation?
  ) throws -> MaterialPaint? {
    guard let kinds, let box = painted.boundingBox else { return nil }
    let used = materials(of: kinds, painted, in: box)
    guard !used.isEmpty else { return nil }
    let synthesis = MaterialSynthesis(
      try library(), seed: settings.seed, workers: workers,
      isCancelled: { cancellation?.isCancelled ?? false })
    var result = edited
    var all = PixelMask(width: painted.width, height: painted.height)
    for material in used {
      let mask = PixelMask(
        width: painted.width, height: painted.height, region: box,
        bits: pixels(of: box).map { x, y in
          painted[x, y] && kinds.values[y * kinds.width + x] == material.rawValue
        })
      try put(material, in: mask, painted, on: original, into: &result, synthesis)
      all = all.union(mask)
    }
    return MaterialPaint(picture: result, mask: all)
  }

  /// The bundled swatches.
  package static func library() throws(ModelError) -> MaterialLibrary {
    MaterialLibraries.shared.library(in: try AssetFolder.find() + "/materials")
  }

  /// What a model is told: materials melt into `original` as paint does, and other paint into both.
  ///
  /// - Throws: `CancellationError` where `texture` is cancelled.
  /// - Precondition: as of `Picture.melted`.
  func melted(
    into original: Picture, within painted: PixelMask, kinds: Mask?, width: Int?,
    texture: TexturedPaint?
  ) throws -> Picture {
    guard let box = painted.boundingBox else { return picture }
    let rest = PixelMask(
      width: painted.width, height: painted.height, region: box,
      bits: zip(painted.window(box).bits, mask.window(box).bits).map { $0 && !$1 })
    let below = picture.laid(over: original, where: mask)
    let hint = try picture.melted(
      into: below, within: rest, kinds: kinds, width: width, texture: texture)
    let plain = try picture.melted(into: original, within: painted, kinds: kinds, width: width)
    return plain.laid(over: hint, where: mask)
  }

  /// The materials that some painted pixel is to become, in their order.
  private static func materials(
    of kinds: Mask, _ painted: PixelMask, in box: PixelRect
  ) -> [Material] {
    var isUsed = [Bool](repeating: false, count: 256)
    for (x, y) in pixels(of: box) where painted[x, y] {
      isUsed[Int(kinds.values[y * kinds.width + x])] = true
    }
    return Material.allCases.filter { isUsed[Int($0.rawValue)] }
  }

  /// Puts one material into a picture.
  private static func put(
    _ material: Material, in mask: PixelMask, _ painted: PixelMask, on original: Picture,
    into picture: inout Picture, _ synthesis: MaterialSynthesis
  ) throws {
    guard let box = mask.boundingBox else { return }
    let window = box.grown(by: reach, inWidth: original.width, height: original.height)
    let all = PixelRect(x: 0, y: 0, width: window.width, height: window.height)
    let filled = try synthesis.filled(
      RGBBytes(original.cropped(to: window).rgba8, in: all, on: synthesis.workers),
      hole: mask.window(window).bits, painted: painted.window(window).bits, with: material)
    let colors = pixels(of: box).flatMap { x, y in
      let at = 3 * ((y - window.y) * window.width + x - window.x)
      return filled.bytes[at..<at + 3].map { Float($0) / 127.5 - 1 }
    }
    let patch = EditPatch(
      box: box, colors: colors, weights: mask.window(box).bits.map { $0 ? 1 : 0 })
    EditPatches([patch]).blend(into: &picture)
  }

  private static func pixels(of box: PixelRect) -> [(x: Int, y: Int)] {
    box.mapPixels { x, y in (x, y) }
  }
}

extension Picture {
  /// Another picture with the pixels of this one where a mask has them.
  fileprivate func laid(over below: Picture, where mask: PixelMask) -> Picture {
    guard let box = mask.boundingBox else { return below }
    let colors = box.rows.flatMap { y in
      box.columns.flatMap { x in
        let color = color(x: x, y: y)
        return [color.x, color.y, color.z]
      }
    }
    var result = below
    let patch = EditPatch(
      box: box, colors: colors, weights: mask.window(box).bits.map { $0 ? 1 : 0 })
    EditPatches([patch]).blend(into: &result)
    return result
  }
}
