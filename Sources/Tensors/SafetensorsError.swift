/// What is wrong with a safetensors file, told with the file's name and the cure.
package struct SafetensorsError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with the file.
  package enum Kind: Equatable, Sendable {
    /// There is no such file.
    case missing
    /// The path names a folder.
    case isFolder
    /// The system refused to open or map the file; holds its words.
    case unreadable(String)
    /// There is no address space left to map the file.
    case noMemory
    /// A Git LFS pointer stands where the weights should be.
    case lfsPointer
    /// The bytes are of another format; holds its name.
    case foreign(String)
    /// The file ends before the last tensor does; byte counts.
    case truncated(expected: Int, actual: Int)
    /// The header breaks a rule of the format; holds the rule.
    case malformed(String)
    /// The file has no tensor of this name.
    case noTensor(String)
    /// A tensor's contents do not serve the purpose; holds its name and why.
    case badTensor(String, String)
    /// The file was changed or cut while it was open.
    case changed
  }

  /// Path of the file as the caller gave it.
  package var file: String
  /// What is wrong.
  package var kind: Kind

  /// Makes the error of one file.
  package init(file: String, kind: Kind) {
    self.file = file
    self.kind = kind
  }

  /// Whether the file is absent, rather than present with bad contents.
  package var isMissing: Bool { kind == .missing }

  /// One line: file, problem and cure.
  package var description: String { "\(file): \(explanation)" }

  private var explanation: String {
    switch kind {
    case .missing: "no such file; check the path"
    case .isFolder: "is a folder; name a .safetensors file in it"
    case .unreadable(let reason): "cannot be read (\(reason)); check its permissions"
    case .noMemory: "there is no memory left to read it; raise the limit of ulimit -v"
    case .lfsPointer:
      "is a Git LFS pointer, not the weights; run `git lfs pull` or download the file itself"
    case .foreign(let format):
      "is \(format), not a safetensors file; convert it, or download the .safetensors variant"
    case .truncated(let expected, let actual):
      "is cut off: \(actual) of \(expected) bytes are there; download it again"
    case .malformed(let rule): "is not a valid safetensors file (\(rule)); download it again"
    case .noTensor(let name): "has no tensor \"\(name)\"; check that it belongs to this model"
    case .badTensor(let name, let reason): "tensor \"\(name)\" \(reason)"
    case .changed: "was changed while it was in use; start again"
    }
  }
}
