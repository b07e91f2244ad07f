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

  /// Makes the folder, which is the user's alone, where it is not there.
  ///
  /// - Throws: the system's reason why there can be none.
  package func make() throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    chmod(path, 0o700)
  }

  /// Every journal in the folder that can be read, newest first, with its file's path.
  package var all: [(path: String, summary: JournalSummary)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".journal") }.compactMap { name in
      JournalFile(reading: path + "/" + name).flatMap(JournalRecords.summary).map {
        (path + "/" + name, $0)
      }
    }.sorted { $0.summary.header.begun > $1.summary.header.begun }
  }

  /// What is in a journal of a picture of this size; nil where there is none or it is none.
  package static func read(_ path: String, width: Int, height: Int) -> JournalContents? {
    JournalFile(reading: path).flatMap {
      JournalRecords.contents(of: $0, width: width, height: height)
    }
  }

  /// Gives a journal another name, so that a new one can be begun; it stays among `all`.
  package static func putAside(_ path: String) {
    let stem = path.hasSuffix(".journal") ? String(path.dropLast(8)) : path
    let time = Int(Date().timeIntervalSince1970)
    for number in 0..<100 {
      let name = "\(stem)-\(time + number).journal"
      // What is there already stays.
      if !FileManager.default.fileExists(atPath: name), rename(path, name) == 0 { return }
    }
  }
}
