import Networks
import Tensors

// Self-attention in strips: own queries, and keys and values of all strips, or with PCPP of parts of
// the two neighbours.
extension Strip {
  /// Queries of a strip with its keys and values.
  struct Projections {
    let queries: StripMap
    let keys: Tokens
    let values: Tokens
  }

  /// The strip's own queries, keys and values; sends the latter to those that read them.
  func project(
    _ block: AttentionBlock, _ operand: Operand<StripMap>, _ affine: ChannelAffine?,
    at step: StripStep
  ) -> Projections {
    let shape = operand.maps[0].shape
    let rows = layout.pixelRows(of: worker, shape)
    let layers = [block.query, block.key, block.value]
    let macs = layers.reduce(0) { $0 + rows.count * shape.width * $1.convolution.macsPerPixel }
    let result = port.compute(macs: macs) {
      func project(_ layer: ConvolutionLayer) -> StripMap {
        convolve(layer, operand, residual: nil, affine: affine, margin: 0)
      }
      return Projections(
        queries: project(block.query), keys: Tokens(source(project(block.key)), rows: rows),
        values: Tokens(source(project(block.value)), rows: rows))
    }
    guard step.isRead, !rows.isEmpty else { return result }
    for reader in others(owning: shape) {
      let slice = tokens(of: worker, for: reader, shape, partial: !step.isSynchronous)
      guard !slice.isEmpty else { continue }
      let message = port.compute { Buffer(result.keys, result.values, slice) }
      port.send(
        message, to: reader,
        tag: MessageTag(step: step.index, kind: .keysAndValues, layer: block.key.id))
    }
    return result
  }

  /// The tokens of `owner`, counted from its first, that `reader` reads: all, or with PCPP the part
  /// of a neighbour that lies nearest.
  private func tokens(of owner: Int, for reader: Int, _ shape: MapShape, partial: Bool)
    -> Range<Int>
  {
    let count = layout.pixelRows(of: owner, shape).count * shape.width
    guard partial, let fraction = policy.fraction else { return 0..<count }
    let between = (min(owner, reader) + 1)..<max(owner, reader)
    guard between.allSatisfy({ layout.rows(of: $0, shape).isEmpty }) else { return 0..<0 }
    let part = fraction * Double(count)
    return owner < reader
      ? count - (Int(exactly: part.rounded(.up)) ?? count)..<count
      : 0..<(Int(exactly: part.rounded(.down)) ?? count)
  }

  /// Attention of the strip's queries, projected and added to `map`.
  func attend(
    _ block: AttentionBlock, _ map: StripMap, _ own: Projections, at step: StripStep
  ) throws -> StripMap {
    let shape = map.shape
    let parts = try parts(block, map, own, at: step)
    let count = parts.reduce(0) { $0 + $1.count }
    let macs =
      map.pixels * (block.output.convolution.macsPerPixel + 2 * count * shape.channels)
    return port.compute(macs: macs) {
      let attended = Tensors.attend(
        queries: own.queries.slab, keys: Tokens(joining: parts, \.keys, stride: shape.stride),
        values: Tokens(joining: parts, \.values, stride: shape.stride), heads: block.heads,
        workers: workers)
      let result = StripMap(
        slab: attended, rows: map.rows, firstRow: map.rows.lowerBound, sums: own.queries.sums)
      return convolve(block.output, Operand([result]), residual: .map(map), affine: nil)
    }
  }

  /// Keys and values of one strip, or of a part of it.
  fileprivate struct Part {
    let count: Int
    let keys: UnsafePointer<Float>
    let values: UnsafePointer<Float>
    /// What the pointers point into.
    let owner: [Buffer]
  }

  /// What the strip attends to, in order of strips.
  private func parts(
    _ block: AttentionBlock, _ map: StripMap, _ own: Projections, at step: StripStep
  ) throws -> [Part] {
    let shape = map.shape
    guard !map.rows.isEmpty else { return [] }
    var result: [Part] = []
    for owner in 0..<layout.count {
      if owner == worker {
        let (keys, values) = (own.keys.buffer, own.values.buffer)
        result.append(
          Part(
            count: own.keys.count, keys: UnsafePointer(keys.floats),
            values: UnsafePointer(values.floats), owner: [keys, values]))
        continue
      }
      let read = tokens(of: owner, for: worker, shape, partial: !step.isSynchronous)
      guard !read.isEmpty,
        let message = try message(
          .keysAndValues, block.key.id, from: owner, at: step, synchronous: step.isSynchronous)
      else { continue }
      // What a synchronous step sent is the whole strip, also where a part is read of it.
      let whole = step.isSynchronous || step.followsSynchronous
      let held = whole ? tokens(of: owner, for: worker, shape, partial: false) : read
      let first = UnsafePointer(message.floats) + (read.lowerBound - held.lowerBound) * shape.stride
      result.append(
        Part(
          count: read.count, keys: first, values: first + held.count * shape.stride,
          owner: [message]))
    }
    return result
  }
}

extension Buffer {
  /// A message of some of the keys, then of the values.
  fileprivate convenience init(_ keys: Tokens, _ values: Tokens, _ slice: Range<Int>) {
    let floats = slice.count * keys.stride
    self.init(floats: 2 * floats)
    let first = slice.lowerBound * keys.stride
    self.floats.update(from: keys.buffer.floats + first, count: floats)
    (self.floats + floats).update(from: values.buffer.floats + first, count: floats)
  }
}

extension Tokens {
  /// Rows of several strips, one after the other.
  fileprivate init(
    joining parts: [Strip.Part], _ rows: KeyPath<Strip.Part, UnsafePointer<Float>>, stride: Int
  ) {
    self.init(count: parts.reduce(0) { $0 + $1.count }, stride: stride)
    var place = buffer.floats
    for part in parts {
      withExtendedLifetime(part) {
        place.update(from: part[keyPath: rows], count: part.count * stride)
      }
      place += part.count * stride
    }
  }
}
