import Foundation
import Synchronization
import Tensors

/// Sinusoids of the timestep and the two layers that mix them (Ho 2020, after Vaswani 2017).
final class TimeEmbedding: Sendable {
  private let dimension: Int
  private let flipSinToCos: Bool
  private let frequencyShift: Float
  private let first: Linear
  private let second: Linear
  /// Each block's projection at the timesteps seen so far: a sampler asks for the same few.
  private let known = Mutex<[Double: [[Float]]]>([:])

  init(
    dimension: Int, flipSinToCos: Bool, frequencyShift: Double, first: Linear, second: Linear
  ) {
    self.dimension = dimension
    self.flipSinToCos = flipSinToCos
    self.frequencyShift = Float(frequencyShift)
    self.first = first
    self.second = second
  }

  /// sin and cos of t * 10000^(-i / (half - shift)), i < half = dimension / 2; an odd end is 0.
  func sinusoids(_ timestep: Double) -> [Float] {
    let half = dimension / 2
    let angles = (0..<half).map { index -> Float in
      let exponent = -Float(log(10000.0)) * Float(index) / (Float(half) - frequencyShift)
      return Float(timestep) * Float(Foundation.exp(Double(exponent)))
    }
    let sines = angles.map { Float(sin(Double($0))) }
    let cosines = angles.map { Float(cos(Double($0))) }
    let end = [Float](repeating: 0, count: dimension - 2 * half)
    return (flipSinToCos ? cosines + sines : sines + cosines) + end
  }

  /// For every ResNet block of `network`, in order, its projection of the embedded timestep.
  func projections(at timestep: Double, of network: UNet) -> [[Float]] {
    if let found = known.withLock({ $0[timestep] }) { return found }
    let embedding = second(first(sinusoids(timestep)).silu).silu
    let result = network.resnets.map { $0.time(embedding) }
    known.withLock { known in
      if known.count >= 256 { known.removeAll() }
      known[timestep] = result
    }
    return result
  }
}
