import ArgumentParser
import Diffusion

/// Flags that say how a picture is sampled, shared by `edit` and `regenerate`.
struct SamplingOptions: ParsableArguments {
  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(help: "Sampler steps (default: the model's own).") var steps: Int?
  @Option(help: "Above 0 to 1: how far the hint may be changed.") var strength: Double?
  @Option(help: "Seed of the noise.") var seed: UInt64 = 1

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps takes 1 or more") }
    if let strength, !(strength > 0 && strength <= 1) {
      throw ValidationError("--strength takes numbers above 0 and up to 1")
    }
  }

  /// The model's defaults with the flags given.
  func settings(for model: ModelFolder) throws -> EditSettings {
    var settings = model.defaultSettings
    settings.steps = steps ?? settings.steps
    settings.strength = strength ?? settings.strength
    settings.seed = seed
    _ = try DDIM(model.scheduler, steps: settings.steps)
    return settings
  }
}
