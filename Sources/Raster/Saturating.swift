// Floating numbers come from files, terminals, models and what people type: any of them may be huge,
// infinite or not a number. Swift's own conversions end the program there, so nothing in the rooms
// above this one uses them on a number that is not a constant.

extension FixedWidthInteger {
  /// The whole part of a number; the nearest number there is where that is out of range, and 0 for
  /// one that is not a number.
  ///
  /// Exact up to 2^63; `UInt64` ends there too.
  @inlinable
  package init(saturating value: Double) {
    let whole = Int64(exactly: value.rounded(.towardZero))
    self.init(clamping: whole ?? (value.isNaN ? 0 : value < 0 ? .min : .max))
  }

  /// The whole part of a number, as for `Double`.
  @inlinable
  package init(saturating value: Float) { self.init(saturating: Double(value)) }
}
