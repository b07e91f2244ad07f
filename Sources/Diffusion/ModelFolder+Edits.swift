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
    let edited = edited.opaque
    let original = original.opaque(showing: edited)
    guard case .paint = family, settings.melt != 0 else { return edited }
    let texture = TexturedPaint(
      seed: settings.seed, workers: workers, cancellation: cancellation)
    return try edited.melted(
      into: original, within: painted, kinds: kinds, width: settings.melt,
      texture: settings.texture ? texture : nil)
  }
}
