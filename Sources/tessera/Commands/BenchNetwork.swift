import ArgumentParser
import DiffMask
import Foundation
import Networks
import Raster
import SIGE
import Tensors

/// `tessera bench network`: one evaluation, dense and sparse, by fraction of the picture edited.
struct BenchNetwork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Time one evaluation of a network, dense and sparse.")

  @Option(help: "Model folder.") var model: String
  @Option(help: "Height and width of the sample (default: the model's own, else 256).")
  var size: Int?
  @Option(help: "Edited fractions of the picture, separated by commas.")
  var edits = "0.012,0.05,0.094,0.15,0.3"
  @Option(help: "Timed runs; medians are reported.") var runs = 5
  @Option(help: "Pixels by which an edit's mask is grown.") var dilation = 5
  @Option(help: "What sparse evaluations compute of the last layer: whole or tiles.")
  var output = SparsePass.Output.whole
  @Flag(help: "Also time every layer, dense and for each edit.") var profile = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    if !(1...1000).contains(runs) { throw ValidationError("--runs takes 1 to 1000") }
    _ = try fractions()
  }

  private func fractions() throws -> [Double] {
    try NumberList.fractions(edits, flag: "--edits")
  }

  func run() throws {
    let (network, loading) = try Stopwatch.timed { try ModelLoading.network(at: model) }
    let multiple = network.configuration.sizeMultiple
    let side = (size ?? network.configuration.sampleSize?.first ?? 256) / multiple * multiple
    guard (multiple...8192).contains(side) else {
      throw CommandError(.usage, "--size must be between \(multiple) and 8192")
    }
    let bench = NetworkBench(
      network: network, loadSeconds: loading, side: side, runs: runs, dilation: dilation,
      precision: engine.precision, output: output, profiles: profile, workers: try engine.pool())
    let report = try bench.report(fractions: try fractions())
    if json { try Output.json(report) } else { Output.text(report.text) }
  }
}

extension SparsePass.Output: ExpressibleByArgument {}

/// What `bench network` found.
private struct NetworkReport: Encodable {
  struct Edit: Encodable {
    var fraction: Double
    var sparseSeconds: Double
    var macsExecuted: Int
    var cacheBytes: Int
    var tilesActive: Int
    var tilesTotal: Int
    var profile: NetworkProfile?
  }
  var schemaVersion = 1
  var kernels: String
  var workers: Int
  var size: Int
  /// Reading and checking the weights.
  var loadSeconds: Double
  /// The first dense evaluation, which packs the weights and touches all memory first.
  var firstSeconds: Double
  var denseSeconds: Double
  var baselineSeconds: Double
  var macsDense: Int
  var profile: NetworkProfile?
  var edits: [Edit] = []

  var text: String {
    var lines = [
      "\(size)x\(size), \(workers) workers, \(kernels) kernels",
      String(format: "loading    %8.4f s", loadSeconds),
      String(format: "first      %8.4f s  (dense, with weights packed)", firstSeconds),
      String(
        format: "dense      %8.4f s  %7.2f GMACs  %6.1f GMAC/s", denseSeconds,
        Double(macsDense) / 1e9, Double(macsDense) / 1e9 / denseSeconds),
      String(format: "baseline   %8.4f s  (dense and kept)", baselineSeconds),
    ]
    for edit in edits {
      lines.append(
        String(
          format: "%5.1f %%    %8.4f s  %7.2f GMACs  %5.1f times less time, %5.1f times less work",
          100 * edit.fraction, edit.sparseSeconds, Double(edit.macsExecuted) / 1e9,
          denseSeconds / edit.sparseSeconds, Double(macsDense) / Double(edit.macsExecuted)))
    }
    if let edit = edits.first {
      lines.append(
        String(format: "cache      %8.1f MiB a step", Double(edit.cacheBytes) / 1_048_576))
    }
    if let profile { lines.append("\nlayers, dense\n\(profile.text)") }
    for edit in edits {
      guard let profile = edit.profile else { continue }
      lines.append(String(format: "\nlayers, %.1f %%\n", 100 * edit.fraction) + profile.text)
    }
    return lines.joined(separator: "\n")
  }
}

