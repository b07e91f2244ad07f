import Synchronization
package import Tensors

/// The U-Net of diffusers' `UNet2DModel`: time-conditioned ResNet and attention blocks.
///
/// Down blocks halve the map, up blocks double it and read what the down blocks left (Ho 2020,
/// Ronneberger 2015). The forward pass is written once, against `Pass`.
package final class UNet: Network {
  /// A ResNet block: two normalised convolutions with a shortcut around them.
  package struct ResnetBlock: Sendable {
    /// Before the first convolution.
    package let norm1: NormalisationLayer
    /// Receives the time embedding in its bias, or none with scale_shift.
    package let conv1: ConvolutionLayer
    /// From the time embedding to one value a channel, or two with scale_shift.
    package let time: Linear
    /// Before the second convolution.
    package let norm2: NormalisationLayer
    /// Ends the block.
    package let conv2: ConvolutionLayer
    /// 1x1 on the block's input where input and output channels differ.
    package let shortcut: ConvolutionLayer?
    /// Number of the block, in order of evaluation.
    package let index: Int
  }

  /// Self-attention over pixels: normalisation, three projections, attention, output projection.
  package struct AttentionBlock: Sendable {
    /// Over the block's input; nil where the published configuration makes none.
    package let norm: NormalisationLayer?
    /// Projection to queries.
    package let query: ConvolutionLayer
    /// Projection to keys.
    package let key: ConvolutionLayer
    /// Projection to values.
    package let value: ConvolutionLayer
    /// Of every query to every pixel.
    package let attention: AttentionLayer
    /// Projection of the attended values, before the input is added.
    package let output: ConvolutionLayer
  }

  /// One resolution on the way down or up.
  package struct Level: Sendable {
    /// ResNet blocks in order.
    package let resnets: [ResnetBlock]
    /// One after every ResNet block, or none.
    package let attentions: [AttentionBlock]
    /// Halves or doubles the map at the end; none at the coarsest (down) and finest (up) level.
    package let resampler: ConvolutionLayer?
  }

  /// The configuration it was built from.
  package let configuration: UNetConfiguration
  let time: TimeEmbedding
  let convIn: ConvolutionLayer
  let down: [Level]
  let midResnets: [ResnetBlock]
  let midAttention: AttentionBlock?
  let up: [Level]
  let normOut: NormalisationLayer
  let convOut: ConvolutionLayer
  private let recorded = Mutex<Graph?>(nil)

  /// Builds the network from a model's tensors.
  ///
  /// - Throws: `WeightsError` when tensors are missing, misshapen, not finite, or unexpected types.
  package convenience init(_ configuration: UNetConfiguration, weights: SafetensorsFile) throws {
    var builder = UNetBuilder(configuration, .weights(weights))
    try self.init(&builder)
  }

  init(_ builder: inout UNetBuilder) throws {
    let configuration = builder.configuration
    self.configuration = configuration
    time = try builder.timeEmbedding()
    convIn = try builder.convolution(
      "conv_in", .same, inputs: [configuration.inChannels],
      outputs: configuration.blockOutChannels[0])
    let encoder = try builder.downLevels()
    down = encoder.levels
    (midResnets, midAttention) = try builder.mid(channels: encoder.channels)
    up = try builder.upLevels(skips: encoder.skips, channels: encoder.channels)
    let last = configuration.blockOutChannels[0]
    normOut = try builder.normalisation(
      "conv_norm_out", channels: last, groups: configuration.normNumGroups)
    convOut = try builder.convolution(
      "conv_out", .same, inputs: [last], outputs: configuration.outChannels)
  }

  package var inputChannels: Int { configuration.inChannels }
  package var sizeMultiple: Int { configuration.sizeMultiple }
  package var graph: Graph {
    recorded.withLock { recorded in
      if let recorded { return recorded }
      let graph = graph(height: sizeMultiple, width: sizeMultiple)
      recorded = graph
      return graph
    }
  }

  package func callAsFunction<P: Pass>(_ pass: P, _ sample: P.Map, timestep: Double) throws
    -> P.Map
  {
    let embedding = time.projections(at: timestep, of: self)
    var input = Operand([sample])
    if configuration.centerInputSample {
      // 2x - 1, inside the picture only: the convolution pads what it is applied to with zeros.
      let ones = [Float](repeating: 1, count: configuration.inChannels)
      input.modulation = .channels(scale: ones, shift: ones.map { -$0 })
    }
    var x = try pass.convolve(convIn, input)
    var skips = [x]
    for level in down {
      for (index, resnet) in level.resnets.enumerated() {
        x = try apply(resnet, [x], embedding, pass)
        if !level.attentions.isEmpty { x = try attend(level.attentions[index], x, pass) }
        skips.append(x)
      }
      if let downsampler = level.resampler {
        x = try pass.convolve(downsampler, Operand([x]))
        skips.append(x)
      }
    }
    for (index, resnet) in midResnets.enumerated() {
      x = try apply(resnet, [x], embedding, pass)
      if index == 0, let midAttention { x = try attend(midAttention, x, pass) }
    }
    for level in up {
      for (index, resnet) in level.resnets.enumerated() {
        x = try apply(resnet, [x, skips.removeLast()], embedding, pass)
        if !level.attentions.isEmpty { x = try attend(level.attentions[index], x, pass) }
      }
      if let upsampler = level.resampler {
        var operand = Operand([x])
        operand.doubled = true
        x = try pass.convolve(upsampler, operand)
      }
    }
    return try pass.convolve(
      convOut, Operand([x], normalisation: .group(normOut), activation: .silu))
  }

  /// conv2(silu(norm2(conv1(silu(norm1(x))) + time))) + shortcut(x).
  private func apply<P: Pass>(
    _ block: ResnetBlock, _ maps: [P.Map], _ embedding: [[Float]], _ pass: P
  ) throws -> P.Map {
    let time = embedding[block.index]
    var first = Operand(maps, normalisation: .group(block.norm1), activation: .silu)
    var modulation: Modulation<P.Map>?
    switch configuration.timeScaleShift {
    case .default:
      first.bias = block.conv1.convolution.bias.adding(time)
    case .scaleShift:
      let half = time.count / 2
      modulation = .channels(scale: Array(time[..<half]), shift: Array(time[half...]))
    }
    let inner = try pass.convolve(block.conv1, first)
    var second = Operand([inner], normalisation: .group(block.norm2), activation: .silu)
    second.modulation = modulation
    // A block that reads a skip has more inputs than outputs, so it has a shortcut.
    let around = block.shortcut.map { Residual.projection($0, maps) } ?? .map(maps[0])
    return try pass.convolve(block.conv2, second, residual: around)
  }

  /// x + output(attention of the projections of norm(x)).
  private func attend<P: Pass>(_ block: AttentionBlock, _ x: P.Map, _ pass: P) throws -> P.Map {
    let normal = Operand([x], normalisation: block.norm.map { .group($0) })
    let attended = try pass.attend(
      block.attention, pass.convolve(block.query, normal),
      keys: pass.convolve(block.key, normal), values: pass.convolve(block.value, normal))
    return try pass.convolve(block.output, Operand([attended]), residual: .map(x))
  }

  /// Every ResNet block in order of evaluation.
  var resnets: [ResnetBlock] {
    down.flatMap(\.resnets) + midResnets + up.flatMap(\.resnets)
  }
}

extension Array where Element == Float {
  /// Element-wise sum; `other` may be shorter.
  fileprivate func adding(_ other: [Float]) -> [Float] {
    var result = self
    for (index, value) in other.enumerated() { result[index] += value }
    return result
  }
}
