/// Grows an edit from the places where it is certain.
enum EditSeeds {
  /// Marks of pixels: may be edited, is edited where many like it are together, is edited.
  static let weak: UInt8 = 1
  static let strong: UInt8 = 2
  static let certain: UInt8 = 3
  private static let grown: UInt8 = 4
  private static let tried: UInt8 = 5
  /// Bytes for every pixel that marks and lists of pixels may come to.
  static let bytesPerPixel = 28
  /// Strong pixels that must touch each other to be a seed; fewer come about by chance.
  private static let least = 12

  /// The marked pixels that hang together with a seed, by sides or corners, and gaps of a pixel or two
  /// between them.
  ///
  /// - Precondition: `marks` holds whole rows of `width` pixels, fewer than 2^31.
  /// - Complexity: O(pixels).
  static func grown(_ marks: [UInt8], width: Int) -> PixelMask {
    var marks = marks
    let height = width == 0 ? 0 : marks.count / width
    var seeds: [Int32] = []
    for pixel in marks.indices where marks[pixel] == strong || marks[pixel] == certain {
      let isCertain = marks[pixel] == certain
      let patch = fill(&marks, from: [Int32(pixel)], width, height, as: tried) {
        $0 == strong || $0 == certain
      }
      if isCertain || patch.count >= least { seeds += patch }
    }
    for pixel in seeds { marks[Int(pixel)] = grown }
    _ = fill(&marks, from: seeds, width, height, as: grown) { $0 == weak || $0 == tried }
    let mask = PixelMask(width: width, height: height, bits: marks.map { $0 == grown })
    return mask.closed()
  }

  /// Marks some pixels and all that are reached from them over pixels that fit; returns them.
  private static func fill(
    _ marks: inout [UInt8], from start: [Int32], _ width: Int, _ height: Int, as mark: UInt8,
    where fits: (UInt8) -> Bool
  ) -> [Int32] {
    var patch = start
    for pixel in start { marks[Int(pixel)] = mark }
    var next = 0
    while next < patch.count {
      let (x, y) = (Int(patch[next]) % width, Int(patch[next]) / width)
      next += 1
      for row in max(y - 1, 0)...min(y + 1, height - 1) {
        for column in max(x - 1, 0)...min(x + 1, width - 1) {
          let pixel = row * width + column
          guard marks[pixel] != mark, fits(marks[pixel]) else { continue }
          marks[pixel] = mark
          patch.append(Int32(pixel))
        }
      }
    }
    return patch
  }
}

extension PixelMask {
  /// The mask with the gaps filled that no square of 3x3 pixels fits into.
  ///
  /// - Complexity: O(area of the bounding box).
  fileprivate func closed() -> PixelMask {
    guard let box = boundingBox else { return self }
    let region = box.grown(by: 2, inWidth: width, height: height)
    let (columns, rows) = (region.width, region.height)
    /// Whether any pixel of the square around each is set, or all; outside all count as set.
    func square(_ bits: [Bool], any: Bool) -> [Bool] {
      func line(_ bits: [Bool], _ step: Int, _ length: Int) -> [Bool] {
        bits.indices.map { index in
          let place = index / step % length
          let before = place > 0 ? bits[index - step] : !any
          let after = place + 1 < length ? bits[index + step] : !any
          return any ? before || bits[index] || after : before && bits[index] && after
        }
      }
      return line(line(bits, 1, columns), columns, rows)
    }
    let bits = square(square(expanded(to: region), any: true), any: false)
    return PixelMask(width: width, height: height, region: region, bits: bits)
  }
}
