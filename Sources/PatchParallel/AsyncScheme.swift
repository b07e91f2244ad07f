package import Diffusion
package import Networks
package import Tensors

/// AsyncDiff (Chen et al. 2024): each worker computes one component of the network, all at once, on
/// what the others computed in the round before.
///
/// With stride 2 one round brings two steps: all components run with the next step's time embedding,
/// and one more worker runs the last component with the present step's.
package struct AsyncScheme: SamplingScheme {
  /// Components that the network is cut into; at most one for every call is made.
  package var components: Int
  /// First steps that are taken one component after the other, at least 1.
  package var warmUp: Int
  /// Steps that a round brings, 1 or 2; 2 needs two components.
  package var stride: Int
  /// Whether time embeddings lag one step behind after warm-up.
  package var shiftsTime = false
  /// Threads that are host to the workers; as many as there are workers where nil.
  package var threads: Int?

  /// Makes a scheme.
  package init(components: Int, warmUp: Int = 1, stride: Int = 1) {
    self.components = components
    self.warmUp = max(1, warmUp)
    self.stride = components > 1 ? stride : 1
  }

  /// Workers: one for each component, and with stride 2 one more.
  package var workerCount: Int { components + stride - 1 }

  /// Components are parts of a network, but what one sends another, which reads it a round later, is
  /// held by both: two workers take 2.9 times the memory of one evaluation.
  package func evaluationsAtOnce(_ workers: Int) -> Int { workerCount + 1 }

  package func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState {
    let calls = run.network.calls(height: run.height, width: run.width)
    var scheme = self
    scheme.components = min(components, calls.mostComponents)
    let exchange = ThreadExchange(workers: scheme.workerCount)
    let ports = (0..<scheme.workerCount).map { ExchangePort($0, exchange) }
    guard let plan = ComponentPlan(calls, count: scheme.components) else {
      return try SerialScheme().sample(
        run, workers: workers, cancellation: cancellation, progress: progress)
    }
    return try scheme.sample(
      run, plan, ports, exchange, workers: workers, cancellation: cancellation,
      progress: progress)
  }

  /// The same with a plan and ports that the caller keeps, to look at their accounts afterwards.
  ///
  /// - Precondition: there are `workerCount` ports, and as many components in the plan as here.
  package func sample(
    _ run: SamplerRun, _ plan: ComponentPlan, _ ports: [ExchangePort], _ exchange: any Exchange,
    workers: WorkerPool, cancellation: Cancellation? = nil,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void = { _, _ in }
  ) throws -> SampleState {
    let rounds = Round.plan(steps: run.timesteps.count, warmUp: warmUp, stride: stride)
    let first = FirstWorker(run, last: plan.components.count - 1, ports[0])
    let members = ports.map { port in
      AsyncWorker(run, plan, port, shiftsTime: shiftsTime, cancellation: cancellation)
    }
    let hosts = min(threads ?? workers.count, workers.count, ports.count)
    let team = Team(exchange)
    workers.run(hosts) { host, _ in
      let own = members[ports.count * host / hosts..<ports.count * (host + 1) / hosts]
      team.work {
        for round in rounds {
          for member in own {
            try member.compute(
              round, input: member.port.worker == 0 ? first.input(round) : nil)
          }
          if hosts > 1 {
            run.observer?.worker(
              host, of: hosts, did: Double(round.index + 1) / Double(rounds.count))
          }
          guard host == 0 else { continue }
          try first.finish(round)
          progress(round.steps.upperBound, 0)
        }
      }
    }
    try team.check()
    return first.state
  }
}

/// One run of all components.
struct Round: Equatable, Sendable {
  let index: Int
  /// The one or two steps that it brings.
  let steps: Range<Int>
  /// Whether components wait for each other.
  let isSynchronous: Bool
  /// Whether this is the first round after the synchronous ones.
  let isFirstDisplaced: Bool
  /// Steps of the next round where that one reads what this one made, else 0.
  let feeds: Int

  /// The first `warmUp` steps one by one, the others `stride` at a time.
  static func plan(steps: Int, warmUp: Int, stride: Int) -> [Round] {
    var ranges = (0..<min(warmUp, steps)).map { $0..<$0 + 1 }
    let synchronous = ranges.count
    for first in Swift.stride(from: synchronous, to: steps, by: stride) {
      ranges.append(first..<min(first + stride, steps))
    }
    return ranges.indices.map { index in
      let next = index + 1 < ranges.count && index + 1 >= synchronous ? ranges[index + 1].count : 0
      return Round(
        index: index, steps: ranges[index], isSynchronous: index < synchronous,
        isFirstDisplaced: index == synchronous, feeds: next)
    }
  }
}

/// What the first worker does besides its component: it holds the state and moves it.
private final class FirstWorker {
  private let run: SamplerRun
  private let last: Int
  private let port: ExchangePort
  private(set) var state: SampleState

