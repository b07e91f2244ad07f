package import Diffusion
package import Networks

/// The ways to take a dense sampler run, by the names people use.
package enum SchemeName: String, Sendable, CaseIterable {
  /// One step after the other, all workers in the same layer.
  case serial
  /// Strips, exact.
  case patch
  /// Strips with data of the step before (DistriFusion).
  case displaced
  /// Strips with a part of the neighbours' data of the step before (PCPP).
  case partial
  /// Components of the network, all at once (AsyncDiff).
  case async
  /// Blocks of steps, corrected by coarse sweeps (SRDS).
  case parareal
  /// Workers along the way (CHORDS).
  case chords

  /// The faster of the exact ones where workers share memory; `Assets/parallel` has the figures.
  package static let standard = SchemeName.serial

  /// Whether results are serial's for any number of workers: bytes, or for parareal up to rounding
  /// with a tolerance of 0.
  package var isExact: Bool { self == .serial || self == .patch }
}

/// Why a scheme cannot be made as wished.
package struct SchemeError: Error, Equatable, CustomStringConvertible {
  /// What was asked and what is possible.
  package var description: String
}

/// A scheme with its parameters.
package struct SchemeSettings: Sendable, Equatable {
  /// Which scheme.
  package var name = SchemeName.standard
  /// Strips, components with AsyncDiff's extra worker, or workers along the way; at least 1.
  package var workers = 1
  /// First steps that workers wait for each other in, at least 1.
  package var warmUp = 1
  /// Statistics of displaced strips.
  package var norm = NormMode.corrected
  /// The part of each neighbour's data that partial strips read, above 0 and up to 1.
  package var fraction = 0.3
  /// Components of the network; what `workers` and `stride` give where nil.
  package var components: Int?
  /// Steps that a round of components brings, 1 or 2.
  package var stride = 1
  /// Whether components' time embeddings lag a step behind.
  package var shiftsTime = false
  /// Change of the result below which iterations end, in steps of 8 bits.
  package var tolerance: Double?

  /// Makes the standard scheme.
  package init() {}

  /// The scheme for a network.
  ///
  /// More strips than rows of tiles, and more workers than steps, become as many as there are. One
  /// step, or no more steps than warm-up, is serial's result in every scheme.
  /// - Throws: `SchemeError` for parameters out of their range.
  package func scheme(for network: UNet) throws(SchemeError) -> any SamplingScheme {
    try check(network)
    switch name {
    case .serial: return SerialScheme()
    case .patch: return StripScheme(count: workers)
    case .displaced, .partial:
      var scheme = StripScheme(count: workers, warmUp: warmUp)
      scheme.policy.norm = norm
      guard name == .partial else { return scheme }
      if network.configuration.hasAttention {
        scheme.policy.fraction = fraction
      } else {
        scheme.policy.haloFraction = fraction
      }
      return scheme
    case .async:
      var scheme = AsyncScheme(components: partCount, warmUp: warmUp, stride: stride)
      scheme.shiftsTime = shiftsTime
      return scheme
    case .parareal:
      var scheme = PararealScheme()
      scheme.tolerance = tolerance ?? scheme.tolerance
      return scheme
    case .chords:
      var scheme = ChordsScheme(count: workers)
      scheme.tolerance = tolerance
      return scheme
    }
  }

  private var partCount: Int { components ?? max(1, workers - stride + 1) }

  private func check(_ network: UNet) throws(SchemeError) {
    if workers < 1 { throw SchemeError("\(workers) workers cannot compute; choose 1 or more") }
    if warmUp < 1 {
      throw SchemeError("a warm-up of \(warmUp) steps leaves nothing to read; choose 1 or more")
    }
    if !(fraction > 0 && fraction <= 1) {
      throw SchemeError("a fraction of \(fraction) is not above 0 and up to 1")
    }
    if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
      throw SchemeError("a tolerance of \(tolerance) is not 0 or more")
    }
    guard name == .async else { return }
    if !(1...2).contains(stride) { throw SchemeError("a stride of \(stride) is not 1 or 2") }
    let multiple = network.configuration.sizeMultiple
    let calls = network.calls(height: multiple, width: multiple).mostComponents
    if !(1...calls).contains(partCount) {
      throw SchemeError(
        "\(partCount) components cannot be made of a network of \(calls) layers; choose 1 to "
          + "\(calls)")
    }
    if stride == 2 && partCount < 2 {
      throw SchemeError("stride 2 needs 2 components and so 3 workers; choose more, or stride 1")
    }
  }
}

extension SchemeError {
  fileprivate init(_ description: String) { self.init(description: description) }
}

extension UNetConfiguration {
  /// Whether any block of the network attends.
  fileprivate var hasAttention: Bool {
    (downBlocks + upBlocks).contains(.attention) || hasMidBlock && hasMidAttention
  }
}
