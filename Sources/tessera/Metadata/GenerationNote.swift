import DiffMask
import Diffusion
import Editor
import Foundation
import PatchParallel
import Raster

/// A model as a picture's texts name it.
struct ModelNote: Codable, Equatable {
  var name: String
  /// Of the weights' file, 64 hexadecimal digits.
  var sha256: String?
}

/// How one result in a picture was made; only what is true of every later reading, so no times.
struct GenerationNote: Codable, Equatable {
  var seed: UInt64
  /// Of the noise schedule; 0 where no network was asked.
  var steps: Int
  var sampler = "DDIM"
  /// `sparse` or `dense`, or `texture` where no network was asked.
  var mode: String
  /// How a dense run was split over workers, where that changes the result.
  var scheme: String?
  /// Above 0 to 1.
  var strength: Double
  var feather: Int?
  /// Pixels over which paint melts into the picture, where not as many as suit each stroke.
  var melt: Int?
  /// False where paint took on no texture of the picture.
  var texture: Bool?
  /// `smooth` where flat paint kept the brush's edges.
  var edges: String?
  /// x, y, width and height of the pixels it brought.
  var area: [Int]?
  var editFraction: Double?
  var tilesActive: Int?
  var tilesTotal: Int?
  var macsExecuted: Int?
  var macsDense: Int?
  var model: ModelNote?
}

extension GenerationNote {
  /// The mode of results that no network made.
  fileprivate static let textureMode = GenerationMode.texture.rawValue
  init(_ run: RunFacts) {
    let scheme = run.settings.scheme.flatMap { SchemeName(rawValue: $0.rawValue) }
    self.init(
      seed: run.settings.seed, steps: run.settings.steps, mode: run.settings.mode.rawValue,
      scheme: run.settings.mode == .dense ? scheme?.noted : nil,
      strength: run.settings.strength, feather: run.settings.feather,
      melt: run.settings.melt, texture: run.settings.texture == .on ? nil : false,
      edges: run.settings.edges == .natural ? nil : run.settings.edges.rawValue,
      area: [run.area.minX, run.area.minY, run.area.width, run.area.height],
      editFraction: run.editFraction, tilesActive: run.tilesActive, tilesTotal: run.tilesTotal,
      macsExecuted: run.macsExecuted, macsDense: run.macsDense)
    self = truthful
  }

  /// This without what was not so: nothing is sampled where no network is asked.
  fileprivate var truthful: Self {
    guard mode == Self.textureMode else { return self }
    var note = self
    (note.steps, note.sampler) = (0, "none")
    return note
  }

  init(_ settings: EditSettings, _ scheme: SchemeName, _ result: EditResult) {
    let box = result.patches.box
    self.init(
      seed: settings.seed, steps: settings.steps, mode: settings.mode.rawValue,
      scheme: settings.mode == .dense ? scheme.noted : nil, strength: settings.strength,
      feather: settings.feather, melt: settings.melt, texture: settings.texture ? nil : false,
      edges: settings.ragged ? nil : PaintEdges.smooth.rawValue,
      area: [box.x, box.y, box.width, box.height], editFraction: result.editFraction,
      tilesActive: result.tilesActive, tilesTotal: result.tilesTotal,
      macsExecuted: result.macsExecuted, macsDense: result.macsDense)
    self = truthful
  }
}

extension SchemeName {
  /// Nil where results are those of any other exact scheme.
  fileprivate var noted: String? { isExact ? nil : rawValue }
}

/// Everything under this program's own key: all results in a picture, oldest first.
struct GenerationNotes: Codable, Equatable {
  static let key = "tessera"

  var schemaVersion = 1
  var program: String
  var generations: [GenerationNote]

  /// Reads what `json` wrote; nil for anything else.
  init?(json: String) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let notes = try? decoder.decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = notes
  }

  init(_ generations: [GenerationNote]) {
    program = "tessera \(Tessera.version)"
    self.generations = generations
  }

  /// One line; the same notes always give the same text.
  var json: String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

