import Diffusion
import Networks
import PatchParallel
import Tensors
import Testing

/// Bytes that strips exchange, and what happens where a worker fails.
@Suite struct ExchangeTests {
  /// What one evaluation asks of its pass.
  final class Listing: Pass {
    var convolutions: [(layer: ConvolutionLayer, inputs: [MapShape], doubled: Bool)] = []
    var normalisations: [(layer: NormalisationLayer, inputs: [MapShape])] = []
    var attentions: [MapShape] = []

    func run(_ call: Call<MapShape>) -> MapShape {
      switch call {
      case .convolve(let call):
        convolutions.append((call.layer, call.operand.maps, call.operand.doubled))
        if let norm = call.operand.group, norm.id != normalisations.last?.layer.id {
          normalisations.append((norm, call.operand.maps))
        }
      case .attend(let call): attentions.append(call.queries)
      }
      return call.shape { $0 }
    }
  }

  /// Where heights divide evenly: 2 or 1 rows of pixels a 3x3 layer, all keys and values or parts of
  /// them, sums of rows of tiles while synchronous and then two numbers a group.
  @Test(arguments: ["paint-7ch", "ddpm-style"], [nil, 0.3, 1])
  func bytesAreTheFormulas(fixture: String, fraction: Double?) throws {
    let (count, steps, warmUp) = (2, 5, 2)
    let scene = try Scene(fixture, width: 64, height: 64, steps: steps)
    var scheme = StripScheme(count: count, warmUp: warmUp)
    scheme.policy.fraction = fraction
    let ports = try scene.recorded(scheme)
    let listing = Listing()
    _ = try scene.network(listing, scene.run.inputShape, timestep: 0)
    for port in ports {
      // Read are all synchronous steps, and of the others what the step after them reads.
      let halo = listing.convolutions.reduce(0) { sum, item in
        let row = item.inputs.reduce(0) { $0 + 4 * 4 * $1.tilesX * $1.stride }
        let rows =
          switch item.layer.convolution.geometry {
          case .pointwise: 0
          case .same: 1
          // The window of an even output row begins one row above it, or at it.
          case let halving: halving.before == (port.worker == 0 ? 0 : 1) ? 1 : 0
          }
        return sum + rows * row * (item.layer.name == "conv_in" ? steps : steps - 1)
      }
      #expect(port.received[.halo] == halo)
      let sums = listing.normalisations.reduce(0) { sum, item in
        sum + item.inputs.reduce(0) { $0 + 8 * 2 * $1.stride * $1.tilesY / count }
      }
      let moments = listing.normalisations.reduce(0) { $0 + 8 * 2 * $1.layer.norm.groups }
      #expect(port.received[.statistics] == warmUp * sums + (steps - 1 - warmUp) * moments)
      let tokens = listing.attentions.map { ($0.height * $0.width / count, $0.stride) }
      let whole = tokens.reduce(0) { $0 + 4 * 2 * $1.0 * $1.1 }
      let part = tokens.reduce(0) { sum, item in
        let share = (fraction ?? 1) * Double(item.0)
        let read = port.worker == 0 ? share.rounded(.down) : share.rounded(.up)
        return sum + 4 * 2 * Int(read) * item.1
      }
      #expect(
        port.received[.keysAndValues, default: 0] == warmUp * whole + (steps - 1 - warmUp) * part)
    }
  }

  @Test func partsOfHalosAreSentInTurn() throws {
    let scene = try Scene("paint-7ch", width: 64, height: 64, steps: 9)
    var scheme = StripScheme(count: 2, warmUp: 1)
    let whole = try scene.recorded(scheme)[0].received[.halo] ?? 0
    scheme.policy.haloFraction = 0.5
    let half = try scene.recorded(scheme)[0].received[.halo] ?? 0
    #expect(half < whole * 7 / 10 && half > whole * 4 / 10)
    scheme.policy.haloFraction = 1
    #expect(try scene.recorded(scheme)[0].received[.halo] == whole)
  }

  @Test func workersWithoutNeighboursExchangeNothing() throws {
    let scene = try Scene("ddpm-style", width: 32, height: 32, steps: 2)
    #expect(try scene.recorded(StripScheme(count: 1))[0].received.isEmpty)
    #expect(try scene.recorded(AsyncScheme(components: 1)).0[0].received.isEmpty)
  }

  struct Broken: Error, Equatable {}

  /// Refuses the n-th message to one worker.
  final class BreakingExchange: Exchange, @unchecked Sendable {
    private let inner: ThreadExchange
    private let victim: Int
    private var left: Int

    init(workers: Int, victim: Int, after count: Int) {
      inner = ThreadExchange(workers: workers)
      self.victim = victim
      left = count
    }
    func send(_ message: Buffer, from sender: Int, to receiver: Int, tag: MessageTag) {
      inner.send(message, from: sender, to: receiver, tag: tag)
    }
    func receive(from sender: Int, to receiver: Int, tag: MessageTag) throws -> Buffer {
      if receiver == victim {
        left -= 1
        if left < 0 { throw Broken() }
      }
      return try inner.receive(from: sender, to: receiver, tag: tag)
    }
    func close() { inner.close() }
  }

  @Test(arguments: [0, 7, 90], [1, 3])
  func aFailingWorkerFailsTheRun(after: Int, threads: Int) throws {
    let scene = try Scene("ddpm-style", width: 32, height: 48, steps: 3)
    for warmUp in [1, 3] {
      let exchange = BreakingExchange(workers: 3, victim: 1, after: after)
      let ports = (0..<3).map { ExchangePort($0, exchange) }
      #expect(throws: Broken()) {
        try StripScheme(count: 3, warmUp: warmUp).sample(
          scene.run, StripLayout(count: 3), ports, exchange, workers: WorkerPool(count: threads))
      }
    }
    let exchange = BreakingExchange(workers: 3, victim: 2, after: min(after, 7))
    let plan = try #require(ComponentPlan(scene.network.calls(height: 48, width: 32), count: 3))
    #expect(throws: Broken()) {
      try AsyncScheme(components: 3).sample(
        scene.run, plan, (0..<3).map { ExchangePort($0, exchange) }, exchange,
        workers: WorkerPool(count: threads))
    }
  }

  @Test(arguments: SchemeName.allCases, [1, 3])
  func cancelsInTheMiddle(name: SchemeName, threads: Int) throws {
    let scene = try Scene("ddpm-style", width: 32, height: 48, steps: 9)
    var settings = SchemeSettings()
    settings.name = name
    settings.workers = 3
    settings.tolerance = 0
    let scheme = try settings.scheme(for: scene.network)
    for after in [0, 2] {
      let cancellation = Cancellation()
      if after == 0 { cancellation.cancel() }
      #expect(throws: CancellationError.self) {
        try scheme.sample(
          scene.run, workers: WorkerPool(count: threads), cancellation: cancellation
        ) { steps, _ in if steps >= after { cancellation.cancel() } }
      }
    }
  }

  @Test func timelinesWaitForMessages() {
    let tag = MessageTag(step: 0, kind: .halo, layer: 1)
    let logs: [[ExchangePort.Event]] = [
      [
        .compute(seconds: 2, macs: 1), .send(to: 1, tag: tag, bytes: 100),
        .compute(seconds: 1, macs: 1),
      ],
      [.compute(seconds: 1, macs: 1), .receive(from: 0, tag: tag), .compute(seconds: 3, macs: 1)],
    ]
    let ideal = Timeline(logs, link: .ideal) { seconds, _ in seconds }
    #expect(ideal.makespan == 5 && ideal.busy == [3, 4])
    let slow = Timeline(logs, link: Link(bytesPerSecond: 50, latency: 0.5)) { seconds, _ in seconds
    }
    #expect(slow.makespan == 7.5)
  }

  @Test(arguments: [2, 4])
  func criticalPathOfEvenStripsIsTheirShare(count: Int) throws {
    let scene = try Scene("plain-rgb", width: 32, height: 128, steps: 3)
    var scheme = StripScheme(count: count)
    scheme.threads = 1
    for warmUp in [nil, 1] {
      scheme.warmUp = warmUp
      let logs = try scene.recorded(scheme).map(\.log)
      let path = Timeline(logs, link: .ideal) { _, macs in Double(macs) / Double(scene.macs) }
      #expect(abs(path.makespan - 3 / Double(count)) < 1e-9)
    }
  }
}
