import Diffusion
import Networks
import PatchParallel
import Tensors
import Testing

/// Displaced strips against the papers' equations on whole arrays.
@Suite struct DisplacedTests {
  struct Item: Sendable, CustomTestStringConvertible {
    var fixture: String
    var height: Int
    var count: Int
    var norm = NormMode.corrected
    var fraction: Double?
    var warmUp = 1
    var testDescription: String {
      "\(fixture), \(height) rows, \(count) strips, \(norm), \(fraction ?? 1), warm-up \(warmUp)"
    }
  }

  static let items: [Item] =
    NormMode.allCases.map { Item(fixture: "paint-7ch", height: 16, count: 2, norm: $0) } + [
      Item(fixture: "paint-7ch", height: 24, count: 3, warmUp: 2),
      Item(fixture: "ddpm-style", height: 16, count: 2),
      Item(fixture: "ddpm-style", height: 40, count: 3, fraction: 0.3),
      Item(fixture: "ddpm-style", height: 24, count: 3, norm: .stale, fraction: 1),
    ]

  @Test(arguments: items)
  func followsThePapersEquations(item: Item) throws {
    let scene = try Scene(item.fixture, width: 16, height: item.height, steps: item.warmUp + 2)
    var scheme = StripScheme(count: item.count, warmUp: item.warmUp)
    scheme.policy.norm = item.norm
    scheme.policy.fraction = item.fraction
    let result = try scene.sample(scheme)
    let reference = DisplacedReference(
      count: item.count, norm: item.norm, fraction: item.fraction, weights: scene.weights)
    let run = scene.run
    var state = run.makeState(run.allTiles)
    for (index, timestep) in run.timesteps.enumerated() {
      state.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
      reference.isSynchronous = index < item.warmUp
      var shape = run.inputShape
      let input = Reference.Planes(
        channels: shape.channels, height: shape.height, width: shape.width,
        floats: state.input.planes())
      let output = try run.network(
        reference, DisplacedReference.Whole(planes: input, isInput: true),
        timestep: Double(timestep))
      reference.advance()
      shape.channels = 3
      state.step(
        run.sampler, at: timestep, output: FeatureMap(shape, planes: output.planes.floats),
        computed: run.allTiles)
    }
    // What displacement changes is far above what rounding does.
    #expect(relativeError(result, state.state) < 2e-4)
    #expect(relativeError(try scene.serial(), state.state) > 2e-3)
  }

  @Test func refreshesEachHaloInTurn() {
    var policy = StripPolicy()
    #expect((0..<9).allSatisfy { policy.refreshesHalo(of: 4, at: $0) })
    for (fraction, turns) in [(0.5, 5), (0.25, 2), (0.1, 1)] {
      policy.haloFraction = fraction
      for layer in 0..<7 {
        let count = (0..<10).filter { policy.refreshesHalo(of: layer, at: $0) }.count
        #expect((turns...turns + 1).contains(count))
      }
    }
  }
}
