import ArgumentParser
import DiffMask
import Diffusion
import Foundation
import Networks
import Raster
import SIGE
import Tensors

/// `tessera bench edit`: whole edits, prepared and not, by picture size and edited fraction.
struct BenchEdit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Time whole edits on a drawn picture, sparse and dense.")

  @Option(help: "Model folder (default: the bundled model).") var model: String?
  @Option(help: "Heights and widths of the picture, separated by commas.") var size = "512"
  @Option(help: "Edited fractions of a 512x512 picture, separated by commas.")
  var edits = "0.02"
  @Flag(help: "Take the fractions of each picture itself instead of a 512x512 one.")
  var ofPicture = false
  @Option(help: "Sampler steps (default: the model's own).") var steps: Int?
  @Option(help: "Timed runs; medians are reported.") var runs = 5
  @Flag(help: "Leave the dense edit out.") var skipDense = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions
  @OptionGroup var memory: MemoryOptions

  func validate() throws {
    if !(1...100).contains(runs) { throw ValidationError("--runs takes 1 to 100") }
    _ = try NumberList.fractions(edits, flag: "--edits")
    _ = try NumberList.sizes(size)
  }

  func run() throws {
    let folder = try ModelLoading.folder(at: model)
    let ledger = try memory.ledger()
    let network = try folder.openNetwork(within: ledger)
    var report = EditBenchReport(
      kernels: Kernels.current.name, workers: try engine.pool().count,
      cache: engine.precision.rawValue)
    for side in try NumberList.sizes(size) {
      let editing = EditEngine(
        model: folder, network: network, original: Drawing.picture(side: side),
        workers: try engine.pool(), precision: engine.precision, memory: ledger)
      for fraction in try NumberList.fractions(edits, flag: "--edits") {
        report.edits.append(try measure(editing, side: side, fraction: fraction))
      }
    }
    if json { try Output.json(report) } else { Output.text(report.text) }
  }

  /// An edit as large as `fraction` of a 512x512 picture, or of this one, in the middle of it.
  private func measure(_ engine: EditEngine, side: Int, fraction: Double) throws
    -> EditBenchReport.Edit
  {
    let base = Double(ofPicture ? side : 512)
    let edge = min(side, max(1, Int(saturating: base * fraction.squareRoot())))
    let first = (side - edge) / 2
    let square = PixelRect(x: first, y: first, width: edge, height: edge)
    let painted = PixelMask(
      width: side, height: side, region: square,
      bits: [Bool](repeating: true, count: edge * edge))
    var settings = engine.model.defaultSettings
    settings.steps = steps ?? settings.steps
    let edited = Drawing.painted(engine.original, square)
    // What a person waits for who paints at once: nothing is prepared, only the weights are there.
    let fresh = EditEngine(
      model: engine.model, network: engine.network, original: engine.original,
      workers: engine.workers, precision: engine.precision, memory: engine.memory)
    try fresh.warmUp()
    let atOnce = try Stopwatch.seconds {
      _ = try fresh.edit(edited, painted: painted, settings: settings)
    }
    let prepare = try Stopwatch.seconds {
      while try engine.prepareNext(settings, for: painted) {}
    }
    var sparse: EditResult?
    let seconds = try Stopwatch.median(runs) {
      sparse = try engine.edit(edited, painted: painted, settings: settings)
    }
    settings.mode = .dense
    let dense =
      skipDense
      ? nil
      : try Stopwatch.median(max(1, runs / 2), warm: false) {
        _ = try engine.edit(edited, painted: painted, settings: settings)
      }
    return EditBenchReport.Edit(
      size: side, fraction: fraction,
      window: sparse.map { [$0.window.width, $0.window.height] } ?? [],
      secondsFirst: atOnce, secondsPrepare: prepare, secondsEdit: seconds, secondsDense: dense,
      macsExecuted: sparse?.macsExecuted ?? 0, macsDense: sparse?.macsDense ?? 0,
      peakCacheBytes: engine.cacheBytes, residentBytes: Memory.peakResident)
  }
}

/// What `bench edit` found.
private struct EditBenchReport: Encodable {
  struct Edit: Encodable {
    var size: Int
    var fraction: Double
    var window: [Int]
    /// From the request to the pixels where nothing is prepared.
    var secondsFirst: Double
    var secondsPrepare: Double
    var secondsEdit: Double
    var secondsDense: Double?
    var macsExecuted: Int
    var macsDense: Int
    var peakCacheBytes: Int
    var residentBytes: Int
  }
  var schemaVersion = 1
  var kernels: String
  var workers: Int
  var cache: String
  var edits: [Edit] = []

  var text: String {
    var lines = ["\(workers) workers, \(kernels) kernels, \(cache) caches"]
    for edit in edits {
      let dense = edit.secondsDense.map {
        String(format: ", dense %.3f s (%.1f times)", $0, $0 / edit.secondsEdit)
      }
      lines.append(
        String(
          format:
            "%5d  %5.2f %%  first result %.2f s, edit %.3f s%@, prepared in %.2f s, "
            + "caches %.0f MiB, peak %.0f MiB",
          edit.size, 100 * edit.fraction, edit.secondsFirst, edit.secondsEdit, dense ?? "",
          edit.secondsPrepare,
          Double(edit.peakCacheBytes) / 1_048_576, Double(edit.residentBytes) / 1_048_576))
    }
    return lines.joined(separator: "\n")
  }
}

/// Numbers in lists on the command line.
enum NumberList {
  /// Fractions above 0 and up to 1.
  static func fractions(_ text: String, flag: String) throws -> [Double] {
    try text.split(separator: ",").map { item in
      guard let value = Double(item), value > 0, value <= 1 else {
        throw ValidationError("\(flag) takes numbers above 0 and up to 1, not '\(item)'")
      }
      return value
    }
  }

  /// Picture sides of 16 to 8192 pixels.
  static func sizes(_ text: String) throws -> [Int] {
    try text.split(separator: ",").map { item in
      guard let value = Int(item), (16...8192).contains(value) else {
        throw ValidationError("--size takes whole numbers from 16 to 8192, not '\(item)'")
      }
      return value
    }
  }
}

/// Pictures for benchmarks.
enum Drawing {
  /// Soft waves of colour with a little grain, square.
  static func picture(side: Int) -> Picture {
    var random = SplitMix(seed: 7)
    var samples: [UInt8] = []
    samples.reserveCapacity(4 * side * side)
    for y in 0..<side {
      for x in 0..<side {
        let grain = Double(random.next() % 16)
        for channel in 0..<3 {
          let phase = Double(x) / (31 + 11 * Double(channel)) + Double(y) / 47
          samples.append(UInt8(saturating: 120 + 90 * sin(phase) + grain))
        }
        samples.append(255)
      }
    }
    return Picture(pixels: .eight(RGBA8(width: side, height: side, samples: samples)))
  }

  /// The picture with a rectangle of one flat green.
  static func painted(_ picture: Picture, _ rect: PixelRect) -> Picture {
    var bitmap = picture.rgba8
    for y in rect.rows {
      for x in rect.columns {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples.replaceSubrange(at..<at + 3, with: [60, 110, 50])
      }
    }
    return Picture(pixels: .eight(bitmap))
  }
}

/// This process's memory.
enum Memory {
  /// Largest resident size so far, in bytes.
  static var peakResident: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
