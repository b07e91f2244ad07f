import CKernels

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
  let job = AttentionJob(queries: queries, keys: keys, values: values, heads: heads)
  return job.run(workers)
}

private struct AttentionJob {
  let queries: FeatureMap
  let heads: Int
  /// Channels of a head, and their number rounded up to whole vectors.
  let size: Int
  let tokens: Int
  let kernels = Kernels.current
  /// Keys and values, one row a token, `[tokens][stride]`.
  let keyRows: Buffer
  let valueRows: Buffer
  let stride: Int

  static let block = 48

  init(queries: FeatureMap, keys: Source, values: Source, heads: Int) {
    self.queries = queries
    self.heads = heads
    stride = queries.shape.stride
    size = queries.shape.channels / heads
    tokens = keys.shape.height * keys.shape.width
    keyRows = AttentionJob.rows(of: keys)
    valueRows = AttentionJob.rows(of: values)
  }

  /// Every pixel of a map as one row, in raster order.
  static func rows(of source: Source) -> Buffer {
    let shape = source.shape
    let rows = Buffer(floats: shape.height * shape.width * shape.stride)
    source.withKernelSource { description in
      Kernels.current.table.gather(
        description, 0, 0, Int32(shape.height), Int32(shape.width), 0, Int32(shape.stride), nil,
        nil, 0, rows.floats)
    }
    return rows
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
