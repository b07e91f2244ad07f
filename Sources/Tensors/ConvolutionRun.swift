import CKernels

/// The affine map `x * scale + shift` a gather applies to each channel, padded like the sources.
package struct ChannelAffine: Sendable, Equatable {
  /// Factor of each padded channel; zero in the padding.
  package var scale: [Float]
  /// Summand of each padded channel; zero in the padding.
  package var shift: [Float]

  /// Makes a map from factors and summands of equally many channels.
  package init(scale: [Float], shift: [Float]) {
    self.scale = scale
    self.shift = shift
  }
}

/// Which tiles of a map a layer computes.
package enum TileChoice: Sendable {
  /// Every tile; results go to a whole map.
  case all
  /// These tiles in ascending order; results go to a slab in the same order.
  case some([Int32])

  /// Number of tiles chosen in a map of `shape`.
  package func count(in shape: MapShape) -> Int {
    switch self {
    case .all: shape.tileCount
    case .some(let tiles): tiles.count
    }
  }
}

/// What one convolution reads and adds.
package struct ConvolutionInput: Sendable {
  /// Maps whose channels are concatenated.
  package var sources: [Source]
  /// Normalisation applied while gathering, none when nil.
  package var affine: ChannelAffine?
  /// Apply x * sigmoid(x) after the affine map.
  package var silu: Bool
  /// Read the maps as if doubled by nearest neighbour.
  package var doubled: Bool
  /// Bias to use instead of the layer's own, padded to a multiple of 16.
  package var bias: [Float]?
  /// Tiles added to the result, in the layout of the result.
  package var residual: FeatureMap?

  /// Makes an input that reads `sources` as they are.
  package init(
    _ sources: [Source], affine: ChannelAffine? = nil, silu: Bool = false, doubled: Bool = false,
    bias: [Float]? = nil, residual: FeatureMap? = nil
  ) {
    self.sources = sources
    self.affine = affine
    self.silu = silu
    self.doubled = doubled
    self.bias = bias
    self.residual = residual
  }
}

/// Sums of values and of squares per channel, from which a normalisation's statistics follow.
package struct ChannelSums: Sendable {
  /// Pixels summed over.
  package var pixels: Int
  /// Sum of each padded channel.
  package var sums: [Double]
  /// Sum of squares of each padded channel.
  package var squares: [Double]

  /// Makes sums over `pixels` pixels; both lists are as long as the padded channels.
  package init(pixels: Int, sums: [Double], squares: [Double]) {
    self.pixels = pixels
    self.sums = sums
    self.squares = squares
  }
}

extension ChannelSums {
  /// These sums after some tiles were replaced: minus what those held, plus what they hold now.
  package func replacing(_ old: ChannelSums, with new: ChannelSums) -> ChannelSums {
    var result = self
    for c in sums.indices {
      result.sums[c] += new.sums[c] - old.sums[c]
      result.squares[c] += new.squares[c] - old.squares[c]
    }
    return result
  }
}

/// A computed map with the sums of its channels.
package struct ConvolutionOutput: Sendable {
  /// Whole map or slab.
  package let map: FeatureMap
  /// Sums over the pixels computed.
  package let sums: ChannelSums
}

