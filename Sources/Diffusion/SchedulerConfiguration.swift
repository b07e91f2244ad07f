package import Networks
import Tensors

/// What a `scheduler_config.json` of diffusers says about noise, timesteps and prediction.
package struct SchedulerConfiguration: Equatable, Sendable {
  /// What a network's output estimates.
  package enum Prediction: String, Sendable, CaseIterable {
    /// The noise e.
    case epsilon
    /// v = sqrt(a) e - sqrt(1 - a) x_0 (Salimans 2022).
    case velocity = "v_prediction"
    /// The clean sample x_0.
    case sample
  }

  /// Which training timesteps a sampler visits (Lin 2023, table 2).
  package enum Spacing: String, Sendable, CaseIterable {
    /// Multiples of a whole stride, from 0; the noisiest timesteps are left out.
    case leading
    /// Evenly from the first to the last, both visited.
    case linspace
    /// Counted back from the last, which is always visited.
    case trailing
  }

  /// Signal and noise at every training timestep.
  package var schedule: NoiseSchedule
  /// The schedule's name as diffusers spells it; `trained_betas` for a table of numbers.
  package var scheduleName = "linear"
  /// What the network's output is.
  package var prediction: Prediction
  /// How steps are placed among the training timesteps.
  package var spacing: Spacing
  /// Added to every timestep of leading spacing.
  package var stepsOffset: Int
  /// Largest magnitude of an estimated clean sample; nil where it is not clipped.
  package var clipSampleRange: Float?

  package init(
    schedule: NoiseSchedule, prediction: Prediction = .epsilon, spacing: Spacing = .leading,
    stepsOffset: Int = 0, clipSampleRange: Float? = 1
  ) {
    self.schedule = schedule
    self.prediction = prediction
    self.spacing = spacing
    self.stepsOffset = stepsOffset
    self.clipSampleRange = clipSampleRange
  }

  /// Reads the text of a `scheduler_config.json`; absent fields take diffusers' defaults.
  ///
  /// Models made for DDPM's sampler use the same schedules, so their files are read too.
  /// - Throws: `ConfigurationError` naming the first field that is malformed or not supported.
  package init(json: [UInt8], file: String) throws(ConfigurationError) {
    let reader = try ConfigurationReader(json: json, file: file)
    _ = try reader.choice(
      "_class_name", ["DDIMScheduler": true, "DDPMScheduler": true], default: true)
    guard try !reader.bool("thresholding", default: false) else {
      throw reader.refusal("thresholding", "false")
    }
    prediction = try reader.choice(
      "prediction_type",
      ["epsilon": .epsilon, "v_prediction": .velocity, "sample": .sample], default: .epsilon)
    spacing = try reader.choice(
      "timestep_spacing",
      ["leading": .leading, "linspace": .linspace, "trailing": .trailing], default: .leading)
    stepsOffset = try reader.int("steps_offset", 0...1000, default: 0)
    let range = Float(try reader.number("clip_sample_range", 1e-6...1e6, default: 1))
    clipSampleRange = try reader.bool("clip_sample", default: true) ? range : nil
    schedule = try Self.schedule(reader)
    let named = reader.fields["beta_schedule"]?.string ?? scheduleName
    scheduleName = reader.isNull("trained_betas") ? named : "trained_betas"
    // With a_t = 0 a sample is pure noise, and an estimate of that noise says nothing about x_0.
    guard prediction != .epsilon || schedule.alphasCumprod.allSatisfy({ $0 > 0 }) else {
      throw ConfigurationError(
        file: file, field: "prediction_type", value: "\"epsilon\" with a schedule that ends at 0",
        supported: "v_prediction or sample with rescale_betas_zero_snr")
    }
  }

  private static func schedule(
    _ reader: ConfigurationReader
  ) throws(ConfigurationError) -> NoiseSchedule {
    let count = try reader.int("num_train_timesteps", 1...100_000, default: 1000)
    let betas = try betas(reader, count)
    let schedule = NoiseSchedule(
      betas, count: count,
      zeroTerminalSNR: try reader.bool("rescale_betas_zero_snr", default: false),
      setAlphaToOne: try reader.bool("set_alpha_to_one", default: true))
    guard schedule.alphasCumprod.allSatisfy({ (0..<1).contains($0) }) else {
      throw reader.refusal("beta_schedule", "a schedule that adds noise at its first timestep")
    }
    return schedule
  }

  private static func betas(
    _ reader: ConfigurationReader, _ count: Int
  ) throws(ConfigurationError) -> NoiseSchedule.Betas {
    if !reader.isNull("trained_betas") {
      let values = try reader.list(
        "trained_betas", limit: 100_000, "numbers between 0 and 1", default: [Float]()
      ) { value in value.double.flatMap { (0...1).contains($0) ? Float($0) : nil } }
      guard values.count == count else {
        throw ConfigurationError(
          file: reader.file, field: "trained_betas", value: "a list of \(values.count)",
          supported: "num_train_timesteps values, \(count)")
      }
      return .trained(values)
    }
    let start = try reader.number("beta_start", 0...1, default: 0.0001)
    let end = try reader.number("beta_end", 0...1, default: 0.02)
    return try reader.choice(
      "beta_schedule",
      [
        "linear": .linear(start: start, end: end),
        "scaled_linear": .scaledLinear(start: start, end: end),
        "squaredcos_cap_v2": .squaredCosine,
      ],
      default: .linear(start: start, end: end))
  }
}
