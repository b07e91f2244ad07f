import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import PatchParallel
import Raster
import Tensors

extension EditMode: ExpressibleByArgument {}

/// How the outlines of flat paint end.
enum EdgeStyle: String, ExpressibleByArgument, CaseIterable {
  case natural, smooth
}

/// `tessera edit`: what changed between two pictures is turned into picture.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn painted places into picture without a terminal.",
    discussion: """
      What differs between ORIGINAL and EDITED, or what MASK marks, is regenerated with the colours \
      of EDITED as the hint. Everything else keeps its bytes.

      Differences of alpha count, colours under full transparency do not. Where EDITED was saved with \
      loss (JPEG, a palette), most pixels differ by a little; what stands out from that is the edit. \
      --threshold says by hand how many levels of 255 do not count.

      In a mask, bright is inside and grey is soft: the result is blended in as much. The colour \
      channels that vary count, from their darkest to their brightest value, times alpha; where \
      colour does not vary, alpha does. So red strokes, 0 and 1, or black strokes on nothing are \
      masks too. A mask in which nothing is inside is an error.

      A material map is a PNG with a palette or in grey, as large as ORIGINAL, whose numbers say what \
      each pixel becomes: 1 to 12 a material, as `tessera materials` lists them, 254 what is around, \
      255 the colour in EDITED, 0 nothing. Of a palette the place counts, not the colour. Where no mask \
      is given, what the map names is regenerated along with the difference, so EDITED may be ORIGINAL.

      A result is as opaque as ORIGINAL, and where EDITED is more opaque, as that: paint on \
      transparency shows, and erased places are filled. --keep-alpha leaves alpha as in ORIGINAL.
      """)

  @Argument(help: "Picture before the edit (PNG, or JPEG where supported); - is standard input.")
  var original: String
  @Argument(help: "The same picture with paint on it.") var edited: String
  @Option(help: "Picture whose bright pixels are regenerated instead of the difference.")
  var mask: String?
  @Option(help: "PNG whose numbers say which material each pixel becomes.")
  var materialMap: String?
  @Option(
    help: """
      Levels of 0...255 above which a difference counts as edit; 0 for any. (default: found from \
      the pictures)
      """)
  var threshold: Int?
  @Flag(help: "Leave alpha as it is in ORIGINAL, even where paint lies on transparency.")
  var keepAlpha = false
  @Option(
    help: """
      sparse: only touched tiles; dense: all of them; texture: no model, the picture's own \
      textures are the result.
      """)
  var mode = EditMode.sparse
  @Flag(
    help: "The same as --mode texture: no weights are read, and an edit is several times cheaper.")
  var noModel = false
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
  @Option(
    help: """
      Outlines of flat paint and materials: natural, uneven by up to 6 pixels where paint is wide, or \
      smooth as painted. What --mask marks stays as it is.
      """)
  var edges = EdgeStyle.natural
  @Flag(
    help: "What is marked is erased: what is around goes on, and colours of EDITED say nothing.")
  var erase = false
  @Flag(help: "Write what the model would be told to make, and let it make nothing.")
  var hintOnly = false
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var scheme: SchemeOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var result: ResultOptions

  func validate() throws {
    if scheme.scheme != nil, mode != .dense || noModel {
      throw ValidationError("--scheme splits dense edits; add --mode dense")
    }
    if noModel, mode == .dense {
      throw ValidationError("--no-model computes no tiles; leave out --mode dense")
    }
    if !(0...64).contains(feather) { throw ValidationError("--feather takes 0 to 64 pixels") }
    if let threshold, !(0...254).contains(threshold) {
      throw ValidationError("--threshold takes 0 to 254 levels")
    }
    if threshold != nil, mask != nil {
      throw ValidationError("--threshold finds the difference, and --mask takes its place")
    }
    if erase, materialMap != nil {
      throw ValidationError("--erase erases all; a material map says 254 where to erase")
    }
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
    var edit = try EditPlace(
      mask: mask, materials: materialMap, threshold: threshold, before, after, name: edited,
      limits: reading.limits)
    if erase { edit.kinds = erasure(of: before) }
    if let note = edit.note, !result.json { Output.note(note) }
    let folder = try ModelLoading.folder(at: sampling.model ?? configuration.model)
    var settings = try sampling.settings(for: folder)
    (settings.mode, settings.feather, settings.melt) = (noModel ? .texture : mode, feather, melt)
    (settings.texture, settings.keepsAlpha) = (texture, keepAlpha)
    settings.ragged = edges == .natural && mask == nil
    result.tellSeed(sampling.seed)
    if hintOnly {
      return try result.tell(try hint(folder, inputs, edit, settings, within: ledger))
    }
    let editing = EditEngine(
      model: folder,
      network: settings.mode == .texture
        ? try folder.outline()
        : try folder.openNetwork(within: ledger),
      original: before, workers: try engine.pool(), precision: engine.precision,
      memory: ledger, isOneShot: true)
    try result.tell(try run(editing, inputs, edit, settings, configuration))
  }

  private func run(
    _ engine: EditEngine, _ inputs: [InputPicture], _ place: EditPlace, _ settings: EditSettings,
    _ configuration: Configuration
  ) throws -> EditReport {
    let cancellation = Interruption.watch()
    let meter = ProgressMeter(result.progress)
    let wished = scheme.settings(workers: engine.workers.count)
    let splitting = try wished.scheme(for: engine.network)
    let edit = try engine.edit(
      place.edited, painted: place.painted, coverage: place.coverage,
      kinds: place.kinds, settings: settings, scheme: splitting, cancellation: cancellation
    ) { meter.show($0) }
    meter.finish()
    try result.write(edit, settings, wished, of: engine, configuration, after: inputs)
    return EditReport(
      output: result.output, settings: settings, result: edit, note: place.note,
      cacheBytes: engine.peakCacheBytes)
  }

  /// The kinds of a picture all of which is erased, as far as it is painted.
  private func erasure(of picture: Picture) -> Mask {
    Mask(
      width: picture.width, height: picture.height, filledWith: PaintKind.erasure.rawValue)
  }

  /// Writes the hint, for which no weights are opened, made in the pieces that an edit is made in.
  private func hint(
    _ model: ModelFolder, _ inputs: [InputPicture], _ place: EditPlace,
    _ settings: EditSettings, within ledger: MemoryLedger
  ) throws -> HintReport {
    let cancellation = Interruption.watch()
    let edited = place.edited
    if edited.hasTransparency {
      try ledger.admit(
        Self.opaqueBytesPerPixel * edited.width * edited.height,
        "a picture of \(edited.width)x\(edited.height) pixels that is not opaque")
    }
    var settings = settings
    (settings.mode, settings.feather) = (.texture, 0)
    // Soft masks keep their outlines.
    settings.ragged = settings.ragged && place.coverage == nil
    let hinting = EditEngine(
      model: model, network: try model.outline(),
      original: inputs[0].picture, workers: try engine.pool(), memory: ledger, isOneShot: true)
    let (hint, seconds) = try Stopwatch.timed {
      var hint = edited.opaque
      try hinting.edit(
        edited, painted: place.painted, kinds: place.kinds, settings: settings,
        cancellation: cancellation
      )?.patches.blend(into: &hint)
      return hint
    }
    try result.target.write(hint, after: inputs)
    return HintReport(output: result.output, seed: settings.seed, seconds: seconds)
  }

  /// Bytes for every pixel that filling transparent places takes.
  private static let opaqueBytesPerPixel = 48
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
  /// What is remarkable about how the edit was found.
  var note: Nullable<String>

  init(
    output: String, settings: EditSettings, result: EditResult?, note: String?, cacheBytes: Int
  ) {
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
    self.note = Nullable(note)
    window = result.map { [$0.window.x, $0.window.y, $0.window.width, $0.window.height] } ?? []
  }

  var text: String {
    guard editFraction > 0 else {
      return "\(output.printable): nothing is painted; its pixels are copied"
    }
    if mode == EditMode.texture.rawValue {
      return String(
        format: "%@: edit %.2f %%, texture alone, %.2f s", output.printable, 100 * editFraction,
        secondsEdit)
    }
    return String(
      format: "%@: %@, edit %.2f %%, tiles %d/%d, %.1f of %.1f GMACs, %.2f s (prepared in %.2f s)",
      output.printable, mode, 100 * editFraction, tilesActive, tilesTotal,
      Double(macsExecuted) / 1e9, Double(macsDense) / 1e9, secondsEdit, secondsPrepare)
  }
}
