package import Tensors

/// The shape of a `UNet2DModel` of diffusers, as its `config.json` gives it.
///
/// Only what the engine computes exactly can be represented: everything else is refused on reading,
/// by field, so that no model silently runs as another one.
package struct UNetConfiguration: Equatable, Sendable {
  /// What a down or up block is made of besides its ResNet blocks.
  package enum Block: Equatable, Sendable {
    /// `DownBlock2D`, `UpBlock2D`: ResNet blocks alone.
    case plain
    /// `AttnDownBlock2D`, `AttnUpBlock2D`: self-attention after every ResNet block.
    case attention
  }

  /// How a ResNet block takes in the time embedding.
  package enum TimeScaleShift: String, Sendable, CaseIterable {
    /// h + e, before the second normalisation.
    case `default`
    /// norm(h) (1 + scale) + shift, with scale and shift the two halves of e.
    case scaleShift = "scale_shift"
  }

  /// Channels of the sample; 3 for SDEdit models, 7 for Paint models.
  package var inChannels = 3
  /// Channels of the output.
  package var outChannels = 3
  /// Height and width the model was trained for, if it says so; it computes any.
  package var sampleSize: [Int]?
  /// Whether the sample is first mapped from [0, 1] to [-1, 1], as 2x - 1.
  package var centerInputSample = false
  /// Length of the time embedding; nil stands for 4 times the first block's channels.
  package var timeEmbeddingDim: Int?
  /// Subtracted from the half length in the exponents of the sinusoids' frequencies.
  package var freqShift = 0.0
  /// Whether the cosines come before the sines.
  package var flipSinToCos = true
  /// From the finest resolution to the coarsest.
  package var downBlocks: [Block] = [.plain, .attention, .attention, .attention]
  /// From the coarsest resolution to the finest.
  package var upBlocks: [Block] = [.attention, .attention, .attention, .plain]
  /// Whether there is a mid block (`UNetMidBlock2D`: ResNet, optional attention, ResNet).
  package var hasMidBlock = true
  /// Whether the mid block has its attention (`add_attention`).
  package var hasMidAttention = true
  /// Channels of each level, finest first.
  package var blockOutChannels = [224, 448, 672, 896]
  /// ResNet blocks of a down block; an up block has one more.
  package var layersPerBlock = 2
  /// 1: padding on all sides of the strided convolution; 0: one row below and one column to the
  /// right.
  package var downsamplePadding = 1
  /// Channels of one attention head; nil stands for one head over all channels.
  package var attentionHeadDim: Int? = 8
  /// Groups of every normalisation but, perhaps, that of the mid block's attention.
  package var normNumGroups = 32
  /// Groups of the normalisation in the mid block's attention, where given.
  package var attnNormNumGroups: Int?
  /// Added to the variance in every normalisation.
  package var normEps = 1e-5
  /// How ResNet blocks take in the time embedding.
  package var timeScaleShift = TimeScaleShift.default

  /// The defaults of diffusers 0.42, which hold for every field absent from a file.
  package init() {}

  /// Length of the time embedding that every ResNet block receives.
  package var timeEmbeddingLength: Int { timeEmbeddingDim ?? 4 * blockOutChannels[0] }

  /// Number of resolutions; level k has 1/2^k of the sample's height and width.
  package var levels: Int { blockOutChannels.count }

  /// What height and width must be a multiple of, so that every level halves evenly.
  package var sizeMultiple: Int { 1 << (levels - 1) }

  /// Channels of one head where attention runs over `channels` channels.
  package func headDim(channels: Int) -> Int { attentionHeadDim ?? channels }

  /// Groups of the normalisation in the mid block's attention; nil where diffusers makes none.
  ///
  /// With scale_shift and no number of its own, that attention has no normalisation at all.
  package var midAttentionGroups: Int? {
    attnNormNumGroups ?? (timeScaleShift == .default ? normNumGroups : nil)
  }
}

/// Why a configuration cannot be used: the field, the value found, and what would be accepted.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// Path of the file.
  package var file: String
  /// Name of the field as the file spells it; empty for a fault of the file as a whole.
  package var field: String
  /// The value found, in JSON notation, or what is wrong.
  package var value: String
  /// What is supported instead.
  package var supported: String

  /// Makes the refusal of one field.
  package init(file: String, field: String, value: String, supported: String) {
    self.file = file
    self.field = field
    self.value = value
    self.supported = supported
  }

  /// One line: file, field, value and what is supported.
  package var description: String {
    field.isEmpty
      ? "\(file): \(value); \(supported)"
      : "\(file): \"\(field)\" is \(value); supported: \(supported)"
  }
}

