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
  /// Where a layer's numbers come from.
  enum Source {
    /// A model's tensors.
    case weights(SafetensorsFile)
    /// Nowhere: layers are outlines, good for counting. The function says which names a file has.
    case outline(contains: (String) -> Bool)
  }

  let configuration: UNetConfiguration
  private let source: Source
  /// Shape of every tensor asked for so far, by name.
  private(set) var asked: [String: [Int]] = [:]
  private(set) var nextID = 0
  private var nextResnet = 0

  init(_ configuration: UNetConfiguration, _ source: Source) {
    self.configuration = configuration
    self.source = source
  }

  /// The tensor `name` as an array; nil for an outline.
  private mutating func tensor(_ name: String, _ shape: [Int]) throws -> [Float]? {
    try buffer(name, shape).map {
      Array(UnsafeBufferPointer(start: $0.floats, count: shape.reduce(1, *)))
    }
  }

  /// The tensor `name` as floats, which must serve as one of `shape`; nil for an outline.
  private mutating func buffer(_ name: String, _ shape: [Int]) throws -> Buffer? {
    asked[name] = shape
    guard case .weights(let file) = source else { return nil }
    guard file.contains(name) else {
      throw WeightsError(file: file.path, tensor: name, problem: "is missing")
    }
    let view = try file.tensor(name)
    guard UNet.serves(view.shape, as: shape) else {
      throw WeightsError(
        file: file.path, tensor: name, problem: "has shape \(view.shape), expected \(shape)")
    }
    guard UNet.weightTypes.contains(view.dtype) else {
      throw WeightsError(
        file: file.path, tensor: name,
        problem: "is stored as \(view.dtype.rawValue); F32, F16 and BF16 weights are supported")
    }
    let buffer = Buffer(floats: view.count)
    let floats = UnsafeMutableBufferPointer(start: buffer.floats, count: view.count)
    try view.copy(into: floats)
    guard Safetensors.allFinite(UnsafeBufferPointer(floats)) else {
      throw WeightsError(file: file.path, tensor: name, problem: "holds NaN or infinite values")
    }
    return buffer
  }

  private var path: String {
    if case .weights(let file) = source { file.path } else { "" }
  }

  private func contains(_ name: String) -> Bool {
    switch source {
    case .weights(let file): file.contains(name)
    case .outline(let contains): contains(name)
    }
  }

  private mutating func takeID() -> Int {
    nextID += 1
    return nextID - 1
  }

  /// A convolution; with `asMatrix`, a pointwise one whose weights are published as a matrix.
  mutating func convolution(
    _ name: String, _ geometry: Convolution.Geometry, inputs: [Int], outputs: Int,
    asMatrix: Bool = false
  ) throws -> ConvolutionLayer {
    let window = asMatrix ? [] : geometry == .pointwise ? [1, 1] : [3, 3]
    let weights = try buffer("\(name).weight", [outputs, inputs.reduce(0, +)] + window)
    let bias = try tensor("\(name).bias", [outputs])
    let convolution: Convolution
    if let weights, let bias {
      convolution = Convolution(
        geometry: geometry, inputs: inputs, outputs: outputs, filters: weights, bias: bias)
    } else {
      convolution = Convolution(outline: geometry, inputs: inputs, outputs: outputs)
    }
    return ConvolutionLayer(id: takeID(), name: name, convolution: convolution)
  }

  mutating func normalisation(_ name: String, channels: Int, groups: Int) throws
    -> NormalisationLayer
  {
    guard channels % groups == 0 else {
      throw WeightsError(
        file: path, tensor: name, problem: "has \(channels) channels for \(groups) groups")
    }
    let none = [Float](repeating: 0, count: channels)
    let weight = try tensor("\(name).weight", [channels]) ?? none
    let bias = try tensor("\(name).bias", [channels]) ?? none
    let norm = GroupNorm(
      groups: groups, epsilon: configuration.normEps, weight: weight, bias: bias)
    return NormalisationLayer(id: takeID(), name: name, norm: norm)
  }

  private mutating func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
    let weights = try tensor("\(name).weight", [outputs, inputs])
    let bias = try tensor("\(name).bias", [outputs])
    guard let weights, let bias else { return Linear(outlineOf: outputs, inputs: inputs) }
    return Linear(outputs: outputs, inputs: inputs, weights: weights, bias: bias)
  }

  mutating func timeEmbedding() throws -> TimeEmbedding {
    let dimension = configuration.blockOutChannels[0]
    let length = configuration.timeEmbeddingLength
    return TimeEmbedding(
      dimension: dimension, flipSinToCos: configuration.flipSinToCos,
      frequencyShift: configuration.freqShift,
      first: try linear("time_embedding.linear_1", inputs: dimension, outputs: length),
      second: try linear("time_embedding.linear_2", inputs: length, outputs: length))
  }

  private mutating func resnet(
    _ name: String, inputs: [Int], outputs: Int
  ) throws -> UNet.ResnetBlock {
    let channels = inputs.reduce(0, +)
    let groups = configuration.normNumGroups
    let twice = configuration.timeScaleShift == .scaleShift ? 2 : 1
    defer { nextResnet += 1 }
    return UNet.ResnetBlock(
      norm1: try normalisation("\(name).norm1", channels: channels, groups: groups),
      conv1: try convolution(
        "\(name).conv1", .same, inputs: inputs, outputs: outputs),
      time: try linear(
        "\(name).time_emb_proj", inputs: configuration.timeEmbeddingLength,
        outputs: twice * outputs),
      norm2: try normalisation("\(name).norm2", channels: outputs, groups: groups),
      conv2: try convolution(
        "\(name).conv2", .same, inputs: [outputs], outputs: outputs),
      shortcut: channels == outputs
        ? nil
        : try convolution(
          "\(name).conv_shortcut", .pointwise, inputs: inputs, outputs: outputs),
      index: nextResnet)
  }

  /// Reads both spellings of the projections: to_q … to_out.0 and, in older files, query … proj_attn.
  private mutating func attention(
    _ name: String, channels: Int, groups: Int?
  ) throws -> UNet.AttentionBlock {
    let old = contains("\(name).query.weight")
    let names =
      old ? ["query", "key", "value", "proj_attn"] : ["to_q", "to_k", "to_v", "to_out.0"]
    let norm = try groups.map {
      try normalisation("\(name).group_norm", channels: channels, groups: $0)
    }
    let projections = try names.map {
      try convolution(
        "\(name).\($0)", .pointwise, inputs: [channels], outputs: channels, asMatrix: true)
    }
    let heads = max(1, channels / configuration.headDim(channels: channels))
    return UNet.AttentionBlock(
      norm: norm, query: projections[0], key: projections[1], value: projections[2],
      attention: AttentionLayer(id: takeID(), name: name, heads: heads), output: projections[3])
  }

  mutating func downLevels() throws -> (levels: [UNet.Level], skips: [Int], channels: Int) {
    var channels = configuration.blockOutChannels[0]
    var skips = [channels]
    var levels: [UNet.Level] = []
    for (index, kind) in configuration.downBlocks.enumerated() {
      let name = "down_blocks.\(index)"
      let outputs = configuration.blockOutChannels[index]
      var resnets: [UNet.ResnetBlock] = []
      var attentions: [UNet.AttentionBlock] = []
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

  private mutating func levelAttention(
    _ name: String, _ layer: Int, _ channels: Int
  ) throws -> UNet.AttentionBlock {
    try attention(
      "\(name).attentions.\(layer)", channels: channels, groups: configuration.normNumGroups)
  }

  mutating func mid(channels: Int) throws -> ([UNet.ResnetBlock], UNet.AttentionBlock?) {
    guard configuration.hasMidBlock else { return ([], nil) }
    let first = try resnet("mid_block.resnets.0", inputs: [channels], outputs: channels)
    var middle: UNet.AttentionBlock?
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
      var attentions: [UNet.AttentionBlock] = []
      for layer in 0...configuration.layersPerBlock {
        let inputs = [channels, skips.removeLast()]
        resnets.append(
          try resnet("\(name).resnets.\(layer)", inputs: inputs, outputs: outputs))
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
