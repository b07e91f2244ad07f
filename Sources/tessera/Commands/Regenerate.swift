import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import PatchParallel
import Raster
import Tensors

/// `tessera regenerate`: the whole picture anew, split over workers.
struct Regenerate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Regenerate a whole picture, split over workers.",
    discussion: """
      The picture itself is the hint: its colours stay, its structure is made anew, the more so the \
      higher the strength. Schemes other than serial and patch are approximations for many workers; \
      tessera bench parallel measures them.
      """)

  @Argument(help: "Picture to regenerate (PNG, or JPEG where supported); - is standard input.")
  var input: String
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var scheme: SchemeOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var result: ResultOptions

  func run() throws {
    try result.refuseOverwriting()
    let ledger = try memory.ledger()
    let configuration = try Configuration.load()
    let inputs = [try reading.input(input)]
    let picture = inputs[0].picture
    let folder = try ModelLoading.folder(at: sampling.model ?? configuration.model)
    let network = try folder.openNetwork(within: ledger)
    let workers = try engine.pool()
    let wished = scheme.settings(workers: workers.count)
    let splitting = try wished.scheme(for: network)
    let editing = EditEngine(
      model: folder, network: network, original: picture, workers: workers,
      precision: engine.precision, memory: ledger, isOneShot: true)
    var settings = try sampling.settings(for: folder)
    (settings.mode, settings.feather) = (.dense, 0)
    result.tellSeed(sampling.seed)
    let all = PixelMask(
      width: picture.width, height: picture.height,
      bits: [Bool](repeating: true, count: picture.width * picture.height))
    let cancellation = Interruption.watch()
    let meter = ProgressMeter(result.progress)
    let edit = try editing.edit(
      picture, painted: all, settings: settings, scheme: splitting, cancellation: cancellation
    ) { meter.show($0) }
    meter.finish()
    try result.write(edit, settings, wished, of: editing, configuration, after: inputs)
    try result.tell(
      RegenerateReport(
        output: result.output, scheme: wished.name.rawValue, workers: workers.count,
        seed: settings.seed, steps: settings.steps, strength: settings.strength,
        width: picture.width, height: picture.height, macs: edit?.macsDense ?? 0,
        seconds: edit?.seconds ?? 0))
  }
}

/// What `regenerate --json` prints.
private struct RegenerateReport: Report {
  var schemaVersion = 1
  var output: String
  var scheme: String
  var workers: Int
  var seed: UInt64
  var steps: Int
  var strength: Double
  var width: Int
  var height: Int
  /// Of as many serial steps; parareal and chords evaluate more often.
  var macs: Int
  var seconds: Double

  var text: String {
    String(
      format: "%@: %@ on %d workers, %dx%d, %d steps, %.2f s", output.printable, scheme, workers,
      width, height, steps, seconds)
  }
}
