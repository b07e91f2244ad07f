import Foundation
import Networks
import Tensors

/// A small U-Net with a transformer at its coarse level, and one block of the other kind at its fine
/// one: random weights, every operation that a pass knows.
///
/// The transformer is that of text-conditioned models (Rombach 2022): self-attention, attention to
/// tokens, GEGLU, each after a layer normalisation and around a residual. The other block is SPADE's
/// (Park 2019), its convolutions depthwise, of 5x5, mirrored, with a fixed normalisation.
struct TransformerUNet: Network {
  typealias Weights = (values: [Float], bias: [Float])

  let inputChannels = 3
  let sizeMultiple = 2
  /// Weights and biases by layer name, as published.
  let weights: [String: Weights]
  private let layers: [String: ConvolutionLayer]
  private let norms: [String: NormalisationLayer]
  private let layerNorms: [String: LayerNorm]
  private let timeShift: [Float]
  private let fixed: ChannelAffine
  private let keys: Tokens
  private let values: Tokens

  /// Channels of the fine and of the coarse level; neither is a multiple of 16.
  static let (fine, coarse) = (24, 40)

  init(seed: UInt64, tokens: Int = 7) {
    var maker = Maker(random: SeededNumbers(seed))
    let (fine, coarse) = (Self.fine, Self.coarse)
    maker.add("in", [3], fine, .same)
    maker.add("labels", [fine], fine, .same)
    maker.add("gamma", [fine], fine, .same)
    maker.add("beta", [fine], fine, .init(kernel: 5, padding: 2))
    maker.add("spade", [fine], fine, .same)
    maker.add("depthwise", [fine], fine, .init(kernel: 5, padding: 2, reflects: true, groups: fine))
    maker.add("down", [fine], coarse, .halving(padding: 1))
    maker.add("project in", [coarse], coarse, .pointwise)
    for name in ["query", "key", "value", "out", "cross query", "cross out", "project out"] {
      maker.add(name, [coarse], coarse, .pointwise)
    }
    maker.add("feed in", [coarse], 6 * coarse, .pointwise)
    maker.add("feed out", [3 * coarse], coarse, .pointwise)
    maker.add("up", [coarse], fine, .same)
    maker.add("join 1", [fine, fine], fine, .same)
    maker.add("join 2", [fine], fine, .same)
    maker.add("around", [fine, fine], fine, .pointwise)
    maker.add("out conv", [fine], 3, .same)
    for (name, channels) in [
      ("transformer", coarse), ("spade norm", fine), ("norm 1", 2 * fine), ("norm 2", fine),
      ("norm out", fine),
    ] {
      maker.add(norm: name, channels)
    }
    layerNorms = Dictionary(
      uniqueKeysWithValues: ["self", "cross", "feed"].map { ($0, maker.layerNorm(coarse)) })
    timeShift = maker.random.floats(fine)
    fixed = ChannelAffine(scale: maker.random.floats(fine), shift: maker.random.floats(fine))
    let text = Tokens(maker.random.floats(tokens * 12), channels: 12)
    (keys, values) = (maker.linear(12, coarse)(text), maker.linear(12, coarse)(text))
    (weights, layers, norms) = (maker.weights, maker.layers, maker.norms)
  }

  func callAsFunction<P: Pass>(_ pass: P, _ sample: P.Map, timestep: Double) throws -> P.Map {
    let x = try pass.convolve(self["in"], Operand([sample]))
    let skip = try spade(x, timestep, pass)
    let coarse = try pass.convolve(
      self["down"], Operand([skip], activation: .leakyReLU(slope: 0.2)))
    let attended = try transformer(coarse, pass)
    var upper = Operand([attended])
    upper.doubled = true
    let y = try pass.convolve(self["up"], upper)
    let joined = try pass.convolve(
      self["join 1"],
      Operand([y, skip], normalisation: group("norm 1"), activation: .silu))
    let z = try pass.convolve(
      self["join 2"], Operand([joined], normalisation: group("norm 2"), activation: .silu),
      residual: .projection(self["around"], [y, skip]))
    return try pass.convolve(
      self["out conv"], Operand([z], normalisation: group("norm out"), activation: .silu))
  }

