import Foundation
import Raster

/// What a picture's texts tell of how it was made, in one shape for three families of programs.
struct GenerationReading: Encodable, Equatable {
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

  /// Reads the texts of a file; nil where none of them tells.
  init?(_ texts: [PictureMetadata.TextEntry]) {
    func text(_ key: String) -> String? { texts.last { $0.key == key }?.value }
    let readings = [
      text(GenerationNotes.key).flatMap { GenerationReading(tessera: $0) },
      text("invokeai_metadata").flatMap { GenerationReading(invokeAI: $0) },
      text("parameters").flatMap { GenerationReading(parameters: $0) },
    ]
    guard let reading = readings.compactMap(\.self).first else { return nil }
    self = reading
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
    guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
      var fields = value as? [String: Any]
    else { return nil }
    self.init(.invokeai)
    func take(_ key: String) -> Any? { fields.removeValue(forKey: key) }
    program = (take("app_version") as? String).map { "InvokeAI \($0)" }
    prompt = take("positive_prompt") as? String
    negativePrompt = take("negative_prompt") as? String
    seed = (take("seed") as? NSNumber)?.uint64Value
    steps = (take("steps") as? NSNumber)?.intValue
    sampler = take("scheduler") as? String
    guidance = (take("cfg_scale") as? NSNumber)?.doubleValue
    strength = (take("strength") as? NSNumber)?.doubleValue
    let described = take("model") as? [String: Any]
    model = (described?["name"] ?? described?["model_name"]) as? String
    modelHash = described?["hash"] as? String
    let simple = fields.compactMapValues { $0 as? String ?? ($0 as? NSNumber)?.stringValue }
    other = simple.isEmpty ? nil : simple
  }

  /// The web UI's text: prompt, a line `Negative prompt: ...`, a last line of `Key: value` pairs.
  private init?(parameters text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // As there, a last line of fewer than three pairs belongs to the prompt.
    guard let last = lines.popLast(), case var pairs = Self.pairs(last), pairs.count >= 3 else {
      return nil
    }
    self.init(.a1111)
    let negative = "Negative prompt:"
    let cut = lines.firstIndex { $0.hasPrefix(negative) } ?? lines.count
    prompt = Self.joined(lines[..<cut])
    negativePrompt = Self.joined(lines[cut...]).map {
      $0.dropFirst(negative.count).trimmingCharacters(in: .whitespaces)
    }
    func take(_ key: String) -> String? { pairs.removeValue(forKey: key) }
    seed = take("Seed").flatMap { UInt64($0) }
    steps = take("Steps").flatMap { Int($0) }
    sampler = take("Sampler")
    guidance = take("CFG scale").flatMap { Double($0) }
    strength = take("Denoising strength").flatMap { Double($0) }
    (model, modelHash) = (take("Model"), take("Model hash"))
    program = take("Version")
    other = pairs.isEmpty ? nil : pairs
  }

  private static func joined(_ lines: ArraySlice<String>) -> String? {
    let text = lines.joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }

  /// `Key: value, Key: "a value, quoted"`.
  private static func pairs(_ line: String) -> [String: String] {
    let pattern = /\s*(\w[\w \-\/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/
    return line.matches(of: pattern).reduce(into: [:]) { pairs, match in
      let value = String(match.2)
      let unquoted = try? JSONDecoder().decode(String.self, from: Data(value.utf8))
      pairs[String(match.1)] = value.hasPrefix("\"") ? unquoted ?? value : value
    }
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
    ].compactMap { $0?.printable }
  }
}
