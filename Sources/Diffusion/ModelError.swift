package import Networks
package import Tensors

/// Why a model cannot be used: which file, what is wrong with it, and the cure.
package struct ModelError: Error, Equatable, CustomStringConvertible {
  /// The file or folder at fault.
  package var file: String
  /// What is wrong with it.
  package var what: String
  /// What to do next.
  package var cure: String
  /// Whether something is absent, rather than present with bad contents.
  package var isMissing: Bool
  /// Whether there is nothing wrong with it but too little memory to read it.
  package var lacksMemory = false

  /// Makes the error of one file.
  package init(file: String, what: String, cure: String, isMissing: Bool = false) {
    self.file = file
    self.what = what
    self.cure = cure
    self.isMissing = isMissing
  }

  /// Carries a configuration fault over.
  package init(_ error: ConfigurationError) {
    let field = error.field.isEmpty ? "" : "\"\(error.field)\" is "
    let supported = error.field.isEmpty ? error.supported : "supported: \(error.supported)"
    self.init(file: error.file, what: field + error.value, cure: supported)
  }

  /// Carries a weights fault over.
  package init(_ error: SafetensorsError) {
    // A safetensors error already says what and cure, behind the file's name.
    let sentence = "\(error)".dropFirst(error.file.count + 2)
    let parts = sentence.split(separator: "; ", maxSplits: 1)
    self.init(
      file: error.file, what: String(parts.first ?? sentence[...]),
      cure: parts.count > 1 ? String(parts[1]) : "download it again", isMissing: error.isMissing)
    lacksMemory = error.kind == .noMemory
  }

  /// One line: file, problem, cure.
  package var description: String { "\(file): \(what); \(cure)" }
}
