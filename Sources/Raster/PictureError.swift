/// Why a picture could not be read or written: what is wrong, with which file, and what to do next.
package struct PictureError: Error, Equatable, CustomStringConvertible {
  /// The cause, as far as a program reacts to it differently.
  package enum Kind: Sendable, Equatable {
    /// There is no such input, or it may not be opened.
    case missing
    /// The input is there but is not a picture that can be read.
    case badData
    /// The output cannot be made there.
    case cannotCreate
    /// The output is there already, and may not be replaced.
    case exists
    /// What is there is not what it was when it was read or saved here.
    case changed
    /// What is there may be written but not replaced by a new file.
    case notReplaceable
    /// There is less memory than it takes.
    case noMemory
    /// Reading or writing failed underway: full disk, broken disk, lost connection.
    case inputOutput
  }

  /// The cause.
  package let kind: Kind
  /// The file, as the user named it; may hold any byte a file name may.
  package let path: String
  /// What is wrong, a clause that follows the file's name.
  package let problem: String
  /// What to do next, an imperative clause.
  package let remedy: String

  /// Makes an error.
  package init(_ kind: Kind, path: String, problem: String, remedy: String) {
    self.kind = kind
    self.path = path
    self.problem = problem
    self.remedy = remedy
  }

  /// One line for people, safe to print: control characters of names and library texts are replaced.
  package var description: String {
    "\(path.printable): \(problem.printable); \(remedy.printable)"
  }

  /// The exit status of sysexits.h for the cause: 65, 66, 69, 73 or 74.
  package var exitCode: Int32 {
    switch kind {
    case .missing: 66
    case .badData: 65
    case .cannotCreate, .exists, .changed, .notReplaceable: 73
    case .noMemory: 69
    case .inputOutput: 74
    }
  }
}
