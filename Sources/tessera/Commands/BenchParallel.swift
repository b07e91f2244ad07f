import Files
import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import PatchParallel
import Raster
import SIGE
import Tensors

/// `tessera bench parallel`: whole regenerations under every scheme.
struct BenchParallel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parallel", abstract: "Compare the schemes that split a regeneration.",
    discussion: """
      Every scheme runs with its workers one after the other on one thread; what they count and take \
      is replayed as if each had a core of its own and messages a link of the given speed. Those \
      seconds are simulated. Where this machine has the cores, the run is timed on threads too, \
      beside a serial run on as many.
      """)

  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(help: "Heights and widths of the picture, separated by commas.") var size = "256"
  @Option(help: "Numbers of workers, separated by commas.") var parts = "2,4"
  @Option(help: "Schemes, separated by commas (default: all).") var schemes: String?
  @Option(help: "Sampler steps (default: the model's own).") var steps: Int?
  @OptionGroup var scheme: SchemeParameters
  @Option(help: "Simulated link, in gigabytes a second.") var link = 10.0
  @Option(help: "Simulated latency of a message, in microseconds.") var latency = 10.0
  @Option(help: "Timed runs on threads; medians are reported, 0 times none.") var runs = 1
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    if !(0...100).contains(runs) { throw ValidationError("--runs takes 0 to 100") }
    if !(link > 0 && link.isFinite && latency >= 0 && latency.isFinite) {
      throw ValidationError("--link takes a number above 0, --latency 0 or more")
    }
    _ = try (names(), counts(), NumberList.sizes(size))
  }

  private func names() throws -> [SchemeName] {
    guard let schemes else { return SchemeName.allCases.filter { $0 != .serial } }
    return try schemes.split(separator: ",").map {
      guard let name = SchemeName(rawValue: String($0)), name != .serial else {
        throw ValidationError("--schemes does not know '\($0)'")
      }
      return name
    }
  }

  private func counts() throws -> [Int] {
    try parts.split(separator: ",").map {
      guard let count = Int($0), (1...256).contains(count) else {
        throw ValidationError("--parts takes numbers of workers from 1 to 256, not '\($0)'")
      }
      return count
    }
  }

  func run() throws {
    let folder = try ModelLoading.folder(at: model)
    let network = try ModelLoading.network(of: folder.network)
    var report = ParallelReport(
      kernels: Kernels.current.name, cores: WorkerPool.machineCount,
      model: folder.path.lastPathPart, linkGigabytesPerSecond: link,
      latencyMicroseconds: latency, warmUp: scheme.warmUp)
    for side in try NumberList.sizes(size) {
      let bench = try ParallelBench(
        folder, network, side: side, steps: steps, runs: runs,
        link: Link(bytesPerSecond: link * 1e9, latency: latency * 1e-6))
      for name in try names() {
        for count in try counts() {
          var settings = scheme.settings(workers: count)
          settings.name = name
          report.runs.append(try bench.measure(settings))
        }
      }
      report.serial.append(bench.serial)
    }
    if json { try Output.json(report) } else { Output.text(report.text) }
  }
}

/// What `bench parallel` found.
struct ParallelReport: Encodable {
  struct Serial: Encodable {
    var size: Int
    var steps: Int
    var macs: Int
    /// On one thread.
    var seconds: Double
    /// On threads, by their number.
    var wallSeconds: [String: Double] = [:]
  }
  struct Run: Encodable {
    var size: Int
    var scheme: String
    var workers: Int
    /// On as many threads; nil where the machine has not the cores or nothing was timed.
    var wallSeconds: Double?
    /// On threads, less than a serial run on as many.
    var isSlowerThanSerial: Bool?
    var busiestWorkerSeconds: Double?
    var criticalPathEvaluations: Double
    var evaluations: Double
    var iterations: Int?
    /// Of the worker that receives most, and by what they carry of all workers.
    var bytesReceivedMost: Int
    var bytesByKind: [String: Int]
    /// Against serial; nil where the bytes are the same.
    var psnr: Double?
    var ssim: Double?
    var simulatedSeconds: Double
    /// Serial on one thread over the simulated seconds.
    var simulatedSpeedup: Double

    var text: String {
      let wall = wallSeconds.map { String(format: "%7.2f s", $0) } ?? "       - "
      let quality = psnr.map { String(format: "%6.2f dB", $0) } ?? "    same "
      return String(
        format: "%5d %-10@ %2d %@ %7.2f evals %8.1f MB %@ %.4f  simulated %6.2f s, %.2f times%@",
        size, scheme as NSString, workers, wall, criticalPathEvaluations,
        Double(bytesReceivedMost) / 1e6, quality, ssim ?? 1, simulatedSeconds, simulatedSpeedup,
        isSlowerThanSerial == true ? "; SLOWER than serial here" : "")
    }
  }
  var schemaVersion = 1
  var kernels: String
  var cores: Int
  var model: String
  var linkGigabytesPerSecond: Double
  var latencyMicroseconds: Double
  var warmUp: Int
  var serial: [Serial] = []
  var runs: [Run] = []