private struct NetworkBench {
  let network: UNet
  let loadSeconds: Double
  let side: Int
  let runs: Int
  let dilation: Int
  let precision: ActivationCache.Precision
  let output: SparsePass.Output
  let profiles: Bool
  let workers: WorkerPool
  private let timestep = 300.0

  private var shape: MapShape {
    MapShape(height: side, width: side, channels: network.configuration.inChannels)
  }

  func report(fractions: [Double]) throws -> NetworkReport {
    var random = SplitMix(seed: 42)
    let planes = (0..<shape.channels * side * side).map { _ in Float(random.normal()) }
    let input = FeatureMap(shape, planes: planes)
    let evaluate = {
      let pass = DensePass(workers: workers)
      _ = try network(pass, pass.input(input), timestep: timestep)
    }
    let first = try Stopwatch.seconds(evaluate)
    let dense = try Stopwatch.median(runs, warm: false, evaluate)
    let cache = ActivationCache(network.graph, precision: precision)
    let baseline = try Stopwatch.median(max(1, runs / 2)) {
      let pass = BaselinePass(cache, workers: workers)
      _ = try network(pass, pass.input(input), timestep: timestep)
    }
    var report = NetworkReport(
      kernels: Kernels.current.name, workers: workers.count, size: side,
      loadSeconds: loadSeconds, firstSeconds: first, denseSeconds: dense,
      baselineSeconds: baseline, macsDense: network.macs(height: side, width: side))
    if profiles {
      report.profile = try profile(tiles: nil, input) {
        DensePass(workers: workers)
      } input: {
        $0.input($1)
      }
    }
    report.edits = try fractions.map { try edit($0, planes, cache) }
    return report
  }

  private func profile<P: Pass>(
    tiles: EditTiles?, _ map: FeatureMap, _ make: () -> P, input: (P, FeatureMap) -> P.Map
  ) throws -> NetworkProfile {
    let calls = try (0..<runs).map { _ in
      let inner = make()
      var calls: [(name: String, seconds: Double)] = []
      let pass = WrappedPass(inner) { call, compute in
        let start = ContinuousClock.now
        let map = try compute()
        calls.append((call.name, (ContinuousClock.now - start) / .seconds(1)))
        return map
      }
      _ = try network(pass, input(inner, map), timestep: timestep)
      return calls
    }
    return NetworkProfile(
      calls,
      cumulativeMACs: network.cumulativeMACs(
        height: side, width: side, tiles: tiles, output: output, precision: precision))
  }

  private func edit(_ fraction: Double, _ planes: [Float], _ cache: ActivationCache) throws
    -> NetworkReport.Edit
  {
    let tiles = EditTiles(
      mask: PixelMask.centredSquare(fraction: fraction, side: side).dilated(by: dilation),
      levels: network.configuration.levels)
    var random = SplitMix(seed: 43)
    let edited = planes.map { $0 + 0.5 * Float(random.normal()) }
    let slab = FeatureMap.slab(of: edited, channels: shape.channels, tiles: tiles.input.tiles)
    func pass() -> SparsePass {
      SparsePass(cache, network: network, tiles: tiles, workers: workers, output: output)
    }
    let seconds = try Stopwatch.median(runs) {
      let pass = pass()
      _ = try network(pass, pass.input(slab), timestep: timestep)
    }
    let profile =
      profiles ? try profile(tiles: tiles, slab, pass) { $0.input($1) } : nil
    return NetworkReport.Edit(
      fraction: fraction, sparseSeconds: seconds,
      macsExecuted: network.macs(
        height: side, width: side, tiles: tiles, output: output, precision: precision),
      cacheBytes: cache.byteCount, tilesActive: tiles.sets[0].count,
      tilesTotal: tiles.sets[0].total, profile: profile)
  }
}

extension PixelMask {
  /// A square in the middle of a `side` x `side` picture that covers `fraction` of it.
  static func centredSquare(fraction: Double, side: Int) -> PixelMask {
    let edge = min(side, Int(saturating: (fraction * Double(side * side)).squareRoot()))
    let first = (side - edge) / 2
    let inside = first..<first + edge
    return PixelMask(
      width: side, height: side,
      bits: (0..<side * side).map { inside.contains($0 / side) && inside.contains($0 % side) })
  }
}
