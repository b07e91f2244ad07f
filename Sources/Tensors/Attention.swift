import CKernels

/// Keys or values of attention as rows, one a token: `[count][stride]`.
///
/// Sendable because whoever fills a row does so before others read it.
package struct Tokens: Sendable {
  /// Rows.
  package let count: Int
  /// Padded channels of a row.
  package let stride: Int
  /// Storage, `count * stride` floats.
  package let buffer: Buffer

  /// Makes rows that are undefined inside.
  package init(count: Int, stride: Int) {
    self.count = count
    self.stride = stride
    buffer = Buffer(floats: count * stride)
  }

  /// Takes rows of `channels` floats, one after the other.
  ///
  /// - Precondition: `floats` is a multiple of `channels` long.
  package init(_ floats: [Float], channels: Int) {
    precondition(floats.count % channels == 0)
    self.init(count: floats.count / channels, stride: paddedChannels(channels))
    buffer.floats.update(repeating: 0, count: count * stride)
    for (index, value) in floats.enumerated() {
      buffer.floats[index / channels * stride + index % channels] = value
    }
  }

  /// The pixels of a map in raster order, or of some of its rows of pixels.
  package init(_ source: Source, rows: Range<Int>? = nil) {
    let shape = source.shape
    let rows = rows ?? 0..<shape.height
    self.init(count: rows.count * shape.width, stride: shape.stride)
    let floats = buffer.floats
    source.withKernelSource { description in
      Kernels.current.table.gather(
        description, Int32(rows.lowerBound), 0, Int32(rows.count), Int32(shape.width), 0,
        Int32(shape.stride), nil, nil, 0, floats)
    }
  }
}

/// Scaled dot-product attention: softmax(Q K^T / sqrt(d)) V, head by head (Vaswani 2017).
///
/// `queries` is a whole map or a slab; every pixel of the keys' map is a token. The result has the
/// layout of `queries`. Memory beyond the operands is linear in the tokens: one strip of 48 rows of
/// scores a worker, and one packed copy of keys and values.
/// - Precondition: all maps have `heads * d` channels.
/// - Complexity: `2 * queries * tokens * channels` multiply-adds.
package func attend(
  queries: FeatureMap, keys: Source, values: Source, heads: Int, workers: WorkerPool
) -> FeatureMap {
  attend(
    queries: queries, keys: Tokens(keys), values: Tokens(values), heads: heads, workers: workers)
}

/// The same over keys and values given as rows.
///
/// - Precondition: there are as many keys as values, as wide as the queries.
package func attend(
  queries: FeatureMap, keys: Tokens, values: Tokens, heads: Int, workers: WorkerPool
) -> FeatureMap {
  let job = AttentionJob(queries: queries, keys: keys, values: values, heads: heads)
  return job.run(workers)
}

/// Bytes that attention of the pixels of a map of `shape` over `tokens` tokens takes beside queries,
/// keys and values and the result.
package func attentionScratch(_ shape: MapShape, tokens: Int, heads: Int, workers: Int) -> Int {
  let columns = paddedChannels(tokens)
  let width = paddedChannels(shape.channels / max(1, heads))
  let rows = 2 * tokens * shape.stride
  let packed = heads * (columns * width + width * tokens)
  return 4 * (rows + packed + workers * AttentionJob.block * (columns + width))
}

private struct AttentionJob {
  let queries: FeatureMap
  let heads: Int
  /// Channels of a head, and their number rounded up to whole vectors.
  let size: Int
  let tokens: Int
  let kernels = Kernels.current
  let keyRows: Buffer
  let valueRows: Buffer
  let stride: Int

  static let block = 48

  init(queries: FeatureMap, keys: Tokens, values: Tokens, heads: Int) {
    precondition(keys.count == values.count && keys.stride == queries.shape.stride)
    self.queries = queries
    self.heads = heads
    stride = queries.shape.stride
    size = queries.shape.channels / heads
    tokens = keys.count
    keyRows = keys.buffer
    valueRows = values.buffer
  }

  var tokenPanels: [Panel] { kernels.panels(covering: paddedChannels(tokens)) }
  var headPanels: [Panel] { kernels.panels(covering: paddedChannels(size)) }

  func run(_ workers: WorkerPool) -> FeatureMap {
    let output = FeatureMap(queries.shape, tiles: queries.tileCount)
    output.floats.update(repeating: 0, count: output.tileCount * output.tileStride)
    let rows = queries.tileCount * 16
    let columns = paddedChannels(tokens)
    let packedKeys = Buffer(floats: heads * columns * size)
    let packedValues = Buffer(floats: heads * paddedChannels(size) * tokens)
    workers.run(heads) { head, _ in pack(head, packedKeys, packedValues) }
    let width = paddedChannels(size)
    let scratchFloats = AttentionJob.block * (columns + width)
    let scratch = Buffer(floats: workers.count * scratchFloats)
    workers.run((rows + AttentionJob.block - 1) / AttentionJob.block) { index, worker in
      let first = index * AttentionJob.block
      let scores = scratch.floats + worker * scratchFloats
      for head in 0..<heads {
        attend(
          head, first: first, count: min(AttentionJob.block, rows - first), packedKeys,
          packedValues, scores, output)
      }
    }
    return output
  }

  private func pack(_ head: Int, _ packedKeys: Buffer, _ packedValues: Buffer) {
    let keys = packedKeys.floats + head * paddedChannels(tokens) * size
    for panel in tokenPanels {
      ck_pack_panel(
        keyRows.floats + panel.first * stride + head * size, stride, Int32(size),
        Int32(max(0, min(panel.width, tokens - panel.first))), Int32(panel.width), 1,
        keys + panel.first * size)
    }
    let values = packedValues.floats + head * paddedChannels(size) * tokens
    for panel in headPanels {
      ck_pack_panel(
        valueRows.floats + head * size + panel.first, stride, Int32(tokens),
        Int32(max(0, min(panel.width, size - panel.first))), Int32(panel.width), 0,
        values + panel.first * tokens)
    }
  }

  private func attend(
    _ head: Int, first: Int, count: Int, _ packedKeys: Buffer, _ packedValues: Buffer,
    _ scores: UnsafeMutablePointer<Float>, _ output: FeatureMap
  ) {
    let columns = paddedChannels(tokens)
    let table = kernels.table
    let query = queries.floats + first * stride + head * size
    let keys = packedKeys.floats + head * columns * size
    for panel in tokenPanels {
      table.gemm(
        query, stride, keys + panel.first * size, scores + panel.first, columns, Int32(count),
        Int32(size), Int32(panel.vectors), nil, 0)
    }
    table.softmax(scores, Int32(count), Int32(tokens), columns, 1 / Float(size).squareRoot())
    let width = paddedChannels(size)
    let result = scores + AttentionJob.block * columns
    let values = packedValues.floats + head * width * tokens
    for panel in headPanels {
      table.gemm(
        scores, columns, values + panel.first * tokens, result + panel.first, width, Int32(count),
        Int32(tokens), Int32(panel.vectors), nil, 0)
    }
    for row in 0..<count {
      (output.floats + (first + row) * stride + head * size)
        .update(from: result + row * width, count: size)
    }
  }
}