  init(_ run: SamplerRun, last: Int, _ port: ExchangePort) {
    self.run = run
    self.last = last
    self.port = port
    state = run.makeState(run.allTiles)
  }

  /// The network's input at the beginning of a round.
  func input(_ round: Round) -> FeatureMap {
    port.compute {
      let timestep = run.timesteps[round.steps.lowerBound]
      state.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
      return state.input
    }
  }

  /// Takes the round's steps with the predictions of the last component.
  func finish(_ round: Round) throws {
    for (index, step) in round.steps.enumerated() {
      // The extra worker predicts the first of two steps, the regular one the second.
      let sender = index + 1 == round.steps.count ? last : last + 1
      let message = try port.receive(
        from: sender,
        tag: MessageTag(step: round.index, kind: .activations, layer: AsyncWorker.output))
      let timestep = run.timesteps[step]
      port.compute {
        if index > 0 {
          state.prepare(mixture: run.sampler.schedule.mixture(at: timestep))
        }
        var shape = run.inputShape
        shape.channels = run.network.configuration.outChannels
        let output = FeatureMap(shape, holding: message)
        run.observer?.step(state, at: timestep, output: output, computed: run.allTiles)
        state.step(run.sampler, at: timestep, output: output, computed: run.allTiles)
      }
    }
  }
}

/// A worker with one component, and what it remembers of the others' results.
private final class AsyncWorker {
  /// Stands for the network's result in tags.
  static let output = -1

  let port: ExchangePort
  private let run: SamplerRun
  private let plan: ComponentPlan
  private let shiftsTime: Bool
  private let cancellation: Cancellation?
  private let workers = WorkerPool(count: 1)
  private var imports: [Int: DenseMap] = [:]

  init(
    _ run: SamplerRun, _ plan: ComponentPlan, _ port: ExchangePort, shiftsTime: Bool,
    cancellation: Cancellation?
  ) {
    self.run = run
    self.plan = plan
    self.port = port
    self.shiftsTime = shiftsTime
    self.cancellation = cancellation
  }

  private var last: Int { plan.components.count - 1 }
  /// The worker that runs the last component a second time.
  private var isExtra: Bool { port.worker > last }
  private var component: Int { min(port.worker, last) }

  /// Computes the component's part of a round; `input` is the network's, for the first worker.
  func compute(_ round: Round, input: FeatureMap?) throws {
    guard !isExtra || round.steps.count == 2 else { return }
    try receive(round)
    let pass = ComponentPass(
      plan.components[component], imports: imports, workers: workers, cancellation: cancellation)
    let output = try port.compute(macs: plan.macs(of: component)) {
      try run.network(pass, pass.input(input), timestep: time(round))
    }
    send(pass.results, round)
    guard component == last, let result = output.dense else { return }
    port.send(
      result.map.buffer, to: 0,
      tag: MessageTag(step: round.index, kind: .activations, layer: AsyncWorker.output))
  }

  /// The timestep whose embedding the component runs with.
  private func time(_ round: Round) -> Double {
    var step = isExtra ? round.steps.lowerBound : round.steps.upperBound - 1
    if shiftsTime && !round.isSynchronous { step = max(0, step - 1) }
    return Double(run.timesteps[step])
  }

  /// Takes in what the components before this one computed: in this round where synchronous, else
  /// in the one before.
  private func receive(_ round: Round) throws {
    // The results of a synchronous round are here already, except with who did not take part.
    if round.isFirstDisplaced && !isExtra { return }
    let made = round.isSynchronous ? round.index : round.index - 1
    for owner in 0..<component {
      for call in plan.results(of: owner, readBy: component) {
        let shape = plan.calls[call].shape
        let map = try port.receive(
          from: owner, tag: MessageTag(step: made, kind: .activations, layer: call))
        let sums = try port.receive(
          from: owner, tag: MessageTag(step: made, kind: .statistics, layer: call)
        ).doubles
        imports[call] = DenseMap(
          map: FeatureMap(shape, holding: map),
          sums: RowSums(pixels: shape.height * shape.width, stride: shape.stride, values: sums)
            .total)
      }
    }
  }

  /// Hands results to the components that read them, now or in the next round.
  private func send(_ results: [Int: DenseMap], _ round: Round) {
    guard !isExtra else { return }
    for reader in component + 1..<plan.components.count + 1 {
      let isRead =
        reader > last
        ? round.feeds == 2 && component != last : round.isSynchronous || round.feeds > 0
      guard isRead else { continue }
      for call in plan.results(of: component, readBy: min(reader, last)) {
        guard let result = results[call] else { continue }
        let tag = MessageTag(step: round.index, kind: .activations, layer: call)
        port.send(result.map.buffer, to: reader, tag: tag)
        port.send(
          Buffer(doubles: result.sums.sums + result.sums.squares), to: reader,
          tag: MessageTag(step: round.index, kind: .statistics, layer: call))
      }
    }
  }
}
