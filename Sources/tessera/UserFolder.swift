import Foundation

/// The folders of the XDG Base Directory Specification that belong to this program.
enum UserFolder: String {
  case config = "XDG_CONFIG_HOME"
  case state = "XDG_STATE_HOME"
  case cache = "XDG_CACHE_HOME"

  /// The folder's path; it need not exist. Nil where neither the variable nor HOME says where.
  var path: String? {
    let environment = ProcessInfo.processInfo.environment
    // The specification has relative paths ignored.
    if let base = environment[rawValue], base.hasPrefix("/") { return base + "/tessera" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + fallback + "/tessera"
  }

  private var fallback: String {
    switch self {
    case .config: "/.config"
    case .state: "/.local/state"
    case .cache: "/.cache"
    }
  }

  /// The path of the folder after making it, readable by its owner only; nil where that fails.
  func made() -> String? {
    guard let path else { return nil }
    let made: Void? = try? FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return made == nil ? nil : path
  }
}
