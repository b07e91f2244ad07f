import Files

/// Names of files to write.
enum OutputName {
  private static let others: Set = [
    "jpg", "jpeg", "jpe", "webp", "gif", "tif", "tiff", "bmp", "heic", "avif",
  ]

  /// A better name where the ending promises another format than PNG; nil where it does not.
  static func misleading(_ path: String) -> String? {
    guard others.contains(path.pathEnding.lowercased()) else { return nil }
    return path.withoutPathEnding + ".png"
  }
}
