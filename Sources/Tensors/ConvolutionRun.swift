import CKernels

/// Computes `layer` on the chosen tiles of its output.
///
/// Results are the same bytes for any number of workers: every element is one chain of
/// multiply-adds in ascending input order, and sums are formed per segment of tiles in fixed order.
/// Rows of a map are the same bytes as in the whole map, and so are their sums.
/// - Precondition: sources match `layer.inputs`, and all have the same height and width.
/// - Complexity: `tiles * 16 * layer.macsPerPixel` multiply-adds counted as direct convolution, a
///   quarter of that where Winograd's F(4x4, 3x3) is chosen (Lavin and Gray 2016).
package func convolve(
  _ layer: Convolution, _ input: ConvolutionInput, tiles: TileChoice = .all, workers: WorkerPool
) -> ConvolutionOutput {
  let shape = layer.outputShape(input.sources[0].shape, doubled: input.doubled)
  let job = ConvolutionJob(layer, input, shape: shape, tiles: tiles, workers: workers)
  return job.run()
}

/// The state of one convolution: where tiles lie, how they are blocked, and scratch for each worker.
private struct ConvolutionJob {
  let layer: Convolution
  let input: ConvolutionInput
  let shape: MapShape
  let workers: WorkerPool
  let kernels = Kernels.current.table
  let panels: [Panel]
  /// Tile numbers, ascending.
  let tiles: [Int32]
  let slots: [Int32]
  let extents: [UInt8]
  let usesWinograd: Bool
  /// Positions of tiles that are summed together; see `segments(_:length:)`.
  let segments: [Range<Int>]
  /// Segments that are transformed and multiplied together, of at most `block` tiles.
  let blocks: [Range<Int>]
  let block: Int
  /// Rows of the weight matrix.
  let depth: Int
  let output: FeatureMap
  let bias: [Float]
  private let choice: TileChoice

  init(
    _ layer: Convolution, _ input: ConvolutionInput, shape: MapShape, tiles choice: TileChoice,
    workers: WorkerPool
  ) {
    self.layer = layer
    self.input = input
    self.shape = shape
    self.workers = workers
    self.choice = choice
    panels = Kernels.current.panels(covering: shape.stride)
    var margin = 0
    // The algorithm for a row is the whole map's, so that both give the same bytes.
    var deciding = shape.tileCount
    switch choice {
    case .all: tiles = (0..<Int32(shape.tileCount)).map { $0 }
    case .some(let chosen):
      tiles = chosen
      deciding = chosen.count
    case .rows(let rows, let room):
      tiles = (Int32(rows.lowerBound * shape.tilesX)..<Int32(rows.upperBound * shape.tilesX))
        .map { $0 }
      margin = room * shape.tilesX
    }
    output = FeatureMap(shape, tiles: tiles.count + 2 * margin)
    slots = (Int32(margin)..<Int32(margin + tiles.count)).map { $0 }
    extents = tiles.map { shape.extent(ofTile: Int($0)) }
    bias = input.bias ?? layer.bias
    usesWinograd = ConvolutionJob.prefersWinograd(layer, tiles: deciding)
    depth = usesWinograd ? layer.paddedInputs : layer.paddedInputs * layer.kernel * layer.kernel
    block = usesWinograd ? (layer.paddedInputs > 256 ? 96 : 48) : (depth > 2048 ? 3 : 12)
    var length = usesWinograd ? 16 : min(4, block)
    if case .some = choice { length = block }
    segments = ConvolutionJob.segments(tiles.count, choice, shape, length: length)
    blocks = ConvolutionJob.blocks(segments, tiles: block)
  }

  /// Cuts tiles into segments: neighbours in a row, counted from the row's start, so that any strip
  /// of rows has the segments of the whole map. Chosen tiles are cut by number alone.
  private static func segments(
    _ count: Int, _ choice: TileChoice, _ shape: MapShape, length: Int
  ) -> [Range<Int>] {
    var row = max(1, shape.tilesX)
    if case .some = choice { row = max(1, count) }
    return stride(from: 0, to: count, by: row).flatMap { start in
      stride(from: start, to: start + row, by: length).map {
        $0..<min($0 + length, start + row)
      }
    }
  }

  /// As many consecutive segments a block as `tiles` holds.
  private static func blocks(_ segments: [Range<Int>], tiles: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var first = 0
    for index in segments.indices {
      if segments[index].upperBound - segments[first].lowerBound > tiles {
        result.append(first..<index)
        first = index
      }
    }
    if first < segments.count { result.append(first..<segments.count) }
    return result
  }

  /// Winograd reads four times the weights and does a quarter of the multiplications; below some
  /// tiles the weights decide. The threshold assumes 20 GB/s and 300 GFLOP/s.
  static func prefersWinograd(_ layer: Convolution, tiles: Int) -> Bool {
    guard layer.geometry == .same else { return false }
    return tiles >= (layer.paddedInputs * layer.outputs > 1 << 16 ? 8 : 2)
  }

