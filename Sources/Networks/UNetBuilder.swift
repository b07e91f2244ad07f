import Tensors

/// Why a model's weights do not make the network its configuration describes.
package struct WeightsError: Error, Equatable, CustomStringConvertible {
  /// The weights file.
  package var file: String
  /// The tensor at fault.
  package var tensor: String
  /// What is wrong with it.
  package var problem: String

  /// One line: file, tensor, problem, cure.
  package var description: String {
    "\(file): tensor \(tensor) \(problem); the file does not belong to this config.json"
      + " or is damaged: download the model again"
  }
}

/// Takes a network's layers out of a safetensors file, numbering them in order.
struct UNetBuilder {
  let configuration: UNetConfiguration
  let file: SafetensorsFile
  private(set) var nextID = 0
  private var nextResnet = 0

  init(_ configuration: UNetConfiguration, _ file: SafetensorsFile) {
    self.configuration = configuration
    self.file = file
  }

  /// The tensor `name` as floats, which must have `shape` (or the shape with extents of 1 dropped).
  private func tensor(_ name: String, _ shape: [Int]) throws -> [Float] {
    guard file.contains(name) else {
      throw WeightsError(file: file.path, tensor: name, problem: "is missing")
    }
    let view = try file.tensor(name)
    guard view.shape.filter({ $0 != 1 }) == shape.filter({ $0 != 1 }) else {
      throw WeightsError(
        file: file.path, tensor: name, problem: "has shape \(view.shape), expected \(shape)")
    }
    guard [.f32, .f16, .bf16, .f64].contains(view.dtype) else {
      throw WeightsError(
        file: file.path, tensor: name,
        problem: "is stored as \(view.dtype.rawValue); F32, F16 and BF16 weights are supported")
    }
    let floats = try view.floats()
    let finite = floats.withUnsafeBufferPointer { Safetensors.allFinite($0) }
    guard finite else {
      throw WeightsError(file: file.path, tensor: name, problem: "holds NaN or infinite values")
    }
    return floats
  }

  private mutating func takeID() -> Int {
    nextID += 1
    return nextID - 1
  }

  mutating func convolution(
    _ name: String, _ geometry: Convolution.Geometry, inputs: [Int], outputs: Int
  ) throws -> ConvolutionLayer {
    let k = geometry == .pointwise ? 1 : 3
    let weights = try tensor("\(name).weight", [outputs, inputs.reduce(0, +), k, k])
    let bias = try tensor("\(name).bias", [outputs])
    let convolution = Convolution(
      geometry: geometry, inputs: inputs, outputs: outputs, weights: weights, bias: bias)
    return ConvolutionLayer(id: takeID(), name: name, convolution: convolution)
  }

  mutating func normalisation(_ name: String, channels: Int, groups: Int) throws
    -> NormalisationLayer
  {
    guard channels % groups == 0 else {
      throw WeightsError(
        file: file.path, tensor: name, problem: "has \(channels) channels for \(groups) groups")
    }
    let norm = GroupNorm(
      groups: groups, epsilon: configuration.normEps,
      weight: try tensor("\(name).weight", [channels]), bias: try tensor("\(name).bias", [channels])
    )
    return NormalisationLayer(id: takeID(), name: name, norm: norm)
  }

