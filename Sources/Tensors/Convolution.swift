import CKernels
import Foundation

/// A convolution's weights: square filters, packed for the kernels when first used.
///
/// Input channels may come from several maps (a skip and the running features); each map's channels
/// are padded to a multiple of 16, and the packed rows follow that padding.
package final class Convolution: @unchecked Sendable {
  /// Where a convolution's windows lie, and which channels they join.
  package struct Geometry: Sendable, Hashable {
    /// Rows and columns of the kernel.
    package var kernel = 1
    /// Distance of neighbouring windows in input pixels.
    package var step = 1
    /// Rows above and columns left of the map that the first window covers.
    package var before = 0
    /// Rows below and columns right of the map that windows may cover.
    package var after = 0
    /// Whether padding mirrors the map without repeating its edge; else it is zero.
    package var reflects = false
    /// Equal parts of input and output channels that see nothing of each other.
    package var groups = 1

    /// Makes a geometry with the same padding on every side.
    package init(
      kernel: Int, step: Int = 1, padding: Int = 0, reflects: Bool = false, groups: Int = 1
    ) {
      (self.kernel, self.step, before, after) = (kernel, step, padding, padding)
      (self.reflects, self.groups) = (reflects, groups)
    }

    /// 1x1: every pixel by itself.
    package static let pointwise = Geometry(kernel: 1)
    /// 3x3, stride 1, one pixel of padding on each side.
    package static let same = Geometry(kernel: 3, padding: 1)
    /// 3x3, stride 2; `padding` 1 pads every side, 0 pads only bottom and right by one.
    package static func halving(padding: Int) -> Geometry {
      var geometry = Geometry(kernel: 3, step: 2, padding: 1)
      geometry.before = padding
      return geometry
    }

    /// Pixels of the input that a window covers beyond its own, on the side where there are most.
    package var reach: Int { max(before, kernel - 1 - before) }
  }

  /// Kernel size, stride and padding.
  package let geometry: Geometry
  /// Channels of each input map, in order.
  package let inputs: [Int]
  /// Output channels.
  package let outputs: Int
  /// Bias per output, padded with zeros to a multiple of 16.
  package let bias: [Float]
  /// Filters as published, `[outputs][inputs / groups][k][k]`; nil for an outline.
  private let weights: Buffer?
  /// With groups, the padded inputs that each panel of outputs sees.
  private let groupRows: [Range<Int>]
  private let lock = NSLock()
  private var direct: Buffer?
  private var winograd: Buffer?

  /// Takes filters `[outputs][sum of inputs / groups][k][k]` and a bias of `outputs` floats.
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

  /// Takes filters `[outputs][sum of inputs / groups][k][k]` in memory that is not written any more.
  ///
  /// - Precondition: the counts agree.
  package init(geometry: Geometry, inputs: [Int], outputs: Int, filters: Buffer, bias: [Float]) {
    let (taps, total) = (geometry.kernel * geometry.kernel, inputs.reduce(0, +))
    precondition(outputs % geometry.groups == 0 && total % geometry.groups == 0)
    precondition(filters.byteCount == 4 * outputs * (total / geometry.groups) * taps)
    precondition(bias.count == outputs)
    let weights: Buffer? = filters
    self.geometry = geometry
    groupRows =
      geometry.groups == 1 ? [] : Self.groupRows(geometry.groups, inputs, outputs)
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.bias = bias + [Float](repeating: 0, count: paddedChannels(outputs) - outputs)
  }

  /// Makes a convolution that has its shape and no weights, for counting; computing with it traps.
  package init(outline geometry: Geometry, inputs: [Int], outputs: Int) {
    self.geometry = geometry
    groupRows =
      geometry.groups == 1 ? [] : Self.groupRows(geometry.groups, inputs, outputs)
    self.inputs = inputs
    self.outputs = outputs
    weights = nil
    bias = [Float](repeating: 0, count: paddedChannels(outputs))
  }

  /// Rows and columns of the kernel.
  package var kernel: Int { geometry.kernel }
  /// Distance of neighbouring windows in input pixels.
  package var step: Int { geometry.step }
  /// Rows above and columns left of the map that the first window covers.
  package var padding: Int { geometry.before }
  /// Input channels with each map's padding.
  package var paddedInputs: Int { inputs.reduce(0) { $0 + paddedChannels($1) } }

  /// Multiply-adds for one output pixel, counted as direct convolution.
  package var macsPerPixel: Int {
    kernel * kernel * (inputs.reduce(0, +) / geometry.groups) * outputs
  }

  /// Size of the output for an input of `shape`, doubled first where `doubled`.
  ///
  /// Halving keeps the last row or column of an odd side with padding 1 and drops it with padding 0.
  package func outputShape(_ shape: MapShape, doubled: Bool = false) -> MapShape {
    let unit = doubled ? 2 : 1
    let extra = geometry.before + geometry.after - kernel
    return MapShape(
      height: (unit * shape.height + extra) / step + 1,
      width: (unit * shape.width + extra) / step + 1, channels: outputs)
  }

  /// Channel of the filters for each padded input row, -1 for padding.
  private var rowMap: [Int32] { Self.rowMap(inputs) }

  private static func rowMap(_ inputs: [Int]) -> [Int32] {
    var map: [Int32] = []
    var first = 0
    for count in inputs {
      map += (0..<paddedChannels(count)).map { $0 < count ? Int32(first + $0) : -1 }
      first += count
    }
    return map
  }

  /// The padded inputs that the outputs of a panel see: all, or with groups those from the first to the
  /// last of the outputs' groups.
  func inputRows(of panel: Panel) -> Range<Int> {
    geometry.groups == 1
      ? 0..<paddedInputs : groupRows[panel.first / Kernels.current.panelWidth]
  }

  /// The most padded inputs that a panel of direct weights holds.
  var directDepth: Int {
    geometry.groups == 1 ? paddedInputs : groupRows.map(\.count).max() ?? 0
  }

  private static func groupRows(_ groups: Int, _ inputs: [Int], _ outputs: Int) -> [Range<Int>] {
    let map = rowMap(inputs)
    let (out, into) = (outputs / groups, inputs.reduce(0, +) / groups)
    return Kernels.current.panels(covering: paddedChannels(outputs)).map { panel in
      let last = min(panel.first + panel.width, outputs) - 1
      let seen = panel.first / out * into..<(last / out + 1) * into
      let rows = map.indices.filter { seen.contains(Int(map[$0])) }
      return (rows.first ?? 0)..<(rows.last ?? -1) + 1
    }
  }

  /// Weights as panels `[panel][tap][padded input][width]`, packed on first use; with groups a panel
  /// holds the inputs it sees only, and panels lie as if each held `directDepth`.
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
    let (out, into) = (outputs / geometry.groups, inputs.reduce(0, +) / geometry.groups)
    nonisolated(unsafe) let filters = filters
    let packed = Buffer(floats: taps * directDepth * paddedChannels(outputs))
    let panels = Kernels.current.panels(covering: paddedChannels(outputs))
    workers.run(panels.count) { index, _ in
      let panel = panels[index]
      var place = packed.floats + panel.first * taps * directDepth
      let seen = inputRows(of: panel)
      for tap in 0..<taps {
        for row in seen {
          for column in 0..<panel.width {
            let output = panel.first + column
            let input = Int(map[row]) - output / out * into
            let known = output < outputs && map[row] >= 0 && (0..<into).contains(input)
            place[column] = known ? filters[(output * into + input) * taps + tap] : 0
          }
          place += panel.width
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
