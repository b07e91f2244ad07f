import DiffMask
import Networks
import Raster
import SIGE
import Tensors

/// What one piece of an edit is made from: the pictures and masks around its window.
///
/// Only the piece's surroundings are copied, so a piece costs the same in any picture.
struct PieceMaterial {
  /// Pixels around a window that its hint may look at, for texture.
  static let reach = TexturedPaint.reaches.max() ?? 0
  /// The share of a window's tiles above which a sparse run would not pay: in a large picture the
  /// window's baselines are seldom there, and computing them costs a dense run.
  static let sparseUpTo = 0.25

  let piece: EditPiece
  /// What the pictures and masks show.
  let region: PixelRect
  let original: Picture
  /// Painted pixels of the window.
  let painted: PixelMask
  /// What the region's painted pixels are to become, as bytes of `PaintKind`; their colours where nil.
  let kinds: Mask?
  /// The piece's part of what changes, in the region's coordinates.
  let blend: BlendMask
  /// Pixels of the frame to regenerate.
  let mask: PixelMask

  /// What the pictures of a window show.
  static func region(around window: WorkWindow, of picture: Picture) -> PixelRect {
    window.rect.grown(by: reach, inWidth: picture.width, height: picture.height)
  }

  /// Gathers what a piece needs; nil where nothing of its window is painted.
  ///
  /// - Parameter coverage: how much each pixel of the picture is inside; wholly where nil.
  init?(
    _ piece: EditPiece, painted: PixelMask, coverage: Mask? = nil, kinds: Mask? = nil,
    original: Picture, feather: Int
  ) {
    self.piece = piece
    let window = piece.window
    region = Self.region(around: window, of: original)
    self.original = original.cropped(to: region)
    let around = painted.window(region)
    let blend = BlendMask(
      painted: around, feather: feather, coverage: coverage?.cropped(to: region))
    guard let blend else { return nil }
    self.blend = blend
    self.kinds = kinds?.cropped(to: region)
    mask = window.frameMask(blend.mask, from: (region.x, region.y))
    self.painted = around.restricted(to: region.local(window.rect))
  }

  /// The tiles of a sparse run; nil where the piece is computed whole.
  func sparseTiles(_ settings: EditSettings, levels: Int) -> EditTiles? {
    guard settings.mode == .sparse else { return nil }
    let tiles = EditTiles(mask: mask.dilated(by: settings.dilation), levels: levels)
    let isWhole = region == piece.window.rect
    return isWhole || tiles.sets[0].fraction <= Self.sparseUpTo ? tiles : nil
  }

  /// Weights of the core's pixels.
  var weights: [Float] { blend.weights(in: region.local(piece.core)) }
  /// The core's pixels of the original, as opaque as paint makes them.
  func coreOriginal(paintedAs edited: Picture, keepsAlpha: Bool) -> RGBA8 {
    var core = original.cropped(to: region.local(piece.core)).rgba8
    guard !keepsAlpha, original.hasTransparency else { return core }
    let above = edited.cropped(to: piece.core).rgba8
    for (pixel, weight) in weights.enumerated() where weight == 1 {
      let at = 4 * pixel + 3
      core.samples[at] = max(core.samples[at], above.samples[at])
    }
    return core
  }
  /// Makes states from the region as the model sees it.
  ///
  /// - Parameter hint: what the model is told to make, as large as the region.
  func maker(_ model: ModelFolder, seen: Picture, hint: Picture, seed: UInt64) -> StateMaker {
    var maker = StateMaker(
      model: model, window: piece.window, original: seen, seed: seed,
      origin: (region.x, region.y))
    if case .paint = model.family { maker.share = ModelShare(of: hint, in: blend.box) }
    return maker
  }
}

extension PieceMaterial {
  /// What a run made, by position in the region.
  ///
  /// - Parameters:
  ///   - colors: by position in the window's frame.
  ///   - hint: what the model is held to, as large as the region; nothing where nil.
  ///   - paint: the region with its strokes.
  func made(
    _ colors: @escaping (Int, Int) -> SIMD3<Float>, hint: Picture?, paint: Picture
  ) -> (Int, Int) -> SIMD3<Float> {
    let window = region.local(piece.window.rect)
    let placed = { (x: Int, y: Int) in colors(x - window.x, y - window.y) }
    guard let hint else { return placed }
    return LevelledColors(placed, hint: hint, paint: paint, self).callAsFunction
  }
}

/// What a piece brought: colours of its core and of the pixels it shares with its neighbours.
struct PieceColors {
  let core: PixelRect
  let weights: [Float]
  /// The core and as much around it as fades into neighbours.
  let span: PixelRect
  /// RGB of the span's pixels, interleaved.
  let colors: [Float]

  /// How much the piece says in pixel (x, y): 1 well inside, a half at the core's border, 0 from
  /// `EditPieces.fade` pixels beyond it on.
  private func say(_ x: Int, _ y: Int) -> Float {
    func ramp(_ at: Int, _ range: Range<Int>) -> Float {
      let fade = Float(EditPieces.fade)
      let inside = Float(min(at - range.lowerBound, range.upperBound - 1 - at)) + 0.5
      return min(max(0.5 + inside / (2 * fade), 0), 1)
    }
    return ramp(x, core.columns) * ramp(y, core.rows)
  }

  /// The patches of all pieces, each the mean of those that reach its pixels.
  static func patches(of pieces: [PieceColors]) -> EditPatches {
    EditPatches(
      pieces.indices.map { own in
        let piece = pieces[own]
        let others = pieces.indices.filter {
          $0 != own && pieces[$0].span.intersection(piece.core) != nil
        }
        let colors =
          others.isEmpty && piece.span == piece.core
          ? piece.colors : piece.mixed(with: others.map { pieces[$0] })
        return EditPatch(box: piece.core, colors: colors, weights: piece.weights)
      })
  }

  private func mixed(with others: [PieceColors]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(3 * core.width * core.height)
    for y in core.rows {
      for x in core.columns {
        var color = color(x, y)
        let near = others.filter { $0.span.columns.contains(x) && $0.span.rows.contains(y) }
        if !near.isEmpty {
          var sum = say(x, y)
          color *= sum
          for other in near {
            let part = other.say(x, y)
            color += part * other.color(x, y)
            sum += part
          }
          color /= sum
        }
        result += [color.x, color.y, color.z]
      }
    }
    return result
  }

  private func color(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let at = 3 * ((y - span.y) * span.width + x - span.x)
    return SIMD3(colors[at], colors[at + 1], colors[at + 2])
  }
}

extension PixelRect {
  /// Another rectangle in coordinates that begin where this one does.
  func local(_ other: PixelRect) -> PixelRect {
    PixelRect(x: other.x - x, y: other.y - y, width: other.width, height: other.height)
  }
}

extension PixelMask {
  /// The mask without what lies outside of a rectangle.
  fileprivate func restricted(to rect: PixelRect) -> PixelMask {
    guard let box = boundingBox, let shared = box.intersection(rect) else {
      return PixelMask(width: width, height: height)
    }
    if shared == box { return self }
    return PixelMask(width: width, height: height, region: shared, bits: window(shared).bits)
  }
}

extension Mask {
  /// The values of a rectangle.
  ///
  /// - Precondition: it lies in the mask.
  fileprivate func cropped(to rect: PixelRect) -> Mask {
    if rect.width == width, rect.height == height { return self }
    var part: [UInt8] = []
    part.reserveCapacity(rect.width * rect.height)
    for y in rect.rows {
      part += values[y * width + rect.x..<y * width + rect.x + rect.width]
    }
    return Mask(width: rect.width, height: rect.height, values: part)
  }
}
