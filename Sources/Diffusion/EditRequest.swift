package import DiffMask
package import Raster

/// Whether an edit computes the touched tiles only.
package enum EditMode: String, Sendable, CaseIterable {
  /// Touched tiles; everything else comes from the baseline's caches.
  case sparse
  /// Every tile of every step.
  case dense
}

/// How an edit is made.
package struct EditSettings: Sendable, Equatable {
  /// Sparse or dense.
  package var mode = EditMode.sparse
  /// Steps of the noise schedule, at least 1.
  package var steps: Int
  /// Share of the schedule that is gone through, above 0 and up to 1; lower keeps more of the hint.
  package var strength = 1.0
  /// Determines the noise.
  package var seed: UInt64 = 1
  /// Pixels over which the result fades into the picture.
  package var feather = 4
  /// Pixels over which paint melts into the picture before a Paint model sees it; 0 for not at all,
  /// nil for as many as suit each stroke, with light and shade for flat paint too.
  package var melt: Int?
  /// Whether paint takes on texture of the picture before a Paint model sees it; not where `melt` is 0.
  package var texture = true
  /// Pixels by which the mask is grown before tiles are chosen.
  package var dilation = 5

  /// Makes settings with the given number of steps and defaults otherwise.
  package init(steps: Int) { self.steps = steps }
}

/// How far an edit is.
package struct EditProgress: Sendable, Equatable {
  /// Steps that are finished.
  package var step: Int
  /// Steps there are; fewer than the schedule's where the strength is below 1.
  package var steps: Int
  /// Tiles of the next step that are done, by share of its multiply-adds.
  package var tiles: Int
  /// Tiles that each step computes at the finest resolution.
  package var tilesActive: Int
}

/// What an edit brought: new pixels for one rectangle, and what they cost.
package struct EditResult: Sendable {
  /// The new pixels with their weights.
  package let patch: EditPatch
  /// Pixels regenerated, as a share of the picture.
  package let editFraction: Double
  /// Tiles of the finest resolution computed at each step.
  package let tilesActive: Int
  /// Tiles of the whole picture at that resolution.
  package let tilesTotal: Int
  /// Multiply-adds of all steps, counted as direct convolution.
  package let macsExecuted: Int
  /// The same for dense steps over the same window.
  package let macsDense: Int
  /// Seconds spent on baselines that were not ready.
  package let secondsPreparing: Double
  /// Seconds from the request to the pixels, without `secondsPreparing`.
  package let seconds: Double
  /// The window the network saw.
  package let window: PixelRect
  /// The finest tiles that were computed at each step, on a grid from the window's top left.
  package let tiles: TileSet
}

/// Generated colours for one rectangle of a picture, with the weight each replaces the old ones by.
package struct EditPatch: Sendable, Equatable {
  /// Where the pixels belong.
  package let box: PixelRect
  /// RGB of every pixel of `box`, interleaved, -1...1.
  package let colors: [Float]
  /// Weight of each pixel, 0...1.
  package let weights: [Float]

  /// Puts the patch over a picture of the size it was made for.
  ///
  /// Pixels of weight 0 and all alpha samples keep their bytes.
  package func blend(into picture: inout Picture) {
    switch picture.pixels {
    case .eight(var bitmap):
      blend(into: &bitmap)
      picture.pixels = .eight(bitmap)
    case .sixteen(var bitmap):
      blend(into: &bitmap)
      picture.pixels = .sixteen(bitmap)
    }
  }

  /// Puts the patch over a bitmap.
  package func blend<Sample>(into bitmap: inout Bitmap<Sample>) {
    let full = Float(Sample.max)
    let width = bitmap.width
    bitmap.samples.withUnsafeMutableBufferPointer { samples in
      for index in weights.indices where weights[index] > 0 {
        let (y, x) = (box.y + index / box.width, box.x + index % box.width)
        for channel in 0..<3 {
          let offset = 4 * (y * width + x) + channel
          let new = min(max((colors[3 * index + channel] + 1) / 2, 0), 1) * full
          let old = Float(samples[offset])
          samples[offset] = Sample((old + (new - old) * weights[index]).rounded())
        }
      }
    }
  }
}

extension Picture {
  /// Red, green and blue of pixel (x, y) in -1...1; alpha is left aside.
  ///
  /// - Precondition: the pixel lies in the picture.
  func color(x: Int, y: Int) -> SIMD3<Float> {
    switch pixels {
    case .eight(let bitmap): bitmap.color(x: x, y: y)
    case .sixteen(let bitmap): bitmap.color(x: x, y: y)
    }
  }
}

extension Bitmap {
  fileprivate func color(x: Int, y: Int) -> SIMD3<Float> {
    let at = offset(x: x, y: y)
    let scale = 2 / Float(Sample.max)
    return SIMD3(Float(samples[at]), Float(samples[at + 1]), Float(samples[at + 2])) * scale - 1
  }
}
