package import Raster

/// Where a picture was edited, told from what saving it has changed besides.
package struct FoundEdit: Sendable, Equatable {
  /// The pixels that were edited.
  package let mask: PixelMask
  /// Whether most of the picture differs by little, as coding leaves it, and that was left out.
  package let hasNoise: Bool
}

extension Picture {
  /// Levels of 255 that two pixels of the same picture may be apart.
  private static let rounding = 1

  /// The pixels in which an edited copy of this picture was edited.
  ///
  /// Colours that neither picture shows, since both are transparent there, do not count; a difference
  /// of alpha does. Where the copy was coded with loss, as JPEG, with a palette or through another
  /// format, most pixels differ by a little: what only that changed is left out, see `CodingNoise`.
  ///
  /// - Parameters:
  ///   - edited: a copy of the same size.
  ///   - threshold: levels of 0...255 above which a difference counts, whatever the noise is; chosen
  ///     by itself where nil.
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height).
  package func findEdit(in edited: Picture, threshold: Int? = nil) -> FoundEdit {
    let exact = difference(from: edited, above: threshold ?? Self.rounding)
    guard threshold == nil, !exact.isEmpty else { return FoundEdit(mask: exact, hasNoise: false) }
    let (before, after) = (rgba8, edited.rgba8)
    guard DifferenceCensus(before, after).showsCoding(isKnown: edited.isCodedWithLoss),
      let noise = CodingNoise(from: before, to: after)
    else { return FoundEdit(mask: exact, hasNoise: false) }
    return FoundEdit(mask: noise.edit(), hasNoise: true)
  }

  /// The pixels in which two pictures of one size differ by more than rounding, or by more levels of
  /// 0...255 than `levels`.
  ///
  /// - Precondition: both pictures have the same size.
  package func difference(from other: Picture, above levels: Int = 1) -> PixelMask {
    let levels = min(max(levels, 0), 255)
    if case .sixteen(let a) = pixels, case .sixteen(let b) = other.pixels {
      // What rounds to the same or the next level of 255 may be 1.275 of them apart.
      let limit = levels == Self.rounding ? 327 : 257 * levels
      return PixelMask(samplesOf: a, and: b, above: UInt16(limit))
    }
    return PixelMask(samplesOf: rgba8, and: other.rgba8, above: UInt8(levels))
  }

  /// Whether the file that the picture came from can seldom say exactly what was in the one before.
  private var isCodedWithLoss: Bool {
    metadata.source.map { $0.container == .jpeg || $0.color == .palette } ?? false
  }
}

/// How two pictures of one size differ on the whole.
struct DifferenceCensus {
  /// Sides of the blocks that JPEG codes.
  private static let block = 8
  /// The largest difference of a pixel's channels: how many pixels have which.
  private var counts = [Int](repeating: 0, count: 256)
  /// Blocks in which no pixel differs, as a share of all.
  private var sameBlocks = 0.0
  /// Levels that coding seldom changes a pixel by, and painting nearly always.
  private static let most = 24
  /// Sums of the differences of each channel up to those, with their signs and without.
  private var signed = SIMD4<Int>.zero
  private var amounts = SIMD4<Int>.zero

  /// - Precondition: both have the same size.
  /// - Complexity: O(width * height).
  init(_ a: RGBA8, _ b: RGBA8) {
    let across = (a.width + Self.block - 1) / Self.block
    var same = 0
    a.samples.withUnsafeBufferPointer { before in
      b.samples.withUnsafeBufferPointer { after in
        for top in stride(from: 0, to: a.height, by: Self.block) {
          var differs = [Bool](repeating: false, count: across)
          for y in top..<min(top + Self.block, a.height) {
            for x in 0..<a.width {
              let at = 4 * (y * a.width + x)
              let gap = visibleGap(before, after, at)
              let size = gap.magnitude
              guard size > 0 else { continue }
              counts[size] += 1
              differs[x / Self.block] = true
              let wide = SIMD4<Int>(truncatingIfNeeded: gap)
              guard size <= Self.most else { continue }
              signed &+= wide
              amounts &+= wide.replacing(with: 0 &- wide, where: wide .< 0)
            }
          }
          same += differs.count { !$0 }
        }
      }
    }
    let blocks = across * ((a.height + Self.block - 1) / Self.block)
    sameBlocks = blocks == 0 ? 1 : Double(same) / Double(blocks)
  }

  /// Whether the bulk of the picture differs a little and to both sides, as coding leaves it.
  ///
  /// - Parameter isKnown: whether the file says that it was coded with loss; else half of the picture
  ///   must differ before that is believed.
  func showsCoding(isKnown: Bool) -> Bool {
    guard isKnown || sameBlocks < 0.5 else { return false }
    let differing = counts.reduce(0, +)
    var below = 0
    let median = counts.firstIndex { count in
      below += count
      return 2 * below >= differing && below > 0
    }
    guard let median, median <= (isKnown ? Self.most : 8) else { return false }
    // A picture made lighter as a whole differs to one side.
    return (0..<3).allSatisfy {
      2 * abs(signed[$0]) <= max(amounts[$0], 1) || amounts[$0] < differing
    }
  }
}

/// The difference of two pixels' colours, 0 where neither shows any, and of their alpha.
@inline(__always)
func visibleGap(
  _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, _ at: Int
) -> SIMD4<Int16> {
  guard a[at + 3] | b[at + 3] != 0 else { return .zero }
  return SIMD4(
    Int16(b[at]) - Int16(a[at]), Int16(b[at + 1]) - Int16(a[at + 1]),
    Int16(b[at + 2]) - Int16(a[at + 2]), Int16(b[at + 3]) - Int16(a[at + 3]))
}

extension SIMD4<Int16> {
  /// The largest magnitude of all four.
  fileprivate var magnitude: Int { Int(Swift.max(self.max(), -self.min())) }
}
