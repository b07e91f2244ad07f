package import Tensors

/// What a convolution reads: maps side by side, normalised, modulated and activated on the way.
///
/// In that order, then doubled. The convolution pads with zeros what comes out of it. A pixel-wise
/// normalisation or modulation and a gated product take one map alone.
package struct Operand<Map> {
  /// Maps of equal height and width whose channels are concatenated.
  package var maps: [Map]
  /// Normalisation over the concatenated channels.
  package var normalisation: Normalisation?
  /// Applied after the normalisation, if any, as norm(x) * (1 + scale) + shift.
  package var modulation: Modulation<Map>?
  /// Applied last, value by value.
  package var activation = Activation.none
  /// Whether the second half of the channels is activated and multiplied with the first, which is not
  /// (GEGLU; Shazeer 2020); the convolution reads half as many channels as the map has.
  package var isGated = false
  /// Read everything as if doubled by nearest neighbour.
  package var doubled = false
  /// Bias used instead of the layer's own, for a folded time embedding; padded to 16 channels.
  package var bias: [Float]?

  /// Makes an operand that reads `maps`, as they are where nothing else is said.
  package init(
    _ maps: [Map], normalisation: Normalisation? = nil, activation: Activation = .none
  ) {
    self.maps = maps
    self.normalisation = normalisation
    self.activation = activation
  }

  /// Every map that is read, those of a modulation last; all have one height and width.
  package var allMaps: [Map] {
    if case .pixels(let scale, let shift) = modulation { maps + [scale, shift] } else { maps }
  }

  /// The group normalisation, if that is the kind.
  package var group: NormalisationLayer? {
    if case .group(let layer) = normalisation { layer } else { nil }
  }

  /// Whether pixels are made from all their channels or from other maps (`ConvolutionInput`).
  package var isPixelwise: Bool {
    if case .pixel = normalisation { return true }
    if case .pixels = modulation { return true }
    return isGated
  }

  /// The same operand over other maps.
  package func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Operand<Other> {
    var result = Operand<Other>(
      try maps.map(transform), normalisation: normalisation, activation: activation)
    result.modulation = try modulation?.map(transform)
    result.isGated = isGated
    result.doubled = doubled
    result.bias = bias
    return result
  }
}

/// What values are normalised by.
package enum Normalisation: Sendable {
  /// Statistics of groups of channels over the whole map.
  case group(NormalisationLayer)
  /// Statistics of each pixel over its channels.
  case pixel(LayerNorm)
  /// Statistics known beforehand, one factor and summand a channel: a trained batch normalisation.
  case fixed(ChannelAffine)
}

/// What normalised values are scaled and shifted by, as x * (1 + scale) + shift.
package enum Modulation<Map> {
  /// One of each per channel, from the time embedding.
  case channels(scale: [Float], shift: [Float])
  /// One of each per channel and pixel, from maps of the operand's shape (SPADE; Park 2019).
  case pixels(scale: Map, shift: Map)

  fileprivate func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Modulation<Other> {
    switch self {
    case .channels(let scale, let shift): .channels(scale: scale, shift: shift)
    case .pixels(let scale, let shift):
      .pixels(scale: try transform(scale), shift: try transform(shift))
    }
  }
}

/// What is added to a convolution's result.
package enum Residual<Map> {
  /// A map of the result's shape.
  case map(Map)
  /// A 1x1 convolution of maps side by side in channels, whose outputs are the result's.
  case projection(ConvolutionLayer, [Map])

  /// The maps that are read.
  package var maps: [Map] {
    switch self {
    case .map(let map): [map]
    case .projection(_, let maps): maps
    }
  }

  /// The layer that is computed, none where a map is added as it is.
  package var layer: ConvolutionLayer? {
    if case .projection(let layer, _) = self { layer } else { nil }
  }

  /// The same with every map exchanged.
  package func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Residual<Other> {
    switch self {
    case .map(let map): .map(try transform(map))
    case .projection(let layer, let maps): .projection(layer, try maps.map(transform))
    }
  }
}

extension Operand: Sendable where Map: Sendable {}
extension Modulation: Sendable where Map: Sendable {}
extension Residual: Sendable where Map: Sendable {}

/// A convolution with the number that identifies its output among a network's activations.
package struct ConvolutionLayer: Sendable {
  /// Unique among all layers of the network, counted from 0.
  package let id: Int
  /// Name of the weights' prefix in the model file.
  package let name: String
  /// Weights and geometry.
  package let convolution: Convolution

  /// Names a convolution.
  package init(id: Int, name: String, convolution: Convolution) {
    self.id = id
    self.name = name
    self.convolution = convolution
  }
}

/// An attention, which has no weights of its own.
package struct AttentionLayer: Sendable {
  /// Unique among all layers of the network.
  package let id: Int
  /// Name of its block in the model file.
  package let name: String
  /// Heads that share the channels evenly.
  package let heads: Int

  /// Names an attention.
  package init(id: Int, name: String, heads: Int) {
    self.id = id
    self.name = name
    self.heads = heads
  }
}

/// A group normalisation with the number that identifies its statistics.
package struct NormalisationLayer: Sendable {
  /// Unique among all layers of the network.
  package let id: Int
  /// Name of the weights' prefix in the model file.
  package let name: String
  /// Groups, weights and epsilon.
  package let norm: GroupNorm

  /// Names a normalisation.
  package init(id: Int, name: String, norm: GroupNorm) {
    self.id = id
    self.name = name
    self.norm = norm
  }
}
