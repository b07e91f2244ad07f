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

  /// The affine map that normalises concatenated maps whose sums are known.
  ///
  /// Each map is given by its channels in use and its sums; the result follows the maps' padding.
  /// Groups may span maps.
  package func affine(of maps: [(channels: Int, sums: ChannelSums)]) -> ChannelAffine {
    let sums = maps.flatMap { $0.sums.sums.prefix($0.channels) }
    let squares = maps.flatMap { $0.sums.squares.prefix($0.channels) }
    let pixels = Double(maps.first?.sums.pixels ?? 0)
    let size = weight.count / groups
    var scale = [Float](repeating: 0, count: weight.count)
    var shift = scale
    for group in 0..<groups {
      let channels = group * size..<(group + 1) * size
      let count = pixels * Double(size)
      let mean = sums[channels].reduce(0, +) / count
      let variance = max(0, squares[channels].reduce(0, +) / count - mean * mean)
      let inverse = 1 / (variance + epsilon).squareRoot()
      for c in channels {
        scale[c] = Float(Double(weight[c]) * inverse)
        shift[c] = Float(Double(bias[c]) - mean * Double(weight[c]) * inverse)
      }
    }
    return ChannelAffine(scale: scale, shift: shift).padded(for: maps.map(\.channels))
  }
}

extension ChannelAffine {
  /// The same map with each input's channels padded to a multiple of 16.
  func padded(for inputs: [Int]) -> ChannelAffine {
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
