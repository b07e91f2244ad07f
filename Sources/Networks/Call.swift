package import Tensors

/// One operation that a network asks of a pass: a layer, what it reads and what is added.
///
/// Everything that can be said of a call without computing it is said here: its cost, the size of its
/// result, which maps it reads and how far around a pixel. So an operation is added here, and in the
/// passes that compute.
package enum Call<Map> {
  /// A convolution of any kernel, stride, padding and groups; a linear map is a 1x1 one.
  case convolve(Convolving<Map>)
  /// Scaled dot-product attention.
  case attend(Attending<Map>)
}

/// A convolution of an operand, plus a residual where there is one.
package struct Convolving<Map> {
  /// Weights and geometry.
  package let layer: ConvolutionLayer
  /// What is convolved.
  package var operand: Operand<Map>
  /// What is added to the result.
  package var residual: Residual<Map>?
}

/// Attention of every pixel of a map to the pixels of another, or to given tokens.
package struct Attending<Map> {
  /// Name and heads.
  package let layer: AttentionLayer
  /// One query a pixel.
  package var queries: Map
  /// What the queries are compared with.
  package var memory: Memory<Map>
}

/// Keys and values of attention.
package enum Memory<Map> {
  /// Every pixel is a token: self-attention.
  case maps(keys: Map, values: Map)
  /// Given beforehand, as projections of a text: cross-attention.
  case tokens(keys: Tokens, values: Tokens)
}

extension Call: Sendable where Map: Sendable {}
extension Convolving: Sendable where Map: Sendable {}
extension Attending: Sendable where Map: Sendable {}
extension Memory: Sendable where Map: Sendable {}

// MARK: - What a call is, whoever computes it

/// How far around a pixel a call reads a map to compute that pixel.
package enum Reach: Sendable, Equatable {
  /// That pixel only.
  case pixel
  /// So many pixels on each side, and the statistics of a group normalisation.
  case window(Int)
  /// Everything.
  case whole
}

extension Call {
  /// Number of the layer, unique in its network.
  package var id: Int {
    switch self {
    case .convolve(let call): call.layer.id
    case .attend(let call): call.layer.id
    }
  }

  /// Name of the layer in the model's file.
  package var name: String {
    switch self {
    case .convolve(let call): call.layer.name
    case .attend(let call): call.layer.name
    }
  }

  /// Every map that is read, with its reach, in order; a map may come several times.
  package var reads: [(map: Map, reach: Reach)] {
    switch self {
    case .convolve(let call):
      call.operand.allMaps.map { ($0, call.reach) }
        + (call.residual?.maps ?? []).map { ($0, .pixel) }
    case .attend(let call):
      switch call.memory {
      case .maps(let keys, let values):
        [(call.queries, .pixel), (keys, .whole), (values, .whole)]
      case .tokens: [(call.queries, .pixel)]
      }
    }
  }

  /// Size of the result, from those of the maps.
  package func shape(_ of: (Map) -> MapShape) -> MapShape {
    switch self {
    case .convolve(let call):
      call.layer.convolution.outputShape(
        of(call.operand.maps[0]), doubled: call.operand.doubled)
    case .attend(let call): of(call.queries)
    }
  }

  /// Multiply-adds for one pixel of the result by layer, from the sizes of the maps: kernel^2 * inputs *
  /// outputs / groups whatever algorithm runs, and tokens * channels twice.
  package func work(_ of: (Map) -> MapShape) -> [(name: String, macsPerPixel: Int)] {
    switch self {
    case .convolve(let call):
      let layers = (call.residual?.layer).map { [$0, call.layer] } ?? [call.layer]
      return layers.map { ($0.name, $0.convolution.macsPerPixel) }
    case .attend(let call):
      return [(call.layer.name, 2 * call.memory.count(of) * of(call.queries).channels)]
    }
  }

  /// The same over other maps.
  package func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Call<Other> {
    switch self {
    case .convolve(let call): .convolve(try call.map(transform))
    case .attend(let call):
      .attend(
        Attending(
          layer: call.layer, queries: try transform(call.queries),
          memory: try call.memory.map(transform)))
    }
  }
}

extension Convolving {
  /// The same over other maps.
  package func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Convolving<Other> {
    Convolving<Other>(
      layer: layer, operand: try operand.map(transform), residual: try residual?.map(transform))
  }

  /// How far the operand's maps are read.
  fileprivate var reach: Reach {
    let geometry = layer.convolution.geometry
    if geometry.reach > 0 { return .window(geometry.reach) }
    return operand.group == nil ? .pixel : .window(0)
  }
}

extension Memory {
  /// Tokens, from the sizes of the maps.
  package func count(_ of: (Map) -> MapShape) -> Int {
    switch self {
    case .maps(let keys, _): of(keys).height * of(keys).width
    case .tokens(let keys, _): keys.count
    }
  }

  fileprivate func map<Other>(_ transform: (Map) throws -> Other) rethrows -> Memory<Other> {
    switch self {
    case .maps(let keys, let values):
      .maps(keys: try transform(keys), values: try transform(values))
    case .tokens(let keys, let values): .tokens(keys: keys, values: values)
    }
  }
}

// MARK: - What the kernels take

extension Convolving {
  /// What the kernels read, once a pass has said where its maps lie.
  ///
  /// - Parameters:
  ///   - stored: the tiles of a map that is added as it is, in the layout of the result.
  ///   - source: a map as windows are read of it.
  ///   - statistics: the affine map of a group normalisation over maps side by side; nil where nothing
  ///     is computed.
  package func input(
    stored: (Map) -> FeatureMap, source: (Map) -> Source,
    statistics: (NormalisationLayer, [Map]) throws -> ChannelAffine?
  ) rethrows -> ConvolutionInput {
    let sources = operand.maps.map(source)
    let channels = sources.map(\.shape.channels)
    var input = ConvolutionInput(
      sources, activation: operand.activation, isGated: operand.isGated,
      doubled: operand.doubled, bias: operand.bias)
    switch operand.normalisation {
    case .group(let layer): input.affine = try statistics(layer, operand.maps)
    case .pixel(let norm): input.layerNorm = norm
    case .fixed(let affine): input.affine = affine.padded(for: channels)
    case nil: break
    }
    switch operand.modulation {
    case .channels(let scale, let shift):
      let plain = input.affine ?? .identity(channels.reduce(0) { $0 + paddedChannels($1) })
      let factors = ChannelAffine(scale: scale, shift: shift).padded(for: channels)
      input.affine = plain.then(factor: factors.scale, summand: factors.shift)
    case .pixels(let scale, let shift): input.modulation = (source(scale), source(shift))
    case nil: break
    }
    switch residual {
    case .map(let map): input.residual = stored(map)
    case .projection(let layer, let maps):
      input.shortcut = ConvolutionInput.Shortcut(layer.convolution, maps.map(source))
    case nil: break
    }
    return input
  }
}

extension Attending {
  /// The attended values of some queries, once a pass has said where its maps lie.
  package func values(
    of queries: FeatureMap, source: (Map) -> Source, workers: WorkerPool
  ) -> FeatureMap {
    switch memory {
    case .maps(let keys, let values):
      Tensors.attend(
        queries: queries, keys: source(keys), values: source(values), heads: layer.heads,
        workers: workers)
    case .tokens(let keys, let values):
      Tensors.attend(
        queries: queries, keys: keys, values: values, heads: layer.heads, workers: workers)
    }
  }
}
