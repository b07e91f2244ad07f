package import DiffMask
package import Raster

/// Generated colours for one rectangle of a picture, with the weight each replaces the old ones by.
///
/// What becomes of alpha is said here alone. A result never takes alpha away: where a place was erased
/// to transparency, it is filled as opaque as it was. Where someone painted on transparency, the paint's
/// alpha is the result's. Everywhere else, and everywhere if that is wanted, alpha keeps its bytes, and
/// so do the colours of pixels that stay wholly transparent.
package struct EditPatch: Sendable, Equatable {
  /// Where the pixels belong.
  package let box: PixelRect
  /// RGB of every pixel of `box`, interleaved, -1...1.
  package let colors: [Float]
  /// Weight of each pixel, 0...1.
  package let weights: [Float]
  /// Alpha that each pixel gets where it has less, 0...1; empty where all stays as it is.
  package let alphas: [Float]

  /// Makes a patch; the arrays hold a number for each pixel of the box, colours three.
  package init(box: PixelRect, colors: [Float], weights: [Float], alphas: [Float] = []) {
    self.box = box
    self.colors = colors
    self.weights = weights
    self.alphas = alphas
  }

  /// The patch with the alpha that painted pixels of `edited` have above that of `original`.
  ///
  /// - Precondition: both pictures have the same size, and the patch lies in them.
  /// - Complexity: O(area of the box).
  func raisingAlpha(of original: Picture, to edited: Picture, painted: PixelMask) -> EditPatch {
    var alphas = [Float](repeating: 0, count: weights.count)
    for index in weights.indices where weights[index] > 0 {
      let (x, y) = (box.x + index % box.width, box.y + index / box.width)
      guard painted[x, y] else { continue }
      let (old, new) = (original.alpha(x: x, y: y), edited.alpha(x: x, y: y))
      // Less than a level of 255 is what 8 bits lose of 16.
      if new - old > 1.5 / 255 { alphas[index] = new }
    }
    guard alphas.contains(where: { $0 > 0 }) else { return self }
    return EditPatch(box: box, colors: colors, weights: weights, alphas: alphas)
  }

  /// Puts the patch over a part of a picture that begins at `origin` and holds the patch's box.
  ///
  /// Pixels of weight 0 keep their bytes. Numbers that are not finite become some colour or other.
  package func blend<Sample>(
    into bitmap: inout Bitmap<Sample>, from origin: (x: Int, y: Int) = (0, 0)
  ) {
    let full = Float(Sample.max)
    let width = bitmap.width
    bitmap.samples.withUnsafeMutableBufferPointer { samples in
      for index in weights.indices where weights[index] > 0 {
        let y = box.y - origin.y + index / box.width
        let x = box.x - origin.x + index % box.width
        let first = 4 * (y * width + x)
        var weight = weights[index]
        if samples[first + 3] < Sample.max {
          let old = Float(samples[first + 3])
          let new = alphas.isEmpty ? old : max(old, min(alphas[index], 1) * full)
          let alpha = old + (new - old) * weight
          guard alpha > 0 else { continue }
          // Colours mix as much as they are seen.
          weight = weight * new / alpha
          samples[first + 3] = max(samples[first + 3], Sample(saturating: alpha.rounded()))
        }
        for channel in 0..<3 {
          let offset = first + channel
          let new = min(max((colors[3 * index + channel] + 1) / 2, 0), 1) * full
          let old = Float(samples[offset])
          samples[offset] = Sample(saturating: (old + (new - old) * weight).rounded())
        }
      }
    }
  }
}

/// The patches of one edit, which do not overlap.
package struct EditPatches: Sendable, Equatable {
  /// One a piece.
  package let parts: [EditPatch]

  /// Makes the patches of an edit.
  package init(_ parts: [EditPatch]) { self.parts = parts }

  /// The rectangle around all patches.
  package var box: PixelRect {
    let boxes = parts.map(\.box)
    return boxes.dropFirst().reduce(boxes.first ?? PixelRect(x: 0, y: 0, width: 0, height: 0)) {
      $0.union($1)
    }
  }

  /// Puts the patches over a picture of the size they were made for, in place.
  package func blend(into picture: inout Picture) {
    switch picture.pixels {
    case .eight(var bitmap):
      // Held once only, so that blending copies nothing.
      picture.pixels = .eight(RGBA8(width: 0, height: 0, samples: []))
      blend(into: &bitmap)
      picture.pixels = .eight(bitmap)
    case .sixteen(var bitmap):
      picture.pixels = .sixteen(RGBA16(width: 0, height: 0, samples: []))
      blend(into: &bitmap)
      picture.pixels = .sixteen(bitmap)
    }
  }

  /// Puts the patches over a part of a picture that begins at `origin` and holds them.
  package func blend<Sample>(
    into bitmap: inout Bitmap<Sample>, from origin: (x: Int, y: Int) = (0, 0)
  ) {
    for part in parts { part.blend(into: &bitmap, from: origin) }
  }
}

extension Picture {
  /// Alpha of pixel (x, y), 0...1.
  fileprivate func alpha(x: Int, y: Int) -> Float {
    switch pixels {
    case .eight(let bitmap): Float(bitmap.samples[bitmap.offset(x: x, y: y) + 3]) / 255
    case .sixteen(let bitmap): Float(bitmap.samples[bitmap.offset(x: x, y: y) + 3]) / 65535
    }
  }
}

extension EditPatches {
  /// The patches with the alpha of what was painted on transparency; see `EditPatch`.
  ///
  /// - Precondition: the pictures have the size the patches were made for.
  func raisingAlpha(of original: Picture, to edited: Picture, painted: PixelMask) -> EditPatches {
    EditPatches(parts.map { $0.raisingAlpha(of: original, to: edited, painted: painted) })
  }
}