  /// x + depthwise(fixed(spade(norm(x) modulated by maps of its own))).
  private func spade<P: Pass>(_ x: P.Map, _ timestep: Double, _ pass: P) throws -> P.Map {
    let labels = try pass.convolve(self["labels"], Operand([x], activation: .relu))
    var modulated = Operand(
      [x], normalisation: group("spade norm"), activation: .leakyReLU(slope: 0.2))
    modulated.modulation = .pixels(
      scale: try pass.convolve(self["gamma"], Operand([labels])),
      shift: try pass.convolve(self["beta"], Operand([labels])))
    modulated.bias = zip(self["spade"].convolution.bias, timeShift + zeros(32 - Self.fine)).map {
      $0 + Float(timestep / 1000) * $1
    }
    let y = try pass.convolve(self["spade"], modulated)
    return try pass.convolve(
      self["depthwise"], Operand([y], normalisation: .fixed(fixed), activation: .quickGELU),
      residual: .map(x))
  }

  /// The transformer block, with its two projections around it.
  private func transformer<P: Pass>(_ x: P.Map, _ pass: P) throws -> P.Map {
    var h = try pass.convolve(
      self["project in"], Operand([x], normalisation: group("transformer")))
    let normal = Operand([h], normalisation: layerNorms["self"].map { .pixel($0) })
    let own = try pass.attend(
      AttentionLayer(id: 100, name: "self", heads: 5), pass.convolve(self["query"], normal),
      keys: pass.convolve(self["key"], normal), values: pass.convolve(self["value"], normal))
    h = try pass.convolve(self["out"], Operand([own]), residual: .map(h))
    let cross = try pass.attend(
      AttentionLayer(id: 101, name: "cross", heads: 5),
      pass.convolve(
        self["cross query"], Operand([h], normalisation: layerNorms["cross"].map { .pixel($0) })),
      keys: keys, values: values)
    h = try pass.convolve(self["cross out"], Operand([cross]), residual: .map(h))
    var gated = Operand(
      [
        try pass.convolve(
          self["feed in"], Operand([h], normalisation: layerNorms["feed"].map { .pixel($0) }))
      ], activation: .gelu)
    gated.isGated = true
    h = try pass.convolve(self["feed out"], gated, residual: .map(h))
    return try pass.convolve(self["project out"], Operand([h]), residual: .map(x))
  }

  private subscript(_ name: String) -> ConvolutionLayer {
    guard let layer = layers[name] else { preconditionFailure("no layer \(name)") }
    return layer
  }

  private func group(_ name: String) -> Normalisation? { norms[name].map { .group($0) } }

  private func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
}

/// Makes layers with random weights, numbering them.
private struct Maker {
  var random: SeededNumbers
  var weights: [String: TransformerUNet.Weights] = [:]
  var layers: [String: ConvolutionLayer] = [:]
  var norms: [String: NormalisationLayer] = [:]

  private var nextID: Int { layers.count + norms.count }

  mutating func add(
    _ name: String, _ inputs: [Int], _ outputs: Int, _ geometry: Convolution.Geometry
  ) {
    let seen = inputs.reduce(0, +) / geometry.groups * geometry.kernel * geometry.kernel
    let size = 1.2 / Float(seen).squareRoot()
    let values = random.floats(outputs * seen).map { 1.7 * size * $0 }
    let bias = random.floats(outputs).map { 0.1 * $0 }
    weights[name] = (values, bias)
    let convolution = Convolution(
      geometry: geometry, inputs: inputs, outputs: outputs, weights: values, bias: bias)
    layers[name] = ConvolutionLayer(id: nextID, name: name, convolution: convolution)
  }

  mutating func add(norm name: String, _ channels: Int) {
    let norm = GroupNorm(
      groups: 8, epsilon: 1e-5, weight: random.floats(channels).map { 1 + 0.2 * $0 },
      bias: random.floats(channels).map { 0.1 * $0 })
    norms[name] = NormalisationLayer(id: nextID, name: name, norm: norm)
  }

