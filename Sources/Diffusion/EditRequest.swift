package import DiffMask
package import Raster

/// Whether an edit computes the touched tiles only.
package enum EditMode: String, Sendable, CaseIterable {
  /// Touched tiles; everything else comes from the baseline's caches.
  case sparse
  /// Every tile of every step.
  case dense
  /// The hint is the result: the picture's own textures, and no network.
  case texture
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
  /// Whether flat shapes get ragged outlines instead of the brush's smooth ones.
  package var ragged = true
  /// Whether a result leaves alpha as it is even where paint lies on transparency.
  package var keepsAlpha = false
  /// Pixels by which the mask is grown before tiles are chosen.
  package var dilation = 5

  /// Makes settings with the given number of steps and defaults otherwise.
  package init(steps: Int) { self.steps = steps }
}

/// What an edit is at.
package enum EditPhase: Sendable, Equatable {
  /// Paint becomes what the model is told to make.
  case hint
  /// A baseline that a step needs is computed.
  case preparing
  /// The network makes picture.
  case denoising
}

/// How far an edit is.
package struct EditProgress: Sendable, Equatable {
  /// Steps of all pieces that are finished.
  package var step: Int
  /// Steps there are; fewer than the schedule's where the strength is below 1.
  package var steps: Int
  /// Tiles of the next step that are done, by share of its multiply-adds; at most `tilesActive`.
  package var tiles: Int
  /// Tiles that each step of the present piece computes at the finest resolution.
  package var tilesActive: Int
  /// What is under way.
  package var phase = EditPhase.denoising
  /// The piece under way, from 0, of `pieces`.
  package var piece = 0
  /// Pieces that the edit is cut into.
  package var pieces = 1
  /// The window of that piece.
  package var window: PixelRect
  /// How far each worker is in the steps of the present piece, 0...1; empty where all work together.
  package var workers: [Double] = []
}

/// What an edit brought: new pixels, and what they cost.
package struct EditResult: Sendable {
  /// The new pixels with their weights.
  package internal(set) var patches: EditPatches
  /// Pixels regenerated, as a share of the picture.
  package let editFraction: Double
  /// Tiles of the finest resolution computed at each step.
  package let tilesActive: Int
  /// Tiles of the whole picture at that resolution.
  package let tilesTotal: Int
  /// Multiply-adds of all steps, counted as direct convolution.
  package let macsExecuted: Int
  /// The same for dense steps over the same windows.
  package let macsDense: Int
  /// Seconds spent on baselines that were not ready.
  package let secondsPreparing: Double
  /// Seconds from the request to the pixels, without `secondsPreparing`.
  package let seconds: Double
  /// Around the windows that the network saw.
  package let window: PixelRect
  /// Windows that the network saw, one a piece.
  package let windows: [PixelRect]
  /// The finest tiles that were computed at each step, on a grid from the window's top left.
  package let tiles: TileSet
}

extension Picture {
  /// The pixels of a rectangle of the picture, without what is said beside them.
  ///
  /// - Precondition: the rectangle lies in the picture.
  /// - Complexity: O(area of the rectangle); none where that is the whole picture.
  package func cropped(to rect: PixelRect) -> Picture {
    switch pixels {
    case .eight(let bitmap): Picture(pixels: .eight(bitmap.cropped(to: rect)))
    case .sixteen(let bitmap): Picture(pixels: .sixteen(bitmap.cropped(to: rect)))
    }
  }
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
  /// The pixels of a rectangle of the bitmap.
  ///
  /// - Precondition: the rectangle lies in the bitmap.
  package func cropped(to rect: PixelRect) -> Bitmap {
    if rect == PixelRect(x: 0, y: 0, width: width, height: height) { return self }
    var part: [Sample] = []
    part.reserveCapacity(4 * rect.width * rect.height)
    for y in rect.rows {
      let first = offset(x: rect.x, y: y)
      part += samples[first..<first + 4 * rect.width]
    }
    return Bitmap(width: rect.width, height: rect.height, samples: part)
  }

  fileprivate func color(x: Int, y: Int) -> SIMD3<Float> {
    let at = offset(x: x, y: y)
    let scale = 2 / Float(Sample.max)
    return SIMD3(Float(samples[at]), Float(samples[at + 1]), Float(samples[at + 2])) * scale - 1
  }
}
