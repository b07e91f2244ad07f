import Foundation
import Testing
import tessera

@Suite struct FileListingTests {
  @Test func namesThatBeginAsTyped() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.path + "/listing-\(UInt64.random(in: 0...UInt64.max))/"
    defer { try? manager.removeItem(atPath: folder) }
    try manager.createDirectory(atPath: folder + "sub", withIntermediateDirectories: true)
    for name in ["a.png", "a b.png", "b.png", ".hidden", "a\u{1B}[2J.png"] {
      try Data().write(to: URL(filePath: folder + name))
    }
    let cases = [
      ("", ["a b.png", "a.png", "b.png", "sub/"]), ("a", ["a b.png", "a.png"]), (".", [".hidden"]),
      ("s", ["sub/"]), ("sub/", []), ("nothing/", []),
    ]
    for (typed, names) in cases {
      #expect(FileListing.paths(beginningWith: folder + typed) == names.map { folder + $0 })
    }
  }
}
