package import Raster

/// Where the sixteen swatches come from.
package enum Palette: String, Sendable, Hashable, CaseIterable {
  /// Colours that suit most photographs.
  case standard
  /// Those that the edited picture is made of.
  case picture
}

extension Color {
  /// Colours that stand for a picture, the most frequent first.
  ///
  /// Median cut (Heckbert 1982) over at most about 65,536 samples from a regular grid: the box of
  /// colours whose spread times population is largest is cut at its mean, until there are enough.
  /// Wholly transparent pixels do not count. The same picture always gives the same colours.
  ///
  /// - Returns: at most `count`, fewer where the picture has fewer different ones.
  package static func dominant(in picture: RGBA8, count: Int) -> [Color] {
    let samples = colorSamples(of: picture)
    guard !samples.isEmpty else { return [] }
    var boxes = [ColorBox(samples)]
    while boxes.count < count {
      guard let index = boxes.indices.max(by: { boxes[$0].weight < boxes[$1].weight }),
        let halves = boxes[index].halves
      else { break }
      boxes[index] = halves.0
      boxes.append(halves.1)
    }
    // Equal boxes keep their order, so that the result does not depend on the sort.
    let order = boxes.indices.sorted {
      (boxes[$1].samples.count, $0) < (boxes[$0].samples.count, $1)
    }
    return order.map { boxes[$0].mean }
  }

  private static func colorSamples(of picture: RGBA8) -> [SIMD3<Float>] {
    var step = 1
    while picture.width / step * (picture.height / step) > 65_536 { step += 1 }
    var samples: [SIMD3<Float>] = []
    for y in stride(from: step / 2, to: picture.height, by: step) {
      for x in stride(from: step / 2, to: picture.width, by: step) {
        let at = picture.offset(x: x, y: y)
        guard picture.samples[at + 3] > 0 else { continue }
        samples.append(
          SIMD3(
            Float(picture.samples[at]), Float(picture.samples[at + 1]),
            Float(picture.samples[at + 2])))
      }
    }
    return samples
  }
}

/// Colours that are to become one.
private struct ColorBox {
  let samples: [SIMD3<Float>]
  private let center: SIMD3<Float>
  private let spread: SIMD3<Float>

  /// - Precondition: there are samples.
  init(_ samples: [SIMD3<Float>]) {
    self.samples = samples
    let count = Float(samples.count)
    let center = samples.reduce(.zero, +) / count
    self.center = center
    spread = samples.reduce(.zero) { $0 + ($1 - center) * ($1 - center) } / count
  }

  /// How much would be gained by cutting it; 0 for a single colour.
  var weight: Float { spread.max() * Float(samples.count) }

  var mean: Color {
    Color(
      UInt8(saturating: center.x.rounded()), UInt8(saturating: center.y.rounded()),
      UInt8(saturating: center.z.rounded()))
  }

  /// Cut at the mean of the channel that varies most; nil for a single colour.
  var halves: (ColorBox, ColorBox)? {
    guard spread.max() > 0.01 else { return nil }
    let channel = spread.x >= spread.y && spread.x >= spread.z ? 0 : spread.y >= spread.z ? 1 : 2
    let low = samples.filter { $0[channel] <= center[channel] }
    let high = samples.filter { $0[channel] > center[channel] }
    guard !low.isEmpty, !high.isEmpty else { return nil }
    return (ColorBox(low), ColorBox(high))
  }
}

/// A colour by hue, 0..<360 degrees from red over green, and saturation and value, 0...100.
package struct HSV: Sendable, Equatable {
  /// 0..<360.
  package private(set) var hue: Double
  /// 0...100.
  package private(set) var saturation: Double
  /// 0...100.
  package private(set) var value: Double

  /// Makes a colour; nil outside 0...360, 0...100 and 0...100.
  package init?(hue: Double, saturation: Double, value: Double) {
    guard (0...360).contains(hue), (0...100).contains(saturation), (0...100).contains(value)
    else { return nil }
    self.hue = hue == 360 ? 0 : hue
    self.saturation = saturation
    self.value = value
  }

  /// The hue of a grey is 0.
  package init(_ color: Color) {
    let (red, green, blue) = (Double(color.red), Double(color.green), Double(color.blue))
    let high = max(red, green, blue)
    let range = high - min(red, green, blue)
    value = high / 255 * 100
    saturation = high == 0 ? 0 : range / high * 100
    guard range > 0 else {
      hue = 0
      return
    }
    let sixth =
      high == red
      ? (green - blue) / range
      : high == green ? 2 + (blue - red) / range : 4 + (red - green) / range
    hue = sixth < 0 ? sixth * 60 + 360 : sixth * 60
  }

  /// The nearest colour of eight bits a channel.
  package var color: Color {
    func channel(_ shift: Double) -> UInt8 {
      // Each channel is a trapezium over the hue; `shift` moves it to its own place.
      let place = (shift + hue / 60).truncatingRemainder(dividingBy: 6)
      let dip = max(0, min(place, 4 - place, 1))
      return UInt8(saturating: (value / 100 * (1 - saturation / 100 * dip) * 255).rounded())
    }
    return Color(channel(5), channel(3), channel(1))
  }

  /// Turns the hue round and round; saturation and value stop at their ends.
  mutating func change(_ field: Int, by amount: Double) {
    switch field {
    case 0:
      let turned = (hue.rounded() + amount).truncatingRemainder(dividingBy: 360)
      hue = turned < 0 ? turned + 360 : turned
    case 1: saturation = max(0, min(100, saturation.rounded() + amount))
    default: value = max(0, min(100, value.rounded() + amount))
    }
  }
}

extension EditorState {
  /// Takes the swatches from somewhere else.
  mutating func take(_ next: Palette) {
    palette = next
    switch next {
    case .standard:
      swatches = Color.swatches
      say("the standard palette")
    case .picture:
      let found = Color.dominant(in: canvas.edited, count: Color.swatches.count)
      swatches = found + Color.swatches.dropFirst(found.count)
      say("the picture's \(found.count) colours, the most frequent first")
    }
  }
}
