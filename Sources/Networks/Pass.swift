package import Tensors

/// Decides, layer by layer, which part of a network is computed now and where the rest is read from.
///
/// A network is written once in terms of these two requirements; dense, baseline, sparse and
/// counting passes differ only here. A pass is used by one thread and for one evaluation.
package protocol Pass: AnyObject {
  /// A feature map as this pass sees it.
  associatedtype Map

  /// The convolution of an operand, plus `residual` where given.
  ///
  /// - Throws: `CancellationError` when the work was cancelled.
  func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Map>, residual: Residual<Map>?
  ) throws -> Map

  /// Self-attention over the pixels of `map`, plus `map` itself.
  ///
  /// - Throws: `CancellationError` when the work was cancelled.
  func attend(_ block: AttentionBlock, _ map: Map) throws -> Map
}

/// What a convolution reads: maps side by side in channels, normalised and activated on the way.
package struct Operand<Map> {
  /// Maps of equal height and width whose channels are concatenated.
  package var maps: [Map]
  /// Normalisation over the concatenated channels.
  package var normalisation: NormalisationLayer?
  /// Applied after the normalisation, if any, as norm(x) * (1 + scale) + shift, per channel.
  package var modulation: Modulation?
  /// Apply x * sigmoid(x) last.
  package var silu = false
  /// Double the maps by nearest neighbour first.
  package var doubled = false
  /// Bias used instead of the layer's own, for a folded time embedding; padded to 16 channels.
  package var bias: [Float]?

  /// Makes an operand that reads `maps` as they are.
  package init(_ maps: [Map]) { self.maps = maps }
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

/// Scale and shift from the time embedding, one of each per channel.
package struct Modulation: Sendable, Equatable {
  /// Added to 1 and multiplied with the normalised value.
  package var scale: [Float]
  /// Added after that.
  package var shift: [Float]
}

extension Modulation {
  /// The affine map of an operand that is modulated without being normalised, padded to `stride`.
  package func affine(stride: Int) -> ChannelAffine {
    let identity = ChannelAffine(
      scale: [Float](repeating: 1, count: stride), shift: [Float](repeating: 0, count: stride))
    return identity.then(factor: scale, summand: shift)
  }
}

/// Who reads a convolution's result; so it is known what of it is worth keeping.
package enum Readers: Sendable {
  /// Windows of later convolutions, which reach beyond the tiles of an edit.
  case windows
  /// The second convolution of the same block and nobody else.
  case nextConvolution
  /// Readers of the whole map, whatever is edited: attention its keys and values, the last layer its
  /// features where it follows changed statistics everywhere.
  case wholeMap
  /// Only what lies at the same pixel: a sum, a query, the network's caller.
  case samePixel
}

/// A convolution with the number that identifies its output among a network's activations.
package struct ConvolutionLayer: Sendable {
  /// Unique in the network, counted from 0 in order of loading.
  package let id: Int
  /// Name of the weights' prefix in the model file.
  package let name: String
  /// Weights and geometry.
  package let convolution: Convolution
  /// Who reads the output.
  package let readers: Readers
}

/// A normalisation with the number that identifies its statistics.
package struct NormalisationLayer: Sendable {
  /// Unique among all layers of the network.
  package let id: Int
  /// Name of the weights' prefix in the model file.
  package let name: String
  /// Groups, weights and epsilon.
  package let norm: GroupNorm
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
  /// Projection of the attended values, before the input is added.
  package let output: ConvolutionLayer
  /// Heads that share the channels evenly.
  package let heads: Int
}
