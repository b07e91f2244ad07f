import Files

/// The folders of the XDG Base Directory Specification that belong to this program.
enum UserFolder: String {
  case config = "XDG_CONFIG_HOME"
  case state = "XDG_STATE_HOME"
  case cache = "XDG_CACHE_HOME"

  /// The folder's path; it need not exist. Nil where neither the variable nor HOME says where.
  var path: String? {
    // The specification has relative paths ignored.
    if let base = Surroundings.variable(rawValue), base.hasPrefix("/") { return base + "/tessera" }
    guard let home = Surroundings.variable("HOME"), home.hasPrefix("/") else { return nil }
    return home + fallback + "/tessera"
  }

  private var fallback: String {
    switch self {
    case .config: "/.config"
    case .state: "/.local/state"
    case .cache: "/.cache"
    }
  }

  /// The path of the folder, or of one in it, after making it, readable by its owner only; nil
  /// where that fails.
  func made(under name: String? = nil) -> String? {
    guard let path = name.map({ name in path.map { $0 + "/" + name } }) ?? path else { return nil }
    return FileSystem.makeFolder(path, mode: 0o700) ? path : nil
  }
}
