import Diffusion
import Networks
import PatchParallel
import Tensors
import Testing

@Suite struct AsyncSchemeTests {
  static let fixtures = ["paint-7ch", "ddpm-style"]

  @Test(arguments: fixtures, [1, 2, 3, 5])
  func warmUpForAllStepsIsSerial(fixture: String, components: Int) throws {
    let scene = try Scene(fixture, width: 32, height: 40, steps: 3)
    let scheme = AsyncScheme(components: components, warmUp: 3)
    #expect(try scene.sample(scheme, workers: 3) == (try scene.serial()))
  }

  @Test(arguments: fixtures)
  func oneComponentIsSerial(fixture: String) throws {
    let scene = try Scene(fixture, width: 32, height: 40, steps: 3)
    for stride in [1, 2] {
      let scheme = AsyncScheme(components: 1, warmUp: 1, stride: stride)
      #expect(try scene.sample(scheme) == (try scene.serial()))
    }
  }

  @Test(arguments: fixtures, [(2, 1), (3, 1), (2, 2), (3, 2)])
  func oneThreadGivesTheBytesOfMany(fixture: String, shape: (components: Int, stride: Int)) throws {
    let scene = try Scene(fixture, width: 32, height: 40, steps: 6)
    for shift in [false, true] {
      var scheme = AsyncScheme(components: shape.components, warmUp: 1, stride: shape.stride)
      scheme.shiftsTime = shift
      let threaded = try scene.sample(scheme, workers: 4)
      scheme.threads = 1
      #expect(try scene.sample(scheme) == threaded)
      #expect(threaded != (try scene.serial()))
    }
  }

  /// What a component reads of an earlier one is of the round before, computed anew here.
  @Test(arguments: fixtures)
  func componentsReadTheRoundBefore(fixture: String) throws {
    let scene = try Scene(fixture, width: 32, height: 40, steps: 4)
    let run = scene.run
    let plan = try #require(
      ComponentPlan(scene.network.calls(height: run.height, width: run.width), count: 2))
    let pool = WorkerPool(count: 1)
    var state = run.makeState(run.allTiles)
    var before: [DenseMap] = []
    for (index, timestep) in run.timesteps.enumerated() {
      state.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
      let split = SplittingPass(plan.components[0].count, index == 0 ? nil : before, pool)
      let output = try run.network(
        split, split.input(state.input), timestep: Double(timestep))
      before = split.first
      state.step(run.sampler, at: timestep, output: output.fresh.map, computed: run.allTiles)
    }
    #expect(try scene.sample(AsyncScheme(components: 2)) == state.state)
  }

  @Test(arguments: [(8, 1, 2, 1), (9, 3, 3, 1), (10, 1, 4, 1), (8, 2, 2, 2), (9, 2, 3, 2)])
  func criticalPathIsThePapers(steps: Int, warmUp: Int, components: Int, stride: Int) throws {
    let scene = try Scene("paint-7ch", width: 32, height: 32, steps: steps)
    var scheme = AsyncScheme(components: components, warmUp: warmUp, stride: stride)
    scheme.threads = 1
    let (ports, _) = try scene.recorded(scheme)
    let timeline = Timeline(ports.map(\.log), link: .ideal) { _, macs in
      macs > 0 ? 1 / Double(components) : 0
    }
    let rounds = (steps - warmUp + stride - 1) / stride
    #expect(
      abs(timeline.makespan - (Double(warmUp) + Double(rounds) / Double(components))) < 1e-9)
  }

  @Test(arguments: fixtures, [(2, 1), (3, 2)])
  func bytesAreThoseOfTheTensorsAcrossCuts(
    fixture: String, shape: (components: Int, stride: Int)
  ) throws {
    let scene = try Scene(fixture, width: 32, height: 32, steps: 6)
    var scheme = AsyncScheme(components: shape.components, warmUp: 2, stride: shape.stride)
    scheme.threads = 1
    let (ports, plan) = try scene.recorded(scheme)
    let last = shape.components - 1
    // Every round's results are read once, the last round's by nobody, the output by the first worker.
    let rounds = shape.stride == 1 ? 6 : 4
    for port in ports where port.worker > 0 {
      let component = min(port.worker, last)
      let tensors = (0..<component).flatMap { plan.results(of: $0, readBy: component) }
      let bytes = tensors.reduce(0) { $0 + plan.bytes(of: $1) }
      let reads = port.worker > last ? rounds - 2 : rounds - 1
      #expect(port.received.values.reduce(0, +) == reads * bytes)
    }
  }

  @Test func cutsMinimiseTheLargestPart() throws {
    func cut(_ macs: [Int], _ count: Int) -> [Range<Int>]? {
      let shape = MapShape(height: 4, width: 4, channels: 16)
      return ComponentPlan(
        macs.map { NetworkCall(reads: [], macs: $0, shape: shape) }, count: count)?.components
    }
    #expect(cut([1, 1, 1, 3], 2) == [0..<3, 3..<4])
    #expect(cut([5, 1, 1, 1, 5], 3) == [0..<1, 1..<4, 4..<5])
    #expect(cut([1, 2, 3], 3) == [0..<1, 1..<2, 2..<3])
    #expect(cut([1, 2, 3], 4) == nil)
    #expect(cut([1, 2, 3], 0) == nil)
    #expect(cut([0, 0, 9], 2)?.count == 2)
  }

  @Test(arguments: fixtures)
  func callsCostWhatTheNetworkCosts(fixture: String) throws {
    let scene = try Scene(fixture, width: 32, height: 40, steps: 1)
    let calls = scene.network.calls(height: 40, width: 32)
    #expect(calls.reduce(0) { $0 + $1.macs } == scene.macs)
    #expect(calls.enumerated().allSatisfy { index, call in call.reads.allSatisfy { $0 < index } })
  }
}

/// Computes all calls, the first ones into `first`; the later ones read those of `before`.
private final class SplittingPass: Pass {
  struct Map {
    let call: Int
    let fresh: DenseMap
  }
  private let count: Int
  private let before: [DenseMap]?
  private let inner: DensePass
  private var next = 0
  private(set) var first: [DenseMap] = []

  init(_ count: Int, _ before: [DenseMap]?, _ pool: WorkerPool) {
    self.count = count
    self.before = before
    inner = DensePass(workers: pool)
  }

  func input(_ map: FeatureMap) -> Map { Map(call: -1, fresh: inner.input(map)) }

  private func read(_ map: Map) -> DenseMap {
    guard let before, next >= count, (0..<count).contains(map.call) else { return map.fresh }
    return before[map.call]
  }

  private func add(_ map: DenseMap) -> Map {
    if next < count { first.append(map) }
    next += 1
    return Map(call: next - 1, fresh: map)
  }

  func run(_ call: Call<Map>) throws -> Map { add(try inner.run(call.map(read))) }
}
