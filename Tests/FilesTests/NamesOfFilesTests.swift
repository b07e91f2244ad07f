import Foundation
import Testing

/// Names of files reach the system through `Files` alone, so that none is taken for text anywhere.
@Suite struct NamesOfFilesTests {
  /// What takes or gives names as text, as it stands in a line.
  private static let calls = [
    "FileManager", "URL(filePath", "contentsOfFile", "NSHomeDirectory", "expandingTildeInPath",
    "realpath(", "readlink(", "lstat(", "opendir(", "fopen(", " mkdir(", " unlink(", " rename(",
    " access(", " chmod(", " = open(", " stat(", "CommandLine.arguments", "FileHandle(for",
  ]

  /// Files that do so with names of their own making, or of the system's.
  private static let exceptions = [
    "HostedProgram.swift", "StandardStream.swift", "TerminfoFile.swift",
  ]

  @Test func goThroughOneRoom() throws {
    let sources = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var count = 0
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path.contains("/Sources/Files/"),
        !Self.exceptions.contains(file.lastPathComponent)
      else { continue }
      count += 1
      let text = try String(contentsOf: file, encoding: .utf8)
      for line in text.split(separator: "\n") where !line.contains("PathText.withName") {
        let code = line.components(separatedBy: "//")[0]
        for call in Self.calls where code.contains(call) && !code.contains("= stat()") {
          Issue.record("\(file.lastPathComponent): \(line)")
        }
      }
    }
    #expect(count > 100)
  }
}
