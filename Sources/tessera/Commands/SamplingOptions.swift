import ArgumentParser
import Diffusion

/// A seed as people of other programs type it.
struct Seed: CustomStringConvertible {
  /// What the noise is a function of.
  var value: UInt64
  /// Whether nobody chose it.
  var isPicked = false

  init(value: UInt64) { self.value = value }

  /// Reads an argument.
  ///
  /// - Throws: `ValidationError` for what is no seed.
  init(argument: String) throws {
    if argument == "-1" {
      // As large as other programs take them.
      value = UInt64(UInt32.random(in: 0...UInt32.max))
      isPicked = true
    } else {
      guard let number = UInt64(argument) else { throw ValidationError("it takes \(Self.range)") }
      value = number
    }
  }

  /// What it takes, for who gave something else.
  static let range = "a whole number from 0 to \(UInt64.max), or -1, which picks one"

  var description: String { "\(value)" }
}

/// Flags that say how a picture is sampled, shared by `edit` and `regenerate`.
struct SamplingOptions: ParsableArguments {
  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(help: "Sampler steps (default: the model's own).") var steps: Int?
  @Option(help: "Above 0 to 1: how far the hint may be changed.") var strength: Double?
  @Option(
    parsing: .unconditional,
    help: "Seed of the noise; -1 picks one, which is said and written down.",
    transform: Seed.init(argument:))
  var seed = Seed(value: 1)

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
    settings.seed = seed.value
    _ = try DDIM(model.scheduler, steps: settings.steps)
    return settings
  }
}
