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
  ///   - admit: told the bytes of what is about to be computed; throws where they are not there.
  /// - Precondition: both pictures have the same size.
  /// - Complexity: O(width * height).
  package func findEdit(
    in edited: Picture, threshold: Int? = nil, admit: (_ bytes: Int) throws -> Void
  ) rethrows -> FoundEdit {
    let pixels = width * height
    // A bit of every pixel, twice, and 16-bit pictures at 8 bits.
    try admit((2 + narrowingBytes + edited.narrowingBytes) * pixels)
    let exact = difference(from: edited, above: threshold ?? Self.rounding)
    guard threshold == nil, !exact.isEmpty else { return FoundEdit(mask: exact, hasNoise: false) }
    let (before, after) = (rgba8, edited.rgba8)
    guard DifferenceCensus(before, after).showsCoding(edited.codingLoss) else {
      return FoundEdit(mask: exact, hasNoise: false)
    }
    try admit(EditSeeds.bytesPerPixel * pixels)
    guard let noise = CodingNoise(from: before, to: after) else {
      return FoundEdit(mask: exact, hasNoise: false)
    }
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

  /// The same, whatever memory there is.
  package func findEdit(in edited: Picture, threshold: Int? = nil) -> FoundEdit {
    findEdit(in: edited, threshold: threshold) { _ in }
  }

  /// Bytes of a pixel at 8 bits where it has more.
  private var narrowingBytes: Int { if case .sixteen = pixels { 4 } else { 0 } }

  /// What the file that the picture came from says of its coding.
  private var codingLoss: CodingLoss? {
    metadata.source.flatMap {
      $0.container == .jpeg ? .jpeg : $0.color == .palette ? .palette : nil
    }
  }
}

/// How two pictures of one size differ on the whole.
struct DifferenceCensus {
  /// Side of the blocks that JPEG codes.
  private static let block = 8
  /// The largest difference of a pixel's channels: how many pixels have which.
  private var counts = [Int](repeating: 0, count: 256)
  /// The same, but how many more of them became lighter than darker.
  private var lighter = [Int](repeating: 0, count: 256)
  /// Blocks in which no pixel differs, as a share of all.
  private let sameBlocks: Double

  /// - Precondition: both have the same size.
  /// - Complexity: O(width * height).
  init(_ a: RGBA8, _ b: RGBA8) {
    let across = (a.width + Self.block - 1) / Self.block
    let down = (a.height + Self.block - 1) / Self.block
    var (same, counts, lighter) = (0, counts, lighter)
    var differs = [Bool](repeating: false, count: across)
    a.samples.withUnsafeBufferPointer { before in
      b.samples.withUnsafeBufferPointer { after in
        for top in 0..<down {
          for column in differs.indices { differs[column] = false }
          for y in top * Self.block..<min((top + 1) * Self.block, a.height) {
            for x in 0..<a.width {
              let gap = visibleGap(before, after, 4 * (y * a.width + x))
              let size = Int(max(gap.max(), -gap.min()))
              guard size > 0 else { continue }
              counts[size] += 1
              lighter[size] += Int((gap.x + gap.y + gap.z).signum())
              differs[x / Self.block] = true
            }
          }
          same += differs.count { !$0 }
        }
      }
    }
    (self.counts, self.lighter) = (counts, lighter)
    sameBlocks = across * down == 0 ? 1 : Double(same) / Double(across * down)
  }

  /// Whether the bulk of the picture differs a little and to both sides, as coding leaves it.
  ///
  /// - Parameter loss: how the file was coded, as far as it says; else half of the picture must differ
  ///   before that is believed.
  func showsCoding(_ loss: CodingLoss?) -> Bool {
    guard loss != nil || sameBlocks < 0.5 else { return false }
    let differing = counts.reduce(0, +)
    var below = 0
    let median = counts.firstIndex { count in
      below += count
      return below > 0 && 2 * below >= differing
    }
    guard let median, median <= (loss == nil ? 8 : 24) else { return false }
    // A palette may put all of a colour to one side.
    guard loss != .palette else { return true }
    // A picture made lighter as a whole differs to one side; edits that differ more do not count.
    let usual = 0...min(2 * median + 2, 255)
    return abs(lighter[usual].reduce(0, +)) * 5 <= 3 * counts[usual].reduce(0, +)
  }
}

/// Why a file can seldom say exactly what was in the picture it was saved from.
enum CodingLoss { case jpeg, palette }

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