/// A JSON configuration file read field by field, with bounds, each refusal naming file and field.
package struct ConfigurationReader: Sendable {
  /// Longest file accepted, in bytes.
  package static let maximumLength = 1 << 20

  /// Path of the file, for messages.
  package let file: String
  /// The fields of the outermost object.
  package let fields: [String: JSONValue]

  /// Parses the text of a configuration file.
  ///
  /// - Throws: `ConfigurationError` without a field where it is too long, not JSON or no object.
  package init(json: [UInt8], file: String) throws(ConfigurationError) {
    self.file = file
    func fault(_ value: String) -> ConfigurationError {
      ConfigurationError(
        file: file, field: "", value: value,
        supported: "expected a diffusers configuration, a JSON object")
    }
    guard json.count <= Self.maximumLength else { throw fault("is \(json.count) bytes long") }
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(json)
    } catch { throw fault("is not valid JSON (\(error))") }
    guard let members = document.object else { throw fault("does not hold an object") }
    fields = members
  }

  /// The error for a field that holds something unsupported.
  package func refusal(_ field: String, _ supported: String) -> ConfigurationError {
    ConfigurationError(
      file: file, field: field, value: Self.short(fields[field] ?? .null), supported: supported)
  }

  /// Whether the field is absent or null.
  package func isNull(_ field: String) -> Bool { (fields[field] ?? .null) == .null }

  /// A whole number in `range`, or `standard` where the field is absent.
  package func int(
    _ field: String, _ range: ClosedRange<Int>, default standard: Int
  ) throws(ConfigurationError) -> Int {
    guard let value = fields[field] else { return standard }
    guard let number = value.int, range.contains(number) else {
      throw refusal(field, "\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A whole number in `range`, nil where the field is null, or `standard` where it is absent.
  package func optionalInt(
    _ field: String, _ range: ClosedRange<Int>, default standard: Int?
  ) throws(ConfigurationError) -> Int? {
    guard let value = fields[field] else { return standard }
    if value == .null { return nil }
    guard let number = value.int, range.contains(number) else {
      throw refusal(field, "null or \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number in `range`, or `standard` where the field is absent.
  package func number(
    _ field: String, _ range: ClosedRange<Double>, default standard: Double
  ) throws(ConfigurationError) -> Double {
    guard let value = fields[field] else { return standard }
    guard let number = value.double, range.contains(number) else {
      throw refusal(field, "\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A truth value, or `standard` where the field is absent.
  package func bool(_ field: String, default standard: Bool) throws(ConfigurationError) -> Bool {
    guard let value = fields[field] else { return standard }
    guard let flag = value.bool else { throw refusal(field, "true or false") }
    return flag
  }

  /// One of the named choices, or `standard` where the field is absent.
  package func choice<Choice>(
    _ field: String, _ choices: KeyValuePairs<String, Choice>, default standard: Choice
  ) throws(ConfigurationError) -> Choice {
    guard let value = fields[field] else { return standard }
    guard let match = choices.first(where: { $0.key == value.string }) else {
      throw refusal(field, choices.map(\.key).joined(separator: ", "))
    }
    return match.value
  }

  /// A list of 1 to `limit` elements, each read by `element`, or `standard` where it is absent.
  package func list<Element>(
    _ field: String, limit: Int, _ supported: String, default standard: [Element],
    element: (JSONValue) -> Element?
  ) throws(ConfigurationError) -> [Element] {
    guard let value = fields[field] else { return standard }
    guard let values = value.array, (1...limit).contains(values.count) else {
      throw refusal(field, "a list of 1 to \(limit): \(supported)")
    }
    let elements = values.compactMap(element)
    guard elements.count == values.count else { throw refusal(field, supported) }
    return elements
  }

  /// A value for a message, cut where it is long.
  private static func short(_ value: JSONValue) -> String {
    let text = value.description
    return text.count <= 80 ? text : "\(text.prefix(77))..."
  }
}
