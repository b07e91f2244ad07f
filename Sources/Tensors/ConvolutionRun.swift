import CKernels

/// Computes `layer` on the chosen tiles of its output.
///
/// Results are the same bytes for any number of workers: every element is one chain of
/// multiply-adds in ascending input order, and sums are formed per segment of tiles in fixed order.
/// Rows of a map are the same bytes as in the whole map, and so are their sums.
/// With `keeping`, the whole map, or `rows` of its tiles, is stored as `format` besides, tile by tile
/// while they are in the cache.
/// - Precondition: sources match `layer.inputs`, and all have the same height and width; only whole
///   maps are kept.
/// - Complexity: `tiles * 16 * layer.macsPerPixel` multiply-adds counted as direct convolution, a
///   quarter of that where Winograd's F(4x4, 3x3) is chosen (Lavin and Gray 2016).
package func convolve(
  _ layer: Convolution, _ input: ConvolutionInput, tiles: TileChoice = .all,
  keeping format: CachedMap.Format? = nil, rows: Range<Int>? = nil, workers: WorkerPool
) -> ConvolutionOutput {
  let shape = layer.outputShape(input.sources[0].shape, doubled: input.doubled)
  let job = ConvolutionJob(layer, input, shape: shape, tiles: tiles, workers: workers)
  return job.run(keeping: format, rows: rows)
}

/// The state of one convolution: where tiles lie, how they are blocked, and scratch for each worker.
struct ConvolutionJob {
  let layer: Convolution
  let input: ConvolutionInput
  let shape: MapShape
  let workers: WorkerPool
  let kernels = Kernels.current.table
  let panels: [Panel]
  let usesWinograd: Bool
  let plan: ConvolutionPlan
  /// Tiles that are transformed and multiplied together, at most.
  let block: Int
  /// Whether each block goes through all stages by itself; else the weights are divided.
  let byBlocks: Bool
  /// Rows of the weight matrix.
  let depth: Int
  let output: FeatureMap
  let bias: [Float]

  init(
    _ layer: Convolution, _ input: ConvolutionInput, shape: MapShape, tiles choice: TileChoice,
    workers: WorkerPool
  ) {
    self.layer = layer
    self.input = input
    self.shape = shape
    self.workers = workers
    panels = Kernels.current.panels(covering: shape.stride)
    let count = choice.count(in: shape)
    // The algorithm for a row is the whole map's, so that both give the same bytes.
    var deciding = shape.tileCount
    var margin = 0
    switch choice {
    case .all: break
    case .some: deciding = count
    case .rows(_, let room): margin = room * shape.tilesX
    }
    output = FeatureMap(shape, tiles: count + 2 * margin)
    usesWinograd = ConvolutionJob.prefersWinograd(layer, tiles: deciding)
    depth = usesWinograd ? layer.paddedInputs : layer.paddedInputs * layer.kernel * layer.kernel
    let most =
      usesWinograd
      ? (layer.paddedInputs > 256 ? ConvolutionJob.widestBlock : 48) : (depth > 2048 ? 3 : 12)
    // Four blocks a worker at least, so that none waits long for the last.
    let even = count / (4 * workers.count)
    byBlocks = even >= min(most, 24)
    block = byBlocks ? min(most, even) : most
    // Segments do not depend on the number of workers, since sums would. Where workers share patches,
    // these are small, and such as fill blocks.
    plan = ConvolutionPlan(
      choice, shape, segment: usesWinograd ? ConvolutionPlan.longestSegment : min(4, most),
      patch: byBlocks ? block : max(1, min(16, even)), block: block)
    bias = ConvolutionJob.bias(layer, input)
  }

  /// Winograd reads four times the weights and does a quarter of the multiplications; below some
  /// tiles the weights decide. The threshold assumes 20 GB/s and 300 GFLOP/s.
  static func prefersWinograd(_ layer: Convolution, tiles: Int) -> Bool {
    guard layer.geometry == .same else { return false }
    return tiles >= (layer.paddedInputs * layer.outputs > 1 << 16 ? 8 : 2)
  }

