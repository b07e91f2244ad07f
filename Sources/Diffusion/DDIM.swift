import Raster

/// The deterministic sampler of denoising diffusion implicit models (eta = 0).
///
/// One step reads the clean sample and the noise out of the network's output and mixes them again
/// with less noise:
///
///     x_0      = (x_t - sqrt(1 - a_t) e) / sqrt(a_t)
///     x_(prev) = sqrt(a_prev) x_0 + sqrt(1 - a_prev) e
///
/// So without clipping a step is linear in the sample and in the output, and `coefficients(at:)`
/// is all that an engine needs to update a few tiles.
///
/// ```swift
/// let sampler = try DDIM(configuration, steps: 8)
/// for t in sampler.timesteps { x = sampler.move(at: t)(x, output: network(x, t)) }
/// ```
///
/// Reference: Song 2021, "Denoising Diffusion Implicit Models", formula 12.
package struct DDIM: Equatable, Sendable {
  /// Factors of x_prev = sample x_t + output o_t.
  package struct Coefficients: Equatable, Sendable {
    /// Factor of x_t.
    package var sample: Float
    /// Factor of the network's output.
    package var output: Float
  }

  /// Noise schedule, prediction and spacing.
  package let configuration: SchedulerConfiguration
  /// The timesteps to evaluate the network at, noisiest first.
  package let timesteps: [Int]

  /// Plans a run of `steps` steps.
  ///
  /// - Throws: `StepsError` unless `steps` is at least 1 and at most the training timesteps.
  package init(_ configuration: SchedulerConfiguration, steps: Int) throws(StepsError) {
    let count = configuration.schedule.count
    guard (1...count).contains(steps) else { throw StepsError(steps: steps, maximum: count) }
    self.configuration = configuration
    timesteps = Timesteps.spaced(
      configuration.spacing, steps: steps, of: count, offset: configuration.stepsOffset)
  }

  /// The noise schedule.
  package var schedule: NoiseSchedule { configuration.schedule }

  /// The part of `timesteps` that a run of this strength goes through.
  ///
  /// - Parameter strength: 1 for all steps; lower values start later. At least one step is left.
  package func timesteps(strength: Double) -> ArraySlice<Int> {
    let share = Double(timesteps.count) * min(max(strength, 0), 1)
    return timesteps.suffix(max(Int(saturating: share), 1))
  }

  /// The timestep that a step from `timestep` arrives at; negative for the clean end.
  package func previous(_ timestep: Int) -> Int {
    timestep - schedule.count / timesteps.count
  }

  /// The step from `timestep` as a linear map, leaving clipping aside.
  ///
  /// - Parameter target: where the step arrives; at `previous(timestep)` where nil.
  package func coefficients(at timestep: Int, to target: Int? = nil) -> Coefficients {
    let (clean, noise, signal, remaining) = parts(at: timestep, to: target)
    return Coefficients(
      sample: Float(signal * clean.sample + remaining * noise.sample),
      output: Float(signal * clean.output + remaining * noise.output))
  }

  /// One step for pixels one by one, clipping included.
  package struct Move: Sendable {
    fileprivate let factors: Coefficients
    fileprivate let parts: (clean: Factors, noise: Factors, signal: Double, remaining: Double)
    fileprivate let limit: Double?

    /// Where the step takes a pixel.
    package func callAsFunction(_ x: SIMD3<Float>, output o: SIMD3<Float>) -> SIMD3<Float> {
      guard let limit else { return x * factors.sample + o * factors.output }
      var result = x
      for c in 0..<3 {
        result[c] = DDIM.clipped(parts, x: Double(x[c]), output: Double(o[c]), limit: limit)
      }
      return result
    }
  }

  /// The step from `timestep` to `target`, or to `previous(timestep)`.
  package func move(at timestep: Int, to target: Int? = nil) -> Move {
    Move(
      factors: coefficients(at: timestep, to: target), parts: parts(at: timestep, to: target),
      limit: configuration.clipSampleRange.map(Double.init))
  }

  /// The clean sample that an output implies, as factors of x_0 = sample x_t + output o_t.
  package func cleanCoefficients(at timestep: Int) -> Coefficients {
    let clean = parts(at: timestep).clean
    return Coefficients(sample: Float(clean.sample), output: Float(clean.output))
  }

  fileprivate typealias Factors = (sample: Double, output: Double)

  /// One number's step with the clean sample clipped to plus or minus `limit`.
  private static func clipped(
    _ parts: (clean: Factors, noise: Factors, signal: Double, remaining: Double), x: Double,
    output o: Double, limit: Double
  ) -> Float {
    let clean = min(max(parts.clean.sample * x + parts.clean.output * o, -limit), limit)
    return Float(
      parts.signal * clean
        + parts.remaining * (parts.noise.sample * x + parts.noise.output * o))
  }

  /// Clean sample and noise as linear maps of (x_t, o_t), and the weights that mix them again.
  private func parts(
    at timestep: Int, to target: Int? = nil
  ) -> (clean: Factors, noise: Factors, signal: Double, remaining: Double) {
    let now = schedule.mixture(at: timestep)
    let next = schedule.mixture(at: target ?? previous(timestep))
    let (a, b) = (Double(now.signal), Double(now.noise))
    let (signal, remaining) = (Double(next.signal), Double(next.noise))
    switch configuration.prediction {
    case .epsilon: return ((1 / a, -b / a), (0, 1), signal, remaining)
    case .sample: return ((0, 1), (1 / b, -a / b), signal, remaining)
    case .velocity: return ((a, -b), (b, a), signal, remaining)
    }
  }
}

/// A number of steps that a schedule cannot be sampled with.
package struct StepsError: Error, Equatable, CustomStringConvertible {
  /// Steps asked for.
  package var steps: Int
  /// Steps there are at most.
  package var maximum: Int

  /// Makes the error for a number of steps.
  package init(steps: Int, maximum: Int) {
    self.steps = steps
    self.maximum = maximum
  }

  /// One line: what was asked and what is possible.
  package var description: String {
    "\(steps) steps cannot be taken; choose 1 to \(maximum)"
  }
}