/// Computes `layer` on the chosen tiles of its output.
///
/// Results are the same bytes for any number of workers: every element is one chain of
/// multiply-adds in ascending input order, and sums are formed per block of tiles in fixed order.
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
  /// Tiles that are transformed and multiplied together.
  let block: Int
  /// Rows of the weight matrix.
  let depth: Int
  let output: FeatureMap
  let bias: [Float]

  init(
    _ layer: Convolution, _ input: ConvolutionInput, shape: MapShape, tiles: TileChoice,
    workers: WorkerPool
  ) {
    self.layer = layer
    self.input = input
    self.shape = shape
    self.workers = workers
    panels = Kernels.current.panels(covering: shape.stride)
    switch tiles {
    case .all:
      self.tiles = (0..<Int32(shape.tileCount)).map { $0 }
      output = FeatureMap(shape)
    case .some(let chosen):
      self.tiles = chosen
      output = FeatureMap(shape, tiles: chosen.count)
    }
    slots = (0..<Int32(self.tiles.count)).map { $0 }
    extents = self.tiles.map { shape.extent(ofTile: Int($0)) }
    bias = input.bias ?? layer.bias
    usesWinograd = ConvolutionJob.prefersWinograd(layer, tiles: self.tiles.count)
    depth = usesWinograd ? layer.paddedInputs : layer.paddedInputs * layer.kernel * layer.kernel
    block = usesWinograd ? (layer.paddedInputs > 256 ? 96 : 48) : (depth > 2048 ? 3 : 12)
  }

  /// Winograd reads four times the weights and does a quarter of the multiplications; below some
  /// tiles the weights decide. The threshold assumes 20 GB/s and 300 GFLOP/s.
  static func prefersWinograd(_ layer: Convolution, tiles: Int) -> Bool {
    guard layer.geometry == .same else { return false }
    return tiles >= (layer.paddedInputs * layer.outputs > 1 << 16 ? 8 : 2)
  }

  var blocks: Int { (tiles.count + block - 1) / block }
  /// Distance of matrix rows; not a power of two, so that rows do not share cache sets.
  var rowStride: Int { depth + 16 }
  var matrices: Int { usesWinograd ? 36 : 1 }
  var rowsPerTile: Int { usesWinograd ? 1 : 16 }

  func run() -> ConvolutionOutput {
    let partial = Buffer(floats: blocks * 2 * shape.stride)
    partial.floats.update(repeating: 0, count: blocks * 2 * shape.stride)
    let weights =
      usesWinograd ? layer.winogradWeights(workers) : layer.directWeights(workers)
    if blocks >= 4 * workers.count {
      runByBlocks(weights, partial)
    } else {
      runByPanels(weights, partial)
    }
    return ConvolutionOutput(map: output, sums: reduce(partial))
  }

  /// Many tiles: each block goes through all stages in one worker's cache.
  private func runByBlocks(_ weights: UnsafeMutablePointer<Float>, _ partial: Buffer) {
    let rows = Buffer(floats: workers.count * rowFloats(block))
    let scratch = Buffer(floats: workers.count * scratchFloats)
    workers.run(blocks) { index, worker in
      let range = blockRange(index)
      let matrix = rows.floats + worker * rowFloats(block)
      let scratch = scratch.floats + worker * scratchFloats
      lineUp(range, into: matrix, rowOffset: 0, capacity: block, scratch)
      for panel in panels {
        multiply(
          panel, weights, matrix, rowOffset: 0, capacity: block, range,
          partial.floats + index * 2 * shape.stride, scratch)
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
      for part in 0..<blocks {
        let range = blockRange(part)
        multiply(
          panels[index], weights, rows.floats, rowOffset: range.lowerBound, capacity: capacity,
          range, partial.floats + part * 2 * shape.stride,
          scratch.floats + worker * scratchFloats)
      }
    }
  }

  private func blockRange(_ index: Int) -> Range<Int> {
    (index * block)..<min(tiles.count, (index + 1) * block)
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

  /// Multiplies the rows of `range` by one panel of weights and stores the finished tiles.
  private func multiply(
    _ panel: Panel, _ weights: UnsafeMutablePointer<Float>, _ rows: UnsafeMutablePointer<Float>,
    rowOffset: Int, capacity: Int, _ range: Range<Int>, _ sums: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
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
    finish(panel, product, range, sums)
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

  /// Adds the sums of all blocks in order, in double precision.
  private func reduce(_ partial: Buffer) -> ChannelSums {
    let stride = shape.stride
    var sums = [Double](repeating: 0, count: stride)
    var squares = sums
    for index in 0..<blocks {
      let block = partial.floats + index * 2 * stride
      for c in 0..<stride {
        sums[c] += Double(block[c])
        squares[c] += Double(block[stride + c])
      }
    }
    let pixels = extents.reduce(0) { $0 + Int($1 >> 4) * Int($1 & 15) }
    return ChannelSums(pixels: pixels, sums: sums, squares: squares)
  }
}
