import DiffMask
import Diffusion
import Foundation
import Raster
import Tensors

/// Which pixels an edit regenerates, and what is to be said about how they were found.
struct EditPlace {
  var painted: PixelMask
  /// How much each pixel is inside; wholly where nil.
  var coverage: Mask?
  var note: String?

  init(
    mask: String?, threshold: Int?, _ before: Picture, _ after: Picture, name: String,
    limits: PictureLimits
  ) throws {
    if let mask {
      let read = try PictureLoading.mask(
        at: mask, width: before.width, height: before.height, limits: limits)
      (painted, coverage) = (PixelMask(read, atLeast: 1), read)
      return
    }
    let found = try before.findEdit(in: after, threshold: threshold) {
      try SystemMemory.admit($0, "comparing \(before.width)x\(before.height) pixels")
    }
    painted = found.mask
    let share = String(format: "%.0f %%", 100 * painted.fraction)
    if painted.fraction > 0.5 {
      note =
        "\(name): \(share) of the picture differs, and all of that is regenerated; --mask marks "
        + "what is meant, --threshold N leaves out what differs by up to N levels of 255"
    } else if found.hasNoise, painted.isEmpty {
      note =
        "\(name): nothing differs by more than saving with loss explains; --threshold N takes what "
        + "differs by more than N levels of 255"
    } else if found.hasNoise {
      note =
        "\(name): most pixels differ by a little, as saving with loss leaves them; "
        + String(format: "%.2f %%", 100 * painted.fraction)
        + " stand out and are taken for the edit"
    }
  }
}
