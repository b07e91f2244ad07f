import Tensors

extension UNetConfiguration {
  /// Largest number of channels of any map.
  package static let maximumChannels = 8192
  /// Resolutions at most.
  package static let maximumLevels = 8
  /// ResNet blocks of a down block at most.
  package static let maximumLayersPerBlock = 16

  /// Reads the text of a `config.json`.
  ///
  /// - Parameters:
  ///   - json: UTF-8 text of at most 1 MB.
  ///   - file: its path, for messages.
  /// - Throws: `ConfigurationError` naming the first field that is malformed or not supported.
  package init(json: [UInt8], file: String) throws(ConfigurationError) {
    self.init()
    let reader = try ConfigurationReader(json: json, file: file)
    try Self.refuseUnsupported(reader)

    let channels = 1...Self.maximumChannels
    inChannels = try reader.int("in_channels", channels, default: inChannels)
    outChannels = try reader.int("out_channels", channels, default: outChannels)
    sampleSize = try Self.sampleSize(reader)
    centerInputSample = try reader.bool("center_input_sample", default: centerInputSample)
    // diffusers takes 0 for null here.
    timeEmbeddingDim = try reader.optionalInt(
      "time_embedding_dim", 0...4 * Self.maximumChannels, default: timeEmbeddingDim)
    if timeEmbeddingDim == 0 { timeEmbeddingDim = nil }
    freqShift = try reader.number("freq_shift", -1000...1000, default: freqShift)
    flipSinToCos = try reader.bool("flip_sin_to_cos", default: flipSinToCos)
    try readBlocks(reader)
    layersPerBlock = try reader.int(
      "layers_per_block", 1...Self.maximumLayersPerBlock, default: layersPerBlock)
    downsamplePadding = try reader.int("downsample_padding", 0...1, default: downsamplePadding)
    attentionHeadDim = try reader.optionalInt(
      "attention_head_dim", channels, default: attentionHeadDim)
    normNumGroups = try reader.int("norm_num_groups", channels, default: normNumGroups)
    attnNormNumGroups = try reader.optionalInt(
      "attn_norm_num_groups", channels, default: attnNormNumGroups)
    normEps = try reader.number("norm_eps", 0...1, default: normEps)
    timeScaleShift = try reader.choice(
      "resnet_time_scale_shift", ["default": .default, "scale_shift": .scaleShift],
      default: timeScaleShift)
    try checkDivisions(reader)
  }

  /// Fields for which one value alone is computed.
  private static func refuseUnsupported(
    _ reader: ConfigurationReader
  ) throws(ConfigurationError) {
    let single: KeyValuePairs = [
      "_class_name": ["UNet2DModel"], "time_embedding_type": ["positional"],
      "downsample_type": ["conv"], "upsample_type": ["conv"], "act_fn": ["silu", "swish"],
    ]
    for (field, accepted) in single {
      guard let value = reader.fields[field] else { continue }
      guard let name = value.string, accepted.contains(name) else {
        throw reader.refusal(field, accepted.joined(separator: ", "))
      }
    }
    for field in ["class_embed_type", "num_class_embeds"] where !reader.isNull(field) {
      throw reader.refusal(field, "null (models without classes)")
    }
    _ = try reader.number("mid_block_scale_factor", 1...1, default: 1)
  }

  private static func sampleSize(
    _ reader: ConfigurationReader
  ) throws(ConfigurationError) -> [Int]? {
    if reader.isNull("sample_size") { return nil }
    let supported = "null, a size or [height, width], 1 to 65536"
    let value = reader.fields["sample_size"] ?? .null
    let extents = (value.array ?? [value, value]).compactMap(\.int)
    guard extents.count == 2, extents.allSatisfy({ (1...65536).contains($0) }) else {
      throw reader.refusal("sample_size", supported)
    }
    return extents
  }

  private mutating func readBlocks(_ reader: ConfigurationReader) throws(ConfigurationError) {
    blockOutChannels = try reader.list(
      "block_out_channels", limit: Self.maximumLevels, "channels of 1 to \(Self.maximumChannels)",
      default: blockOutChannels
    ) { $0.int.flatMap { (1...Self.maximumChannels).contains($0) ? $0 : nil } }
    downBlocks = try Self.blocks(reader, "down_block_types", "Down", default: downBlocks)
    upBlocks = try Self.blocks(reader, "up_block_types", "Up", default: upBlocks)
    for (field, count) in [
      ("down_block_types", downBlocks.count), ("up_block_types", upBlocks.count),
    ] where count != levels {
      throw ConfigurationError(
        file: reader.file, field: field, value: "a list of \(count)",
        supported: "as many as block_out_channels has, \(levels)")
    }
    if let value = reader.fields["mid_block_type"] {
      guard value == .null || value.string == "UNetMidBlock2D" else {
        throw reader.refusal("mid_block_type", "UNetMidBlock2D, null")
      }
      hasMidBlock = value != .null
    }
    hasMidAttention = try reader.bool("add_attention", default: hasMidAttention)
  }

  private static func blocks(
    _ reader: ConfigurationReader, _ field: String, _ direction: String, default standard: [Block]
  ) throws(ConfigurationError) -> [Block] {
    let plain = "\(direction)Block2D"
    let attention = "Attn\(direction)Block2D"
    return try reader.list(
      field, limit: maximumLevels, "\(plain), \(attention)", default: standard
    ) { value in
      switch value.string {
      case plain: .plain
      case attention: .attention
      default: nil
      }
    }
  }

  /// Every normalised map must split evenly into groups, and every attended one into heads.
  private func checkDivisions(_ reader: ConfigurationReader) throws(ConfigurationError) {
    func fault(_ field: String, _ value: Int, _ supported: String) -> ConfigurationError {
      ConfigurationError(file: reader.file, field: field, value: "\(value)", supported: supported)
    }
    for channels in normalisedChannels where channels % normNumGroups != 0 {
      throw fault(
        "norm_num_groups", normNumGroups, "a divisor of every map's channels, here \(channels)")
    }
    if hasMidBlock, hasMidAttention, let groups = attnNormNumGroups,
      blockOutChannels[levels - 1] % groups != 0
    {
      throw fault(
        "attn_norm_num_groups", groups,
        "a divisor of the mid block's channels, \(blockOutChannels[levels - 1])")
    }
    // The exponents are i / (half - shift) with half the sinusoids' number.
    guard freqShift < Double(blockOutChannels[0] / 2) else {
      throw reader.refusal("freq_shift", "less than half of the first block_out_channels")
    }
    guard let head = attentionHeadDim else { return }
    for channels in attendedChannels where channels % head != 0 {
      throw fault(
        "attention_head_dim", head,
        "null, or a divisor of every attended map's channels, here \(channels)")
    }
  }

  /// Channels of the inputs of all group normalisations, some of them several times.
  private var normalisedChannels: [Int] {
    var result = blockOutChannels
    // An up block's ResNet blocks take the map from below beside a skipped one; the skipped map of
    // its last block comes from the level above.
    for level in 0..<levels {
      let below = blockOutChannels[min(level + 1, levels - 1)]
      let above = blockOutChannels[max(level - 1, 0)]
      let own = blockOutChannels[level]
      result += [below + own, own + above]
      if layersPerBlock > 1 { result.append(2 * own) }
    }
    return result
  }

  private var attendedChannels: [Int] {
    var result: [Int] = []
    for level in 0..<levels
    where downBlocks[level] == .attention || upBlocks[levels - 1 - level] == .attention {
      result.append(blockOutChannels[level])
    }
    if hasMidBlock, hasMidAttention { result.append(blockOutChannels[levels - 1]) }
    return result
  }
}
