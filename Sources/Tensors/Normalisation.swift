/// Group normalisation: per group of channels, subtract the mean and divide by the deviation.
///
/// Wu and He 2018; the variance is the biased one, as in PyTorch.
package struct GroupNorm: Sendable {
  /// Groups that the channels are divided into.
  package let groups: Int
  /// Added to the variance.
  package let epsilon: Double
  /// Factor of each channel.
  package let weight: [Float]
  /// Summand of each channel.
  package let bias: [Float]

  /// Makes a normalisation over `weight.count` channels.
  ///
  /// - Precondition: `groups` divides the number of channels, and weight and bias are equally long.
  package init(groups: Int, epsilon: Double, weight: [Float], bias: [Float]) {
    precondition(weight.count == bias.count && weight.count % groups == 0)
    self.groups = groups
    self.epsilon = epsilon
    self.weight = weight
    self.bias = bias
  }

  /// Mean and mean square of every group.
  package struct Moments: Sendable, Equatable {
    /// Of the values.
    package var means: [Double]
    /// Of their squares.
    package var squares: [Double]

    /// Makes moments of equally many groups.
    package init(means: [Double], squares: [Double]) {
      self.means = means
      self.squares = squares
    }
  }

  /// The moments of concatenated maps, each given by its channels in use and its sums.
  ///
  /// Groups may span maps; all maps have equally many pixels, at least one.
  package func moments(of maps: [(channels: Int, sums: ChannelSums)]) -> Moments {
    let sums = maps.flatMap { $0.sums.sums.prefix($0.channels) }
    let squares = maps.flatMap { $0.sums.squares.prefix($0.channels) }
    let pixels = Double(maps.first?.sums.pixels ?? 0)
    let size = weight.count / groups
    let count = pixels * Double(size)
    func mean(_ values: [Double], _ group: Int) -> Double {
      values[group * size..<(group + 1) * size].reduce(0, +) / count
    }
    return Moments(
      means: (0..<groups).map { mean(sums, $0) }, squares: (0..<groups).map { mean(squares, $0) })
  }

  /// The affine map that normalises concatenated maps whose sums are known.
  ///
  /// The result follows the maps' padding.
  package func affine(of maps: [(channels: Int, sums: ChannelSums)]) -> ChannelAffine {
    affine(moments(of: maps), inputs: maps.map(\.channels))
  }

  /// The affine map that normalises maps of `inputs` channels with the given moments.
  package func affine(_ moments: Moments, inputs: [Int]) -> ChannelAffine {
    let size = weight.count / groups
    var scale = [Float](repeating: 0, count: weight.count)
    var shift = scale
    for group in 0..<groups {
      let mean = moments.means[group]
      let variance = max(0, moments.squares[group] - mean * mean)
      let inverse = 1 / (variance + epsilon).squareRoot()
      for c in group * size..<(group + 1) * size {
        scale[c] = Float(Double(weight[c]) * inverse)
        shift[c] = Float(Double(bias[c]) - mean * Double(weight[c]) * inverse)
      }
    }
    return ChannelAffine(scale: scale, shift: shift).padded(for: inputs)
  }
}

/// Layer normalisation: per pixel, subtract the channels' mean and divide by their deviation.
///
/// Ba et al. 2016; the variance is the biased one, as in PyTorch.
package struct LayerNorm: Sendable {
  /// Added to the variance.
  package let epsilon: Float
  /// Channels in use.
  package let channels: Int
  /// Factor of each channel, padded to a multiple of 16.
  package let weight: [Float]
  /// Summand of each channel, padded to a multiple of 16.
  package let bias: [Float]

  /// Makes a normalisation over `weight.count` channels.
  ///
  /// - Precondition: weight and bias are equally long.
  package init(epsilon: Float, weight: [Float], bias: [Float]) {
    precondition(weight.count == bias.count)
    self.epsilon = epsilon
    channels = weight.count
    let padding = [Float](repeating: 0, count: paddedChannels(channels) - channels)
    self.weight = weight + padding
    self.bias = bias + padding
  }
}

extension ChannelAffine {
  /// The same map with each input's channels padded to a multiple of 16.
  package func padded(for inputs: [Int]) -> ChannelAffine {
    var scale: [Float] = []
    var shift: [Float] = []
    var first = 0
    for channels in inputs {
      let padding = [Float](repeating: 0, count: paddedChannels(channels) - channels)
      scale += self.scale[first..<first + channels] + padding
      shift += self.shift[first..<first + channels] + padding
      first += channels
    }
    return ChannelAffine(scale: scale, shift: shift)
  }

  /// This map followed by x * (1 + factor) + summand, channel by channel.
  ///
  /// `factor` and `summand` may be shorter than the padded map; the rest stays as it is.
  package func then(factor: [Float], summand: [Float]) -> ChannelAffine {
    var result = self
    for c in factor.indices {
      result.scale[c] = scale[c] * (1 + factor[c])
      result.shift[c] = shift[c] * (1 + factor[c]) + summand[c]
    }
    return result
  }
}
