import ArgumentParser
import Diffusion
import PatchParallel
import Raster

/// What a command that makes a picture does with it: flags that `edit` and `regenerate` share.
struct ResultOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "PNG to write; - is standard output.") var output: String
  @OptionGroup var metadata: MetadataOptions
  @Flag(help: "Overwrite OUTPUT if it exists.") var force = false
  @OptionGroup var place: PlaceOptions
  @Flag(help: "Print one JSON object with what was done.") var json = false
  @Option(help: "Progress on standard error: auto, plain, json or none.") var progress =
    ProgressStyle.auto

  /// Ends a command before its work where the output exists and may not be overwritten.
  func refuseOverwriting() throws { try target.check(takesOutput: json) }

  /// Where the picture goes.
  var target: PictureOutput {
    PictureOutput(path: output, force: force, inPlace: place.inPlace)
  }

  /// Writes the engine's original with the result of an edit in it, or as it is where nothing was
  /// painted, and a note of how it was made.
  func write(
    _ result: EditResult?, _ settings: EditSettings, _ scheme: SchemeSettings,
    of engine: EditEngine, _ configuration: Configuration, after inputs: [InputPicture]
  ) throws {
    var picture = engine.original
    if let result {
      result.patches.blend(into: &picture)
      if metadata.isWritten(usually: configuration) {
        let model = engine.model
        let note = GenerationNote(settings, scheme.name, result)
        GenerationStamp { model }.write([note], into: &picture)
      }
    }
    try target.write(picture, after: inputs)
  }

  /// Says which seed was picked, where one was; JSON has it anyway.
  func tellSeed(_ seed: Seed) {
    if seed.isPicked, !json { Output.note("seed \(seed)") }
  }

  /// Tells what was done: JSON on standard output, or a line for people.
  func tell(_ report: some Report) throws {
    if json { try Output.json(report) } else { Output.note(report.text) }
  }
}

/// The flag for files that cannot be replaced.
struct PlaceOptions: ParsableArguments {
  @Flag(
    help: """
      Write into OUTPUT where it cannot be replaced by a new file, as on a bind mount; a copy of \
      what it held is kept until that is done.
      """)
  var inPlace = false
}

/// What a command did, for programs and for people.
protocol Report: Encodable {
  /// One line for people.
  var text: String { get }
}