  /// Distance of matrix rows; not a power of two, so that rows do not share cache sets.
  var rowStride: Int { depth + 16 }
  var matrices: Int { usesWinograd ? 36 : 1 }
  var rowsPerTile: Int { usesWinograd ? 1 : 16 }

  func run() -> ConvolutionOutput {
    let partial = Buffer(floats: segments.count * 2 * shape.stride)
    partial.floats.update(repeating: 0, count: segments.count * 2 * shape.stride)
    let weights =
      usesWinograd ? layer.winogradWeights(workers) : layer.directWeights(workers)
    if blocks.count >= 4 * workers.count {
      runByBlocks(weights, partial)
    } else {
      runByPanels(weights, partial)
    }
    return ConvolutionOutput(map: output, rowSums: reduce(partial))
  }

  /// Many tiles: each block goes through all stages in one worker's cache.
  private func runByBlocks(_ weights: UnsafeMutablePointer<Float>, _ partial: Buffer) {
    let rows = Buffer(floats: workers.count * rowFloats(block))
    let scratch = Buffer(floats: workers.count * scratchFloats)
    workers.run(blocks.count) { index, worker in
      let range = positions(of: blocks[index])
      let matrix = rows.floats + worker * rowFloats(block)
      let scratch = scratch.floats + worker * scratchFloats
      lineUp(range, into: matrix, rowOffset: 0, capacity: block, scratch)
      for panel in panels {
        multiply(
          panel, weights, matrix, rowOffset: 0, capacity: block, blocks[index], partial, scratch)
      }
    }
  }

  /// Few tiles: workers share the lined-up rows and divide the weights, which are what costs.
  private func runByPanels(_ weights: UnsafeMutablePointer<Float>, _ partial: Buffer) {
    let capacity = tiles.count
    let rows = Buffer(floats: rowFloats(capacity))
    let scratch = Buffer(floats: workers.count * scratchFloats)
    let piece = 6
    workers.run((capacity + piece - 1) / piece) { index, worker in
      let range = (index * piece)..<min(capacity, (index + 1) * piece)
      lineUp(
        range, into: rows.floats, rowOffset: range.lowerBound, capacity: capacity,
        scratch.floats + worker * scratchFloats)
    }
    workers.run(panels.count) { index, worker in
      for part in blocks {
        multiply(
          panels[index], weights, rows.floats, rowOffset: segments[part.lowerBound].lowerBound,
          capacity: capacity, part, partial, scratch.floats + worker * scratchFloats)
      }
    }
  }

  /// The tiles of a block of segments.
  private func positions(of block: Range<Int>) -> Range<Int> {
    segments[block.lowerBound].lowerBound..<segments[block.upperBound - 1].upperBound
  }

  private func rowFloats(_ tiles: Int) -> Int { matrices * rowsPerTile * tiles * rowStride }

  private static let longestRun = 12
  private static let channelChunk = 64

  /// Floats of a worker's scratch: a gathered strip, or products and their back-transform.
  private var scratchFloats: Int {
    let edge = 4 * layer.step + layer.kernel - layer.step
    let columns = 4 * layer.step * ConvolutionJob.longestRun + layer.kernel - layer.step
    let strip = edge * columns * ConvolutionJob.channelChunk
    let products = (matrices + 16) * block * Kernels.current.panelWidth
    return max(strip, products)
  }

  /// Gathers the windows of `range` and writes them as rows of the product's left matrix.
  private func lineUp(
    _ range: Range<Int>, into rows: UnsafeMutablePointer<Float>, rowOffset: Int, capacity: Int,
    _ strip: UnsafeMutablePointer<Float>
  ) {
    var at = range.lowerBound
    while at < range.upperBound {
      let count = runLength(at, range.upperBound)
      let row = (at - range.lowerBound + rowOffset) * rowsPerTile
      lineUpRun(
        tile: Int(tiles[at]), count: count, into: rows + row * rowStride, capacity: capacity, strip)
      at += count
    }
  }

  /// Tiles from position `at` on that lie side by side.
  private func runLength(_ at: Int, _ end: Int) -> Int {
    let first = tiles[at]
    let rowEnd = (Int(first) / shape.tilesX + 1) * shape.tilesX
    var count = 1
    while at + count < end, count < ConvolutionJob.longestRun,
      tiles[at + count] == first + Int32(count), Int(tiles[at + count]) < rowEnd
    {
      count += 1
    }
    return count
  }

