extension Picture {
  /// The picture read as a mask, as all commands that take one read it: 0 is outside, 255 inside, and
  /// what lies between is soft.
  ///
  /// Bright is inside. Of red, green and blue those channels count that vary about as much as the one
  /// that varies most, each from its darkest to its brightest value; the brightest of them is the
  /// pixel's, times its alpha. Where colour hardly varies, alpha does: the more opaque, the more inside.
  /// So masks may be coloured, hold 0 and 1, or be strokes on nothing. Colours of transparent pixels
  /// say nothing. A picture of one colour is inside everywhere.
  ///
  /// - Parameter path: the file's name, for the error.
  /// - Throws: `badData` where nothing is inside: the picture is black or transparent all over.
  /// - Complexity: O(width * height).
  package func mask(path: String) throws(PictureError) -> Mask {
    var values: [UInt8]?
    switch pixels {
    case .eight(let bitmap): values = bitmap.coverage
    case .sixteen(let bitmap): values = bitmap.coverage
    }
    guard var values else {
      let isSeen = rgba8.samples.indices.contains { $0 % 4 == 3 && rgba8.samples[$0] > 0 }
      throw PictureError(
        .badData, path: path,
        problem: "the mask is \(isSeen ? "black" : "transparent") all over, so nothing is inside",
        remedy: "paint white what is to be inside")
    }
    if metadata.source?.container == .jpeg {
      // Coding leaves a little everywhere.
      values = values.map { $0 < 8 ? 0 : $0 > 247 ? 255 : $0 }
    }
    return Mask(width: width, height: height, values: values)
  }
}

extension Bitmap {
  /// How often alpha must vary as much as colour to say more.
  private static var alphaOverColor: Int { 8 }

  /// The values of the mask; nil where nothing is inside. See `Picture.mask`.
  fileprivate var coverage: [UInt8]? {
    var low = [Int](repeating: .max, count: 4)
    var high = [Int](repeating: -1, count: 4)
    samples.withUnsafeBufferPointer { samples in
      for at in stride(from: 0, to: samples.count, by: 4) {
        let alpha = Int(samples[at + 3])
        (low[3], high[3]) = (min(low[3], alpha), max(high[3], alpha))
        guard alpha > 0 else { continue }
        for channel in 0..<3 {
          let value = Int(samples[at + channel])
          (low[channel], high[channel]) = (min(low[channel], value), max(high[channel], value))
        }
      }
    }
    guard high[3] > 0 else { return nil }
    let ranges = (0..<4).map { high[$0] - low[$0] }
    let widest = ranges[..<3].max() ?? 0
    if widest == 0, ranges[3] == 0 {
      let isBlack = high[..<3].allSatisfy { $0 == 0 }
      return isBlack ? nil : [UInt8](repeating: 255, count: width * height)
    }
    if Self.alphaOverColor * widest <= ranges[3] {
      return scaled([3], low, ranges, alphaCounts: false)
    }
    let counting = (0..<3).filter { 2 * ranges[$0] >= widest }
    return scaled(counting, low, ranges, alphaCounts: ranges[3] > 0)
  }

  /// The largest of some channels of every pixel, each scaled from its range to 0...255, and times alpha.
  private func scaled(
    _ channels: [Int], _ low: [Int], _ ranges: [Int], alphaCounts: Bool
  ) -> [UInt8] {
    samples.withUnsafeBufferPointer { samples in
      (0..<width * height).map { pixel in
        let alpha = Int(samples[4 * pixel + 3])
        var value = 0
        for channel in channels where alpha > 0 || channel == 3 {
          let above = Int(samples[4 * pixel + channel]) - low[channel]
          value = Swift.max(value, (above * 255 + ranges[channel] / 2) / ranges[channel])
          // The faintest touch is one.
          if above > 0 { value = Swift.max(value, 1) }
        }
        guard alphaCounts, value > 0 else { return UInt8(value) }
        let full = Int(Sample.max)
        return UInt8(Swift.max(1, (value * alpha + full / 2) / full))
      }
    }
  }
}