/// Writes into a picture's texts how the results in it were made.
///
/// Two entries: `parameters`, the newest result as AUTOMATIC1111's web UI and what followed it read
/// it, and `tessera`, all of them as JSON. Neither says anything that was not so: no prompt, no
/// guidance. What another program had written in the place of the first, or as the UserComment of
/// Exif data, is kept under a name of its own; all other texts stay as they are.
struct GenerationStamp: Sendable {
  /// The key of what `parameters` said before a result of this program.
  static let formerKey = "parameters before"

  private let model: ModelIdentity?

  /// Makes a stamp for results of a model that nobody knows any more.
  init() { model = nil }

  /// Makes a stamp for results of the model that `load` finds.
  init(load: @escaping @Sendable () throws -> ModelFolder) { model = ModelIdentity(load) }

  /// Adds the editor's runs to what the picture says already; without any it stays as it is.
  func write(_ runs: [RunFacts], into picture: inout Picture) {
    write(runs.map(GenerationNote.init), into: &picture)
  }

  /// Adds notes, with the model filled in, to what the picture says already.
  func write(_ notes: [GenerationNote], into picture: inout Picture) {
    guard let newest = notes.last else { return }
    let texts = picture.metadata.text
    let before = texts.last { $0.key == GenerationNotes.key }
      .flatMap { GenerationNotes(json: $0.value)?.generations }
    let model = model?.note
    let named = notes.map { note in
      var note = note
      note.model = note.mode == GenerationNote.textureMode ? nil : model
      return note
    }
    let all = GenerationNotes((before ?? []) + named)
    let size = "\(picture.width)x\(picture.height)"
    Self.keepFormer(in: &picture.metadata)
    picture.metadata.text += [
      .init(
        key: "parameters",
        value: Self.parameters(newest, model: named.last?.model, size: size, program: all.program)),
      .init(key: GenerationNotes.key, value: all.json),
    ]
  }

  /// Makes room for new texts: ours go, those of other programs become history.
  private static func keepFormer(in metadata: inout PictureMetadata) {
    var former: [String] = []
    metadata.text.removeAll { entry in
      if entry.key == "parameters" {
        let isOurs = GenerationReading(parameters: entry.value)?.program?.hasPrefix("tessera ")
        if isOurs != true { former.append(entry.value) }
      }
      return entry.key == "parameters" || entry.key == GenerationNotes.key
    }
    // Readers prefer this to `parameters`, so it must not go on telling of a picture that was.
    if let comment = metadata.userComment, GenerationReading(parameters: comment) != nil {
      former.append(comment)
      metadata.removeUserComment()
    }
    let known = Set(metadata.text.lazy.filter { $0.key == formerKey }.map(\.value))
    for text in former where !known.contains(text) {
      metadata.text.append(.init(key: formerKey, value: text))
    }
  }

  /// The line that `modules/infotext_utils.py` of the web UI parses.
  private static func parameters(
    _ note: GenerationNote, model: ModelNote?, size: String, program: String
  ) -> String {
    var pairs = [
      ("Steps", "\(note.steps)"), ("Sampler", note.sampler), ("Seed", "\(note.seed)"),
      ("Size", size),
    ]
    if let digest = model?.sha256 { pairs.append(("Model hash", String(digest.prefix(10)))) }
    if let name = model?.name { pairs.append(("Model", name)) }
    pairs += [
      ("Denoising strength", "\(note.strength)"), ("Mode", note.mode), ("Version", program),
    ]
    return pairs.map { "\($0): \(quoted($1))" }.joined(separator: ", ")
  }

  /// Values that hold a separator are JSON strings, as in the web UI's `quote`.
  private static func quoted(_ value: String) -> String {
    guard value.contains(where: { ",:\n".contains($0) }),
      let data = try? JSONEncoder().encode(value)
    else { return value }
    return String(decoding: data, as: UTF8.self)
  }
}
