import Files
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
    let folder = prefix.pathBeforeLastPart
    let start = prefix.lastPathPart
    let place = Surroundings.expandingTilde(folder)
    let fitting = (FileSystem.names(in: place.isEmpty ? "." : place) ?? []).filter {
      let shown = PathText.shown($0)
      return $0.utf8.starts(with: start.utf8) && ($0.utf8.first != 0x2E || start.utf8.first == 0x2E)
        && shown.printable == shown
    }
    return fitting.sorted().prefix(most).map { name in
      folder + name + (FileSystem.isFolder(place + name) ? "/" : "")
    }
  }
}
