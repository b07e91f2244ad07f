package import Editor
import Files
import Foundation

/// The person's configuration: a text file of sections and `name = value` lines.
///
///     # What could be typed after : in the program, and what flags say otherwise.
///     [program]
///     model = ~/models/mine
///     [start]
///     live = stroke
///     [keys]
///     F2 = preset draft
///     [preset soft]
///     strength = 0.4
package struct Configuration: Equatable {
  /// Model folder; nil for the bundled one.
  var model: String?
  /// Whether PNG files tell how results were made.
  var metadata = true
  /// What it changes in the editor.
  package var customization = Customization()

  /// Where the file is looked for; nil where neither XDG_CONFIG_HOME nor HOME is set.
  static var path: String? { UserFolder.config.path.map { $0 + "/config" } }

  /// Reads the file; without one everything is as usual.
  ///
  /// - Throws: `CommandError` 65 with file, line and cure; 74 where a file that is there is not
  ///   readable.
  static func load() throws -> Configuration {
    guard let path, FileSystem.exists(path) else { return Configuration() }
    guard let bytes = FileSystem.contents(path, limit: 1 << 20) else {
      throw CommandError(.io, "\(path): cannot be read; mend its permissions or remove it")
    }
    return try Configuration(text: PathText.text(of: bytes), file: path)
  }

  /// A configuration that changes nothing.
  init() {}

  /// Reads the text of a file; `file` is for error texts.
  package init(text: String, file: String) throws {
    var section = Section.none
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      do throws(Fault) {
        try take(line.trimmingCharacters(in: .whitespaces), in: &section)
      } catch {
        throw CommandError(.badData, "\(file):\(index + 1): \(error.text)")
      }
    }
  }

  private enum Section {
    case none, program, start, keys
    case preset(String)
  }

  private struct Fault: Error { var text: String }

  private mutating func take(_ line: String, in section: inout Section) throws(Fault) {
    if line.isEmpty || line.hasPrefix("#") { return }
    if line.hasPrefix("[") { return section = try begin(line) }
    // From the second character on, so that = can be a key.
    guard let equals = line.dropFirst().firstIndex(of: "=") else {
      throw Fault(text: "'\(line)' is no `name = value`; begin comments with #")
    }
    let name = line[..<equals].trimmingCharacters(in: .whitespaces)
    let value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    switch section {
    case .none: throw Fault(text: "no section yet; write \(Self.sections) above")
    case .program: try setProgram(name, value)
    case .start:
      customization.start.append(try setting(name, value))
    case .keys: try bind(name, to: value)
    case .preset(let preset):
      customization.presets[preset, default: []].append(try setting(name, value))
    }
  }

  private static let sections = "[program], [start], [keys] or [preset NAME]"

  private mutating func begin(_ line: String) throws(Fault) -> Section {
    let words = line.dropFirst().dropLast().split(separator: " ").map(String.init)
    switch (line.hasSuffix("]"), words.first, words.count) {
    case (true, "program", 1): return .program
    case (true, "start", 1): return .start
    case (true, "keys", 1): return .keys
    case (true, "preset", 2):
      // One's own takes the place of one that is there already.
      customization.presets[words[1]] = []
      return .preset(words[1])
    default: throw Fault(text: "there is no section \(line); there are \(Self.sections)")
    }
  }

  private mutating func setProgram(_ name: String, _ value: String) throws(Fault) {
    switch (name, value) {
    case ("model", _) where !value.isEmpty:
      model = Surroundings.expandingTilde(value)
    case ("metadata", "yes"): metadata = true
    case ("metadata", "no"): metadata = false
    case ("metadata", _): throw Fault(text: "metadata is yes or no, not '\(value)'")
    default: throw Fault(text: "[program] has model = FOLDER and metadata = yes, not \(name)")
    }
  }

  private func setting(_ name: String, _ value: String) throws(Fault) -> String {
    let line = "\(name) \(value)"
    if let complaint = Customization.complaint(aboutSetting: line) { throw Fault(text: complaint) }
    return line
  }

  private mutating func bind(_ label: String, to value: String) throws(Fault) {
    guard let key = Key(label: label) else {
      throw Fault(text: "'\(label)' is no key; write b, Space, Ctrl+S, Alt+x, F5, PgUp or Enter")
    }
    let line = value.hasPrefix(":") ? String(value.dropFirst()) : value
    if let complaint = Customization.complaint(aboutCommand: line) { throw Fault(text: complaint) }
    customization.bindings.append(.init(key: key, line: line))
  }

  /// The configuration as a file would say it.
  var text: String {
    var lines = ["[program]"]
    lines.append(model.map { "model = \($0)" } ?? "# model = the bundled one")
    lines.append("metadata = \(metadata ? "yes" : "no")")
    func settings(_ lines: [String]) -> [String] {
      lines.map { $0.replacing(" ", with: " = ", maxReplacements: 1) }
    }
    lines += ["", "[start]"] + settings(customization.start)
    lines += ["", "[keys]"] + customization.bindings.map { "\($0.key.label) = \($0.line)" }
    for (name, preset) in customization.presets.sorted(by: { $0.key < $1.key }) {
      lines += ["", "[preset \(name)]"] + settings(preset)
    }
    return lines.joined(separator: "\n")
  }
}
