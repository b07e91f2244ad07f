import Diffusion
import Foundation
import Tensors
import Testing

struct DDIMTests {
  private static func configuration(_ index: Int) throws -> (SchedulerConfiguration, steps: Int) {
    let cases = try #require(JSONValue.parse(Fixture.bytes("ddim/cases.json")).array)
    let fields = try #require(cases[index].object)
    let text = try #require(fields["config"]).description
    let configuration = try SchedulerConfiguration(json: Array(text.utf8), file: "cases.json")
    return (configuration, try #require(fields["steps"]?.int))
  }

  /// The stand-in for a network with which the fixture's trajectories were made.
  private static func model(_ sample: [Float], _ timestep: Int) -> [Float] {
    sample.map { Float(tanh(0.7 * Double($0) + Double(timestep) / 1000)) }
  }

  @Test(arguments: 0..<5)
  func followsTheTrajectoriesOfDiffusers(index: Int) throws {
    let (configuration, steps) = try Self.configuration(index)
    let file = try SafetensorsFile(path: Fixture.path("ddim/trajectories.safetensors"))
    let alphas = try file.tensor("\(index).alphas_cumprod").floats()
    #expect(relativeError(configuration.schedule.alphasCumprod, alphas) < 1e-6)

    let sampler = try DDIM(configuration, steps: steps)
    let timesteps = try file.tensor("\(index).timesteps").floats()
    #expect(sampler.timesteps == timesteps.map { Int($0) })

    let trajectory = try file.tensor("\(index).trajectory").floats()
    var sample = try file.tensor("\(index).start").floats()
    for (k, timestep) in sampler.timesteps.enumerated() {
      sample = Self.step(sampler, Self.model(sample, timestep), at: timestep, sample: sample)
      let reference = trajectory[(k * sample.count)..<((k + 1) * sample.count)]
      #expect(relativeError(sample, reference) < 1e-5, "step \(k)")
    }
  }

  /// One step of numbers in any layout.
  private static func step(
    _ sampler: DDIM, _ output: [Float], at timestep: Int, sample: [Float]
  ) -> [Float] {
    let move = sampler.move(at: timestep)
    return zip(sample, output).map { move(SIMD3(repeating: $0), output: SIMD3(repeating: $1)).x }
  }

  /// Prediction, clipping range, and diffusers' step from t = 500, 10 leading steps, linear
  /// schedule, sample [-3, -0.5, 0.25, 2] and output [0.5, -1.25, 0.75, -0.125].
  static let steps: [(SchedulerConfiguration.Prediction, Float?, [Float])] = [
    (.epsilon, nil, [-5.04058, -0.01772, -0.068238, 3.23189]),
    (.epsilon, 1, [0.009039, -0.682549, 0.233542, 0.327716]),
    (.epsilon, 0.5, [0.229023, -0.902533, 0.453526, 0.107732]),
    (.velocity, nil, [-3.04129, -0.277504, 0.117248, 1.991686]),
    (.velocity, 1, [-2.901856, -0.304312, 0.117248, 1.991686]),
    (.velocity, 0.5, [-2.681872, -0.524296, 0.183465, 1.913425]),
    (.sample, nil, [-2.715802, -0.691491, 0.368138, 1.847856]),
    (.sample, 1, [-2.715802, -0.581499, 0.368138, 1.847856]),
    (.sample, 0.5, [-2.715802, -0.361515, 0.258146, 1.847856]),
  ]

  @Test(arguments: steps)
  func clipsAsDiffusersDoes(
    prediction: SchedulerConfiguration.Prediction, range: Float?, expected: [Float]
  ) throws {
    let configuration = SchedulerConfiguration(
      schedule: NoiseSchedule(.linear(start: 0.0001, end: 0.02)), prediction: prediction,
      clipSampleRange: range)
    let sampler = try DDIM(configuration, steps: 10)
    let output: [Float] = [0.5, -1.25, 0.75, -0.125]
    let result = Self.step(sampler, output, at: 500, sample: [-3, -0.5, 0.25, 2])
    #expect(relativeError(result, expected) < 1e-5)
  }

  @Test(arguments: SchedulerConfiguration.Prediction.allCases)
  func landsOnTheCleanSampleOfATruthfulModel(prediction: SchedulerConfiguration.Prediction) throws {
    let configuration = SchedulerConfiguration(
      schedule: NoiseSchedule(.squaredCosine), prediction: prediction, spacing: .trailing,
      clipSampleRange: nil)
    let sampler = try DDIM(configuration, steps: 10)
    let (clean, noise) = (0.3 as Float, -1.1 as Float)
    for timestep in sampler.timesteps.dropFirst() {
      let (signal, share) = sampler.schedule.mixture(at: timestep)
      let output =
        switch prediction {
        case .epsilon: noise
        case .sample: clean
        case .velocity: signal * noise - share * clean
        }
      let sample = signal * clean + share * noise
      let estimate = sampler.cleanCoefficients(at: timestep)
      #expect(abs(estimate.sample * sample + estimate.output * output - clean) < 1e-4)
      let (nextSignal, nextShare) = sampler.schedule.mixture(at: sampler.previous(timestep))
      let next = Self.step(sampler, [output], at: timestep, sample: [sample])
      #expect(abs(next[0] - (nextSignal * clean + nextShare * noise)) < 1e-4)
    }
  }

  @Test func endsAtTheCleanEnd() throws {
    let (configuration, steps) = try Self.configuration(2)
    let sampler = try DDIM(configuration, steps: steps)
    #expect(sampler.timesteps.last.map(sampler.previous) == -1)
    #expect(sampler.schedule.alpha(at: -1) == 1)
  }

  @Test(arguments: [
    (1.0, 8), (0.99, 7), (0.5, 4), (0.2, 1), (0.0, 1), (-1.0, 1), (7.0, 8),
  ])
  func startsLaterAtLowerStrength(strength: Double, count: Int) throws {
    let (configuration, steps) = try Self.configuration(2)
    let sampler = try DDIM(configuration, steps: steps)
    #expect(sampler.timesteps(strength: strength).count == count)
    #expect(sampler.timesteps(strength: strength).last == sampler.timesteps.last)
  }

  @Test(arguments: [0, -1, 1001])
  func refusesImpossibleSteps(steps: Int) throws {
    let (configuration, _) = try Self.configuration(0)
    #expect(throws: StepsError(steps: steps, maximum: 1000)) {
      try DDIM(configuration, steps: steps)
    }
  }
}
