import DiffMask
import Raster

/// What is painted in a box, told apart by what it is to become.
struct PaintLayers {
  /// The patches of paint that keep their colours.
  let paint: ColorPatches
  /// What was erased.
  let isErased: [Bool]
  /// Both.
  let isPainted: [Bool]
  private let size: (width: Int, height: Int)
  private let box: PixelRect

  /// Finds what of a mask is painted: what differs from `original` and what that encloses, and all
  /// that was erased.
  ///
  /// - Parameter kinds: bytes of `PaintKind`; all is paint where nil.
  /// - Precondition: pictures, `mask` and `kinds` have the same size, and the box lies in them.
  init(
    _ edited: Picture, on original: Picture, within mask: PixelMask, kinds: Mask?,
    in box: PixelRect
  ) {
    let masked = mask.window(box).bits
    var isErased = [Bool](repeating: false, count: masked.count)
    if let kinds {
      for (row, y) in box.rows.enumerated() {
        for (column, x) in box.columns.enumerated() {
          let index = row * box.width + column
          isErased[index] =
            masked[index] && kinds.values[y * kinds.width + x] == PaintKind.erasure.rawValue
        }
      }
    }
    paint = MeltedPaint.paint(
      edited.colors(in: box),
      differing: original.cropped(to: box).difference(from: edited.cropped(to: box)).bits,
      within: zip(masked, isErased).map { $0 && !$1 }, width: box.width)
    isPainted = zip(paint.isMember, isErased).map { $0 || $1 }
    self.isErased = isErased
    size = (mask.width, mask.height)
    self.box = box
  }

  /// Some pixels of the box as a mask of the picture.
  func mask(_ bits: [Bool]) -> PixelMask {
    PixelMask(width: size.width, height: size.height, region: box, bits: bits)
  }

  /// Puts other colours where something was erased.
  func replaceErased(in colors: inout [SIMD3<Float>], by others: [SIMD3<Float>]) {
    for index in colors.indices where isErased[index] { colors[index] = others[index] }
  }
}
