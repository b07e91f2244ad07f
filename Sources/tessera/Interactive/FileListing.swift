import Foundation
import Raster

/// File names for the command line's Tab.
package enum FileListing {
  /// More than these help nobody.
  package static let most = 200

  /// The paths that begin with `prefix`, sorted, those of folders with a slash at the end.
  ///
  /// Hidden files are named only where the prefix asks for them. A folder that cannot be read has
  /// none, and names that a terminal might obey are left out.
  package static func paths(beginningWith prefix: String) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    let start = prefix.dropFirst(folder.count)
    let manager = FileManager.default
    let names = try? manager.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)
    let fitting = (names ?? []).filter {
      $0.hasPrefix(start) && ($0.first != "." || start.first == ".") && $0.printable == $0
    }
    return fitting.sorted().prefix(most).map { name in
      var isFolder: ObjCBool = false
      _ = manager.fileExists(atPath: folder + name, isDirectory: &isFolder)
      return folder + name + (isFolder.boolValue ? "/" : "")
    }
  }
}
