import Foundation

/// Slow, obvious twins of this room's kernels, in double precision, for tests to compare with.
///
/// Everything works on planes `[C][H][W]`, pixel by pixel, straight from the definitions.
package enum Reference {
  /// A feature map as planes `[C][H][W]`.
  package struct Planes: Sendable, Equatable {
    /// Channels.
    package let channels: Int
    /// Rows.
    package let height: Int
    /// Columns.
    package let width: Int
    /// Row-major values, `channels * height * width` of them.
    package var values: [Double]

    /// Makes planes of zeros.
    package init(channels: Int, height: Int, width: Int) {
      self.channels = channels
      self.height = height
      self.width = width
      values = [Double](repeating: 0, count: channels * height * width)
    }

    /// Makes planes from floats in row-major order.
    ///
    /// - Precondition: `floats.count == channels * height * width`.
    package init(channels: Int, height: Int, width: Int, floats: [Float]) {
      precondition(floats.count == channels * height * width)
      self.init(channels: channels, height: height, width: width)
      values = floats.map(Double.init)
    }

    /// The value of channel c at row y, column x.
    package subscript(c: Int, y: Int, x: Int) -> Double {
      get { values[(c * height + y) * width + x] }
      set { values[(c * height + y) * width + x] = newValue }
    }

    /// The value at (y, x), or 0 outside the map: zero padding.
    package func padded(_ c: Int, _ y: Int, _ x: Int) -> Double {
      (0..<height).contains(y) && (0..<width).contains(x) ? self[c, y, x] : 0
    }

    /// The values rounded to floats.
    package var floats: [Float] { values.map { Float($0) } }

    /// Each value mapped, given its channel.
    package func map(_ transform: (_ channel: Int, _ value: Double) -> Double) -> Planes {
      var result = self
      for i in values.indices { result.values[i] = transform(i / (height * width), values[i]) }
      return result
    }
  }

  /// A convolution as a sum over every tap and input channel of the output's group.
  ///
  /// `weights` is `[outputs][channels / groups][k][k]`, `bias` has one value an output.
  package static func convolve(
    _ input: Planes, geometry: Convolution.Geometry, weights: [Float], bias: [Float]
  ) -> Planes {
    let (kernel, step, before, groups) = (
      geometry.kernel, geometry.step, geometry.before, geometry.groups
    )
    let extra = before + geometry.after - kernel
    let inputs = input.channels / groups
    var output = Planes(
      channels: bias.count, height: (input.height + extra) / step + 1,
      width: (input.width + extra) / step + 1)
    func value(_ c: Int, _ y: Int, _ x: Int) -> Double {
      guard geometry.reflects else { return input.padded(c, y, x) }
      func mirrored(_ i: Int, _ length: Int) -> Int { i < 0 ? -i : min(i, 2 * (length - 1) - i) }
      return input[c, mirrored(y, input.height), mirrored(x, input.width)]
    }
    for o in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          var sum = Double(bias[o])
          let first = o / (bias.count / groups) * inputs
          for c in 0..<inputs {
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let weight = weights[((o * inputs + c) * kernel + ky) * kernel + kx]
                sum +=
                  Double(weight)
                  * value(first + c, y * step + ky - before, x * step + kx - before)
              }
            }
          }
          output[o, y, x] = sum
        }
      }
    }
    return output
  }

  /// Every pixel repeated twice in both directions.
  package static func doubled(_ input: Planes) -> Planes {
    var output = Planes(
      channels: input.channels, height: 2 * input.height, width: 2 * input.width)
    for c in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width { output[c, y, x] = input[c, y / 2, x / 2] }
      }
    }
    return output
  }

  /// x * sigmoid(x).
  package static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

  /// x * sigmoid(x), pixel by pixel.
  package static func silu(_ input: Planes) -> Planes { input.map { silu($1) } }

  /// The sum of two maps of one shape.
  package static func add(_ a: Planes, _ b: Planes) -> Planes {
    var result = a
    for i in a.values.indices { result.values[i] += b.values[i] }
    return result
  }

  /// The channels of `b` after those of `a`.
  package static func concatenate(_ a: Planes, _ b: Planes) -> Planes {
    var result = Planes(channels: a.channels + b.channels, height: a.height, width: a.width)
    result.values = a.values + b.values
    return result
  }

  /// Group normalisation with biased variance (Wu and He 2018).
  package static func groupNorm(
    _ input: Planes, groups: Int, epsilon: Double, weight: [Float], bias: [Float]
  ) -> Planes {
    let size = input.channels / groups
    let area = input.height * input.width
    var means: [Double] = []
    var deviations: [Double] = []
    for group in 0..<groups {
      let values = input.values[group * size * area..<(group + 1) * size * area]
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      means.append(mean)
      deviations.append((variance + epsilon).squareRoot())
    }
    return input.map { c, x in
      (x - means[c / size]) / deviations[c / size] * Double(weight[c]) + Double(bias[c])
    }
  }

  /// An activation, from its definition.
  package static func activate(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: x
    case .silu: silu(x)
    case .relu: max(x, 0)
    case .leakyReLU(let slope): x < 0 ? Double(slope) * x : x
    case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
    case .quickGELU: x / (1 + exp(-1.702 * x))
    }
  }

  /// The activated map; gated, the first half of the channels times the activated second.
  package static func activated(_ input: Planes, _ activation: Activation, gated: Bool = false)
    -> Planes
  {
    guard gated else { return input.map { activate($1, activation) } }
    let half = input.channels / 2
    var result = Planes(channels: half, height: input.height, width: input.width)
    for i in result.values.indices {
      let gate = input.values[half * input.height * input.width + i]
      result.values[i] = input.values[i] * activate(gate, activation)
    }
    return result
  }

  /// Layer normalisation with biased variance (Ba et al. 2016).
  package static func layerNorm(
    _ input: Planes, epsilon: Double, weight: [Float], bias: [Float]
  ) -> Planes {
    let area = input.height * input.width
    var result = input
    for pixel in 0..<area {
      let values = (0..<input.channels).map { input.values[$0 * area + pixel] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      for (c, value) in values.enumerated() {
        result.values[c * area + pixel] =
          (value - mean) / (variance + epsilon).squareRoot() * Double(weight[c]) + Double(bias[c])
      }
    }
    return result
  }

  /// exp(x - max) over its sum.
  package static func softmax(_ row: [Double]) -> [Double] {
    let top = row.max() ?? 0
    let powers = row.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// softmax(Q K^T / sqrt(d)) V for each head of d channels; every pixel is a token (Vaswani 2017).
  package static func attend(queries: Planes, keys: Planes, values: Planes, heads: Int) -> Planes {
    let size = queries.channels / heads
    let tokens = keys.height * keys.width
    let area = queries.height * queries.width
    var output = queries
    for head in 0..<heads {
      let channels = head * size..<(head + 1) * size
      for query in 0..<area {
        let scores = (0..<tokens).map { token in
          channels.reduce(0) { sum, c in
            sum + queries.values[c * area + query] * keys.values[c * tokens + token]
          } / Double(size).squareRoot()
        }
        let weights = softmax(scores)
        for c in channels {
          output.values[c * area + query] = (0..<tokens).reduce(0) { sum, token in
            sum + weights[token] * values.values[c * tokens + token]
          }
        }
      }
    }
    return output
  }
}