  /// The most tiles of a block.
  static let widestBlock = 96

  /// The bias of the convolution and of the shortcut that is added.
  private static func bias(_ layer: Convolution, _ input: ConvolutionInput) -> [Float] {
    let bias = input.bias ?? layer.bias
    guard let shortcut = input.shortcut else { return bias }
    return zip(bias, shortcut.layer.bias).map { $0 + $1 }
  }

  /// Distance of matrix rows; not a power of two, so that rows do not share cache sets.
  var rowStride: Int { depth + 16 }
  var matrices: Int { usesWinograd ? 36 : 1 }
  var rowsPerTile: Int { usesWinograd ? 1 : 16 }

  /// What all tiles are multiplied with.
  private struct Weights {
    let own: UnsafeMutablePointer<Float>
    let shortcut: UnsafeMutablePointer<Float>?
  }

  func run(keeping format: CachedMap.Format?, rows: Range<Int>?) -> ConvolutionOutput {
    let kept = format.map { CachedMap(roomFor: output, as: $0, rows: rows) }
    let partial = Buffer(floats: plan.segmentRows.count * 2 * shape.stride)
    let weights = Weights(
      own: usesWinograd ? layer.winogradWeights(workers) : layer.directWeights(workers),
      shortcut: input.shortcut?.layer.directWeights(workers))
    if byBlocks {
      runByBlocks(weights, partial, kept)
    } else {
      runByPanels(weights, partial)
      kept?.store(output, workers: workers)
    }
    return ConvolutionOutput(map: output, rowSums: reduce(partial), kept: kept)
  }

  /// Many tiles: each block goes through all stages in one worker's cache.
  private func runByBlocks(_ weights: Weights, _ partial: Buffer, _ kept: CachedMap?) {
    let rows = Buffer(floats: workers.count * rowFloats(block))
    let scratchFloats = scratchFloats
    let scratch = Buffer(floats: workers.count * scratchFloats)
    workers.run(plan.blocks.count) { index, worker in
      let patches = plan.blocks[index]
      let matrix = rows.floats + worker * rowFloats(block)
      let scratch = scratch.floats + worker * scratchFloats
      let first = plan.positions(of: patches).lowerBound
      for patch in plan.patches[patches] {
        lineUp(patch, at: patch.position - first, into: matrix, capacity: block, scratch)
      }
      for panel in panels {
        multiply(panel, weights, matrix, capacity: block, patches, partial, scratch)
      }
      guard let kept else { return }
      for patch in plan.patches[patches] {
        for row in 0..<patch.rows {
          let first = patch.tile + row * shape.tilesX
          kept.store(output, tiles: first..<first + patch.columns)
        }
      }
    }
  }

  /// Few tiles: workers share the lined-up rows and divide the weights, which are what costs.
  private func runByPanels(_ weights: Weights, _ partial: Buffer) {
    let capacity = plan.tileCount
    let rows = Buffer(floats: rowFloats(capacity))
    let scratchFloats = scratchFloats
    let scratch = Buffer(floats: workers.count * scratchFloats)
    workers.run(plan.patches.count) { index, worker in
      let patch = plan.patches[index]
      lineUp(
        patch, at: patch.position, into: rows.floats, capacity: capacity,
        scratch.floats + worker * scratchFloats)
    }
    // Panels as many as come out even, and of the rest a block of tiles at a time.
    let even = panels.count / workers.count * workers.count
    let blocks = plan.blocks
    workers.run(even + (panels.count - even) * blocks.count) { task, worker in
      let (panel, part) =
        task < even
        ? (task, blocks.indices)
        : (
          even + (task - even) / blocks.count,
          (task - even) % blocks.count..<(task - even) % blocks.count + 1
        )
      for patches in blocks[part] {
        let first = plan.positions(of: patches).lowerBound * rowsPerTile * rowStride
        multiply(
          panels[panel], weights, rows.floats + first, capacity: capacity, patches, partial,
          scratch.floats + worker * scratchFloats)
      }
    }
  }