  var text: String {
    let header =
      " size scheme   workers  wall     critical path  received  quality against serial"
    let lines = serial.map { serial in
      String(
        format: "%5d serial      1 %7.2f s %7.2f evals", serial.size, serial.seconds,
        Double(serial.steps))
        + serial.wallSeconds.sorted { $0.key < $1.key }.map {
          String(format: "; on %@ threads %.2f s", $0.key, $0.value)
        }.joined()
    }
    return ([header] + lines + runs.map(\.text)).joined(separator: "\n")
  }
}

/// Regenerations of one drawn picture.
private final class ParallelBench {
  private let folder: ModelFolder
  private let network: UNet
  private let picture: Picture
  private let settings: EditSettings
  private let runs: Int
  private let link: Link
  private let expected: Picture
  private(set) var serial: ParallelReport.Serial

  init(
    _ folder: ModelFolder, _ network: UNet, side: Int, steps: Int?, runs: Int, link: Link
  ) throws {
    self.folder = folder
    self.network = network
    self.runs = runs
    self.link = link
    picture = Drawing.picture(side: side)
    let engine = EditEngine(
      model: folder, network: network, original: picture, workers: WorkerPool(count: 1))
    var settings = folder.defaultSettings
    settings.mode = .dense
    settings.feather = 0
    settings.steps = steps ?? settings.steps
    self.settings = settings
    // The first run finds its memory; the second is timed.
    _ = try Self.regenerate(engine, settings, SerialScheme())
    var seconds = 0.0
    (expected, seconds) = try Self.regenerate(engine, settings, SerialScheme())
    serial = ParallelReport.Serial(
      size: side,
      steps: Int(saturating: (Double(settings.steps) * settings.strength).rounded(.down)),
      macs: network.macs(height: side, width: side), seconds: seconds)
  }

  private static func regenerate(
    _ engine: EditEngine, _ settings: EditSettings, _ scheme: any SamplingScheme
  ) throws -> (Picture, Double) {
    var picture = engine.original
    let all = PixelMask(
      width: picture.width, height: picture.height,
      bits: [Bool](repeating: true, count: picture.width * picture.height))
    var result: EditResult?
    let seconds = try Stopwatch.seconds {
      result = try engine.edit(picture, painted: all, settings: settings, scheme: scheme)
    }
    result?.patches.blend(into: &picture)
    return (picture, seconds)
  }

  private func engine(workers: Int) throws(ThreadError) -> EditEngine {
    EditEngine(
      model: folder, network: network, original: picture,
      workers: try WorkerPool.exactly(workers))
  }

  private func wall(_ scheme: any SamplingScheme, workers: Int) throws -> Double? {
    guard runs > 0, workers <= WorkerPool.machineCount else { return nil }
    let engine = try engine(workers: workers)
    return try Stopwatch.median(runs, warm: false) {
      _ = try Self.regenerate(engine, settings, scheme)
    }
  }

  func measure(_ wished: SchemeSettings) throws -> ParallelReport.Run {
    let scheme = try wished.scheme(for: network)
    let recording = RecordingScheme(scheme)
    let (result, _) = try Self.regenerate(try engine(workers: 1), settings, recording)
    let record = recording.record
    let key = "\(wished.workers)"
    if serial.wallSeconds[key] == nil {
      serial.wallSeconds[key] = try wall(SerialScheme(), workers: wished.workers)
    }
    let threaded = try wall(scheme, workers: wished.workers)
    let difference = try PictureDifference(result, expected, in: .whole)
    let bytes = record.received.map { $0.values.reduce(0, +) }
    var kinds: [String: Int] = [:]
    for (kind, count) in record.received.joined() { kinds[kind.rawValue, default: 0] += count }
    let simulated = record.simulated(workers: wished.workers, link: link)
    return ParallelReport.Run(
      size: picture.width, scheme: wished.name.rawValue, workers: wished.workers,
      wallSeconds: threaded,
      isSlowerThanSerial: threaded.flatMap { wall in serial.wallSeconds[key].map { wall > $0 } },
      busiestWorkerSeconds: record.busiest,
      criticalPathEvaluations: record.criticalPath(macs: serial.macs),
      evaluations: record.evaluations(macs: serial.macs), iterations: record.iterations,
      bytesReceivedMost: bytes.max() ?? 0, bytesByKind: kinds,
      psnr: difference.psnr.flatMap { $0.isFinite ? $0 : nil },
      ssim: difference.ssim, simulatedSeconds: simulated,
      simulatedSpeedup: serial.seconds / simulated)
  }
}
