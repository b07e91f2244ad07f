import Files

/// Finds the bundled models and pictures of a build folder or of an installed program.
package enum AssetFolder {
  /// The folder of the bundled files.
  ///
  /// `TESSERA_ASSETS` alone where it is set and not empty. Otherwise, in the executable's folder and
  /// then in each one above it: `share/tessera`, as under an installation prefix, and `Assets`, as
  /// in a source tree that was built.
  ///
  /// - Parameters:
  ///   - executable: absolute path of the running program, links resolved.
  ///   - override: the value of `TESSERA_ASSETS`.
  /// - Throws: `ModelError` naming the places where it was looked for.
  package static func find(
    executable: String? = runningExecutable(), override: String? = environmentOverride()
  ) throws(ModelError) -> String {
    if let override, !override.isEmpty {
      guard isFolder(override) else {
        throw ModelError(
          file: override, what: "no such folder",
          cure: "set TESSERA_ASSETS to the folder of the bundled models, or unset it",
          isMissing: true)
      }
      return override
    }
    var folder = executable ?? ""
    var tried: [String] = []
    while folder.count > 1 {
      folder = folder.parentPath
      let stem = folder == "/" ? "" : folder
      for candidate in ["\(stem)/share/tessera", "\(stem)/Assets"] {
        if isFolder(candidate) { return candidate }
        tried.append(candidate)
      }
      if folder == "." { break }
    }
    throw ModelError(
      file: tried.first ?? "Assets", what: "the bundled models and pictures were not found",
      cure: "set TESSERA_ASSETS to their folder, or name a model with --model", isMissing: true)
  }

  /// The running program's own path, links resolved; nil where the system does not say.
  package static func runningExecutable() -> String? {
    FileSystem.link("/proc/self/exe")
  }

  /// The value of `TESSERA_ASSETS`, nil where it is not set.
  package static func environmentOverride() -> String? {
    Surroundings.variable("TESSERA_ASSETS")
  }
}
