import ArgumentParser
import Editor
import Files
import Glibc
import Raster

/// `tessera config`: where the configuration is, and what holds.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show where the configuration file is and what is in force.",
    discussion: """
      What is printed is a configuration file itself: redirect it to begin one of your own. Sections \
      are [program] (model, metadata), [start] (settings made when a picture opens, as after :set), \
      [keys] (a key and what it types after the colon; none unbinds it) and [preset NAME].
      """)

  @Flag(help: "Print the file's path only.") var path = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    guard let file = Configuration.path else {
      throw CommandError(
        .unavailable, "there is no place for a configuration; set HOME or XDG_CONFIG_HOME")
    }
    // A script gets the name as it is, whatever its bytes.
    if path, isatty(STDOUT_FILENO) == 0 { return Output.bytes(PathText.bytes(of: file) + [10]) }
    if path { return Output.text(file.printable) }
    let exists = FileSystem.exists(file)
    let configuration = try Configuration.load()
    if json { return try Output.json(Report(file, exists, configuration)) }
    Output.text("# \(file.printable)\(exists ? "" : " (there is none yet)")")
    Output.text(configuration.text)
  }

  private struct Report: Encodable {
    var schemaVersion = 1
    var path: String
    var exists: Bool
    var model: Nullable<String>
    var metadata: Bool
    var start: [String]
    var keys: [[String]]
    var presets: [String: [String]]

    init(_ path: String, _ exists: Bool, _ configuration: Configuration) {
      self.path = path
      self.exists = exists
      model = Nullable(configuration.model)
      metadata = configuration.metadata
      start = configuration.customization.start
      keys = configuration.customization.bindings.map { [$0.key.label, $0.line] }
      presets = configuration.customization.presets
    }
  }
}
