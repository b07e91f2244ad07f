import Foundation
import Networks
import Tensors

/// A slow evaluation of `UNet2DModel` in double precision, with weights drawn as it meets them.
///
/// It follows diffusers block by block and knows nothing of `UNet`, `Pass` or the builder, so that
/// both must read a configuration and name the tensors alike.
final class ReferenceUNet {
  typealias Planes = Reference.Planes

  var configuration: UNetConfiguration
  /// Attention projections as query, key, value, proj_attn with 1x1 kernels.
  var oldAttentionNames = false
  private(set) var tensors: [(name: String, shape: [Int], values: [Float])] = []
  private var known: [String: [Float]] = [:]
  private var random: SeededNumbers

  init(_ configuration: UNetConfiguration, seed: UInt64) {
    self.configuration = configuration
    random = SeededNumbers(seed)
  }

  /// The network's output on `sample`.
  func callAsFunction(_ sample: Planes, timestep: Double) -> Planes {
    let c = configuration
    let embedding = timeEmbedding(timestep)
    var x = convolve(
      "conv_in", c.centerInputSample ? sample.map { 2 * $1 - 1 } : sample, c.blockOutChannels[0])
    var skips = [x]
    for (level, kind) in c.downBlocks.enumerated() {
      let name = "down_blocks.\(level)"
      for layer in 0..<c.layersPerBlock {
        x = resnet("\(name).resnets.\(layer)", x, c.blockOutChannels[level], embedding)
        if kind == .attention {
          x = attention("\(name).attentions.\(layer)", x, groups: c.normNumGroups)
        }
        skips.append(x)
      }
      if level < c.levels - 1 {
        x = convolve(
          "\(name).downsamplers.0.conv", x, x.channels, .halving(padding: c.downsamplePadding))
        skips.append(x)
      }
    }
    if c.hasMidBlock {
      x = resnet("mid_block.resnets.0", x, x.channels, embedding)
      if c.hasMidAttention {
        x = attention("mid_block.attentions.0", x, groups: c.midAttentionGroups)
      }
      x = resnet("mid_block.resnets.1", x, x.channels, embedding)
    }
    for (level, kind) in c.upBlocks.enumerated() {
      let name = "up_blocks.\(level)"
      for layer in 0...c.layersPerBlock {
        x = resnet(
          "\(name).resnets.\(layer)", Reference.concatenate(x, skips.removeLast()),
          c.blockOutChannels[c.levels - 1 - level], embedding)
        if kind == .attention {
          x = attention("\(name).attentions.\(layer)", x, groups: c.normNumGroups)
        }
      }
      if level < c.levels - 1 {
        x = convolve("\(name).upsamplers.0.conv", Reference.doubled(x), x.channels)
      }
    }
    x = Reference.silu(normalise("conv_norm_out", x, c.normNumGroups))
    return convolve("conv_out", x, c.outChannels)
  }

  private func timeEmbedding(_ timestep: Double) -> [Double] {
    let c = configuration
    let size = c.blockOutChannels[0]
    let half = size / 2
    let angles = (0..<half).map { i in
      timestep * pow(10000, -Double(i) / (Double(half) - c.freqShift))
    }
    var sinusoids =
      c.flipSinToCos ? angles.map(cos) + angles.map(sin) : angles.map(sin) + angles.map(cos)
    if size % 2 == 1 { sinusoids.append(0) }
    let hidden = linear("time_embedding.linear_1", sinusoids, c.timeEmbeddingLength)
    return linear(
      "time_embedding.linear_2", hidden.map { Reference.silu($0) }, c.timeEmbeddingLength)
  }

  private func resnet(_ name: String, _ x: Planes, _ outputs: Int, _ embedding: [Double]) -> Planes
  {
    let groups = configuration.normNumGroups
    var h = convolve(
      "\(name).conv1", Reference.silu(normalise("\(name).norm1", x, groups)), outputs)
    let activated = embedding.map { Reference.silu($0) }
    switch configuration.timeScaleShift {
    case .default:
      let time = linear("\(name).time_emb_proj", activated, outputs)
      h = normalise("\(name).norm2", h.map { $1 + time[$0] }, groups)
    case .scaleShift:
      let time = linear("\(name).time_emb_proj", activated, 2 * outputs)
      h = normalise("\(name).norm2", h, groups)
        .map { $1 * (1 + time[$0]) + time[outputs + $0] }
    }
    h = convolve("\(name).conv2", Reference.silu(h), outputs)
    let around =
      x.channels == outputs ? x : convolve("\(name).conv_shortcut", x, outputs, .pointwise)
    return Reference.add(h, around)
  }

  private func attention(_ name: String, _ x: Planes, groups: Int?) -> Planes {
    let input = groups.map { normalise("\(name).group_norm", x, $0) } ?? x
    let names =
      oldAttentionNames
      ? ["query", "key", "value", "proj_attn"] : ["to_q", "to_k", "to_v", "to_out.0"]
    func project(_ part: String, _ x: Planes) -> Planes {
      let shape = oldAttentionNames ? [x.channels, x.channels, 1, 1] : [x.channels, x.channels]
      return Reference.convolve(
        x, geometry: .pointwise, weights: weights("\(name).\(part).weight", shape),
        bias: weights("\(name).\(part).bias", [x.channels]))
    }
    let heads = x.channels / (configuration.attentionHeadDim ?? x.channels)
    let attended = Reference.attend(
      queries: project(names[0], input), keys: project(names[1], input),
      values: project(names[2], input), heads: heads)
    return Reference.add(project(names[3], attended), x)
  }

  private func convolve(
    _ name: String, _ x: Planes, _ outputs: Int, _ geometry: Convolution.Geometry = .same
  ) -> Planes {
    let k = geometry == .pointwise ? 1 : 3
    return Reference.convolve(
      x, geometry: geometry, weights: weights("\(name).weight", [outputs, x.channels, k, k]),
      bias: weights("\(name).bias", [outputs]))
  }

  private func normalise(_ name: String, _ x: Planes, _ groups: Int) -> Planes {
    Reference.groupNorm(
      x, groups: groups, epsilon: configuration.normEps,
      weight: weights("\(name).weight", [x.channels]), bias: weights("\(name).bias", [x.channels]))
  }

  private func linear(_ name: String, _ x: [Double], _ outputs: Int) -> [Double] {
    let matrix = weights("\(name).weight", [outputs, x.count])
    let bias = weights("\(name).bias", [outputs])
    return (0..<outputs).map { row in
      x.indices.reduce(Double(bias[row])) { $0 + Double(matrix[row * x.count + $1]) * x[$1] }
    }
  }

  /// The tensor `name`, drawn on first use so that activations keep about unit variance.
  ///
  /// Values are ones that halves hold exactly, so that a file may store them in either width.
  private func weights(_ name: String, _ shape: [Int]) -> [Float] {
    if let values = known[name] { return values }
    let fan = shape.dropFirst().reduce(1, *)
    let spread: Float = shape.count == 1 ? 0.5 : (3 / Float(fan)).squareRoot()
    let centre: Float =
      shape.count == 1 && name.contains("norm") && name.hasSuffix("weight") ? 1 : 0
    let values = random.floats(shape.reduce(1, *), in: centre - spread...centre + spread)
      .map { Float(Float16($0)) }
    known[name] = values
    tensors.append((name, shape, values))
    return values
  }
}

/// Seeded floats from SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// A folder of its own for a test, removed with the value that names it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tessera-networks-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
