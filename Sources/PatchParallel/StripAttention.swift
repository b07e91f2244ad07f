import Networks
import Tensors

// Self-attention in strips: own queries, and keys and values of all strips, or with PCPP of parts of
// the two neighbours.
extension Strip {
  /// Sends the strip's own keys and values to those that read them.
  func sendTokens(_ call: Attending<StripMap>, at step: StripStep) {
    guard case .maps(let keys, let values) = call.memory, step.isRead else { return }
    let shape = keys.shape
    let readers = others(owning: shape)
    guard !keys.rows.isEmpty, !readers.isEmpty else { return }
    let own = port.compute { (keys: tokens(of: keys), values: tokens(of: values)) }
    for reader in readers {
      let slice = tokens(of: worker, for: reader, shape, partial: !step.isSynchronous)
      guard !slice.isEmpty else { continue }
      let message = port.compute { Buffer(own.keys, own.values, slice) }
      port.send(
        message, to: reader,
        tag: MessageTag(step: step.index, kind: .keysAndValues, layer: call.layer.id))
    }
  }

  /// The pixels of the strip's own rows.
  private func tokens(of map: StripMap) -> Tokens {
    Tokens(source(map), rows: layout.pixelRows(of: worker, map.shape))
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

  /// Attention of the strip's queries.
  func attend(_ call: Attending<StripMap>, at step: StripStep) throws -> StripMap {
    let queries = call.queries
    func result(_ values: FeatureMap) -> StripMap {
      StripMap(slab: values, rows: queries.rows, firstRow: queries.firstRow)
    }
    guard case .maps(let keys, let values) = call.memory else {
      return port.compute(macs: macs(.attend(call))) {
        result(call.values(of: queries.slab, source: source, workers: workers))
      }
    }
    let parts = try parts(keys, values, call.layer.id, at: step)
    let count = parts.reduce(0) { $0 + $1.count }
    return port.compute(macs: queries.pixels * 2 * count * queries.shape.channels) {
      let stride = queries.shape.stride
      return result(
        Tensors.attend(
          queries: queries.slab, keys: Tokens(joining: parts, \.keys, stride: stride),
          values: Tokens(joining: parts, \.values, stride: stride), heads: call.layer.heads,
          workers: workers))
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
    _ keys: StripMap, _ values: StripMap, _ layer: Int, at step: StripStep
  ) throws -> [Part] {
    let shape = keys.shape
    guard !keys.rows.isEmpty else { return [] }
    var result: [Part] = []
    for owner in 0..<layout.count {
      if owner == worker {
        let own = (keys: tokens(of: keys), values: tokens(of: values))
        result.append(
          Part(
            count: own.keys.count, keys: UnsafePointer(own.keys.buffer.floats),
            values: UnsafePointer(own.values.buffer.floats),
            owner: [own.keys.buffer, own.values.buffer]))
        continue
      }
      let read = tokens(of: owner, for: worker, shape, partial: !step.isSynchronous)
      guard !read.isEmpty,
        let message = try message(
          .keysAndValues, layer, from: owner, at: step, synchronous: step.isSynchronous)
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
