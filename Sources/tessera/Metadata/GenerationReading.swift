import Foundation
package import Raster
import Tensors

/// What a picture's texts tell of how it was made, in one shape for three families of programs.
package struct GenerationReading: Encodable, Equatable {
  /// Whose way of writing it down it is.
  enum Family: String, Encodable { case tessera, a1111, invokeai }

  var family: Family
  var program: String?
  var prompt: String?
  var negativePrompt: String?
  var seed: UInt64?
  var steps: Int?
  var sampler: String?
  var guidance: Double?
  var strength: Double?
  var model: String?
  var modelHash: String?
  /// Everything this program wrote, result by result.
  var generations: [GenerationNote]?
  /// Everything else, as it was written.
  var other: [String: String]?

  /// What was said before the newest result was made; nil for nothing.
  var earlier: [GenerationReading]?

  /// Bytes of a text that are looked into; no program writes as many.
  private static let textLimit = 1 << 20

  /// Reads what a file says beside its pixels; nil where none of it tells.
  package init?(_ metadata: PictureMetadata) {
    func text(_ key: String) -> String? {
      metadata.text.last { $0.key == key && $0.value.utf8.count <= Self.textLimit }?.value
    }
    let readings = [
      text(GenerationNotes.key).flatMap { GenerationReading(tessera: $0) },
      text("invokeai_metadata").flatMap { GenerationReading(invokeAI: $0) },
      text("parameters").flatMap { GenerationReading(parameters: $0) },
      metadata.userComment.flatMap { GenerationReading(parameters: $0) },
    ]
    guard let reading = readings.compactMap(\.self).first else { return nil }
    self = reading
    let former = metadata.text.filter {
      $0.key == GenerationStamp.formerKey && $0.value.utf8.count <= Self.textLimit
    }
    let read = former.compactMap { GenerationReading(parameters: $0.value) }
    earlier = read.isEmpty ? nil : read
  }

  private init(_ family: Family) { self.family = family }

  private init?(tessera json: String) {
    guard let notes = GenerationNotes(json: json), let newest = notes.generations.last else {
      return nil
    }
    self.init(.tessera)
    program = notes.program
    (seed, steps, sampler) = (newest.seed, newest.steps, newest.sampler)
    strength = newest.strength
    (model, modelHash) = (newest.model?.name, newest.model?.sha256)
    generations = notes.generations
  }

  /// Keys as InvokeAI 3 and later write them.
  private init?(invokeAI json: String) {
    guard case .object(var fields)? = try? JSONValue.parse(Array(json.utf8)) else { return nil }
    self.init(.invokeai)
    func take(_ key: String) -> JSONValue? { fields.removeValue(forKey: key) }
    program = take("app_version")?.string.map { "InvokeAI \($0)" }
    prompt = take("positive_prompt")?.string
    negativePrompt = take("negative_prompt")?.string
    seed = take("seed")?.int.flatMap { UInt64(exactly: $0) }
    steps = take("steps")?.int
    sampler = take("scheduler")?.string
    guidance = take("cfg_scale")?.double
    strength = take("strength")?.double
    let described = take("model")?.object
    model = (described?["name"] ?? described?["model_name"])?.string
    modelHash = described?["hash"]?.string
    let simple = fields.compactMapValues { value -> String? in
      switch value {
      case .string(let text): text
      case .integer, .number, .bool: value.description
      default: nil
      }
    }
    other = simple.isEmpty ? nil : simple
  }

  /// The web UI's text.
  init?(parameters text: String) {
    guard let text = Infotext(text) else { return nil }
    self.init(.a1111)
    (prompt, negativePrompt) = (text.prompt, text.negativePrompt)
    var pairs = text.pairs
    func take(_ key: String) -> String? { pairs.removeValue(forKey: key) }
    seed = take("Seed").flatMap { UInt64($0) }
    steps = take("Steps").flatMap { Int($0) }
    sampler = take("Sampler")
    guidance = take("CFG scale").flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    strength = take("Denoising strength").flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    (model, modelHash) = (take("Model"), take("Model hash"))
    program = take("Version")
    other = pairs.isEmpty ? nil : pairs
  }

  /// Lines for people.
  var lines: [String] {
    let numbers = [
      seed.map { "seed \($0)" }, steps.map { "\($0) steps" }, sampler,
      strength.map { "strength \($0)" }, guidance.map { "guidance \($0)" },
      generations.flatMap(\.last).map(\.mode),
    ]
    let made = numbers.compactMap { $0?.printable }.joined(separator: ", ")
    let named = [model, modelHash.map { "(\($0.prefix(16)))" }].compactMap { $0 }
    return [
      "made         \(made)", named.isEmpty ? nil : "model        \(named.joined(separator: " "))",
      program.map { "program      \($0)" }, prompt.map { "prompt       \($0)" },
      negativePrompt.map { "not          \($0)" },
      earlier.map { "earlier      \($0.count) \($0.count == 1 ? "text" : "texts") of before" },
    ].compactMap { $0?.printable }
  }
}
