import CKernels

/// The affine map `x * scale + shift` a gather applies to each channel, padded like the sources.
package struct ChannelAffine: Sendable, Equatable {
  /// Factor of each padded channel; zero in the padding.
  package var scale: [Float]
  /// Summand of each padded channel; zero in the padding.
  package var shift: [Float]

  /// Makes a map from factors and summands of equally many channels.
  package init(scale: [Float], shift: [Float]) {
    self.scale = scale
    self.shift = shift
  }
}

extension ChannelAffine {
  /// The map that changes nothing, for so many padded channels.
  package static func identity(_ stride: Int) -> ChannelAffine {
    ChannelAffine(
      scale: [Float](repeating: 1, count: stride), shift: [Float](repeating: 0, count: stride))
  }
}

/// What is applied to every value before a convolution; all leave 0 as it is.
package enum Activation: Sendable, Hashable {
  /// Nothing.
  case none
  /// x * sigmoid(x).
  case silu
  /// max(x, 0).
  case relu
  /// x, or `slope` * x where that is negative.
  case leakyReLU(slope: Float)
  /// x * Phi(x), with the normal distribution's function (Hendrycks and Gimpel 2016).
  case gelu
  /// x * sigmoid(1.702 x), GELU's approximation in CLIP.
  case quickGELU

  /// What CKernels.h calls it, and its slope.
  var kernel: (kind: Int32, slope: Float) {
    switch self {
    case .none: (Int32(CK_LEAKY_RELU), 1)
    case .silu: (Int32(CK_SILU), 0)
    case .relu: (Int32(CK_LEAKY_RELU), 0)
    case .leakyReLU(let slope): (Int32(CK_LEAKY_RELU), slope)
    case .gelu: (Int32(CK_GELU), 0)
    case .quickGELU: (Int32(CK_QUICK_GELU), 0)
    }
  }
}

/// Which tiles of a map a layer computes.
package enum TileChoice: Sendable {
  /// Every tile; results go to a whole map.
  case all
  /// These tiles in ascending order; results go to a slab in the same order.
  case some([Int32])
  /// These rows of tiles, computed as in a whole map; results go to a slab of the rows with room for
  /// `margin` more above and below, which is left undefined.
  case rows(Range<Int>, margin: Int)

  /// Number of tiles chosen in a map of `shape`.
  package func count(in shape: MapShape) -> Int {
    switch self {
    case .all: shape.tileCount
    case .some(let tiles): tiles.count
    case .rows(let rows, _): rows.count * shape.tilesX
    }
  }
}

/// What one convolution reads and adds.
package struct ConvolutionInput: Sendable {
  /// Maps whose channels are concatenated.
  package var sources: [Source]
  /// Normalisation applied while gathering, none when nil.
  package var affine: ChannelAffine?
  /// Normalisation of each pixel over its channels, before the affine map.
  package var layerNorm: LayerNorm?
  /// Maps of the source's shape, of which x * (1 + scale) + shift is made after the affine map.
  package var modulation: (scale: Source, shift: Source)?
  /// Applied last.
  package var activation: Activation
  /// Whether the second half of the source's channels is activated and multiplied with the first.
  package var isGated: Bool
  /// Read the maps as if doubled by nearest neighbour.
  package var doubled: Bool
  /// Bias to use instead of the layer's own, padded to a multiple of 16.
  package var bias: [Float]?
  /// Tiles added to the result, in the layout of the result.
  package var residual: FeatureMap?
  /// A 1x1 convolution added to the result, computed while the result is in the cache.
  package var shortcut: Shortcut?

  /// A 1x1 convolution of the pixels that are computed.
  package struct Shortcut: Sendable {
    /// Weights and bias; as many outputs as the convolution it is added to.
    package var layer: Convolution
    /// Maps whose channels are concatenated; every computed tile is fresh in them.
    package var sources: [Source]

    /// Makes the sum's second term.
    package init(_ layer: Convolution, _ sources: [Source]) {
      self.layer = layer
      self.sources = sources
    }
  }

  /// Makes an input that reads `sources` as they are.
  package init(
    _ sources: [Source], affine: ChannelAffine? = nil, activation: Activation = .none,
    isGated: Bool = false, doubled: Bool = false, bias: [Float]? = nil,
    residual: FeatureMap? = nil, shortcut: Shortcut? = nil
  ) {
    self.sources = sources
    self.affine = affine
    self.activation = activation
    self.isGated = isGated
    self.doubled = doubled
    self.bias = bias
    self.residual = residual
    self.shortcut = shortcut
  }

  /// Whether pixels are made from all their channels, or from other maps, before windows are lined
  /// up; that takes one source.
  var isPixelwise: Bool { layerNorm != nil || modulation != nil || isGated }
}

/// Sums of values and of squares per channel, from which a normalisation's statistics follow.
package struct ChannelSums: Sendable {
  /// Pixels summed over.
  package var pixels: Int
  /// Sum of each padded channel.
  package var sums: [Double]
  /// Sum of squares of each padded channel.
  package var squares: [Double]

  /// Makes sums over `pixels` pixels; both lists are as long as the padded channels.
  package init(pixels: Int, sums: [Double], squares: [Double]) {
    self.pixels = pixels
    self.sums = sums
    self.squares = squares
  }
}

extension ChannelSums {
  /// These sums after some tiles were replaced: minus what those held, plus what they hold now.
  package func replacing(_ old: ChannelSums, with new: ChannelSums) -> ChannelSums {
    var result = self
    for c in sums.indices {
      result.sums[c] += new.sums[c] - old.sums[c]
      result.squares[c] += new.squares[c] - old.squares[c]
    }
    return result
  }
}

/// Sums of every row of tiles by itself, so that the strips of a map add up to the whole's numbers.
package struct RowSums: Sendable {
  /// Pixels summed over.
  package var pixels: Int
  /// Padded channels.
  package let stride: Int
  /// Sums, then squares, of each padded channel, row after row: `[row][2][stride]`.
  package var values: [Double]

  /// Makes the sums of some rows.
  ///
  /// - Precondition: `values` holds `2 * stride` numbers a row.
  package init(pixels: Int, stride: Int, values: [Double]) {
    precondition(values.count % (2 * stride) == 0)
    self.pixels = pixels
    self.stride = stride
    self.values = values
  }

  /// All rows added up, from the first to the last.
  package var total: ChannelSums {
    var sums = [Double](repeating: 0, count: stride)
    var squares = sums
    for row in Swift.stride(from: 0, to: values.count, by: 2 * stride) {
      for c in 0..<stride {
        sums[c] += values[row + c]
        squares[c] += values[row + stride + c]
      }
    }
    return ChannelSums(pixels: pixels, sums: sums, squares: squares)
  }
}

/// A computed map with the sums of its channels.
package struct ConvolutionOutput: Sendable {
  /// Whole map or slab.
  package let map: FeatureMap
  /// Sums over the pixels computed: by rows of tiles, except that chosen tiles count as one row.
  package let rowSums: RowSums
  /// The whole map in less width, where that was asked for.
  package let kept: CachedMap?

  /// Sums over all pixels computed.
  package var sums: ChannelSums { rowSums.total }
}
