extension Picture {
  /// Whether some pixel is not opaque.
  ///
  /// - Complexity: O(width * height).
  package var hasTransparency: Bool {
    switch pixels {
    case .eight(let bitmap): bitmap.hasTransparency
    case .sixteen(let bitmap): bitmap.hasTransparency
    }
  }

  /// The picture as a model sees it, which knows no alpha: every pixel opaque in its own colour, and
  /// those that are wholly transparent in colours that continue the others smoothly, since what a file
  /// hides there is not part of the picture. Where all is transparent, all is grey.
  ///
  /// - Complexity: O(width * height); a filling of the transparent places where there are some.
  package var opaque: Picture {
    var result = self
    switch pixels {
    case .eight(let bitmap): result.pixels = .eight(bitmap.opaque)
    case .sixteen(let bitmap): result.pixels = .sixteen(bitmap.opaque)
    }
    return result
  }
}

extension Picture {
  /// The same, but wholly transparent pixels have the colours of an opaque copy, so that paint on
  /// transparency has itself for surroundings.
  ///
  /// - Precondition: both pictures have the same size.
  package func opaque(showing copy: Picture) -> Picture {
    guard hasTransparency else { return self }
    var result = self
    switch pixels {
    case .eight(let bitmap): result.pixels = .eight(bitmap.opaque(showing: copy.rgba8))
    case .sixteen(let bitmap): result.pixels = .sixteen(bitmap.opaque(showing: copy.rgba16))
    }
    return result
  }
}

extension Bitmap {
  fileprivate func opaque(showing copy: Bitmap) -> Bitmap {
    var result = self
    for at in stride(from: 0, to: samples.count, by: 4) {
      if samples[at + 3] == 0 {
        result.samples.replaceSubrange(at..<at + 3, with: copy.samples[at..<at + 3])
      }
      result.samples[at + 3] = .max
    }
    return result
  }

  fileprivate var hasTransparency: Bool {
    samples.withUnsafeBufferPointer { samples in
      stride(from: 3, to: samples.count, by: 4).contains { samples[$0] < Sample.max }
    }
  }

  fileprivate var opaque: Bitmap {
    guard hasTransparency else { return self }
    var result = self
    let isHidden = (0..<width * height).map { samples[4 * $0 + 3] == 0 }
    if isHidden.contains(true) { result.fill(isHidden) }
    for at in stride(from: 3, to: samples.count, by: 4) { result.samples[at] = .max }
    return result
  }

  /// Gives some pixels colours that continue those of the others.
  private mutating func fill(_ isHole: [Bool]) {
    var colors = [Float](repeating: Float(Sample.max / 2), count: 3 * isHole.count)
    if isHole.contains(false) {
      for index in colors.indices { colors[index] = Float(samples[index / 3 * 4 + index % 3]) }
      SmoothFill.fill(&colors, mask: isHole, width: width, height: height)
    }
    for pixel in isHole.indices where isHole[pixel] {
      for channel in 0..<3 {
        samples[4 * pixel + channel] = Sample(saturating: colors[3 * pixel + channel].rounded())
      }
    }
  }
}