  mutating func layerNorm(_ channels: Int) -> LayerNorm {
    LayerNorm(
      epsilon: 1e-5, weight: random.floats(channels).map { 1 + 0.2 * $0 },
      bias: random.floats(channels).map { 0.1 * $0 })
  }

  mutating func linear(_ inputs: Int, _ outputs: Int) -> Linear {
    Linear(
      outputs: outputs, inputs: inputs, weights: random.floats(outputs * inputs),
      bias: random.floats(outputs))
  }
}

/// SplitMix64: a small seeded generator, so that random tests replay.
struct SeededNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// `count` floats from -1 to 1.
  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Float((z ^ (z >> 31)) >> 40) / Float(1 << 23) - 1
    }
  }
}

/// Any network in double precision, call by call from the definitions.
final class ReferencePass: Pass {
  typealias Planes = Reference.Planes
  private let weights: [String: TransformerUNet.Weights]

  init(_ weights: [String: TransformerUNet.Weights]) { self.weights = weights }

  func run(_ call: Call<Planes>) -> Planes {
    switch call {
    case .convolve(let call):
      let result = convolve(call.layer, input(call.operand), bias: call.operand.bias)
      switch call.residual {
      case .map(let map): return Reference.add(result, map)
      case .projection(let layer, let maps):
        return Reference.add(result, convolve(layer, joined(maps), bias: nil))
      case nil: return result
      }
    case .attend(let call):
      switch call.memory {
      case .maps(let keys, let values):
        return Reference.attend(
          queries: call.queries, keys: keys, values: values, heads: call.layer.heads)
      case .tokens(let keys, let values):
        let channels = call.queries.channels
        return Reference.attend(
          queries: call.queries, keys: planes(keys, channels), values: planes(values, channels),
          heads: call.layer.heads)
      }
    }
  }

  private func convolve(_ layer: ConvolutionLayer, _ input: Planes, bias: [Float]?) -> Planes {
    let (values, own) = weights[layer.name] ?? ([], [])
    return Reference.convolve(
      input, geometry: layer.convolution.geometry, weights: values,
      bias: bias.map { Array($0.prefix(own.count)) } ?? own)
  }

  private func joined(_ maps: [Planes]) -> Planes {
    maps.dropFirst().reduce(maps[0], Reference.concatenate)
  }

  private func input(_ operand: Operand<Planes>) -> Planes {
    var x = joined(operand.maps)
    switch operand.normalisation {
    case .group(let layer):
      x = Reference.groupNorm(
        x, groups: layer.norm.groups, epsilon: layer.norm.epsilon, weight: layer.norm.weight,
        bias: layer.norm.bias)
    case .pixel(let norm):
      x = Reference.layerNorm(
        x, epsilon: Double(norm.epsilon), weight: norm.weight, bias: norm.bias)
    case .fixed(let affine):
      x = x.map { Double(affine.scale[$0]) * $1 + Double(affine.shift[$0]) }
    case nil: break
    }
    switch operand.modulation {
    case .channels(let scale, let shift):
      x = x.map { $1 * (1 + Double(scale[$0])) + Double(shift[$0]) }
    case .pixels(let scale, let shift):
      for i in x.values.indices {
        x.values[i] = x.values[i] * (1 + scale.values[i]) + shift.values[i]
      }
    case nil: break
    }
    x = Reference.activated(x, operand.activation, gated: operand.isGated)
    return operand.doubled ? Reference.doubled(x) : x
  }

  /// Tokens as a map of one row.
  private func planes(_ tokens: Tokens, _ channels: Int) -> Planes {
    var result = Planes(channels: channels, height: 1, width: tokens.count)
    for token in 0..<tokens.count {
      for c in 0..<channels {
        result[c, 0, token] = Double(tokens.buffer.floats[token * tokens.stride + c])
      }
    }
    return result
  }
}
