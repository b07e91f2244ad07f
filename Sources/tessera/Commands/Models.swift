import Files
import ArgumentParser
import Diffusion
import Foundation
import Networks
import Raster
import Tensors

/// `tessera models`: which models there are, and whether one is sound.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List and check models.", subcommands: [ModelsList.self, ModelsCheck.self])
}

/// `tessera models list`: the bundled models and the user's own.
struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the bundled models and those in the user's data folder.",
    discussion: """
      The user's models are the folders in $XDG_DATA_HOME/tessera/models \
      (~/.local/share/tessera/models where that is not set).
      """)

  @Flag(help: "Print one JSON object.") var json = false

  private struct Entry: Encodable {
    var name: String
    var path: String
    var source: String
    var family: Nullable<String>
    var steps: Nullable<Int>
    /// Why the model cannot be used.
    var problem: Nullable<String>
  }

  private struct Report: Encodable {
    var schemaVersion = 1
    var folders: [String]
    var models: [Entry]
  }

  func run() throws {
    let places = ModelPlaces.all()
    let models = places.flatMap { place in
      ModelPlaces.folders(in: place.path).map { entry($0, source: place.source) }
    }
    if json {
      try Output.json(Report(folders: places.map(\.path), models: models))
    } else if models.isEmpty {
      Output.note("no models in \(places.map(\.path.printable).joined(separator: " or "))")
    } else {
      Output.text(models.map(line).joined(separator: "\n"))
    }
  }

  private func entry(_ path: String, source: String) -> Entry {
    var entry = Entry(
      name: path.lastPathPart, path: path, source: source,
      family: Nullable(nil), steps: Nullable(nil), problem: Nullable(nil))
    do throws(ModelError) {
      let model = try ModelFolder.load(path)
      entry.family = Nullable(model.family.name)
      entry.steps = Nullable(model.defaultSteps)
    } catch {
      entry.problem = Nullable(error.description)
    }
    return entry
  }

  private func line(_ entry: Entry) -> String {
    let what =
      entry.problem.value.map { "unusable: \($0)" }
      ?? "\(entry.family.value ?? ""), \(entry.steps.value ?? 0) steps, \(entry.path)"
    return "\(entry.name.printable)  (\(entry.source))  \(what.printable)"
  }
}

/// Where models are looked for.
enum ModelPlaces {
  /// The folders of models, bundled ones first; a folder need not exist.
  static func all() -> [(path: String, source: String)] {
    var places: [(path: String, source: String)] = []
    if let assets = try? AssetFolder.find() { places.append((assets + "/models", "bundled")) }
    let home = Surroundings.expandingTilde("~")
    // The XDG specification has relative paths ignored.
    let data = Surroundings.variable("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    places.append(((data ?? home + "/.local/share") + "/tessera/models", "user"))
    return places
  }

  /// The folders in a folder, sorted by name; none where it cannot be read.
  static func folders(in path: String) -> [String] {
    let names = FileSystem.names(in: path) ?? []
    return names.sorted().filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }
      .filter { FileSystem.isFolder($0) }
  }
}

extension ModelFolder.Family {
  /// The family's name in reports.
  var name: String {
    switch self {
    case .sdedit: "sdedit"
    case .paint: "paint"
    }
  }
}
