import Diffusion
import Testing

struct NoiseScheduleTests {
  /// Schedules of 1000 timesteps, and a_t at 0, 1, 499, 500, 998 and 999 as diffusers gives them.
  static let schedules: [(NoiseSchedule.Betas, Bool, [Float])] = [
    (
      .linear(start: 0.0001, end: 0.02), false,
      [0.999899983, 0.999780059, 0.078587234, 0.0777966529, 4.11819419e-05, 4.03583035e-05]
    ),
    (
      .scaledLinear(start: 0.00085, end: 0.012), false,
      [0.999149978, 0.998296022, 0.27766943, 0.276332468, 0.00471669575, 0.00466009509]
    ),
    (
      .squaredCosine, false,
      [0.999958694, 0.99991256, 0.493843466, 0.492285043, 2.42876627e-06, 2.42873499e-09]
    ),
    (
      .linear(start: 0.0001, end: 0.02), true,
      [0.999899983, 0.999779344, 0.076028727, 0.0752462, 4.21327417e-09, 0]
    ),
    (
      .squaredCosine, true,
      [0.999958754, 0.99991262, 0.49382323, 0.492264807, 2.27781311e-06, 0]
    ),
  ]

  @Test(arguments: schedules)
  func matchesDiffusers(betas: NoiseSchedule.Betas, zeroTerminalSNR: Bool, expected: [Float]) {
    let schedule = NoiseSchedule(betas, zeroTerminalSNR: zeroTerminalSNR)
    for (timestep, alpha) in zip([0, 1, 499, 500, 998, 999], expected) {
      let ours = schedule.alpha(at: timestep)
      // The rescaling subtracts nearly equal numbers towards the end, hence the absolute part.
      #expect(abs(ours - alpha) <= 1e-6 * alpha + 1e-12, "a_\(timestep) is \(ours)")
    }
  }

  @Test func takesTrainedBetas() {
    let betas: [Float] = [0.1, 0.2, 0.3, 0.4]
    let plain = NoiseSchedule(.trained(betas), setAlphaToOne: false)
    #expect(relativeError(plain.alphasCumprod, [0.9, 0.72, 0.504, 0.3024]) < 1e-7)
    #expect(plain.alpha(at: -1) == plain.alpha(at: 0))
    let rescaled = NoiseSchedule(.trained(betas), zeroTerminalSNR: true)
    #expect(relativeError(rescaled.alphasCumprod, [0.9, 0.50468856, 0.1449238, 0]) < 1e-7)
    #expect(rescaled.alpha(at: 3) == 0)
    #expect(rescaled.alpha(at: -1) == 1)
  }

  @Test func mixesToUnitVariance() {
    let schedule = NoiseSchedule(.squaredCosine, zeroTerminalSNR: true)
    for timestep in 0..<1000 {
      let (signal, noise) = schedule.mixture(at: timestep)
      #expect(abs(signal * signal + noise * noise - 1) < 1e-6)
    }
    #expect(schedule.mixture(at: 999) == (0, 1))
  }
}
