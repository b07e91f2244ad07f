import Networks
import Tensors

/// One worker's state over the steps of a run: what it remembers of the others' last messages.
package final class Strip {
  /// The worker's end of the exchange.
  package let port: ExchangePort
  /// Who owns what.
  package let layout: StripLayout
  let policy: StripPolicy
  /// Number of the worker.
  package var worker: Int { port.worker }
  /// Strips are the parallelism; each computes on one thread.
  let workers = WorkerPool(count: 1)

  private struct Key: Hashable {
    var kind: MessageTag.Kind
    var layer: Int
    var sender: Int
  }
  private struct Place: Hashable {
    var tilesX: Int
    var tilesY: Int
    var firstRow: Int
    var rows: Int
  }
  private var remembered: [Key: Buffer] = [:]
  private var indices: [Place: Buffer] = [:]
  /// Moments of every worker's strip as of the last step known, by normalisation.
  var moments: [Int: [Int: GroupNorm.Moments]] = [:]

  /// Makes the strip of `port.worker`.
  package init(_ port: ExchangePort, layout: StripLayout, policy: StripPolicy) {
    self.port = port
    self.layout = layout
    self.policy = policy
  }

  /// All workers but this one that own part of maps of `shape`.
  func others(owning shape: MapShape) -> [Int] {
    (0..<layout.count).filter { $0 != worker && !layout.rows(of: $0, shape).isEmpty }
  }

  /// What `sender` has for a layer, as this step may see it: of this step where synchronous, else of
  /// the step before or the last one that sent any.
  func message(
    _ kind: MessageTag.Kind, _ layer: Int, from sender: Int, at step: StripStep, synchronous: Bool,
    wasSent: Bool = true
  ) throws -> Buffer? {
    let key = Key(kind: kind, layer: layer, sender: sender)
    if synchronous {
      let message = try port.receive(
        from: sender, tag: MessageTag(step: step.index, kind: kind, layer: layer))
      if step.feedsNext { remembered[key] = message }
      return message
    }
    if !step.followsSynchronous && wasSent {
      remembered[key] = try port.receive(
        from: sender, tag: MessageTag(step: step.index - 1, kind: kind, layer: layer))
    }
    return remembered[key]
  }

  /// A strip as the kernels read it.
  func source(_ map: StripMap) -> Source {
    Source(fresh: map.slab, index: index(of: map), base: nil)
  }

  /// For every tile of the map its place in the slab, or -1.
  private func index(of map: StripMap) -> Buffer {
    let shape = map.shape
    let held = map.slab.tileCount / shape.tilesX
    let place = Place(
      tilesX: shape.tilesX, tilesY: shape.tilesY, firstRow: map.firstRow, rows: held)
    if let known = indices[place] { return known }
    let buffer = Buffer(byteCount: 4 * shape.tileCount)
    let numbers = buffer.base.assumingMemoryBound(to: Int32.self)
    for tile in 0..<shape.tileCount {
      let row = tile / shape.tilesX - map.firstRow
      let isHeld = (0..<held).contains(row)
      numbers[tile] = isHeld ? Int32(row * shape.tilesX + tile % shape.tilesX) : -1
    }
    indices[place] = buffer
    return buffer
  }

  /// A convolution of this worker's rows, once halos and statistics are in place.
  func convolve(
    _ call: Convolving<StripMap>, margin: Int,
    statistics: (NormalisationLayer) -> ChannelAffine?
  ) -> StripMap {
    let convolution = call.layer.convolution
    let shape = convolution.outputShape(
      call.operand.maps[0].shape, doubled: call.operand.doubled)
    let rows = layout.rows(of: worker, shape)
    let input = call.input(stored: { $0.stored(margin: margin) }, source: source) { layer, _ in
      statistics(layer)
    }
    let result = Tensors.convolve(
      convolution, input, tiles: .rows(rows, margin: margin), workers: workers)
    return StripMap(
      slab: result.map, rows: rows, firstRow: rows.lowerBound - margin, sums: result.rowSums)
  }
}

// MARK: - Halos

extension Strip {
  /// Whether a layer's halo waits for this step's rows.
  private func waits(_ operand: Operand<StripMap>, at step: StripStep) -> Bool {
    step.isSynchronous || operand.maps[0].isInput
  }

  /// Rows of pixels that `reader` needs of `owner` to compute a layer.
  private func rows(
    of owner: Int, for reader: Int, _ layer: ConvolutionLayer, _ operand: Operand<StripMap>
  ) -> Range<Int> {
    let input = operand.maps[0].shape
    let output = layer.convolution.outputShape(input, doubled: operand.doubled)
    let needed = layer.convolution.inputRows(
      for: layout.rows(of: reader, output), of: input, doubled: operand.doubled)
    return needed.clamped(to: layout.pixelRows(of: owner, input))
  }

  /// Sends the rows that others need of this strip, all maps of the operand in one message.
  func sendHalo(_ layer: ConvolutionLayer, _ operand: Operand<StripMap>, at step: StripStep) {
    let isRead =
      waits(operand, at: step)
      || step.feedsNext && policy.refreshesHalo(of: layer.id, at: step.index)
    guard isRead else { return }
    for reader in 0..<layout.count where reader != worker {
      let rows = rows(of: worker, for: reader, layer, operand)
      guard !rows.isEmpty else { continue }
      let message = port.compute {
        let size = operand.allMaps.reduce(0) { $0 + $1.byteCount(ofRows: rows) }
        let message = Buffer(byteCount: size)
        var place = message.floats
        for map in operand.allMaps { map.read(rows: rows, into: &place) }
        return message
      }
      port.send(
        message, to: reader, tag: MessageTag(step: step.index, kind: .halo, layer: layer.id))
    }
  }

  /// Receives the rows beside this strip and puts them into the margins of the operand's maps.
  func receiveHalo(_ layer: ConvolutionLayer, _ operand: Operand<StripMap>, at step: StripStep)
    throws
  {
    for owner in 0..<layout.count where owner != worker {
      let rows = rows(of: owner, for: worker, layer, operand)
      guard !rows.isEmpty else { continue }
      let message = try message(
        .halo, layer.id, from: owner, at: step, synchronous: waits(operand, at: step),
        wasSent: policy.refreshesHalo(of: layer.id, at: step.index - 1))
      guard let message else { continue }
      port.compute {
        var place = message.floats
        for map in operand.allMaps { map.write(rows: rows, from: &place) }
      }
    }
  }
}
