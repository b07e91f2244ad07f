import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import PatchParallel
import Raster
import Tensors

extension EditMode: ExpressibleByArgument {}

/// `tessera edit`: what changed between two pictures is turned into picture.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn painted places into picture without a terminal.",
    discussion: """
      What differs between ORIGINAL and EDITED, or what MASK marks white, is regenerated with the \
      colours of EDITED as the hint. Everything else keeps its bytes.
      """)

  @Argument(help: "Picture before the edit (PNG, or JPEG where supported); - is standard input.")
  var original: String
  @Argument(help: "The same picture with paint on it.") var edited: String
  @Option(help: "PNG whose white pixels are regenerated instead of the difference.")
  var mask: String?
  @Option(help: "sparse: only touched tiles; dense: all of them.") var mode = EditMode.sparse
  @OptionGroup var sampling: SamplingOptions
  @Option(help: "Pixels over which the result fades into the picture, 0 to 64.") var feather = 4
  @Option(
    help: """
      Pixels over which paint melts into the picture before the model sees it, 0 to 64. (default: 6, \
      an eighth of a wide stroke, at most 16; and flat paint in nearly the colour around it \
      takes on its light and shade)
      """)
  var melt: Int?
  @Flag(
    inversion: .prefixedNo,
    help: "Let paint take on texture that the picture has in like colours before the model sees it."
  )
  var texture = true
  @Flag(help: "Write what the model would be told to make, and let it make nothing.")
  var hintOnly = false
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var scheme: SchemeOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var result: ResultOptions

  func validate() throws {
    if scheme.scheme != nil, mode == .sparse {
      throw ValidationError("--scheme splits dense edits; add --mode dense")
    }
    if !(0...64).contains(feather) { throw ValidationError("--feather takes 0 to 64 pixels") }
    if let melt, !(0...64).contains(melt) { throw ValidationError("--melt takes 0 to 64 pixels") }
  }

  func run() throws {
    try result.refuseOverwriting()
    let ledger = try memory.ledger()
    let configuration = try Configuration.load()
    let inputs = try [original, edited].map { try reading.input($0) }
    let (before, after) = (inputs[0].picture, inputs[1].picture)
    guard before.width == after.width, before.height == after.height else {
      throw CommandError(
        .badData,
        "\(edited.printable): \(after.width)x\(after.height) pixels, but \(original.printable) has "
          + "\(before.width)x\(before.height); paint on a copy of the same size")
    }
    let painted =
      try mask.map {
        PixelMask(
          try PictureLoading.mask(
            at: $0, width: before.width, height: before.height, limits: reading.limits))
      } ?? before.difference(from: after)
    let folder = try ModelLoading.folder(at: sampling.model ?? configuration.model)
    var settings = try sampling.settings(for: folder)
    (settings.mode, settings.feather, settings.melt) = (mode, feather, melt)
    settings.texture = texture
    if hintOnly {
      return try result.tell(try hint(folder, inputs, painted, settings))
    }
    let editing = EditEngine(
      model: folder, network: try folder.openNetwork(within: ledger),
      original: before, workers: engine.pool(), precision: engine.precision,
      memory: ledger, isOneShot: true)
    try result.tell(try run(editing, inputs, painted, settings, configuration))
  }

  private func run(
    _ engine: EditEngine, _ inputs: [InputPicture], _ painted: PixelMask,
    _ settings: EditSettings, _ configuration: Configuration
  ) throws -> EditReport {
    let cancellation = Interruption.watch()
    let meter = ProgressMeter(result.progress)
    let wished = scheme.settings(workers: engine.workers.count)
    let splitting = try wished.scheme(for: engine.network)
    let edit = try engine.edit(
      inputs[1].picture, painted: painted, settings: settings, scheme: splitting,
      cancellation: cancellation
    ) { meter.show($0) }
    meter.finish()
    try result.write(edit, settings, wished, of: engine, configuration, after: inputs)
    return EditReport(
      output: result.output, settings: settings, result: edit, cacheBytes: engine.peakCacheBytes)
  }

  /// Writes the hint, for which no weights are opened.
  private func hint(
    _ model: ModelFolder, _ inputs: [InputPicture], _ painted: PixelMask,
    _ settings: EditSettings
  ) throws -> HintReport {
    let cancellation = Interruption.watch()
    let (hint, seconds) = try Stopwatch.timed {
      try model.hint(
        inputs[1].picture, on: inputs[0].picture, painted: painted, settings: settings,
        workers: engine.pool(),
        cancellation: cancellation)
    }
    try result.target.write(hint, after: inputs)
    return HintReport(output: result.output, seed: settings.seed, seconds: seconds)
  }
}

/// What `edit --hint-only --json` prints.
private struct HintReport: Report {
  var schemaVersion = 1
  var output: String
  var seed: UInt64
  var seconds: Double

  var text: String { String(format: "%@: the hint, %.2f s", output.printable, seconds) }
}

/// What `edit --json` prints.
struct EditReport: Report {
  var schemaVersion = 1
  var output: String
  var mode: String
  var seed: UInt64
  var steps: Int
  var strength: Double
  var editFraction: Double
  var tilesActive: Int
  var tilesTotal: Int
  var macsExecuted: Int
  var macsDense: Int
  var secondsPrepare: Double
  var secondsEdit: Double
  var peakCacheBytes: Int
  var window: [Int]

  init(output: String, settings: EditSettings, result: EditResult?, cacheBytes: Int) {
    self.output = output
    mode = settings.mode.rawValue
    seed = settings.seed
    steps = settings.steps
    strength = settings.strength
    editFraction = result?.editFraction ?? 0
    tilesActive = result?.tilesActive ?? 0
    tilesTotal = result?.tilesTotal ?? 0
    macsExecuted = result?.macsExecuted ?? 0
    macsDense = result?.macsDense ?? 0
    secondsPrepare = result?.secondsPreparing ?? 0
    secondsEdit = result?.seconds ?? 0
    peakCacheBytes = cacheBytes
    window = result.map { [$0.window.x, $0.window.y, $0.window.width, $0.window.height] } ?? []
  }

  var text: String {
    guard tilesActive > 0 else {
      return "\(output.printable): nothing is painted; copied as it is"
    }
    return String(
      format: "%@: %@, edit %.2f %%, tiles %d/%d, %.1f of %.1f GMACs, %.2f s (prepared in %.2f s)",
      output.printable, mode, 100 * editFraction, tilesActive, tilesTotal,
      Double(macsExecuted) / 1e9, Double(macsDense) / 1e9, secondsEdit, secondsPrepare)
  }
}