  private func rowFloats(_ tiles: Int) -> Int { matrices * rowsPerTile * tiles * rowStride }

  static let channelChunk = 64

  /// Rows and columns of what the windows of tiles in a line cover.
  func edge(_ tiles: Int) -> Int { 4 * layer.step * tiles + layer.kernel - layer.step }

  /// Floats of a worker's scratch: a gathered strip, or products and their back-transform.
  ///
  /// - Complexity: O(patches).
  private var scratchFloats: Int {
    let products = (matrices + 16) * block * Kernels.current.panelWidth
    return max(widestPatch * ConvolutionJob.channelChunk, products)
      + (input.isPixelwise ? widestPatch * pixelwiseChannels : 0)
  }

  /// Pixels of the largest patch's windows.
  private var widestPatch: Int {
    plan.patches.reduce(0) { max($0, edge($1.rows) * edge($1.columns)) }
  }

  /// Gathers the windows of a patch and writes them as rows of the product's left matrix, the first
  /// tile's as those of tile `position`.
  private func lineUp(
    _ patch: ConvolutionPlan.Patch, at position: Int, into rows: UnsafeMutablePointer<Float>,
    capacity: Int, _ strip: UnsafeMutablePointer<Float>
  ) {
    let window = Window(
      y: 4 * layer.step * (patch.tile / shape.tilesX) - layer.padding,
      x: 4 * layer.step * (patch.tile % shape.tilesX) - layer.padding, rows: edge(patch.rows),
      columns: edge(patch.columns))
    let start = rows + position * rowsPerTile * rowStride
    func line(_ strip: UnsafePointer<Float>, _ channels: Int, _ channel: Int) {
      for row in 0..<patch.rows {
        transform(
          strip + 4 * layer.step * row * window.columns * channels, patch.columns, channels,
          start + row * patch.columns * rowsPerTile * rowStride + channel, capacity)
      }
    }
    if input.isPixelwise { return forEachPixelwiseChunk(window, strip, line) }
    var first = 0
    for source in input.sources {
      source.withKernelSource(doubled: input.doubled) { description in
        for c in stride(from: 0, to: source.shape.stride, by: ConvolutionJob.channelChunk) {
          let channels = min(ConvolutionJob.channelChunk, source.shape.stride - c)
          gather(description, window, c, channels, first, strip)
          if layer.geometry.reflects { mirror(strip, window, channels) }
          line(strip, channels, first + c)
        }
      }
      first += source.shape.stride
    }
  }

  /// Pixels of an input, from (y, x) on.
  struct Window {
    let y: Int
    let x: Int
    let rows: Int
    let columns: Int

    var count: Int { rows * columns }
  }

  private func gather(
    _ source: UnsafePointer<ck_source>, _ window: Window, _ c: Int, _ channels: Int, _ first: Int,
    _ strip: UnsafeMutablePointer<Float>
  ) {
    func gather(_ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?) {
      kernels.gather(
        source, Int32(window.y), Int32(window.x), Int32(window.rows), Int32(window.columns),
        Int32(c), Int32(channels), scale, shift, input.activation == .silu ? 1 : 0, strip)
    }
    if let affine = input.affine {
      affine.scale.withUnsafeBufferPointer { scale in
        affine.shift.withUnsafeBufferPointer { shift in
          gather(
            scale.baseAddress.map { $0 + first + c }, shift.baseAddress.map { $0 + first + c })
        }
      }
    } else {
      gather(nil, nil)
    }
    if input.activation != .silu { activate(strip, window.count * channels) }
  }

  /// Lines up a row of tiles from its part of a strip.
  private func transform(
    _ strip: UnsafePointer<Float>, _ tiles: Int, _ channels: Int,
    _ rows: UnsafeMutablePointer<Float>, _ capacity: Int
  ) {
    if usesWinograd {
      kernels.winograd_input(
        strip, Int32(tiles), Int32(channels), rows, capacity * rowStride, rowStride)
    } else {
      ck_window_rows(
        strip, Int32(tiles), Int32(channels), Int32(layer.kernel), Int32(layer.step), rows,
        rowStride, layer.paddedInputs)
    }
  }

