import Glibc

/// What the process was started with, where it names files: as texts of any bytes.
package enum Surroundings {
  /// The words after the program's name.
  package static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { FileSystem.text($0) }
    }
  }

  /// The value of a variable; nil where it is not set.
  package static func variable(_ name: String) -> String? {
    getenv(name).map { FileSystem.text($0) }
  }

  /// A path as a shell would take it: `~` and `~user` at its beginning are home folders.
  ///
  /// What names nobody stays as it is.
  package static func expandingTilde(_ path: String) -> String {
    guard path.utf8.first == 0x7E else { return path }
    let end = path.utf8.firstIndex(of: 0x2F) ?? path.endIndex
    let user = String(path[path.utf8.index(after: path.startIndex)..<end])
    guard let home = user.isEmpty ? ownHome : home(of: user) else { return path }
    return home + path[end...]
  }

  private static var ownHome: String? {
    if let home = variable("HOME"), home.hasPrefix("/") { return home }
    return getpwuid(getuid()).map { FileSystem.text($0.pointee.pw_dir) }
  }

  private static func home(of user: String) -> String? {
    (PathText.withName(user) { getpwnam($0) } ?? nil).map { FileSystem.text($0.pointee.pw_dir) }
  }
}
