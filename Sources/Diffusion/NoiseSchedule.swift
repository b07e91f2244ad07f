import Glibc

/// How much of a picture and how much noise a sample holds at every training timestep.
///
/// At timestep t a sample is x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e, with e standard normal and a_t
/// the running product of 1 - beta. The arithmetic is single precision wherever diffusers' is, since
/// trained models expect exactly its values.
///
/// Reference: Ho 2020, "Denoising Diffusion Probabilistic Models", section 2.
package struct NoiseSchedule: Equatable, Sendable {
  /// How the noise added per timestep grows.
  package enum Betas: Equatable, Sendable {
    /// Evenly spaced from start to end.
    case linear(start: Double, end: Double)
    /// Square roots evenly spaced (Rombach 2022).
    case scaledLinear(start: Double, end: Double)
    /// The cosine schedule, each beta at most 0.999 (Nichol 2021, section 3.2).
    case squaredCosine
    /// As stored with the model.
    case trained([Float])
  }

  /// a_t for t = 0, 1, ...; falls from nearly 1 to nearly or exactly 0.
  package let alphasCumprod: [Float]
  /// a_t before timestep 0, used by the last step of a sampler.
  package let finalAlphaCumprod: Float

  /// Computes a schedule.
  ///
  /// - Parameters:
  ///   - count: training timesteps; trained betas bring their own number.
  ///   - zeroTerminalSNR: whether to shift and scale so that a_t ends at exactly 0.
  ///   - setAlphaToOne: whether the last step ends at a = 1 rather than at a_0.
  /// - Precondition: at least one timestep.
  package init(
    _ betas: Betas, count: Int = 1000, zeroTerminalSNR: Bool = false, setAlphaToOne: Bool = true
  ) {
    var values = Self.values(betas, count)
    precondition(!values.isEmpty, "a noise schedule needs timesteps")
    if zeroTerminalSNR { values = Self.rescaledToZeroTerminalSNR(values) }
    alphasCumprod = Self.cumulativeProduct(values.map { 1 - $0 })
    finalAlphaCumprod = setAlphaToOne ? 1 : alphasCumprod[0]
  }

  /// Number of training timesteps.
  package var count: Int { alphasCumprod.count }

  /// a_t, where any negative t stands for the clean end.
  package func alpha(at timestep: Int) -> Float {
    timestep < 0 ? finalAlphaCumprod : alphasCumprod[timestep]
  }

  /// The factors of picture and noise in x_t = signal x_0 + noise e.
  package func mixture(at timestep: Int) -> (signal: Float, noise: Float) {
    let alpha = alpha(at: timestep)
    return (alpha.squareRoot(), (1 - alpha).squareRoot())
  }

  private static func values(_ betas: Betas, _ count: Int) -> [Float] {
    switch betas {
    case .linear(let start, let end):
      return evenlySpaced(Float(start), Float(end), count)
    case .scaledLinear(let start, let end):
      return evenlySpaced(Float(start.squareRoot()), Float(end.squareRoot()), count).map { $0 * $0 }
    case .squaredCosine:
      func remaining(_ index: Int) -> Double {
        let cosine = cos((Double(index) / Double(count) + 0.008) / 1.008 * .pi / 2)
        return cosine * cosine
      }
      return (0..<count).map { Float(min(1 - remaining($0 + 1) / remaining($0), 0.999)) }
    case .trained(let values):
      return values
    }
  }

  /// `count` values from `start` to `end`, each half counted from its own end.
  private static func evenlySpaced(_ start: Float, _ end: Float, _ count: Int) -> [Float] {
    guard count > 1 else { return [Float](repeating: start, count: count) }
    let step = (end - start) / Float(count - 1)
    return (0..<count).map { index in
      index < count / 2 ? start + step * Float(index) : end - step * Float(count - 1 - index)
    }
  }

  private static func cumulativeProduct(_ factors: [Float]) -> [Float] {
    var product = 1.0
    return factors.map { factor in
      product *= Double(factor)
      return Float(product)
    }
  }

  /// Betas of the schedule whose sqrt(a_t) are shifted to end at 0 and scaled to start as before.
  ///
  /// Reference: Lin 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed",
  /// algorithm 1.
  private static func rescaledToZeroTerminalSNR(_ betas: [Float]) -> [Float] {
    let roots = cumulativeProduct(betas.map { 1 - $0 }).map { $0.squareRoot() }
    guard let first = roots.first, let last = roots.last, first != last else { return betas }
    let scale = first / (first - last)
    let alphasCumprod = roots.map { root in
      let shifted = (root - last) * scale
      return shifted * shifted
    }
    return alphasCumprod.indices.map { index in
      1 - (index == 0 ? alphasCumprod[0] : alphasCumprod[index] / alphasCumprod[index - 1])
    }
  }
}