  /// Multiplies the rows of a block by one panel of weights and stores the finished tiles.
  private func multiply(
    _ panel: Panel, _ weights: Weights, _ rows: UnsafeMutablePointer<Float>, capacity: Int,
    _ patches: Range<Int>, _ partial: Buffer, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let range = plan.positions(of: patches)
    let count = range.count
    let width = panel.width
    let taps = layer.kernel * layer.kernel
    let panelWeights =
      weights.own + panel.first * (usesWinograd ? 36 * depth : taps * layer.directDepth)
    var product = scratch
    if layer.geometry.groups > 1 {
      multiplyGroups(panel, panelWeights, rows, count, product)
    } else {
      for matrix in 0..<matrices {
        kernels.gemm(
          rows + matrix * capacity * rowStride, rowStride, panelWeights + matrix * depth * width,
          scratch + matrix * count * width, width, Int32(count * rowsPerTile), Int32(depth),
          Int32(panel.vectors), nil, 0)
      }
    }
    if usesWinograd {
      product = scratch + 36 * count * width
      kernels.winograd_output(
        scratch, count * width, Int32(count), Int32(panel.vectors), product)
    }
    if let shortcut = input.shortcut, let shortcutWeights = weights.shortcut {
      add(shortcut, shortcutWeights, panel, patches, to: product)
    }
    for patch in plan.patches[patches] {
      for (row, segment) in patch.segments.enumerated() {
        let tiles = patch.positions(ofRow: row)
        finish(
          panel, product + 16 * width * (tiles.lowerBound - range.lowerBound), tiles,
          partial.floats + segment * 2 * shape.stride)
      }
    }
  }

  /// The product of a panel with the inputs that its groups see, tap by tap.
  private func multiplyGroups(
    _ panel: Panel, _ weights: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ tiles: Int,
    _ product: UnsafeMutablePointer<Float>
  ) {
    let seen = layer.inputRows(of: panel)
    for tap in 0..<layer.kernel * layer.kernel {
      kernels.gemm(
        rows + tap * layer.paddedInputs + seen.lowerBound, rowStride,
        weights + tap * seen.count * panel.width, product, panel.width, Int32(tiles * rowsPerTile),
        Int32(seen.count), Int32(panel.vectors), nil, tap > 0 ? 1 : 0)
    }
  }

  /// Adds the 1x1 convolution of a block's pixels, read where they lie.
  private func add(
    _ shortcut: ConvolutionInput.Shortcut, _ weights: UnsafeMutablePointer<Float>, _ panel: Panel,
    _ patches: Range<Int>, to product: UnsafeMutablePointer<Float>
  ) {
    let width = panel.width
    var panelWeights = weights + panel.first * shortcut.layer.paddedInputs
    for source in shortcut.sources {
      let channels = source.shape.stride
      var product = product
      for patch in plan.patches[patches] {
        for row in 0..<patch.rows {
          source.forEachFreshRun(from: patch.tile + row * shape.tilesX, count: patch.columns) {
            kernels.gemm(
              $0, channels, panelWeights, product, width, Int32(16 * $1), Int32(channels),
              Int32(panel.vectors), nil, 1)
            product += 16 * $1 * width
          }
        }
      }
      panelWeights += channels * width
    }
  }

  private func finish(
    _ panel: Panel, _ product: UnsafeMutablePointer<Float>, _ range: Range<Int>,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    bias.withUnsafeBufferPointer { bias in
      plan.slots.withUnsafeBufferPointer { slots in
        plan.extents.withUnsafeBufferPointer { extents in
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
    var values = [Double](repeating: 0, count: plan.rowCount * size)
    values.withUnsafeMutableBufferPointer { values in
      for (index, row) in plan.segmentRows.enumerated() {
        let segment = partial.floats + index * size
        for c in 0..<size { values[row * size + c] += Double(segment[c]) }
      }
    }
    return RowSums(pixels: plan.pixels, stride: shape.stride, values: values)
  }
}
