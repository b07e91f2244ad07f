// What a convolution takes beside its maps, said before it is computed.

extension Convolution {
  /// Bytes that computing a whole map of `shape` takes beside the maps, at most.
  ///
  /// - Parameter pixelwise: padded channels of a source whose pixels are made from all of them before
  ///   windows are lined up; 0 for others.
  package func scratchBound(_ shape: MapShape, pixelwise: Int = 0, workers: Int) -> Int {
    let bound = ConvolutionJob.scratchBound(self, shape, workers: workers)
    guard pixelwise > 0 else { return bound }
    let tiles = ConvolutionJob.widestBlock
    let pixels = tiles * (16 * step * step + 5 * step * kernel) + kernel * kernel
    return bound + 4 * workers * pixels * (2 * pixelwise + paddedInputs)
  }

  /// Bytes of packed weights that computing the tiles of a map of `shape`, or some of them, adds to
  /// those that are there: what few tiles are multiplied with may be another packing.
  package func bytesToPack(for shape: MapShape) -> Int {
    let isMixed = shape.tileCount <= 1024
    let usesWinograd = ConvolutionJob.prefersWinograd(self, tiles: shape.tileCount)
    let rows = 4 * paddedInputs * paddedChannels(outputs)
    let direct = 4 * directDepth * paddedChannels(outputs)
    return (usesWinograd && !isPacked(.winograd) ? 36 * rows : 0)
      + ((!usesWinograd || isMixed) && !isPacked(.direct) ? kernel * kernel * direct : 0)
  }
}

extension ConvolutionJob {
  /// Bytes that computing a whole map of `shape` takes beside the maps, at most.
  static func scratchBound(_ layer: Convolution, _ shape: MapShape, workers: Int) -> Int {
    let usesWinograd = prefersWinograd(layer, tiles: shape.tileCount)
    let taps = usesWinograd ? 36 : 16 * layer.kernel * layer.kernel
    // Whether by blocks or by panels: at most 96 tiles a worker are lined up at a time.
    let tiles = min(shape.tileCount, widestBlock * workers)
    let strip = 36 * 36 * channelChunk
    return 4 * (tiles * (taps * layer.paddedInputs + 16 * 36) + workers * strip)
  }
}
