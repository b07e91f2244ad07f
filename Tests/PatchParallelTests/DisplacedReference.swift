import Foundation
import Networks
import PatchParallel
import Tensors

/// DistriFusion's and PCPP's equations on whole arrays in double precision, slow and obvious.
///
/// Every strip sees each layer's input as a whole map: its own rows as they are now, the others' as
/// they were one step before. It computes the layer on all of that and keeps its own rows.
final class DisplacedReference: Pass {
  typealias Planes = Reference.Planes

  /// A map whose rows come from the strips that own them.
  struct Whole {
    var planes: Planes
    /// Whether it is the network's input, which all strips know.
    var isInput = false
  }

  let count: Int
  let norm: NormMode
  let fraction: Double?
  let weights: SafetensorsFile
  var isSynchronous = true
  /// Inputs of layers, moments and keys and values at the step before.
  private var before: [Int: Planes] = [:]
  private var now: [Int: Planes] = [:]
  private var beforeMemory: [Int: [Planes]] = [:]
  private var nowMemory: [Int: [Planes]] = [:]
  private var momentsBefore: [Int: [[Moments]]] = [:]
  private var momentsNow: [Int: [[Moments]]] = [:]

  /// Mean and mean square.
  struct Moments {
    var mean: Double
    var square: Double
  }

  init(count: Int, norm: NormMode, fraction: Double?, weights: SafetensorsFile) {
    self.count = count
    self.norm = norm
    self.fraction = fraction
    self.weights = weights
  }

  /// Ends a step: what was now is before.
  func advance() {
    before = now
    beforeMemory = nowMemory
    if isSynchronous || norm != .none { momentsBefore = momentsNow }
  }

  /// Rows of pixels of strip `strip`, whole tiles of 4.
  private func rows(_ strip: Int, _ height: Int) -> Range<Int> {
    let tiles = (height + 3) / 4
    return min(height, 4 * (tiles * strip / count))..<min(height, 4 * (tiles * (strip + 1) / count))
  }

  /// `old` with the rows of a strip replaced by those of `new`.
  private func view(_ strip: Int, _ new: Planes, _ old: Planes?) -> Planes {
    guard !isSynchronous, var result = old else { return new }
    for c in 0..<new.channels {
      for y in rows(strip, new.height) {
        for x in 0..<new.width { result[c, y, x] = new[c, y, x] }
      }
    }
    return result
  }

  /// The rows of every strip, each computed by itself.
  private func byStrips(_ height: Int, _ body: (Int) throws -> Planes?) rethrows -> Planes {
    var result: Planes?
    for strip in 0..<count where !rows(strip, height).isEmpty {
      guard let part = try body(strip) else { continue }
      var whole = result ?? part
      for c in 0..<part.channels {
        for y in rows(strip, height) {
          for x in 0..<part.width { whole[c, y, x] = part[c, y, x] }
        }
      }
      result = whole
    }
    return result ?? Planes(channels: 0, height: 0, width: 0)
  }

  func run(_ call: Call<Whole>) throws -> Whole {
    switch call {
    case .convolve(let call):
      try convolve(call.layer, call.operand, residual: call.residual)
    case .attend(let call): try attend(call)
    }
  }

  private func convolve(
    _ layer: ConvolutionLayer, _ operand: Operand<Whole>, residual: Residual<Whole>?
  ) throws -> Whole {
    let joined = operand.maps.dropFirst().reduce(operand.maps[0].planes) {
      Reference.concatenate($0, $1.planes)
    }
    let isInput = operand.maps[0].isInput
    now[layer.id] = joined
    remember(operand.group, joined)
    let shape = layer.convolution.outputShape(
      MapShape(height: joined.height, width: joined.width, channels: joined.channels),
      doubled: operand.doubled)
    var result = try byStrips(shape.height) { strip in
      let seen = isInput ? joined : view(strip, joined, before[layer.id])
      var input = normalised(strip, seen, joined, operand)
      if operand.activation == .silu { input = Reference.silu(input) }
      if operand.doubled { input = Reference.doubled(input) }
      let bias = operand.bias.map { Array($0.prefix(layer.convolution.outputs)) }
      return Reference.convolve(
        input, geometry: layer.convolution.geometry,
        weights: try weights.tensor("\(layer.name).weight").floats(),
        bias: try bias ?? weights.tensor("\(layer.name).bias").floats())
    }
    if let residual { result = Reference.add(result, try planes(residual)) }
    return Whole(planes: result)
  }

  private func planes(_ residual: Residual<Whole>) throws -> Planes {
    let joined = residual.maps.dropFirst().reduce(residual.maps[0].planes) {
      Reference.concatenate($0, $1.planes)
    }
    guard let layer = residual.layer else { return joined }
    return Reference.convolve(
      joined, geometry: .pointwise, weights: try weights.tensor("\(layer.name).weight").floats(),
      bias: try weights.tensor("\(layer.name).bias").floats())
  }

