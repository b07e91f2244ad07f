import CKernels
import Foundation

/// A fully connected layer for single vectors: y = W x + b.
package struct Linear: Sendable {
  /// Length of the result.
  package let outputs: Int
  /// Length of the argument.
  package let inputs: Int
  private let bias: [Float]
  private let packed: Buffer
  private let panels: [Panel]

  /// Takes W as `[outputs][inputs]` and b.
  ///
  /// - Precondition: the counts agree.
  package init(outputs: Int, inputs: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == outputs * inputs && bias.count == outputs)
    self.outputs = outputs
    self.inputs = inputs
    let padded = paddedChannels(outputs)
    self.bias = bias + [Float](repeating: 0, count: padded - outputs)
    panels = Kernels.current.panels(covering: padded)
    packed = Buffer(floats: padded * inputs)
    for panel in panels {
      let out = packed.floats + panel.first * inputs
      for k in 0..<inputs {
        for j in 0..<panel.width {
          let row = panel.first + j
          out[k * panel.width + j] = row < outputs ? weights[row * inputs + k] : 0
        }
      }
    }
  }

  /// Makes a layer of all zeros that stores no weights, for counting.
  package init(outlineOf outputs: Int, inputs: Int) {
    self.outputs = outputs
    self.inputs = inputs
    bias = [Float](repeating: 0, count: paddedChannels(outputs))
    packed = Buffer(floats: 0)
    panels = []
  }

  /// W x + b.
  ///
  /// - Precondition: `x.count == inputs`.
  package func callAsFunction(_ x: [Float]) -> [Float] {
    precondition(x.count == inputs)
    var y = bias
    y.withUnsafeMutableBufferPointer { y in
      guard let start = y.baseAddress else { return }
      for panel in panels {
        Kernels.current.table.gemm(
          x, inputs, packed.floats + panel.first * inputs, start + panel.first, panel.width, 1,
          Int32(inputs), Int32(panel.vectors), nil, 1)
      }
    }
    return Array(y.prefix(outputs))
  }

  /// W x + b for every token x: the keys or values of a text, say.
  ///
  /// - Precondition: tokens are at least as wide as `inputs`.
  package func callAsFunction(_ tokens: Tokens) -> Tokens {
    precondition(tokens.stride >= inputs)
    let result = Tokens(count: tokens.count, stride: paddedChannels(outputs))
    bias.withUnsafeBufferPointer { bias in
      for panel in panels {
        Kernels.current.table.gemm(
          tokens.buffer.floats, tokens.stride, packed.floats + panel.first * inputs,
          result.buffer.floats + panel.first, result.stride, Int32(tokens.count), Int32(inputs),
          Int32(panel.vectors), bias.baseAddress.map { $0 + panel.first }, 0)
      }
    }
    return result
  }
}

extension Array where Element == Float {
  /// x * sigmoid(x), element by element.
  package var silu: [Float] { map { $0 / (1 + exp(-$0)) } }
}
