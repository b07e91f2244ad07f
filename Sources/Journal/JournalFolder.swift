import Foundation
import Raster

/// The folder of all journals, and the names in it.
///
/// A journal is named after the resolved path of its picture, so that it is found again from
/// wherever the picture is opened, and lies apart from it, so that no folder of pictures fills with
/// leftovers.
package struct JournalFolder: Sendable {
  /// The folder's path.
  package let path: String

  /// Names a folder; it need not exist.
  package init(path: String) { self.path = path }

  /// The path by which a picture is known here: absolute, without links.
  package static func resolved(_ picture: String) -> String {
    guard let real = realpath(picture, nil) else { return URL(filePath: picture).path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The journal of a picture given by its resolved path.
  package func journal(of picture: String) -> String { path + "/" + name(picture) + ".journal" }

  /// The lock of a picture given by its resolved path.
  package func lock(of picture: String) -> String { path + "/" + name(picture) + ".lock" }

  private func name(_ picture: String) -> String {
    String(SHA256.hex(Array(picture.utf8)).prefix(24))
  }

  /// Every journal in the folder that can be read, newest first, with its file's path.
  package var all: [(path: String, contents: JournalContents)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".journal") }.compactMap { name in
      Self.read(path + "/" + name).map { (path + "/" + name, $0) }
    }.sorted { $0.contents.header.begun > $1.contents.header.begun }
  }

  /// What is in a journal; nil where there is none or it is none.
  package static func read(_ path: String) -> JournalContents? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return JournalRecords.contents(of: Array(data))
  }

  /// Gives a journal another name, so that a new one can be begun; it stays among `all`.
  package static func putAside(_ path: String) {
    let stem = path.hasSuffix(".journal") ? String(path.dropLast(8)) : path
    let name = "\(stem)-\(Int(saturating: Date().timeIntervalSince1970)).journal"
    try? FileManager.default.moveItem(atPath: path, toPath: name)
  }
}
