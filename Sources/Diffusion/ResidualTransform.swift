package import Networks
import Tensors

/// The linear map between a difference of colours and the residual that Paint models diffuse.
///
/// z = A (picture - hint), with colours as RGB in [-1, 1]; A rotates RGB towards luminance and
/// chrominance and scales each channel to about unit variance.
package struct ResidualTransform: Equatable, Sendable {
  /// A, row by row.
  package let rows: [SIMD3<Float>]
  /// The inverse of A, row by row.
  package let inverseRows: [SIMD3<Float>]

  /// Makes a transform from the nine numbers of A, row by row; nil where A has no usable inverse.
  ///
  /// Singular is what shrinks some direction more than a million times below the rows' own lengths.
  package init?(_ numbers: [Double]) {
    guard numbers.count == 9, numbers.allSatisfy(\.isFinite) else { return nil }
    let (a, b, c) = (
      SIMD3(numbers[0], numbers[1], numbers[2]), SIMD3(numbers[3], numbers[4], numbers[5]),
      SIMD3(numbers[6], numbers[7], numbers[8])
    )
    // The columns of the inverse are the cross products of the rows over the determinant.
    let columns = [Self.cross(b, c), Self.cross(c, a), Self.cross(a, b)]
    let determinant = (a * columns[0]).sum()
    let size = [a, b, c].reduce(1) { $0 * ($1 * $1).sum().squareRoot() }
    guard size.isFinite, abs(determinant) > 1e-6 * size else { return nil }
    rows = [a, b, c].map { SIMD3<Float>($0) }
    inverseRows = (0..<3).map { row in
      SIMD3<Float>(SIMD3(columns[0][row], columns[1][row], columns[2][row]) / determinant)
    }
  }

  /// The residual of a colour difference.
  package func residual(_ difference: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3((rows[0] * difference).sum(), (rows[1] * difference).sum(), (rows[2] * difference).sum())
  }

  /// The colour difference of a residual.
  package func difference(_ residual: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(
      (inverseRows[0] * residual).sum(), (inverseRows[1] * residual).sum(),
      (inverseRows[2] * residual).sum())
  }

  /// Reads `residual_transform` of a `model_index.json`, a list of three lists of three numbers.
  package init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    let field = "residual_transform"
    let rows = reader.fields[field]?.array?.map { $0.array?.compactMap(\.double) ?? [] } ?? []
    guard rows.count == 3, rows.allSatisfy({ $0.count == 3 }) else {
      throw reader.refusal(field, "3 rows of 3 numbers")
    }
    guard let transform = ResidualTransform(rows.flatMap { $0 }) else {
      throw reader.refusal(field, "a matrix that has an inverse")
    }
    self = transform
  }

  private static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}
