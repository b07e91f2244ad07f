import Files
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
    if let real = FileSystem.resolved(picture) { return real }
    // The file may not be there yet.
    let folder = FileSystem.resolved(picture.parentPath) ?? picture.parentPath
    return (folder == "/" ? "" : folder) + "/" + picture.lastPathPart
  }

  /// The journal of a picture given by its resolved path.
  package func journal(of picture: String) -> String { path + "/" + name(picture) + ".journal" }

  /// The lock of a picture given by its resolved path.
  package func lock(of picture: String) -> String { path + "/" + name(picture) + ".lock" }

  /// The copy of what a picture given by its resolved path held, while it is written into.
  package func copy(of picture: String) -> String { path + "/" + name(picture) + ".before" }

  private func name(_ picture: String) -> String {
    String(SHA256.hex(PathText.bytes(of: picture)).prefix(24))
  }

  /// Makes the folder, which is the user's alone, where it is not there.
  ///
  /// - Throws: the system's reason why there can be none.
  package func make() throws {
    guard FileSystem.makeFolder(path, mode: 0o700) else { throw JournalFault(errno) }
    _ = FileSystem.setMode(path, 0o700)
  }

  /// Every journal in the folder that can be read, newest first, with its file's path.
  package var all: [(path: String, summary: JournalSummary)] {
    let names = FileSystem.names(in: path) ?? []
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
    let time = Int(saturating: Date().timeIntervalSince1970)
    for number in 0..<100 {
      let name = "\(stem)-\(time + number).journal"
      // What is there already stays.
      if !FileSystem.exists(name), FileSystem.rename(path, to: name) == 0 { return }
    }
  }
}
