import Diffusion
import Networks
import Testing

private func read(_ json: String) throws(ConfigurationError) -> SchedulerConfiguration {
  try SchedulerConfiguration(json: Array(json.utf8), file: "scheduler_config.json")
}

struct SchedulerConfigurationTests {
  @Test func takesDefaultsOfDiffusersForAbsentFields() throws {
    let configuration = try read("{}")
    #expect(configuration.prediction == .epsilon)
    #expect(configuration.spacing == .leading)
    #expect(configuration.stepsOffset == 0)
    #expect(configuration.clipSampleRange == 1)
    #expect(configuration.schedule == NoiseSchedule(.linear(start: 0.0001, end: 0.02)))
  }

  @Test func readsTrainedBetasAndDDPM() throws {
    let configuration = try read(
      """
      {"_class_name": "DDPMScheduler", "trained_betas": [0.1, 0.2, 0.3], "num_train_timesteps": 3,
       "clip_sample": false, "variance_type": "fixed_small", "set_alpha_to_one": false,
       "steps_offset": 1, "timestep_spacing": "linspace", "prediction_type": "sample"}
      """)
    #expect(configuration.schedule.count == 3)
    #expect(configuration.schedule.alpha(at: -1) == 1 - 0.1)
    #expect(configuration.clipSampleRange == nil)
    #expect(configuration.stepsOffset == 1)
    #expect(configuration.spacing == .linspace)
    #expect(configuration.prediction == .sample)
  }

  /// Fields of a configuration, and the field that must be named.
  static let refusals: [(String, String)] = [
    (#""_class_name": "EulerDiscreteScheduler""#, "_class_name"),
    (#""beta_schedule": "sigmoid""#, "beta_schedule"),
    (#""beta_schedule": 3"#, "beta_schedule"),
    (#""beta_start": -0.1"#, "beta_start"),
    (#""beta_end": 2"#, "beta_end"),
    (#""beta_start": 0"#, "beta_schedule"),
    (#""trained_betas": [0.1, 0.2]"#, "trained_betas"),
    (#""trained_betas": [0.1, 2], "num_train_timesteps": 2"#, "trained_betas"),
    (#""trained_betas": "yes""#, "trained_betas"),
    (#""num_train_timesteps": 0"#, "num_train_timesteps"),
    (#""num_train_timesteps": 1e9"#, "num_train_timesteps"),
    (#""prediction_type": "flow""#, "prediction_type"),
    (#""rescale_betas_zero_snr": true"#, "prediction_type"),
    (#""timestep_spacing": "karras""#, "timestep_spacing"),
    (#""thresholding": true"#, "thresholding"),
    (#""clip_sample_range": 0"#, "clip_sample_range"),
    (#""clip_sample": 1"#, "clip_sample"),
    (#""steps_offset": -1"#, "steps_offset"),
  ]

  @Test(arguments: refusals)
  func refusesByField(fields: String, field: String) {
    let error = #expect(throws: ConfigurationError.self) { try read("{\(fields)}") }
    #expect(error?.field == field)
    #expect(error?.file == "scheduler_config.json")
  }
}
