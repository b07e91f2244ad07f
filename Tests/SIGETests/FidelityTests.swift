import DiffMask
import Networks
import SIGE
import Tensors
import Testing

/// How far a sparse evaluation of the fixtures' edits is from diffusers' dense one.
///
/// The networks are random and small, so that frozen statistics and cut-off changes weigh more than
/// in a trained one; the bounds record what was measured and catch what makes it worse.
@Suite struct FidelityTests {
  struct Bound: Sendable {
    var name: String
    /// Relative error inside the mask, and over the whole picture with the output `.whole`.
    var inside: Double
    var whole: Double
  }

  /// Measured with a mask dilated by 5 in float and half width, which differ by less than 4e-5:
  /// 0.00819 and 0.01119, 0.00422 and 0.00900, 0.00420 and 0.00770, 0.02475 and 0.04026.
  static let bounds = [
    Bound(name: "plain-rgb", inside: 0.0083, whole: 0.0113),
    Bound(name: "attention-heads", inside: 0.0043, whole: 0.0091),
    Bound(name: "ddpm-style", inside: 0.0043, whole: 0.0078),
    Bound(name: "paint-7ch", inside: 0.0250, whole: 0.0405),
  ]

  @Test(arguments: bounds)
  func staysWithinWhatWasMeasured(bound: Bound) throws {
    let fixture = try Fixture(bound.name)
    for precision in ActivationCache.Precision.allCases {
      let (cache, output) = try fixture.baseline(precision)
      let ignored = relativeError(output, fixture.editedOutput, within: fixture.mask)
      let sparse = try fixture.sparse(
        fixture.edited, cache, fixture.tiles(), over: output, as: .whole)
      let inside = relativeError(sparse.planes, fixture.editedOutput, within: fixture.mask)
      let whole = relativeError(sparse.planes, fixture.editedOutput)
      // Bytes may cost half a decibel.
      let slack = precision == .byte ? 1.059 : 1
      #expect(inside < slack * bound.inside, "\(precision)")
      #expect(whole < slack * bound.whole, "\(precision)")
      #expect(inside < ignored / 10, "the baseline alone: \(ignored)")
    }
  }
}
