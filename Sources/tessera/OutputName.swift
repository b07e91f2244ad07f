import Foundation

/// Names of files to write.
enum OutputName {
  private static let others: Set = [
    "jpg", "jpeg", "jpe", "webp", "gif", "tif", "tiff", "bmp", "heic", "avif",
  ]

  /// A better name where the ending promises another format than PNG; nil where it does not.
  static func misleading(_ path: String) -> String? {
    let url = URL(filePath: path)
    guard others.contains(url.pathExtension.lowercased()) else { return nil }
    return String(path.dropLast(url.pathExtension.count)) + "png"
  }
}
