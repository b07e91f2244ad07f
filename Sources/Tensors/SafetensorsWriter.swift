extension Safetensors {
  /// How a written file stores its elements.
  package enum Precision: Sendable {
    case f32
    /// Rounded to nearest even; values beyond 65504 become infinite.
    case f16
  }

  /// The bytes of a file with these tensors.
  ///
  /// - Parameter tensors: names (each once), shapes, and elements in row-major order.
  /// - Precondition: each tensor has as many values as its shape says, and no name occurs twice.
  package static func encoded(
    _ tensors: [(name: String, shape: [Int], values: [Float])], as precision: Precision = .f32
  ) -> [UInt8] {
    var header = "{"
    var offset = 0
    for (index, tensor) in tensors.enumerated() {
      precondition(tensor.shape.reduce(1, *) == tensor.values.count, "shape of \(tensor.name)")
      let end = offset + tensor.values.count * (precision == .f32 ? 4 : 2)
      header += index > 0 ? "," : ""
      header += "\"\(escaped(tensor.name))\":{\"dtype\":\"\(precision == .f32 ? "F32" : "F16")\","
      header += "\"shape\":[\(tensor.shape.map(String.init).joined(separator: ","))],"
      header += "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    precondition(Set(tensors.map(\.name)).count == tensors.count, "a tensor name occurs twice")
    header += "}"
    // The format's own writer pads the header with spaces so that the data is aligned.
    while header.utf8.count % 8 != 0 { header += " " }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.utf8.count + offset)
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes += $0 }
    bytes += header.utf8
    for tensor in tensors {
      switch precision {
      case .f32: tensor.values.withUnsafeBytes { bytes += $0 }
      case .f16:
        tensor.values.map { Float16($0).bitPattern }.withUnsafeBytes { bytes += $0 }
      }
    }
    return bytes
  }

  private static func escaped(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
