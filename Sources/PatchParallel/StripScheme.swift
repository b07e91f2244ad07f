import DiffMask
package import Diffusion
package import Networks
package import Tensors

/// Patch parallel, DistriFusion or PCPP: each worker takes all steps of its strip of the picture.
package struct StripScheme: SamplingScheme {
  /// Strips wished for; at most one for every row of tiles of the picture is made.
  package var count: Int
  /// First steps that are synchronous, at least 1; nil makes all of them so, which is exact.
  package var warmUp: Int?
  /// What displaced steps read.
  package var policy = StripPolicy()
  /// Threads that are host to the strips; as many as there are workers where nil.
  package var threads: Int?

  /// Makes a scheme of `count` strips, exact where `warmUp` is nil.
  package init(count: Int, warmUp: Int? = nil) {
    self.count = count
    self.warmUp = warmUp
  }

  /// Strips make up one evaluation; what workers hold of each other's is less than another.
  package func evaluationsAtOnce(_ workers: Int) -> Int { workers > 1 ? 2 : 1 }

  package func sample(
    _ run: SamplerRun, workers: WorkerPool, cancellation: Cancellation?,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void
  ) throws -> SampleState {
    let layout = StripLayout(count: min(count, run.inputShape.tilesY))
    let exchange = ThreadExchange(workers: layout.count)
    let ports = (0..<layout.count).map { ExchangePort($0, exchange) }
    return try sample(
      run, layout, ports, exchange, workers: workers, cancellation: cancellation,
      progress: progress)
  }

  /// The same with ports that the caller keeps, to look at their accounts afterwards.
  ///
  /// - Precondition: there are as many ports as the layout has strips.
  package func sample(
    _ run: SamplerRun, _ layout: StripLayout, _ ports: [ExchangePort], _ exchange: any Exchange,
    workers: WorkerPool, cancellation: Cancellation? = nil,
    progress: @escaping (_ steps: Int, _ calls: Int) -> Void = { _, _ in }
  ) throws -> SampleState {
    let hosts = min(threads ?? workers.count, workers.count, layout.count)
    let team = Team(exchange)
    let strips = ports.map { StripRun(run, Strip($0, layout: layout, policy: policy)) }
    let calls = run.network.calls(height: run.height, width: run.width).count
    workers.run(hosts) { host, _ in
      let own = Array(strips[layout.count * host / hosts..<layout.count * (host + 1) / hosts])
      team.work {
        for index in run.timesteps.indices {
          let step = StripStep(
            index, of: run.timesteps.count, warmUp: warmUp ?? run.timesteps.count)
          try StripRun.take(own, step, cancellation) { done in
            if hosts > 1 {
              let steps = Double(index) + Double(done) / Double(max(1, calls))
              run.observer?.worker(
                host, of: hosts, did: min(1, steps / Double(run.timesteps.count)))
            }
            if host == 0 { progress(index, done) }
          }
          if host == 0 { progress(index + 1, 0) }
        }
      }
    }
    try team.check()
    var state = run.makeState(run.allTiles)
    for strip in strips { state.adopt(strip.state, computed: strip.own) }
    return state
  }
}

/// A worker's part of a run: its strip and the state of its pixels.
private final class StripRun {
  let strip: Strip
  private let run: SamplerRun
  /// The tiles that the worker moves.
  let own: TileSet
  private(set) var state: SampleState
  private let firstRow: Int
  private let rows: Range<Int>

  init(_ run: SamplerRun, _ strip: Strip) {
    self.run = run
    self.strip = strip
    let shape = run.inputShape
    rows = strip.layout.rows(of: strip.worker, shape)
    let held =
      max(
        0, rows.lowerBound - StripLayout.margin)..<min(
        shape.tilesY, rows.upperBound + StripLayout.margin)
    firstRow = held.lowerBound
    own = TileSet(rows: rows, width: run.width, height: run.height)
    state = run.makeState(TileSet(rows: held, width: run.width, height: run.height))
  }

  /// One step of all strips that a thread is host to.
  static func take(
    _ hosted: [StripRun], _ step: StripStep, _ cancellation: Cancellation?,
    progress: @escaping (_ calls: Int) -> Void
  ) throws {
    guard let first = hosted.first else { return }
    let run = first.run
    let timestep = run.timesteps[step.index]
    let inputs = hosted.map { $0.input(at: timestep) }
    let pass = StripPass(
      hosted.map(\.strip), network: run.network, step: step, cancellation: cancellation)
    let reporting = WrappedPass(pass, report: progress)
    let outputs = try run.network(reporting, inputs, timestep: Double(timestep))
    for (strip, output) in zip(hosted, outputs) { strip.advance(output, at: timestep) }
  }

  private func input(at timestep: Int) -> StripMap {
    strip.port.compute { state.prepare(mixture: run.sampler.schedule.mixture(at: timestep)) }
    return StripMap(slab: state.input, rows: rows, firstRow: firstRow, isInput: true)
  }

  private func advance(_ output: StripMap, at timestep: Int) {
    run.observer?.step(state, at: timestep, output: output.slab, computed: own)
    strip.port.compute {
      _ = state.step(run.sampler, at: timestep, output: output.slab, computed: own)
    }
  }
}

extension TileSet {
  /// The tiles of some rows of a map.
  init(rows: Range<Int>, width: Int, height: Int) {
    let tilesX = (width + 3) / 4
    let tilesY = (height + 3) / 4
    self.init(
      width: width, height: height,
      flags: (0..<tilesX * tilesY).map { rows.contains($0 / tilesX) })
  }
}
