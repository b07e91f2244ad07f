import CKernels
import Foundation

/// A convolution's weights: k x k filters with stride 1 or 2, packed for the kernels when first used.
///
/// Input channels may come from several maps (a skip and the running features); each map's channels
/// are padded to a multiple of 16, and the packed rows follow that padding.
package final class Convolution: @unchecked Sendable {
  /// Where a convolution's windows lie.
  package enum Geometry: Sendable, Equatable {
    /// 1x1: every pixel by itself.
    case pointwise
    /// 3x3, stride 1, one pixel of padding on each side.
    case same
    /// 3x3, stride 2; `padding` 1 pads every side, 0 pads only bottom and right by one.
    case halving(padding: Int)
  }

  /// Kernel size, stride and padding.
  package let geometry: Geometry
  /// Channels of each input map, in order.
  package let inputs: [Int]
  /// Output channels.
  package let outputs: Int
  /// Bias per output, padded with zeros to a multiple of 16.
  package let bias: [Float]
  /// Filters as published, `[outputs][inputs][k][k]`; nil for an outline.
  private let weights: Buffer?
  private let lock = NSLock()
  private var direct: Buffer?
  private var winograd: Buffer?

  /// Takes filters `[outputs][sum of inputs][k][k]` and a bias of `outputs` floats.
  ///
  /// - Precondition: the counts agree.
  package convenience init(
    geometry: Geometry, inputs: [Int], outputs: Int, weights: [Float], bias: [Float]
  ) {
    let buffer = Buffer(floats: weights.count)
    weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      buffer.floats.update(from: start, count: weights.count)
    }
    self.init(geometry: geometry, inputs: inputs, outputs: outputs, filters: buffer, bias: bias)
  }

  /// Takes filters `[outputs][sum of inputs][k][k]` in memory that is not written any more.
  ///
  /// - Precondition: the counts agree.
  package init(geometry: Geometry, inputs: [Int], outputs: Int, filters: Buffer, bias: [Float]) {
    let taps = geometry == .pointwise ? 1 : 9
    precondition(filters.byteCount == 4 * outputs * inputs.reduce(0, +) * taps)
    precondition(bias.count == outputs)
    let weights: Buffer? = filters
    self.geometry = geometry
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.bias = bias + [Float](repeating: 0, count: paddedChannels(outputs) - outputs)
  }

  /// Makes a convolution that has its shape and no weights, for counting; computing with it traps.
  package init(outline geometry: Geometry, inputs: [Int], outputs: Int) {
    self.geometry = geometry
    self.inputs = inputs
    self.outputs = outputs
    weights = nil
    bias = [Float](repeating: 0, count: paddedChannels(outputs))
  }

  /// Rows and columns of the kernel.
  package var kernel: Int { geometry == .pointwise ? 1 : 3 }
  /// Distance of neighbouring windows in input pixels.
  package var step: Int { if case .halving = geometry { 2 } else { 1 } }
  /// Rows above and columns left of the map that the first window covers.
  package var padding: Int {
    switch geometry {
    case .pointwise: 0
    case .same: 1
    case .halving(let padding): padding
    }
  }
  /// Input channels with each map's padding.
  package var paddedInputs: Int { inputs.reduce(0) { $0 + paddedChannels($1) } }

  /// Multiply-adds for one output pixel, counted as direct convolution.
  package var macsPerPixel: Int { kernel * kernel * inputs.reduce(0, +) * outputs }

  /// Size of the output for an input of `shape`, doubled first where `doubled`.
  ///
  /// Halving keeps the last row or column of an odd side with padding 1 and drops it with padding 0.
  package func outputShape(_ shape: MapShape, doubled: Bool = false) -> MapShape {
    let unit = doubled ? 2 : 1
    let extra = step == 2 ? padding : 0
    return MapShape(
      height: (unit * shape.height + extra) / step, width: (unit * shape.width + extra) / step,
      channels: outputs)
  }

  /// Channel of the filters for each padded input row, -1 for padding.
  private var rowMap: [Int32] {
    var map: [Int32] = []
    var first = 0
    for count in inputs {
      map += (0..<paddedChannels(count)).map { $0 < count ? Int32(first + $0) : -1 }
      first += count
    }
    return map
  }

  /// Weights as panels `[panel][tap][padded input][width]`, packed on first use.
  func directWeights(_ workers: WorkerPool) -> UnsafeMutablePointer<Float> {
    lock.withLock {
      if let direct { return direct.floats }
      let packed = packDirect(workers)
      direct = packed
      return packed.floats
    }
  }

  /// Transformed weights as panels `[panel][36][padded input][width]`, packed on first use.
  func winogradWeights(_ workers: WorkerPool) -> UnsafeMutablePointer<Float> {
    lock.withLock {
      if let winograd { return winograd.floats }
      let packed = packWinograd(workers)
      winograd = packed
      return packed.floats
    }
  }

  /// How weights are packed.
  enum Packing { case direct, winograd }

  /// Whether weights are packed in one of the ways already.
  func isPacked(_ packing: Packing) -> Bool {
    lock.withLock { (packing == .direct ? direct : winograd) != nil }
  }

  private var filters: UnsafeMutablePointer<Float> {
    guard let weights else { preconditionFailure("an outline cannot be computed with") }
    return weights.floats
  }

  private func packDirect(_ workers: WorkerPool) -> Buffer {
    let map = rowMap
    let taps = kernel * kernel
    let total = inputs.reduce(0, +)
    let rows = map.count
    nonisolated(unsafe) let filters = filters
    let packed = Buffer(floats: taps * rows * paddedChannels(outputs))
    let panels = Kernels.current.panels(covering: paddedChannels(outputs))
    workers.run(panels.count) { index, _ in
      let panel = panels[index]
      var out = packed.floats + panel.first * taps * rows
      for tap in 0..<taps {
        for row in 0..<rows {
          for column in 0..<panel.width {
            let output = panel.first + column
            let known = map[row] >= 0 && output < outputs
            out[column] = known ? filters[(output * total + Int(map[row])) * taps + tap] : 0
          }
          out += panel.width
        }
      }
    }
    return packed
  }

  private func packWinograd(_ workers: WorkerPool) -> Buffer {
    let map = rowMap
    let rows = map.count
    let packed = Buffer(floats: 36 * rows * paddedChannels(outputs))
    let panels = Kernels.current.panels(covering: paddedChannels(outputs))
    nonisolated(unsafe) let filters = filters
    workers.run(panels.count) { index, _ in
      let panel = panels[index]
      Kernels.current.table.winograd_pack(
        filters, Int32(outputs), Int32(inputs.reduce(0, +)), Int32(panel.first),
        Int32(panel.width), map, Int32(rows), packed.floats + panel.first * 36 * rows,
        rows * panel.width)
    }
    return packed
  }
}
