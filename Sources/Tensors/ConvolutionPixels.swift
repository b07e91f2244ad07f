import CKernels

// What windows go through between their memory and the matrix where the kernels' gathering does not do
// it all: normalisation of each pixel, modulation by other maps, gated products, mirrored padding.
//
// All of that concerns a pixel by itself, so it is the same for any tiles that are computed, and a
// sparse pass or a strip needs no more of its inputs for it than the convolution does anyway.
extension ConvolutionJob {
  /// Applies the input's activation in place; `count` is a multiple of 16.
  func activate(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    guard input.activation != .none else { return }
    let (kind, slope) = input.activation.kernel
    kernels.activate(values, count, kind, slope)
  }

  /// Floats a pixel that `forEachPixelwiseChunk` needs behind a strip.
  var pixelwiseChannels: Int {
    let stride = input.sources[0].shape.stride
    return (input.modulation == nil ? 1 : 2) * stride + (input.isGated ? layer.paddedInputs : 0)
  }

  /// Makes the pixels of a window and hands them over by chunks of channels, as strips.
  ///
  /// - Parameter strip: scratch for a chunk, and behind the largest strip for `pixelwiseChannels`.
  func forEachPixelwiseChunk(
    _ window: Window, _ strip: UnsafeMutablePointer<Float>,
    _ body: (_ strip: UnsafePointer<Float>, _ channels: Int, _ first: Int) -> Void
  ) {
    precondition(input.sources.count == 1, "pixels are made of one map")
    let source = input.sources[0]
    let raw = strip + window.count * ConvolutionJob.channelChunk
    let pixels = raw + window.count * source.shape.stride * (input.modulation == nil ? 1 : 2)
    read(source, window, into: raw)
    forEachRow(of: window) { first, count in normalise(raw, first, count, of: source) }
    if let (scale, shift) = input.modulation {
      let other = raw + window.count * source.shape.stride
      precondition(scale.shape == source.shape && shift.shape == source.shape)
      read(scale, window, into: other)
      forEachValue(window, source) { raw[$0] *= 1 + other[$0] }
      read(shift, window, into: other)
      forEachValue(window, source) { raw[$0] += other[$0] }
    }
    var made = raw
    var channels = source.shape.stride
    if input.isGated {
      (made, channels) = (pixels, layer.paddedInputs)
      multiplyGates(raw, source.shape, window.count, into: pixels)
    } else {
      activate(raw, window.count * channels)
    }
    if layer.geometry.reflects { mirror(made, window, channels) }
    for c in stride(from: 0, to: channels, by: ConvolutionJob.channelChunk) {
      let chunk = min(ConvolutionJob.channelChunk, channels - c)
      for pixel in 0..<window.count {
        (strip + pixel * chunk).update(from: made + pixel * channels + c, count: chunk)
      }
      body(strip, chunk, c)
    }
  }

  /// All channels of a window as they are stored, `[rows][columns][stride]`; zeros outside the map.
  private func read(_ source: Source, _ window: Window, into values: UnsafeMutablePointer<Float>) {
    source.withKernelSource(doubled: input.doubled) {
      kernels.gather(
        $0, Int32(window.y), Int32(window.x), Int32(window.rows), Int32(window.columns), 0,
        Int32(source.shape.stride), nil, nil, 0, values)
    }
  }

  /// Calls `body` with the first pixel of each row of a window that lies inside the map, and with
  /// their number; pixels outside stay zero, whatever those inside become.
  private func forEachRow(of window: Window, _ body: (_ first: Int, _ count: Int) -> Void) {
    let shape = readShape
    let columns = (0..<shape.width).clamped(to: window.x..<window.x + window.columns)
    for y in (0..<shape.height).clamped(to: window.y..<window.y + window.rows)
    where !columns.isEmpty {
      body((y - window.y) * window.columns + columns.lowerBound - window.x, columns.count)
    }
  }

  private func forEachValue(_ window: Window, _ source: Source, _ body: (Int) -> Void) {
    let stride = source.shape.stride
    forEachRow(of: window) { first, count in
      for index in first * stride..<(first + count) * stride { body(index) }
    }
  }

  /// Height and width of what windows are read of.
  private var readShape: (height: Int, width: Int) {
    let unit = input.doubled ? 2 : 1
    return (unit * input.sources[0].shape.height, unit * input.sources[0].shape.width)
  }

  /// Layer normalisation, then the affine map, of some pixels.
  private func normalise(
    _ values: UnsafeMutablePointer<Float>, _ first: Int, _ count: Int, of source: Source
  ) {
    let stride = source.shape.stride
    let start = values + first * stride
    if let norm = input.layerNorm {
      precondition(norm.channels == source.shape.channels)
      kernels.layer_norm(
        start, Int32(count), Int32(stride), Int32(norm.channels), norm.weight, norm.bias,
        norm.epsilon)
    }
    guard let affine = input.affine else { return }
    for pixel in 0..<count {
      for c in 0..<stride {
        start[pixel * stride + c] = start[pixel * stride + c] * affine.scale[c] + affine.shift[c]
      }
    }
  }

  /// The first half of each pixel's channels times the activated second half.
  private func multiplyGates(
    _ values: UnsafePointer<Float>, _ shape: MapShape, _ count: Int,
    into products: UnsafeMutablePointer<Float>
  ) {
    let (half, stride) = (shape.channels / 2, layer.paddedInputs)
    products.update(repeating: 0, count: count * stride)
    for pixel in 0..<count {
      (products + pixel * stride).update(from: values + pixel * shape.stride + half, count: half)
    }
    activate(products, count * stride)
    for pixel in 0..<count {
      for c in 0..<half { products[pixel * stride + c] *= values[pixel * shape.stride + c] }
    }
  }

  /// Fills what lies outside the map with the pixels that its edges mirror, as far as they are in the
  /// window; those of others belong to outputs outside the map.
  func mirror(_ strip: UnsafeMutablePointer<Float>, _ window: Window, _ channels: Int) {
    let shape = readShape
    func place(_ index: Int, _ length: Int, _ start: Int, _ count: Int) -> Int? {
      let mirrored = index < 0 ? -index : index < length ? index : 2 * (length - 1) - index
      return (start..<start + count).contains(mirrored) ? mirrored - start : nil
    }
    for row in 0..<window.rows {
      guard let y = place(window.y + row, shape.height, window.y, window.rows) else { continue }
      for column in 0..<window.columns {
        guard let x = place(window.x + column, shape.width, window.x, window.columns),
          (y, x) != (row, column)
        else { continue }
        (strip + (row * window.columns + column) * channels)
          .update(from: strip + (y * window.columns + x) * channels, count: channels)
      }
    }
  }
}
