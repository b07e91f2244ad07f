/// A value that JSON shows as null where it is absent, so that every key is always there.
struct Nullable<Value: Encodable>: Encodable {
  var value: Value?

  init(_ value: Value?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension Nullable<Double> {
  /// A number, null where it is absent or not finite: JSON has no infinity.
  init(finite value: Double?) { self.init(value.flatMap { $0.isFinite ? $0 : nil }) }
}
