import CKernels
import Tensors
import Testing

/// Kernels that take every pixel, or every value, by itself.
@Suite struct PixelKernelTests {
  /// Kinds as CKernels.h numbers them, with a slope.
  static let activations: [(kind: Int32, slope: Float, Activation)] = [
    (0, 0, .silu), (1, 0, .relu), (1, 0.2, .leakyReLU(slope: 0.2)), (1, 1, .none), (2, 0, .gelu),
    (3, 0, .quickGELU),
  ]

  @Test(arguments: kernelNames, activations.indices)
  func activationsAreAccurate(name: String, index: Int) throws {
    let kernels = try #require(Kernels(named: name))
    let (kind, slope, activation) = Self.activations[index]
    let inputs = (-1600..<1600).map { Float($0) / 100 } + [-1e4, 1e4] + zeros(14)
    var values = inputs
    kernels.table.activate(&values, values.count, kind, slope)
    for (x, value) in zip(inputs, values) {
      let exact = Reference.activate(Double(x), activation)
      // Rounding the exponent costs more the smaller the result is.
      let relative = (kind == 3 ? 4e-6 : 1e-6) * abs(exact) + 1e-30
      let bound = kind == 2 ? 2e-7 * max(1, abs(Double(x))) : relative
      #expect(abs(Double(value) - exact) <= bound, "\(x): \(value), \(exact)")
    }
    var odd: [Float] = [.nan] + zeros(15)
    kernels.table.activate(&odd, 16, kind, slope)
    #expect(odd[0].isNaN)
  }

  private func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }

  @Test(arguments: kernelNames, [1, 16, 21, 320])
  func layerNormIsAccurate(name: String, channels: Int) throws {
    let kernels = try #require(Kernels(named: name))
    let stride = paddedChannels(channels)
    let padding = zeros(stride - channels)
    var random = Seeded(UInt64(channels))
    let rows = (0..<5).map { row in random.floats(channels).map { $0 + 10 * Float(row) } }
    let (weight, bias) = (random.floats(channels), random.floats(channels))
    var values = rows.flatMap { $0 + padding }
    kernels.table.layer_norm(
      &values, 5, Int32(stride), Int32(channels), weight + padding, bias + padding, 1e-5)
    for (row, expected) in rows.enumerated() {
      let exact = Reference.layerNorm(
        .init(channels: channels, height: 1, width: 1, floats: expected), epsilon: 1e-5,
        weight: weight, bias: bias)
      let found = Array(values[row * stride..<row * stride + channels])
      // A mean of 40 costs some bits of a deviation of 0.6.
      for (x, y) in zip(found, exact.values) { #expect(abs(Double(x) - y) < 1e-4) }
      #expect(values[row * stride + channels..<(row + 1) * stride].allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [(3, 5), (16, 40), (40, 16)])
  func tokensGoThroughALinearLayer(inputs: Int, outputs: Int) {
    var random = Seeded(7)
    let layer = Linear(
      outputs: outputs, inputs: inputs, weights: random.floats(outputs * inputs),
      bias: random.floats(outputs))
    let tokens = random.floats(7 * inputs)
    let result = layer(Tokens(tokens, channels: inputs))
    #expect(result.count == 7 && result.stride == paddedChannels(outputs))
    for token in 0..<7 {
      let expected = layer(Array(tokens[token * inputs..<(token + 1) * inputs]))
      for c in 0..<result.stride {
        let value = result.buffer.floats[token * result.stride + c]
        #expect(abs(value - (c < outputs ? expected[c] : 0)) < 1e-5)
      }
    }
  }
}
