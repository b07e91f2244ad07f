import Raster

/// A fill that can be made anew with another reach.
struct LastFill: Sendable {
  var point: Point
  var ink: Ink
  /// The canvas's after it: nothing has been done since.
  var revision: Int
}

extension EditorState {
  /// Fills around a pixel and says how much that was.
  mutating func fill(from point: Point, _ ink: Ink) {
    let count = canvas.fill(from: point, ink: ink, tolerance: tolerance, opacity: nib.opacity)
    lastFill = LastFill(point: point, ink: ink, revision: canvas.revision)
    let share = Numbers.percent(Double(count) / Double(max(1, canvas.width * canvas.height)))
    let keys = [key(.smaller), key(.larger)].compactMap(\.self).joined(separator: " ")
    let hint = keys.isEmpty ? ":tolerance N fills less or more" : "\(keys) fill less, more"
    // That paint does not show here has been said.
    guard canvas.edited.samples[canvas.edited.offset(x: point.x, y: point.y) + 3] > 0 else {
      return
    }
    say("filled \(count) pixels, \(share); \(hint) (tolerance \(tolerance))")
  }

  /// How far a fill reaches; the one that was just made is made anew.
  mutating func setTolerance(_ value: Int) {
    tolerance = value.clamped(to: 0...255)
    // Settings may have been changed since, which are a step but no other picture.
    guard let lastFill, lastFill.revision == canvas.revision, tool == .fill,
      canvas.history.past.last?.name == "fill"
    else {
      say("fill tolerance \(tolerance)")
      return
    }
    guard canvas.undo(settings: settings) != nil else { return }
    fill(from: lastFill.point, lastFill.ink)
  }
}

extension Canvas {
  /// Fills the connected region of like colour around `seed`, as one step to undo, and returns how
  /// many pixels that is.
  ///
  /// - Parameters:
  ///   - tolerance: 0...255 a channel.
  ///   - opacity: 0...1.
  @discardableResult
  package mutating func fill(
    from seed: Point, ink: Ink, tolerance: Int, opacity: Double = 1
  ) -> Int {
    let region = floodRegion(from: seed, tolerance: tolerance)
    let width = width
    beginStroke("fill", ink: ink, opacity: opacity)
    region.isInside.withUnsafeBufferPointer { isInside in
      mark(in: region.bounds) { isInside[$1 * width + $0] ? 255 : 0 }
    }
    endStroke()
    return region.isInside.count(where: \.self)
  }

  /// How far around a pixel its surroundings are averaged to tell like colours in a photograph: the
  /// grain of a picture grows with its size.
  var grainReach: Int { (min(width, height) / 160).clamped(to: 0...6) }
}

extension RGBA8 {
  /// The samples averaged over squares of `2 reach + 1` pixels, cut at the borders.
  ///
  /// - Complexity: the pixels, whatever the reach.
  func smoothed(reach: Int) -> [UInt8] {
    guard reach > 0 else { return samples }
    let rows = Self.averaged(
      samples, lines: height, pixels: width, lineStep: 4 * width, step: 4, reach)
    return Self.averaged(rows, lines: width, pixels: height, lineStep: 4, step: 4 * width, reach)
  }

  /// Averages along lines of pixels.
  private static func averaged(
    _ samples: [UInt8], lines: Int, pixels: Int, lineStep: Int, step: Int, _ reach: Int
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: samples.count) { output, count in
      samples.withUnsafeBufferPointer { input in
        for line in 0..<lines {
          var sum = SIMD4<Int32>()
          func pixel(_ index: Int) -> SIMD4<Int32> {
            let at = line * lineStep + index * step
            return SIMD4(
              Int32(input[at]), Int32(input[at + 1]), Int32(input[at + 2]), Int32(input[at + 3]))
          }
          for index in 0..<min(reach, pixels) { sum &+= pixel(index) }
          for index in 0..<pixels {
            if index + reach < pixels { sum &+= pixel(index + reach) }
            if index > reach { sum &-= pixel(index - reach - 1) }
            let number = Int32(min(pixels - 1, index + reach) - max(0, index - reach) + 1)
            let mean = (sum &+ SIMD4(repeating: number / 2)) / SIMD4(repeating: number)
            let at = line * lineStep + index * step
            for channel in 0..<4 { output[at + channel] = UInt8(mean[channel]) }
          }
        }
      }
      count = samples.count
    }
  }
}