  /// Each strip's moments of each group, for this step and the next.
  private func remember(_ layer: NormalisationLayer?, _ planes: Planes) {
    guard let layer else { return }
    momentsNow[layer.id] = (0..<count).map { strip in
      moments(planes, layer.norm.groups, rows(strip, planes.height))
    }
  }

  private func moments(_ planes: Planes, _ groups: Int, _ rows: Range<Int>) -> [Moments] {
    let size = planes.channels / groups
    return (0..<groups).map { group in
      var (sum, squares) = (0.0, 0.0)
      for c in group * size..<(group + 1) * size {
        for y in rows {
          for x in 0..<planes.width {
            sum += planes[c, y, x]
            squares += planes[c, y, x] * planes[c, y, x]
          }
        }
      }
      let n = Double(max(1, size * rows.count * planes.width))
      return Moments(mean: sum / n, square: squares / n)
    }
  }

  private func normalised(
    _ strip: Int, _ seen: Planes, _ joined: Planes, _ operand: Operand<Whole>
  ) -> Planes {
    guard let layer = operand.group else { return seen }
    let groups = layer.norm.groups
    let statistics =
      isSynchronous || norm == .sync
      ? moments(joined, groups, 0..<joined.height) : displaced(strip, layer, joined)
    let size = joined.channels / groups
    return seen.map { c, x in
      let m = statistics[c / size]
      let deviation = (max(0, m.square - m.mean * m.mean) + layer.norm.epsilon).squareRoot()
      let y = (x - m.mean) / deviation * Double(layer.norm.weight[c]) + Double(layer.norm.bias[c])
      guard case .channels(let scale, let shift) = operand.modulation else { return y }
      return y * (1 + Double(scale[c])) + Double(shift[c])
    }
  }

  /// S + (m - m_old), or what the mode says, with S the others' and the own of the step before.
  private func displaced(_ strip: Int, _ layer: NormalisationLayer, _ joined: Planes) -> [Moments] {
    let own = moments(joined, layer.norm.groups, rows(strip, joined.height))
    guard norm != .separate, let old = momentsBefore[layer.id] else { return own }
    return own.indices.map { group in
      var mean = 0.0
      var square = 0.0
      for other in 0..<count {
        let share = Double(rows(other, joined.height).count) / Double(joined.height)
        let isReplaced = norm == .stale && other == strip
        mean += share * (isReplaced ? own[group] : old[other][group]).mean
        square += share * (isReplaced ? own[group] : old[other][group]).square
      }
      if norm != .stale {
        mean += own[group].mean - old[strip][group].mean
        square += own[group].square - old[strip][group].square
      }
      if square < mean * mean {
        square = mean * mean + own[group].square - own[group].mean * own[group].mean
      }
      return Moments(mean: mean, square: square)
    }
  }

  private func attend(_ call: Attending<Whole>) throws -> Whole {
    guard case .maps(let keys, let values) = call.memory else { throw NotSelfAttention() }
    nowMemory[call.layer.id] = [keys.planes, values.planes]
    let before = beforeMemory[call.layer.id] ?? []
    return Whole(
      planes: byStrips(call.queries.planes.height) { strip in
        Reference.attend(
          queries: call.queries.planes, keys: part(strip, view(strip, keys.planes, before.first)),
          values: part(strip, view(strip, values.planes, before.last)), heads: call.layer.heads)
      })
  }

  struct NotSelfAttention: Error {}

  /// The tokens that a strip attends to, as a map of one row: with PCPP from L(i - q) to L(i + 1 + q).
  private func part(_ strip: Int, _ planes: Planes) -> Planes {
    let width = planes.width
    var tokens = 0..<planes.height * width
    if let fraction, !isSynchronous {
      let own = rows(strip, planes.height)
      let above = (0..<strip).last { !rows($0, planes.height).isEmpty }
      let below = (strip + 1..<max(strip + 1, count)).first { !rows($0, planes.height).isEmpty }
      func length(_ neighbour: Int?) -> Double {
        Double(neighbour.map { rows($0, planes.height).count * width } ?? 0)
      }
      tokens =
        own.lowerBound * width - Int((fraction * length(above)).rounded(.up))..<own.upperBound
        * width + Int((fraction * length(below)).rounded(.down))
    }
    var result = Planes(channels: planes.channels, height: 1, width: tokens.count)
    for c in 0..<planes.channels {
      for (x, token) in tokens.enumerated() {
        result[c, 0, x] = planes[c, token / width, token % width]
      }
    }
    return result
  }
}