  private func lineUpRun(
    tile: Int, count: Int, into rows: UnsafeMutablePointer<Float>, capacity: Int,
    _ strip: UnsafeMutablePointer<Float>
  ) {
    let step = layer.step
    let edge = 4 * step + layer.kernel - step
    let columns = 4 * step * count + layer.kernel - step
    let y = Int32(4 * step * (tile / shape.tilesX) - layer.padding)
    let x = Int32(4 * step * (tile % shape.tilesX) - layer.padding)
    var first = 0
    for source in input.sources {
      source.withKernelSource(doubled: input.doubled) { description in
        for c in stride(from: 0, to: source.shape.stride, by: ConvolutionJob.channelChunk) {
          let channels = min(ConvolutionJob.channelChunk, source.shape.stride - c)
          gather(description, y, x, edge, columns, c, channels, first, strip)
          if usesWinograd {
            kernels.winograd_input(
              strip, Int32(count), Int32(channels), rows + first + c, capacity * rowStride,
              rowStride)
          } else {
            ck_window_rows(
              strip, Int32(count), Int32(channels), Int32(layer.kernel), Int32(step),
              rows + first + c, rowStride, layer.paddedInputs)
          }
        }
      }
      first += source.shape.stride
    }
  }

  private func gather(
    _ source: UnsafePointer<ck_source>, _ y: Int32, _ x: Int32, _ rows: Int, _ columns: Int,
    _ c: Int, _ channels: Int, _ first: Int, _ strip: UnsafeMutablePointer<Float>
  ) {
    let silu: Int32 = input.silu ? 1 : 0
    guard let affine = input.affine else {
      kernels.gather(
        source, y, x, Int32(rows), Int32(columns), Int32(c), Int32(channels), nil, nil, silu, strip)
      return
    }
    affine.scale.withUnsafeBufferPointer { scale in
      affine.shift.withUnsafeBufferPointer { shift in
        kernels.gather(
          source, y, x, Int32(rows), Int32(columns), Int32(c), Int32(channels),
          scale.baseAddress.map { $0 + first + c }, shift.baseAddress.map { $0 + first + c }, silu,
          strip)
      }
    }
  }

  /// Multiplies the rows of a block by one panel of weights and stores the finished tiles.
  private func multiply(
    _ panel: Panel, _ weights: UnsafeMutablePointer<Float>, _ rows: UnsafeMutablePointer<Float>,
    rowOffset: Int, capacity: Int, _ block: Range<Int>, _ partial: Buffer,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let range = positions(of: block)
    let count = range.count
    let width = panel.width
    let panelWeights = weights + panel.first * matrices * depth
    let first = rows + rowOffset * rowsPerTile * rowStride
    var product = scratch
    for matrix in 0..<matrices {
      kernels.gemm(
        first + matrix * capacity * rowStride, rowStride, panelWeights + matrix * depth * width,
        scratch + matrix * count * width, width, Int32(count * rowsPerTile), Int32(depth),
        Int32(panel.vectors), nil, 0)
    }
    if usesWinograd {
      product = scratch + 36 * count * width
      kernels.winograd_output(
        scratch, count * width, Int32(count), Int32(panel.vectors), product)
    }
    for segment in block {
      let tiles = segments[segment]
      finish(
        panel, product + 16 * width * (tiles.lowerBound - range.lowerBound), tiles,
        partial.floats + segment * 2 * shape.stride)
    }
  }

  private func finish(
    _ panel: Panel, _ product: UnsafeMutablePointer<Float>, _ range: Range<Int>,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    bias.withUnsafeBufferPointer { bias in
      slots.withUnsafeBufferPointer { slots in
        extents.withUnsafeBufferPointer { extents in
          kernels.finish(
            product, Int32(range.count), Int32(panel.vectors),
            bias.baseAddress.map { $0 + panel.first },
            input.residual.map { UnsafePointer($0.floats + panel.first) },
            output.floats + panel.first, Int32(shape.stride),
            slots.baseAddress.map { $0 + range.lowerBound },
            extents.baseAddress.map { $0 + range.lowerBound }, sums + panel.first, shape.stride)
        }
      }
    }
  }

  /// Adds the sums of the segments of each row of tiles in order, in double precision.
  private func reduce(_ partial: Buffer) -> RowSums {
    let size = 2 * shape.stride
    var perRow = shape.tilesX
    if case .some = choice { perRow = max(1, tiles.count) }
    var values = [Double](repeating: 0, count: (tiles.count + perRow - 1) / perRow * size)
    values.withUnsafeMutableBufferPointer { values in
      for (index, tiles) in segments.enumerated() {
        let row = tiles.lowerBound / perRow * size
        let segment = partial.floats + index * size
        for c in 0..<size { values[row + c] += Double(segment[c]) }
      }
    }
    let pixels = extents.reduce(0) { $0 + Int($1 >> 4) * Int($1 & 15) }
    return RowSums(pixels: pixels, stride: shape.stride, values: values)
  }
}
