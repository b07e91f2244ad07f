/// One tensor of a safetensors file, read where it lies and converted on demand.
package struct TensorView: Sendable {
  /// The file, kept open by the view.
  package let file: SafetensorsFile
  /// Name in the file.
  package let name: String
  /// Type the elements are stored in.
  package let dtype: StoredType
  /// Extents, outermost axis first, for example [out, in, 3, 3]; empty for a scalar.
  package let shape: [Int]
  private let range: Range<Int>

  init(
    file: SafetensorsFile, name: String, dtype: StoredType, shape: [Int], _ range: Range<Int>
  ) {
    self.file = file
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.range = range
  }

  /// Number of elements.
  package var count: Int { range.count / dtype.size }

  /// The elements as 32-bit floats, in row-major order.
  ///
  /// f16 and bf16 widen exactly; f64, i32 and i64 are rounded.
  /// - Throws: `.badTensor` for the types that are not numbers of a network; `.changed`.
  package func floats() throws(SafetensorsError) -> [Float] {
    var failure: SafetensorsError?
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      do throws(SafetensorsError) {
        try copy(into: target)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }

  /// Writes the elements as 32-bit floats into `target`, which needs no initial contents.
  ///
  /// - Precondition: `target` holds exactly `count` elements.
  /// - Throws: as `floats()`.
  package func copy(into target: UnsafeMutableBufferPointer<Float>) throws(SafetensorsError) {
    precondition(target.count == count, "\(name): \(count) elements into \(target.count)")
    let isConverted = try file.withBytes(range) { bytes in convert(bytes, dtype, into: target) }
    guard isConverted else {
      throw SafetensorsError(
        file: file.path,
        kind: .badTensor(name, "is \(dtype.rawValue); F32, F16 and BF16 weights are supported"))
    }
  }

  /// Calls `body` with the elements as 32-bit floats, without a copy where they are stored so.
  ///
  /// The pointer is valid only during the call.
  /// - Throws: as `floats()`.
  package func withFloats<Result>(
    _ body: (UnsafeBufferPointer<Float>) -> Result
  ) throws(SafetensorsError) -> Result {
    let direct: Result? = try file.withBytes(range) { bytes in
      // The format does not promise alignment; a misaligned tensor takes the copying way.
      guard dtype == .f32, let start = bytes.baseAddress,
        Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0
      else { return nil }
      return body(bytes.assumingMemoryBound(to: Float.self))
    }
    if let direct { return direct }
    return try floats().withUnsafeBufferPointer(body)
  }

  /// Whether every element is a number: no NaN, no infinity.
  package func isFinite() throws(SafetensorsError) -> Bool {
    try withFloats { Safetensors.allFinite($0) }
  }
}

/// Functions on safetensors files that are not about one open file.
package enum Safetensors {
  /// Whether `values` holds neither NaN nor infinity.
  package static func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    // A value with all exponent bits set is infinite or NaN. OR-ing a test bit keeps the loop free
    // of branches, so that it vectorises.
    var bad: UInt32 = 0
    for value in values {
      let magnitude = value.bitPattern & 0x7FFF_FFFF
      bad |= magnitude &+ 0x0080_0000
    }
    return bad & 0x8000_0000 == 0
  }
}

/// Widens stored elements to floats; false for a type that is not supported.
private func convert(
  _ bytes: UnsafeRawBufferPointer, _ type: StoredType,
  into target: UnsafeMutableBufferPointer<Float>
) -> Bool {
  guard let source = bytes.baseAddress, let output = target.baseAddress else { return true }
  func each<Stored: BitwiseCopyable>(_: Stored.Type, _ widen: (Stored) -> Float) -> Bool {
    for index in 0..<target.count {
      let offset = index &* MemoryLayout<Stored>.size
      output[index] = widen(source.loadUnaligned(fromByteOffset: offset, as: Stored.self))
    }
    return true
  }
  switch type {
  case .f32: UnsafeMutableRawPointer(output).copyMemory(from: source, byteCount: bytes.count)
  case .f16: return each(UInt16.self) { Float(halfBits: $0) }
  case .bf16: return each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
  case .f64: return each(Double.self) { Float($0) }
  case .i32: return each(Int32.self) { Float($0) }
  case .i64: return each(Int64.self) { Float($0) }
  default: return false
  }
  return true
}

extension Float {
  /// The float equal to an IEEE 754 binary16 number given by its bits; NaN payloads are kept.
  ///
  /// Shifts and selections only, so that loops over it vectorise without hardware conversion.
  /// Subnormals use an exact subtraction: 2^-14 (1 + m/1024) - 2^-14 = 2^-14 m/1024.
  @inlinable
  package init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let rebiased = magnitude &+ 0x3800_0000
    let normal = magnitude >= 0x0F80_0000 ? rebiased &+ 0x3800_0000 : rebiased
    let subnormal = (Float(bitPattern: rebiased &+ 0x0080_0000) - 0x1p-14).bitPattern
    self.init(bitPattern: sign | (magnitude < 0x0080_0000 ? subnormal : normal))
  }
}