  private func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
    Linear(
      outputs: outputs, inputs: inputs, weights: try tensor("\(name).weight", [outputs, inputs]),
      bias: try tensor("\(name).bias", [outputs]))
  }

  func timeEmbedding() throws -> TimeEmbedding {
    let dimension = configuration.blockOutChannels[0]
    let length = configuration.timeEmbeddingLength
    return TimeEmbedding(
      dimension: dimension, flipSinToCos: configuration.flipSinToCos,
      frequencyShift: configuration.freqShift,
      first: try linear("time_embedding.linear_1", inputs: dimension, outputs: length),
      second: try linear("time_embedding.linear_2", inputs: length, outputs: length))
  }

  private mutating func resnet(_ name: String, inputs: [Int], outputs: Int) throws
    -> UNet.ResnetBlock
  {
    let channels = inputs.reduce(0, +)
    let groups = configuration.normNumGroups
    let twice = configuration.timeScaleShift == .scaleShift ? 2 : 1
    defer { nextResnet += 1 }
    return UNet.ResnetBlock(
      norm1: try normalisation("\(name).norm1", channels: channels, groups: groups),
      conv1: try convolution("\(name).conv1", .same, inputs: inputs, outputs: outputs),
      time: try linear(
        "\(name).time_emb_proj", inputs: configuration.timeEmbeddingLength,
        outputs: twice * outputs),
      norm2: try normalisation("\(name).norm2", channels: outputs, groups: groups),
      conv2: try convolution("\(name).conv2", .same, inputs: [outputs], outputs: outputs),
      shortcut: channels == outputs
        ? nil
        : try convolution("\(name).conv_shortcut", .pointwise, inputs: inputs, outputs: outputs),
      index: nextResnet)
  }

  /// Reads both spellings of the projections: to_q … to_out.0 and, in older files, query … proj_attn.
  private mutating func attention(_ name: String, channels: Int, groups: Int?) throws
    -> AttentionBlock
  {
    let old = file.contains("\(name).query.weight")
    let names =
      old ? ["query", "key", "value", "proj_attn"] : ["to_q", "to_k", "to_v", "to_out.0"]
    let norm = try groups.map {
      try normalisation("\(name).group_norm", channels: channels, groups: $0)
    }
    let projections = try names.map {
      try convolution("\(name).\($0)", .pointwise, inputs: [channels], outputs: channels)
    }
    return AttentionBlock(
      norm: norm, query: projections[0], key: projections[1], value: projections[2],
      output: projections[3], heads: max(1, channels / configuration.headDim(channels: channels)))
  }

  mutating func downLevels() throws -> (levels: [UNet.Level], skips: [Int], channels: Int) {
    var channels = configuration.blockOutChannels[0]
    var skips = [channels]
    var levels: [UNet.Level] = []
    for (index, kind) in configuration.downBlocks.enumerated() {
      let name = "down_blocks.\(index)"
      let outputs = configuration.blockOutChannels[index]
      var resnets: [UNet.ResnetBlock] = []
      var attentions: [AttentionBlock] = []
      for layer in 0..<configuration.layersPerBlock {
        resnets.append(
          try resnet("\(name).resnets.\(layer)", inputs: [channels], outputs: outputs))
        channels = outputs
        if kind == .attention { attentions.append(try levelAttention(name, layer, channels)) }
        skips.append(channels)
      }
      var resampler: ConvolutionLayer?
      if index < configuration.levels - 1 {
        resampler = try convolution(
          "\(name).downsamplers.0.conv", .halving(padding: configuration.downsamplePadding),
          inputs: [channels], outputs: channels)
        skips.append(channels)
      }
      levels.append(UNet.Level(resnets: resnets, attentions: attentions, resampler: resampler))
    }
    return (levels, skips, channels)
  }

  private mutating func levelAttention(_ name: String, _ layer: Int, _ channels: Int) throws
    -> AttentionBlock
  {
    try attention(
      "\(name).attentions.\(layer)", channels: channels, groups: configuration.normNumGroups)
  }

  mutating func mid(channels: Int) throws -> ([UNet.ResnetBlock], AttentionBlock?) {
    guard configuration.hasMidBlock else { return ([], nil) }
    let first = try resnet("mid_block.resnets.0", inputs: [channels], outputs: channels)
    var middle: AttentionBlock?
    if configuration.hasMidAttention {
      middle = try attention(
        "mid_block.attentions.0", channels: channels, groups: configuration.midAttentionGroups)
    }
    let second = try resnet("mid_block.resnets.1", inputs: [channels], outputs: channels)
    return ([first, second], middle)
  }

  mutating func upLevels(skips: [Int], channels: Int) throws -> [UNet.Level] {
    var skips = skips
    var channels = channels
    var levels: [UNet.Level] = []
    for (index, kind) in configuration.upBlocks.enumerated() {
      let name = "up_blocks.\(index)"
      let outputs = configuration.blockOutChannels[configuration.levels - 1 - index]
      var resnets: [UNet.ResnetBlock] = []
      var attentions: [AttentionBlock] = []
      for layer in 0...configuration.layersPerBlock {
        let inputs = [channels, skips.removeLast()]
        resnets.append(try resnet("\(name).resnets.\(layer)", inputs: inputs, outputs: outputs))
        channels = outputs
        if kind == .attention { attentions.append(try levelAttention(name, layer, channels)) }
      }
      var resampler: ConvolutionLayer?
      if index < configuration.levels - 1 {
        resampler = try convolution(
          "\(name).upsamplers.0.conv", .same, inputs: [channels], outputs: channels)
      }
      levels.append(UNet.Level(resnets: resnets, attentions: attentions, resampler: resampler))
    }
    return levels
  }
}
