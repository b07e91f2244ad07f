import Raster

/// The training timesteps that a sampler of few steps visits, noisiest first.
package enum Timesteps {
  /// `steps` timesteps out of `count`, spread as `spacing` says.
  ///
  /// Numbers exactly between two timesteps round to the even one, as numpy rounds them.
  ///
  /// - Parameters:
  ///   - steps: 1 to `count`.
  ///   - offset: added with leading spacing only, and never past the last timestep.
  /// - Returns: timesteps in 0..<count, falling.
  /// - Precondition: `steps` lies in its range.
  package static func spaced(
    _ spacing: SchedulerConfiguration.Spacing, steps: Int, of count: Int, offset: Int = 0
  ) -> [Int] {
    precondition((1...count).contains(steps), "\(steps) steps of \(count)")
    switch spacing {
    case .leading:
      let stride = count / steps
      return (0..<steps).reversed().map { min($0 * stride + offset, count - 1) }
    case .linspace:
      guard steps > 1 else { return [0] }
      let stride = Double(count - 1) / Double(steps - 1)
      return (0..<steps).reversed().map {
        $0 == steps - 1
          ? count - 1 : Int(saturating: (Double($0) * stride).rounded(.toNearestOrEven))
      }
    case .trailing:
      let stride = Double(count) / Double(steps)
      // The difference of two neighbours, not the stride itself, is what numpy multiplies.
      let step = Double(count) - (Double(count) - stride)
      return (0..<steps).map {
        Int(saturating: (Double(count) - Double($0) * step).rounded(.toNearestOrEven)) - 1
      }
    }
  }
}
