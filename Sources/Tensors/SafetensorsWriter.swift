import Glibc

extension Safetensors {
  /// How a written file stores its elements.
  package enum Precision: Sendable {
    case f32
    /// Rounded to nearest even; values beyond 65504 become infinite.
    case f16
  }

  /// Writes tensors to a new file that replaces `path` only once it is complete.
  ///
  /// The bytes go to a temporary file in the same folder, are forced to the disk and renamed.
  ///
  /// - Parameters:
  ///   - tensors: names (each once), shapes, and elements in row-major order.
  ///   - path: the file to create or replace.
  /// - Precondition: each tensor has as many values as its shape says, and no name occurs twice.
  /// - Throws: `.notCreated`, `.notWritten` with the system's words; the old file, if any, is then
  ///   untouched.
  package static func write(
    _ tensors: [(name: String, shape: [Int], values: [Float])], to path: String,
    as precision: Precision = .f32
  ) throws(SafetensorsError) {
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

    let file = try ReplacementFile(path: path)
    do throws(SafetensorsError) {
      try withLittleEndianBytes(UInt64(header.utf8.count)) { b throws(SafetensorsError) in
        try file.write(b)
      }
      try withBytes(Array(header.utf8)) { b throws(SafetensorsError) in try file.write(b) }
      for tensor in tensors {
        switch precision {
        case .f32:
          try withBytes(tensor.values) { b throws(SafetensorsError) in try file.write(b) }
        case .f16:
          let halves = tensor.values.map { Float16($0).bitPattern }
          try withBytes(halves) { b throws(SafetensorsError) in try file.write(b) }
        }
      }
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
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

  private static func withLittleEndianBytes(
    _ value: UInt64, _ body: (UnsafeRawBufferPointer) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    try withBytes([value.littleEndian], body)
  }

  /// `Array.withUnsafeBytes` with the error's type kept.
  private static func withBytes<Element: BitwiseCopyable>(
    _ values: [Element], _ body: (UnsafeRawBufferPointer) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    let failure: SafetensorsError? = values.withUnsafeBytes { bytes in
      do throws(SafetensorsError) {
        try body(bytes)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }
}

/// A temporary file beside the one that it will replace.
private struct ReplacementFile {
  let path: String
  let temporary: String
  let descriptor: Int32

  init(path: String) throws(SafetensorsError) {
    self.path = path
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw SafetensorsError(file: path, kind: .notCreated("not the name of a file"))
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw SafetensorsError(file: path, kind: .notCreated("not an ordinary file"))
    }
    let template = "\(path).XXXXXX"
    var name = Array(template.utf8CString)
    descriptor = mkstemp(&name)
    temporary = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? ""
    guard descriptor >= 0 else {
      throw SafetensorsError(file: path, kind: .notCreated(systemMessage()))
    }
    // mkstemp makes the file private; give it the permissions that a plain open would.
    let mask = umask(0)
    umask(mask)
    fchmod(descriptor, 0o666 & ~mask)
  }

  func failure() -> SafetensorsError {
    SafetensorsError(file: path, kind: .notWritten(systemMessage()))
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        guard errno == EINTR else { throw failure() }
        continue
      }
      rest = rest.dropFirst(written)
    }
  }

  func commit() throws(SafetensorsError) {
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
    close(descriptor)
    let folder =
      path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    // The rename is done; a folder that cannot be synced (some network drives) is no failure.
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  func discard() {
    close(descriptor)
    unlink(temporary)
  }
}
