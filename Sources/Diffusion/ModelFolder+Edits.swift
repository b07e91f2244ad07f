package import DiffMask
package import Networks
package import Raster
package import Tensors

extension ModelFolder {
  /// Settings that suit the model.
  package var defaultSettings: EditSettings {
    var settings = EditSettings(steps: defaultSteps)
    if family == .sdedit { settings.strength = 0.5 }
    return settings
  }

  /// What the model is told to make of `edited`, which it sees opaque: for Paint models the paint with texture and shading,
  /// melting into `original`; for others `edited` itself. Needs no weights.
  ///
  /// - Parameter kinds: what each painted pixel is to become, as bytes of `PaintKind`; its colour where
  ///   nil or 0.
  /// - Throws: `CancellationError`.
  /// - Precondition: pictures, `painted` and `kinds` have the same size.
  package func hint(
    _ edited: Picture, on original: Picture, painted: PixelMask, kinds: Mask? = nil,
    settings: EditSettings, workers: WorkerPool, cancellation: Cancellation? = nil
  ) throws -> Picture {
    let opaque = edited.opaque
    let original = original.opaque(showing: opaque)
    let made = try MaterialPaint.made(
      of: opaque, on: original, painted: painted, kinds: kinds, settings: settings,
      workers: workers, cancellation: cancellation)
    let edited = made?.picture ?? opaque
    guard case .paint = family, settings.melt != 0 else { return edited }
    let texture = TexturedPaint(
      seed: settings.seed, workers: workers, cancellation: cancellation)
    let isMaterial = made.map { $0.mask == painted } ?? false
    let hint = try edited.melted(
      into: original, within: painted, width: settings.melt,
      texture: settings.texture && !isMaterial ? texture : nil)
    guard let made, !isMaterial else { return hint }
    return try MaterialPaint.melted(
      made, into: hint, on: original, painted: painted, width: settings.melt)
  }
}
